/** Messages of linear algebra, each with a code that stays. */
import { DamoError } from '../../../runtime/errors.ts'
import { labelled, operandLines } from '../../errors.ts'
import { calledAs } from '../../origin.ts'
import type { Tensor } from '../../tensor.ts'

/** Subscripts that mean nothing, or nothing for these operands. */
export const subscriptsWrong = (text: string, reason: string, operands: readonly Tensor[]) =>
  new DamoError('D501', `einsum: '${text}': ${reason}${operandLines(labelled(operands))}`)

/** A matrix that has to be square and is not. */
export const matrixNotSquare = (op: string, x: Tensor, rows: string, columns: string) =>
  new DamoError(
    'D502',
    `${calledAs(op)}: wants square matrices, not ${rows} by ${columns}${operandLines([['operand', x]])}`,
  )

/** A derivative that vectors have which are not told by the matrix. */
export const completionNotDifferentiable = (op: string, x: Tensor) =>
  new DamoError(
    'D503',
    `${calledAs(op)}: has no derivative with full matrices: the vectors that complete them are not told by the operand` +
      `${operandLines([['operand', x]])}`,
  )

/** A norm that vectors, or matrices, do not have. */
export const normRefused = (x: Tensor, ord: unknown, axes: number) =>
  new DamoError(
    'D504',
    `norm: there is no norm ${typeof ord === 'string' ? `'${ord}'` : String(ord)} over ${axes} ` +
      `${axes === 1 ? 'axis' : 'axes'}${operandLines([['operand', x]])}`,
  )
