/**
 * Scans without what no one asks for: outputs and carries that lead to nothing, inputs that nothing reads, inputs given
 * twice. Whoever builds a scan (derivatives above all) need not know what will be asked of it.
 */
import type { ItemAttrs } from '../define.ts'
import { substitute, topological, withInputs } from '../graph.ts'
import { isParameter, type ParameterAttrs, parameterAt } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { type ScanAttrs, scanAttrs, scanIndex, scanItem } from './node.ts'

/** The roots with every scan pruned, those inside of others too. Checks of what goes must have been gathered before. */
export function pruneScans(roots: readonly Tensor[]): Tensor[] {
  const order = topological(roots)
  const kept = keptOf(order, roots)
  const changed = new Map<Tensor, Tensor>()
  for (const node of order) {
    const keep = kept.get(node)
    if (!keep) continue
    const inputs = node.inputs.map(input => changed.get(input) ?? input)
    if (node.op.kind === 'region') changed.set(node, pruned(node, inputs, keep))
    else if (isScanItem(node)) changed.set(node, itemOf(node, inputs[0]!, kept.get(node.inputs[0]!)!))
    else changed.set(node, withInputs(node, inputs))
  }
  return roots.map(root => changed.get(root)!)
}

const isScanItem = ({ op, inputs }: Tensor) => op.kind === 'item' && inputs[0]!.op.kind === 'region'

/** What is kept of a node: of a scan the carries and outputs, by their old numbers, of any node the inputs. */
interface Kept {
  carries: readonly number[]
  outputs: readonly number[]
  inputs: readonly number[]
}

/** What the roots need of each node; nothing is said of those that they do not need. */
function keptOf(order: readonly Tensor[], roots: readonly Tensor[]): Map<Tensor, Kept> {
  const needed = new Set(roots)
  const asked = new Map<Tensor, Set<number>>()
  const kept = new Map<Tensor, Kept>()
  for (const node of [...order].reverse()) {
    if (!needed.has(node)) continue
    if (isScanItem(node)) {
      const [region] = node.inputs as [Tensor]
      asked.set(region, (asked.get(region) ?? new Set()).add((node.attrs as ItemAttrs).index))
    }
    const all = node.inputs.map((_, i) => i)
    const keep =
      node.op.kind === 'region' ? keptOfScan(node, asked.get(node)!) : { carries: [], outputs: [], inputs: all }
    kept.set(node, keep)
    for (const input of keep.inputs) needed.add(node.inputs[input]!)
  }
  return kept
}

function keptOfScan(node: Tensor, asked: ReadonlySet<number>): Kept {
  const { sequences: n, carries: m, results } = scanAttrs(node)
  const items = [...asked].map(index => scanItem(scanAttrs(node), index))
  const needed = new Set(items.map(({ kind, at }) => (kind === 'output' ? m + at : at)))
  const inputs = new Set<number>()
  for (const result of needed) {
    for (const parameter of parametersOf([results[result]!])) {
      inputs.add(parameter)
      if (parameter >= n && parameter < n + m) needed.add(parameter - n)
    }
  }
  const carries = range(m).filter(i => needed.has(i))
  for (const carry of carries) inputs.add(n + carry)
  return {
    carries,
    outputs: range(results.length - m).filter(o => needed.has(m + o)),
    inputs: range(node.inputs.length).filter(i => inputs.has(i)),
  }
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

function parametersOf(results: readonly Tensor[]): Set<number> {
  return new Set(
    topological(results)
      .filter(isParameter)
      .map(parameter => (parameter.attrs as ParameterAttrs).index),
  )
}

/** The scan with what is kept of it; `inputs` are those of the whole scan. */
function pruned(node: Tensor, inputs: readonly Tensor[], keep: Kept): Tensor {
  const attrs = scanAttrs(node)
  const { sequences: n, carries: m } = attrs
  const results = pruneScans([...keep.carries, ...keep.outputs.map(o => m + o)].map(i => attrs.results[i]!))
  const used = parametersOf(results)
  const group = (from: number, to: number) => keep.inputs.filter(i => i >= from && i < to && used.has(i))
  const sequences = unique(group(0, n), inputs)
  const captures = unique(group(n + m, inputs.length), inputs)
  const initials = keep.carries.map(i => n + i)
  const order = [...sequences.chosen, ...initials, ...captures.chosen]
  const place = new Map([...order.map((old, i) => [old, i] as const)])
  for (const [twice, first] of [...sequences.twice, ...captures.twice]) place.set(twice, place.get(first)!)
  const parameters = new Map(
    topological(results)
      .filter(isParameter)
      .map(old => [old, parameterAt(place.get((old.attrs as ParameterAttrs).index)!, old)]),
  )
  const next: ScanAttrs = {
    ...attrs,
    sequences: sequences.chosen.length,
    carries: initials.length,
    results: substitute(results, parameters),
  }
  return new Tensor(
    node.op,
    order.map(i => inputs[i]!),
    next,
    node,
    node.checks,
    node.origins,
  )
}

/** The positions of different tensors, and those of repeated ones with the first of the same. */
function unique(
  positions: readonly number[],
  inputs: readonly Tensor[],
): { chosen: number[]; twice: (readonly [number, number])[] } {
  const first = new Map<Tensor, number>()
  const twice: (readonly [number, number])[] = []
  for (const position of positions) {
    const known = first.get(inputs[position]!)
    if (known === undefined) first.set(inputs[position]!, position)
    else twice.push([position, known])
  }
  return { chosen: [...first.values()], twice }
}

/** The item of a pruned scan that was `item` of the whole one. */
function itemOf(item: Tensor, region: Tensor, keep: Kept): Tensor {
  const { kind, at } = scanItem(scanAttrs(item.inputs[0]!), (item.attrs as ItemAttrs).index)
  const index = scanIndex(scanAttrs(region), {
    kind,
    at: (kind === 'output' ? keep.outputs : keep.carries).indexOf(at),
  })
  return new Tensor(item.op, [region], { index } satisfies ItemAttrs, item, item.checks, item.origins)
}
