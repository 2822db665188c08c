/** Every message about derivatives, one function each, with a code that stays. */
import { DamoError } from '../../runtime/errors.ts'
import { nameOf, operandLines, resultLines, typeText } from '../errors.ts'
import { calledAs } from '../origin.ts'
import type { Tensor } from '../tensor.ts'

/** A gradient of something that is no scalar. */
export const costNotScalar = (cost: Tensor) =>
  new DamoError(
    'D110',
    `${calledAs('grad')}: the cost must be a scalar, not ${typeText(cost)}: sum it, or use Lop or jacobian${operandLines([['cost', cost]])}`,
  )

/** A gradient of integers or bools. */
export const costNotFloat = (cost: Tensor) =>
  new DamoError(
    'D111',
    `${calledAs('grad')}: the cost must be a float, not ${cost.dtype}${operandLines([['cost', cost]])}`,
  )

/** A derivative with respect to integers or bools. */
export const wrtNotFloat = (caller: string, wrt: Tensor) =>
  new DamoError(
    'D112',
    `${calledAs(caller)}: a derivative with respect to ${wrt.dtype} is not defined${operandLines([['wrt', wrt]])}`,
  )

/** A gradient with respect to what the cost does not depend on. */
export const gradientDisconnected = (caller: string, wrt: Tensor) =>
  new DamoError(
    'D113',
    `${calledAs(caller)}: no derivative leads to '${nameOf(wrt)}': it is not in the graph, or only behind integers, conditions, ` +
      `considerConstant or disconnectedGrad; disconnectedInputs: 'ignore' gives zeros${operandLines([['wrt', wrt]])}`,
  )

/** Neither a cost nor known gradients. */
export const nothingToDifferentiate = () =>
  new DamoError('D114', `${calledAs('grad')}: without a cost, knownGrads must say what flows${operandLines([])}`)

/** A cotangent or tangent of another type than what it belongs to. */
export const derivativeWrong = (caller: string, tensor: Tensor, derivative: Tensor) =>
  new DamoError(
    'D115',
    `${calledAs(caller)}: a derivative of ${typeText(tensor)} cannot be ${typeText(derivative)}${operandLines([
      ['tensor', tensor],
      ['derivative', derivative],
    ])}`,
  )

/** Lists of tensors and their derivatives of different lengths. */
export const derivativesMiscounted = (caller: string, tensors: number, derivatives: number) =>
  new DamoError('D116', `${calledAs(caller)}: ${derivatives} derivatives for ${tensors} tensors${operandLines([])}`)

/** An op that cannot be applied to many values of its operands at once. */
export const notBatched = (node: Tensor) =>
  new DamoError('D117', `jacobian: cannot look through ${node.op.name}${resultLines(node)}`)

/** A gradient that is not what differences say. */
export const gradientWrong = (text: string) => new DamoError('D118', `verifyGrad: ${text}${operandLines([])}`)
