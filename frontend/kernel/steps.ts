/** From values to steps: kernels, calls of routines, and loops around them, in an order in which they can run. */
import { type DimExpr, dimEqual, dimProduct } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import { chooseAnchors, memoryOf } from './anchors.ts'
import { type Blocks, blocksAmong, placesOf, savingPasses, withBlocks } from './blocks.ts'
import { lowerCall } from './call.ts'
import { type Cluster, fuse } from './fuse.ts'
import { replacesWhatItReads } from './inplace.ts'
import { prepareLoop } from './loop.ts'
import { type Context, type LoweredWork, lowerCluster } from './lower.ts'
import { type Place, type Places, placeOf } from './place.ts'
import { storedAsRead } from './rearrange.ts'
import { lowerScatter } from './scatter.ts'

/** Steps that run one after the other as often as `count` says, after those that come before all. */
export interface LoweredLoop {
  before: readonly LoweredStep[]
  repeat: string
  count: DimExpr
  steps: readonly LoweredStep[]
}

export type LoweredStep = LoweredWork | LoweredLoop

/** What lowering to steps adds to: places, as loops decide them. */
export interface StepContext extends Context {
  places: Map<Tensor, Place>
  /** A name for the counter of a loop inside so many others. */
  counterName(depth: number): string
}

/** The steps that compute values and everything they need. Placed tensors need none. */
export function lowerValues(roots: readonly Tensor[], context: StepContext): LoweredStep[] {
  const { anchors, blocks, clusters, reshaped } = arrange(roots, context.places)
  for (const [value, root] of reshaped) context.places.set(value, placeOf(root, context.places))
  for (const [block, place] of placesOf(blocks, context.places)) context.places.set(block, place)
  const needed = new Set([...roots, ...reshaped.keys()])
  for (const cluster of clusters) {
    const own = new Set(cluster.members.map(member => member.node))
    for (const { reads } of cluster.members) for (const { node } of reads) if (!own.has(node)) needed.add(node)
  }
  const shared = new Set(roots)
  const read = new Set<Tensor>()
  for (const cluster of clusters) {
    for (const node of new Set(cluster.members.flatMap(({ reads }) => reads.map(other => other.node)))) {
      if (read.has(node)) shared.add(node)
      read.add(node)
    }
  }
  const items = itemsOf(anchors.keys(), needed)
  const steps = clusters.map(cluster => {
    const [first] = cluster.members
    if (first!.node.op.kind === 'scatter') return needed.has(first!.node) ? lowerScatter(cluster, shared, context) : []
    if (blocks.has(first!.node)) return []
    if (cluster.kind === 'alone') {
      const asked = items.get(first!.node)
      const lower = first!.node.op.kind === 'region' ? lowerLoop : lowerCall
      return asked ? lower(first!.node, asked, context) : []
    }
    const isNeeded = cluster.members.some(({ node }) => needed.has(node))
    return isNeeded ? lowerCluster(cluster, needed, context) : []
  })
  return steps.flat()
}

/** Values that lie in the place of a root, each with that root. */
type Reshaped = ReadonlyMap<Tensor, Tensor>

/** Values of some kind that some root has element for element, each with such a root: stored there, they are the root too. */
function reshapedValues(roots: readonly Tensor[], places: Places, isOfKind: (value: Tensor) => boolean): Reshaped {
  const asked = new Set(roots)
  const found = new Map<Tensor, Tensor>()
  for (const root of asked) {
    const value = memoryOf(root)
    if (!isOfKind(value) || asked.has(value) || found.has(value) || places.get(root)?.shape) continue
    if (dimEqual(dimProduct(root.shape), dimProduct(value.shape))) found.set(value, root)
  }
  return found
}

const isResult = ({ op, inputs }: Tensor) => op.kind === 'item' && inputs[0]!.op.kind === 'routine'

const isComputed = ({ op }: Tensor) => ['elementwise', 'reduction', 'contraction'].includes(op.kind)

/** What has a place or a loop of its own, and the clusters of that. */
interface Arrangement {
  anchors: ReadonlyMap<Tensor, number>
  blocks: Blocks
  clusters: readonly Cluster[]
  reshaped: Reshaped
}

/**
 * How the values that roots need are arranged, the ways found one after the other in which fewer passes do. A result of a
 * routine is stored as the root that it is; so is another value where that saves a kernel for roots by their own shape.
 */
function arrange(roots: readonly Tensor[], places: Places): Arrangement {
  const results = reshapedValues(roots, places, isResult)
  const plain = arranged(roots, results)
  const values = reshapedValues(roots, places, isComputed)
  const moved = new Set(values.values())
  const apart = plain.clusters.flatMap(({ members }) => (members.every(({ node }) => moved.has(node)) ? members : []))
  if (apart.length === 0) return plain
  const wanted = new Set(apart.map(({ node }) => node))
  const other = arranged(roots, new Map([...results, ...[...values].filter(([, root]) => wanted.has(root))]))
  return other.clusters.length < plain.clusters.length ? other : plain
}

function arranged(asked: readonly Tensor[], reshaped: Reshaped): Arrangement {
  const stored = new Map([...reshaped].map(([value, root]) => [root, value]))
  const roots = asked.map(root => stored.get(root) ?? root)
  const chosen = new Map([...chooseAnchors(roots)].filter(([node]) => !stored.has(node)))
  const inBlocks = (blocks: Blocks) => {
    const anchors = withBlocks(chosen, blocks)
    return { anchors, blocks, clusters: fuse(anchors, roots, blocks) }
  }
  const all = inBlocks(blocksAmong(chosen))
  const saving = savingPasses(all.blocks, all.clusters)
  const { anchors: before, blocks, clusters } = saving.size === all.blocks.size ? all : inBlocks(saving)
  const anchors = storedAsRead(before, clusters, roots)
  return { anchors, blocks, clusters: anchors === before ? clusters : fuse(anchors, roots, blocks), reshaped }
}

/** The needed items of each region and routine. */
function itemsOf(nodes: Iterable<Tensor>, needed: ReadonlySet<Tensor>): Map<Tensor, Tensor[]> {
  const items = new Map<Tensor, Tensor[]>()
  for (const node of nodes) {
    if (node.op.kind !== 'item' || !needed.has(node)) continue
    const of = node.inputs[0]!
    items.set(of, [...(items.get(of) ?? []), node])
  }
  return items
}

/**
 * The loop of a region. Carries are replaced in place where what the step turns out to be allows it: it is lowered again
 * with two slots for those of which some kernel needs the old value while or after another stores the new one.
 * Loops nest as deep as the user's do, a handful.
 */
function lowerLoop(region: Tensor, items: readonly Tensor[], context: StepContext): LoweredLoop {
  const repeat = context.counterName(context.counters.size)
  const doubled = new Set<number>()
  for (;;) {
    const { count, before, inside, inPlace } = prepareLoop(region, items, repeat, context.places, doubled)
    const steps = lowerValues(inside, { ...context, counters: new Map([...context.counters, [repeat, count]]) })
    const clashing = [...inPlace].filter(([, memory]) => !replacesInPlace(steps, memory))
    if (clashing.length === 0) return { before: lowerValues(before, context), repeat, count, steps }
    for (const [carry] of clashing) doubled.add(carry)
  }
}

/** True when no step reads what is in a memory once it is being replaced. */
function replacesInPlace(steps: readonly LoweredStep[], memory: Tensor): boolean {
  const uses = (step: LoweredStep, how: 'read' | 'write') =>
    workOf(step).some(({ run, values }) =>
      values.some((value, i) => value === memory && (run.buffers[i]!.access === 'read') === (how === 'read')),
    )
  const writer = steps.findIndex(step => uses(step, 'write'))
  return steps.every((step, at) => {
    if (!uses(step, 'read') || at < writer) return true
    return at === writer && 'run' in step && replacesWhatItReads(step, memory)
  })
}

/** All that a step runs, in loops too. */
export function workOf(step: LoweredStep): LoweredWork[] {
  return 'run' in step ? [step] : [...step.before, ...step.steps].flatMap(workOf)
}
