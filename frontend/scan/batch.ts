/** A scan for many values of some of its inputs at once, along a new first axis. */
import type { ItemAttrs, RegionOp } from '../define.ts'
import { placeholder } from '../leaf.ts'
import { permute } from '../ops/move.ts'
import { open } from '../region.ts'
import type { Tensor } from '../tensor.ts'
import type { DimExpr } from '../type.ts'
import { inputsOf } from './flow.ts'
import { carryHistory, lastCarry, loop, scanAttrs, scanItem, stackedOutput } from './node.ts'

/** How a graph is batched: its roots, with some tensors replaced by batched ones. */
type Batch = (roots: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>, size: DimExpr) => Tensor[]

/**
 * The scan that carries the values of all `size` at once. `at` gives inputs that are batched, `repeat` batches the others;
 * carries are all batched, sequences have the new axis behind that of the steps.
 */
export function batchScan(
  node: Tensor,
  at: (input: Tensor) => Tensor | undefined,
  repeat: (input: Tensor) => Tensor,
  size: DimExpr,
  batch: Batch,
): Tensor {
  const { sequences, initials, captures } = inputsOf(node)
  const behind = (x: Tensor | undefined) => x && permute(x, swapped(x.ndim))
  const isBatched = [...sequences.map(at), ...initials, ...captures.map(at)].map(x => x !== undefined)
  const given = {
    ...scanAttrs(node),
    sequences: sequences.map(x => behind(at(x)) ?? x),
    initials: initials.map(repeat),
    captures: captures.map(x => at(x) ?? x),
  }
  return loop(node.op as RegionOp, given, (elements, carried, captured) => {
    const values = [...elements, ...carried, ...captured]
    const single = values.map((value, i) =>
      isBatched[i] ? placeholder('one', { dtype: value.dtype, shape: value.shape.slice(1) }) : value,
    )
    const many = new Map(single.flatMap((one, i) => (isBatched[i] ? [[one, values[i]!] as const] : [])))
    const after = batch(open(scanAttrs(node), single), many, size)
    return { carries: after.slice(0, initials.length), outputs: after.slice(initials.length) }
  })
}

/** An item of the batched scan, with the new axis first. */
export function batchItem(item: Tensor, region: Tensor): Tensor {
  const { kind, at } = scanItem(scanAttrs(item.inputs[0]!), (item.attrs as ItemAttrs).index)
  if (kind === 'last') return lastCarry(region, at)
  const stacked = kind === 'history' ? carryHistory(region, at) : stackedOutput(region, at)
  return permute(stacked, swapped(stacked.ndim))
}

/** The first two axes exchanged. */
const swapped = (rank: number) => [1, 0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2)]
