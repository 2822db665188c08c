/**
 * Which anchors share a kernel. Clusters are grown in topological order and stay in it: an anchor joins a cluster only
 * when everything else that it reads comes earlier, so no cycle between clusters can arise.
 */
import { hasItems } from '../define.ts'
import { dimEqual, dimKey, dimNames, dimProduct, type Index } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { baseOf, isPlaced, memoryOf } from './anchors.ts'
import { type Blocks, shapesOf } from './blocks.ts'
import { bodyOf, foldExtents, isFold, isTiled, loopAxes } from './body.ts'
import { Builder } from './build.ts'
import { alongLoops, inverseOf, isStoredEvenly } from './inverse.ts'
import { Values } from './value.ts'
import { type Windows, windowsAlong } from './windows.ts'

/** An anchor, where it reads from, and how its axes lie in the kernel. */
export interface Member {
  node: Tensor
  reads: readonly Read[]
  /** For each outer loop of the cluster, the axis of this member that runs along it. */
  outerAxes: readonly number[]
  /** Where a contraction's loops do not each run along an axis: the index of this member over them, as `$0`, `$1`, …. */
  rearranged?: readonly Index[]
}

/** What an anchor reads of another anchor or placed tensor: its elements at these indices over `$0`, `$1`, …. */
export interface Read {
  node: Tensor
  index: readonly Index[]
}

/**
 * A kernel to be. `flat`: every axis is an outer loop. `rows`: outer loops are what reductions keep. `contraction`: one
 * contraction, and elementwise members over its result. `alone`: a scatter, or no kernel, but a region, which becomes steps,
 * a routine, or a concatenation whose blocks others store.
 */
export interface Cluster {
  kind: 'flat' | 'rows' | 'contraction' | 'alone'
  /** Extents of the outer loops; axes of size 1 are none. */
  outer: Shape
  members: Member[]
  /** Of a contraction: the windows in which a reduction folds what the members before it compute. */
  windows?: Windows
  size: number
}

/** Expressions in one kernel, at most (as nodes of the graph). */
const largestKernel = 400

/** Clusters with the same outer loops that are looked at for a sibling, at most. */
const siblingsTried = 8

/** Rows up to this long may be walked again by an elementwise stage when nothing is left to run in parallel. */
const smallRow = 1024

const spaceKey = (extents: Shape) => extents.map(dimKey).join()

/**
 * The clusters of anchors (in topological order, with the sizes of their expressions), in an order in which they can run.
 * The roots are what is asked for from outside; `blocks` are anchors before the concatenations that they are of.
 */
export function fuse(anchors: ReadonlyMap<Tensor, number>, roots: readonly Tensor[], blocks: Blocks): Cluster[] {
  const clusters: Cluster[] = []
  const stored = shapesOf(blocks)
  const reads = new Map(
    [...anchors.keys()].flatMap(node => {
      if (node.op.kind === 'item') return []
      const parts = blocks.get(node)?.map(({ value }): Read => ({ node: value, index: [] }))
      return [[node, parts ?? readsOf(node, anchors)] as const]
    }),
  )
  const readers = readersOf(reads, roots)
  const home = new Map<Tensor, number>()
  const spaces = new Map<string, number[]>()
  for (const [node, size] of anchors) {
    if (node.op.kind === 'item') {
      home.set(node, home.get(node.inputs[0]!)!)
      continue
    }
    const candidate = {
      node,
      reads: reads.get(node)!,
      size,
      stored: stored.get(node),
      alone: standsAlone(node, blocks),
    }
    const sources = new Set(candidate.reads.flatMap(read => home.get(read.node) ?? []))
    const last = Math.max(-1, ...sources)
    const siblings = (spaces.get(spaceKey(outerExtents(node))) ?? []).slice(-siblingsTried).filter(at => at > last)
    const chosen = [last, ...siblings].find(at => at >= 0 && join(clusters[at]!, candidate, at === last, readers))
    if (chosen !== undefined) {
      home.set(node, chosen)
      continue
    }
    home.set(node, clusters.length)
    const cluster = start(candidate)
    const key = spaceKey(cluster.outer)
    clusters.push(cluster)
    if (cluster.kind === 'alone') continue
    if (!spaces.has(key)) spaces.set(key, [])
    spaces.get(key)!.push(clusters.length - 1)
  }
  return clusters
}

/** What reads each anchor, or `undefined` for what is outside. */
type Readers = ReadonlyMap<Tensor, ReadonlySet<Tensor | undefined>>

function readersOf(reads: ReadonlyMap<Tensor, readonly Read[]>, roots: readonly Tensor[]): Readers {
  const readers = new Map<Tensor, Set<Tensor | undefined>>()
  const add = (node: Tensor, by: Tensor | undefined) => readers.set(node, (readers.get(node) ?? new Set()).add(by))
  for (const root of roots) add(root, undefined)
  for (const [by, all] of reads) for (const { node } of all) add(node, by)
  return readers
}

/** Extents of the axes of a node that are loops. */
const outerExtents = (node: Tensor) => loopAxes(node.shape).map(axis => node.shape[axis]!)

/** An anchor that has no cluster yet. */
interface Candidate extends Pick<Member, 'node' | 'reads'> {
  /** The number of nodes in its expression. */
  size: number
  /** The shape by which it lies in memory, where that is not its own. */
  stored: Shape | undefined
  /** It shares no kernel. */
  alone: boolean
}

function start({ node, reads, size, alone }: Candidate): Cluster {
  if (alone) return { kind: 'alone', outer: [], members: [{ node, reads, outerAxes: [] }], size }
  const kind = isTiled(node) ? 'contraction' : isFold(node) ? 'rows' : 'flat'
  return { kind, outer: outerExtents(node), members: [{ node, reads, outerAxes: loopAxes(node.shape) }], size }
}

const standsAlone = (node: Tensor, blocks: Blocks) =>
  hasItems(node.op) || node.op.kind === 'scatter' || blocks.has(node)

const dataMark = '$l'

/** True for an index that is computed from data: only what is in memory can be read there. */
const isData = (index: Index) => [...dimNames(index)].some(name => name.startsWith(dataMark))

/** What a node reads, found by computing its body with everything else in place. */
function readsOf(node: Tensor, anchors: { has(node: Tensor): boolean }): Read[] {
  if (node.op.kind === 'region') return node.inputs.map(input => ({ node: baseOf(input), index: [] }))
  if (node.op.kind === 'routine') return node.inputs.map(input => ({ node: memoryOf(input), index: [] }))
  const reads: Read[] = []
  const folds = foldExtents(node)
  const extentOf = (name: string) => {
    if (name.startsWith('$r')) return folds[Number(name.slice(2))]
    return name.startsWith('$') ? node.shape[Number(name.slice(1))] : undefined
  }
  const builder = new Builder(extentOf)
  const resolve = (other: Tensor, index: readonly Index[]) => {
    if (other === node || !(anchors.has(other) || isPlaced(other))) return undefined
    reads.push({ node: other, index })
    return builder.load(other.dtype, reads.length, 0)
  }
  const own = node.shape.map((dim, axis) => (dim === 1 ? 0 : `$${axis}`))
  // Each operand for itself, so that what several read is listed for each.
  for (const operand of bodyOf(node, own, (_, at) => `$r${at}`)) {
    const values = new Values(builder, resolve, { check: () => 0, lookup: at => `${dataMark}${at}` })
    values.body(operand.node, operand.index, node)
  }
  return reads
}

/** Adds a node to a cluster if their loops agree; `direct`: the cluster is the last one that the node reads from. */
function join(cluster: Cluster, candidate: Candidate, direct: boolean, readers: Readers): boolean {
  const { node, reads, size, alone } = candidate
  if (isTiled(node) || alone || cluster.kind === 'alone') return false
  if (cluster.size + size > largestKernel) return false
  const members = new Map(cluster.members.map(member => [member.node, member]))
  const inside = reads.flatMap(read => (members.has(read.node) ? [{ read, member: members.get(read.node)! }] : []))
  if (inside.some(({ read }) => read.index.some(isData))) return false
  const outerAxes = place(cluster, candidate, inside, direct, readers)
  const rearranged = outerAxes ? undefined : rearrange(cluster, candidate, inside, direct)
  if (!outerAxes && !rearranged) return false
  cluster.members.push({ node, reads, outerAxes: outerAxes ?? [], ...(rearranged && { rearranged }) })
  cluster.size += size
  return true
}

type Inside = readonly { read: Read; member: Member }[]

/** For each outer loop of the cluster the axis of the node that runs along it, or undefined where they do not fit. */
function place(
  cluster: Cluster,
  { node, reads }: Pick<Member, 'node' | 'reads'>,
  inside: Inside,
  direct: boolean,
  readers: Readers,
): number[] | undefined {
  const axes = loopAxes(node.shape)
  const sameSpace = spaceKey(outerExtents(node)) === spaceKey(cluster.outer)
  if (cluster.kind === 'contraction') {
    if (!direct) return undefined
    if (isFold(node)) return inWindows(cluster, node, inside, readers) ? axes : undefined
    return sameSpace && readsAlong(inside, axes) && readsNoWindow(cluster, inside) ? axes : undefined
  }
  if (cluster.kind === 'rows') {
    if (isFold(node))
      return sameSpace && readsAlong(inside, axes) && sharesPass(cluster, node, reads, inside) ? axes : undefined
    // What the rows do not compute is one more result of each.
    if (inside.length === 0) return sameSpace && axes.length > 0 ? axes : undefined
    return alongRows(cluster, node, inside)
  }
  if (!isFold(node)) return sameSpace && readsAlong(inside, axes) ? axes : undefined
  return toRows(cluster, node, inside) ? axes : undefined
}

/** The index, over a contraction's loops, of an elementwise node that has the elements of members in another order. */
function rearrange(
  cluster: Cluster,
  { node, stored = node.shape }: Candidate,
  inside: Inside,
  direct: boolean,
): readonly Index[] | undefined {
  const { kind, outer } = cluster
  if (kind !== 'contraction' || !direct || isFold(node) || !readsNoWindow(cluster, inside)) return undefined
  const readings = inside.map(({ read, member }) => ({ from: read.index, at: placesOf(member) }))
  const sameShape = inside.filter(({ member }) => spaceKey(member.node.shape) === spaceKey(node.shape))
  const index = inverseOf(
    node.shape,
    outer,
    readings,
    sameShape.map(({ member }) => placesOf(member)),
  )
  return index && isStoredEvenly(stored, index, outer) ? index : undefined
}

const placesOf = ({ node, outerAxes, rearranged }: Member) => rearranged ?? alongLoops(node.shape, outerAxes)

/** True when every member is read at the outer loops themselves, which are these axes of the reader. */
function readsAlong(inside: Inside, axes: readonly number[]): boolean {
  return inside.every(
    ({ read, member }) =>
      !member.rearranged && member.outerAxes.every((axis, loop) => read.index[axis] === `$${axes[loop]}`),
  )
}

/** Turns a contraction into one of windows when a reduction folds those, and nothing else needs what is in them. */
function inWindows(cluster: Cluster, node: Tensor, inside: Inside, readers: Readers): boolean {
  if (cluster.windows) return false
  const own = new Set<Tensor | undefined>([node, ...cluster.members.map(member => member.node)])
  if (cluster.members.some(member => [...(readers.get(member.node) ?? [])].some(by => !own.has(by)))) return false
  const windows = windowsAlong(node, inside)
  if (!windows) return false
  cluster.windows = windows
  cluster.outer = outerExtents(node)
  return true
}

/** True when no member is read that has been folded in windows. */
function readsNoWindow({ windows, members }: Cluster, inside: Inside): boolean {
  if (!windows) return true
  const from = members.findIndex(({ node }) => node === windows.by)
  return inside.every(({ member }) => members.indexOf(member) >= from)
}

/** A reduction joins rows whose values it reads, or whose loops it shares. */
function sharesPass(cluster: Cluster, node: Tensor, reads: readonly Read[], inside: Inside): boolean {
  if (inside.length > 0) return true
  const own = spaceKey(foldExtents(node))
  return cluster.members.some(
    member => isFold(member.node) && spaceKey(foldExtents(member.node)) === own && !readsAcross(member.reads, reads),
  )
}

/** Whether two read the same tensor, but never the same element of it at a step: rows and columns of a square matrix. */
function readsAcross(some: readonly Read[], others: readonly Read[]): boolean {
  const same = others.flatMap(({ node, index }) =>
    some.flatMap(other => (other.node === node ? [other.index.every((at, axis) => dimEqual(at, index[axis]!))] : [])),
  )
  return same.length > 0 && !same.includes(true)
}

/** An elementwise node over rows: the axes at which it reads what the rows computed are the outer ones. */
function alongRows(cluster: Cluster, node: Tensor, inside: Inside): number[] | undefined {
  const axes: number[] = []
  for (const { read, member } of inside) {
    for (let loop = 0; loop < cluster.outer.length; loop++) {
      const index = read.index[member.outerAxes[loop]!]
      const axis = typeof index === 'string' && index.startsWith('$') ? Number(index.slice(1)) : Number.NaN
      if (Number.isNaN(axis) || (axes[loop] !== undefined && axes[loop] !== axis)) return undefined
      // A slice or a concatenation of rows reads them at its own axis, which is shorter or longer.
      if (!dimEqual(node.shape[axis]!, cluster.outer[loop]!)) return undefined
      axes[loop] = axis
    }
  }
  if (new Set(axes).size !== axes.length) return undefined
  if (cluster.outer.length > 0) return axes
  const size = dimProduct(node.shape)
  return typeof size === 'number' && size <= smallRow ? axes : undefined
}

/** Turns a flat cluster into rows when a reduction keeps its leading axes and reads its members in place. */
function toRows(cluster: Cluster, node: Tensor, inside: Inside): boolean {
  const kept = outerExtents(node)
  const all = [...kept, ...foldExtents(node)]
  if (inside.length === 0 || kept.length === 0 || spaceKey(all) !== spaceKey(cluster.outer)) return false
  const order = [...loopAxes(node.shape).map(axis => `$${axis}`), ...foldExtents(node).map((_, at) => `$r${at}`)]
  const inPlace = inside.every(({ read, member }) =>
    member.outerAxes.every((axis, loop) => read.index[axis] === order[loop]),
  )
  if (!inPlace) return false
  cluster.kind = 'rows'
  cluster.outer = kept
  cluster.members = cluster.members.map(member => ({ ...member, outerAxes: member.outerAxes.slice(0, kept.length) }))
  return true
}
