/**
 * Products of derivatives. A factor that was selected to zero stays zero whatever it is multiplied with: the gradient of
 * `where(x > 0, log(x), 0)` at -1 is 0, not 0 * NaN (Theano's issues #1996 and #5333).
 */
import { cast, opOf } from '../elementwise.ts'
import { constant, scalarValue } from '../leaf.ts'
import { add, mul, neg } from '../ops/arithmetic.ts'
import { logicalAnd, logicalNot, logicalOr, where } from '../ops/comparison.ts'
import type { Tensor } from '../tensor.ts'
import { calculus, conform } from './type.ts'

/** A derivative times a partial derivative, with the selections of the former kept outermost. */
export function times(derivative: Tensor, partial: Tensor): Tensor {
  const factor = scalarValue(partial)
  if (factor === 1) return derivative
  const scaled = (x: Tensor) => (factor === -1 ? neg(x) : mul(x, partial))
  const selection = selectedZero(derivative)
  if (!selection) return scaled(derivative)
  return where(selection.condition, scaled(selection.value), constant(0, derivative.dtype))
}

/** `value` where the condition holds, 0 elsewhere. */
interface Selection {
  condition: Tensor
  value: Tensor
}

/** A tensor as a selection between something and zero, when it is one: directly, moved, cast, or as a sum of such. */
function selectedZero(x: Tensor): Selection | undefined {
  const path: Tensor[] = []
  let at = x
  while (isMoveOfOne(at) || isCast(at)) {
    path.push(at)
    at = at.inputs[0]!
  }
  const found = at.op === opOf(add) ? sumOfSelections(at) : nestedSelections(at)
  if (!found || path.length === 0) return found
  const { condition, value } = found
  return {
    condition: path.filter(isMoveOfOne).reduceRight(moveLike, conform(condition, at)),
    value: path.reduceRight((y, step) => (isCast(step) ? cast(y, step.dtype) : moveLike(y, step)), conform(value, at)),
  }
}

const isMoveOfOne = ({ op, inputs }: Tensor): boolean => op.kind === 'movement' && inputs.length === 1
const isCast = ({ op }: Tensor): boolean => op.kind === 'elementwise' && op.converts === 'value'

/** The movement that made `result`, of another tensor. */
const moveLike = (x: Tensor, result: Tensor): Tensor => {
  const { op } = result
  return (op.kind === 'movement' && op.pushforward?.(result, [x], calculus)) || x
}

/** Selections inside of one another: the value where all conditions hold. */
function nestedSelections(x: Tensor): Selection | undefined {
  let found: Selection | undefined
  for (let next = oneSelection(x); next; next = oneSelection(next.value)) {
    found = found ? { condition: logicalAnd(found.condition, next.condition), value: next.value } : next
  }
  return found
}

function oneSelection(x: Tensor): Selection | undefined {
  if (x.op.kind !== 'elementwise' || !x.op.selects) return undefined
  const [condition, yes, no] = x.inputs as [Tensor, Tensor, Tensor]
  if (isZero(no)) return { condition, value: yes }
  return isZero(yes) ? { condition: logicalNot(condition), value: no } : undefined
}

/** A sum of selections is zero where none of them selects; undefined when some term is no selection. */
function sumOfSelections(sum: Tensor): Selection | undefined {
  const conditions: Tensor[] = []
  const seen = new Set<Tensor>()
  const open = [sum]
  for (let term = open.pop(); term; term = open.pop()) {
    if (seen.has(term)) continue
    seen.add(term)
    if (term.op === opOf(add)) {
      open.push(...term.inputs)
      continue
    }
    const selection = nestedSelections(term)
    if (!selection) return undefined
    conditions.push(selection.condition)
  }
  return { condition: conditions.reduce((a, b) => logicalOr(a, b)), value: sum }
}

function isZero(x: Tensor): boolean {
  let at = x
  while (isMoveOfOne(at)) at = at.inputs[0]!
  return scalarValue(at) === 0
}
