/** The node of a scan: what it holds, how it is built, and its results. */
import type { Region, RegionOp } from '../define.ts'
import { dimAdd } from '../dims.ts'
import { itemOf, typeless } from '../item.ts'
import { placeholder } from '../leaf.ts'
import { reshapeTo, sliceAxis } from '../ops/move.ts'
import { close } from '../region.ts'
import { Tensor } from '../tensor.ts'
import type { DimExpr, Shape, SizeCheck } from '../type.ts'

/**
 * A loop over steps. Its inputs are sequences, then initial values of carries, then captures; the graph inside takes an
 * element of each sequence, each carry before the step, and the captures, and results in each carry after the step, then
 * what is put out. As items it gives
 * - each carry after the last step,
 * - the history of each carry, `[steps + 1, ...]`: entry i is the carry before index i of the sequences is looked at,
 * - each output stacked, `[steps, ...]`, in the order of the sequences.
 * What no one asks for is not computed and takes no memory.
 */
export interface ScanAttrs extends Region {
  steps: DimExpr
  sequences: number
  carries: number
  /** Steps go from the last index to the first; then histories begin at their end. */
  reverse: boolean
  /** Gradients go back through so many steps at most, from the last on. */
  truncateGradient?: number
}

/** What a scan is given besides the graph inside. */
export interface Loop {
  sequences: readonly Tensor[]
  initials: readonly Tensor[]
  /** Tensors that the graph inside gets placeholders for; others that it reads are captured by themselves. */
  captures?: readonly Tensor[]
  steps: DimExpr
  reverse: boolean
  truncateGradient?: number | undefined
  checks?: readonly SizeCheck[]
}

/** One step: from placeholders to what the carries become and what is put out. */
export type Step = (
  elements: readonly Tensor[],
  carries: readonly Tensor[],
  captures: readonly Tensor[],
) => { carries: readonly Tensor[]; outputs: readonly Tensor[] }

/** Builds the node of a scan. Carries must come out of a step with the types they went in with. */
export function loop(op: RegionOp, { sequences, initials, captures = [], ...rest }: Loop, step: Step): Tensor {
  const elements = sequences.map((x, i) => placeholder(nameOf(x, `element ${i}`), elementType(x)))
  const before = initials.map((x, i) => placeholder(nameOf(x, `carry ${i}`), x))
  const captured = captures.map((x, i) => placeholder(nameOf(x, `capture ${i}`), x))
  const after = step(elements, before, captured)
  const closed = close([...elements, ...before, ...captured], [...after.carries, ...after.outputs])
  const attrs: ScanAttrs = {
    steps: rest.steps,
    sequences: sequences.length,
    carries: initials.length,
    reverse: rest.reverse,
    ...(rest.truncateGradient !== undefined && { truncateGradient: rest.truncateGradient }),
    results: closed.results,
  }
  const checks = [...(rest.checks ?? []), ...closed.checks]
  return new Tensor(op, [...sequences, ...initials, ...captures, ...closed.captures], attrs, typeless, checks)
}

const nameOf = (x: Tensor, otherwise: string) => x.name ?? otherwise

const elementType = (x: Tensor) => ({ dtype: x.dtype, shape: x.shape.slice(1) })

export const scanAttrs = (node: Tensor): ScanAttrs => node.attrs as ScanAttrs

const item = (node: Tensor, which: ScanItem, { dtype }: Tensor, shape: Shape): Tensor =>
  itemOf(node, scanIndex(scanAttrs(node), which), { dtype, shape })

/** Which item of a scan an index means. */
export interface ScanItem {
  kind: 'last' | 'history' | 'output'
  at: number
}

/** What item an index means: the last carries come first, then histories, then outputs. */
export function scanItem({ carries }: ScanAttrs, index: number): ScanItem {
  if (index < carries) return { kind: 'last', at: index }
  if (index < 2 * carries) return { kind: 'history', at: index - carries }
  return { kind: 'output', at: index - 2 * carries }
}

/** The index of an item. */
export function scanIndex({ carries }: ScanAttrs, { kind, at }: ScanItem): number {
  return kind === 'last' ? at : at + (kind === 'history' ? carries : 2 * carries)
}

/** The initial value of a carry. */
const initialOf = (node: Tensor, carry: number) => node.inputs[scanAttrs(node).sequences + carry]!

/** A carry after the last step. */
export function lastCarry(node: Tensor, carry: number): Tensor {
  const initial = initialOf(node, carry)
  return item(node, { kind: 'last', at: carry }, initial, initial.shape)
}

/** All values of a carry, the initial one included. */
export function carryHistory(node: Tensor, carry: number): Tensor {
  const initial = initialOf(node, carry)
  return item(node, { kind: 'history', at: carry }, initial, [dimAdd(scanAttrs(node).steps, 1), ...initial.shape])
}

/** What was put out at each step. */
export function stackedOutput(node: Tensor, output: number): Tensor {
  const { carries, steps, results } = scanAttrs(node)
  const result = results[carries + output]!
  return item(node, { kind: 'output', at: output }, result, [steps, ...result.shape])
}

/** The part of a history of each carry before its step, in the order of the sequences. */
export const historyBefore = (node: Tensor, history: Tensor): Tensor => historyFrom(node, history, false)

/** The part of a history of each carry after its step, in the order of the sequences. */
export const historyAfter = (node: Tensor, history: Tensor): Tensor => historyFrom(node, history, true)

function historyFrom(node: Tensor, history: Tensor, after: boolean): Tensor {
  const { steps, reverse } = scanAttrs(node)
  return sliceAxis(history, 0, after === reverse ? 0 : 1, steps)
}

/** The entry of a history that is the initial carry. */
export function historyStart(node: Tensor, history: Tensor): Tensor {
  const { steps, reverse } = scanAttrs(node)
  return reshapeTo(sliceAxis(history, 0, reverse ? steps : 0, 1), history.shape.slice(1))
}
