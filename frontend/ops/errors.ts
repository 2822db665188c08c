/** Messages of single ops, beside those that all share; each with a code that stays. */

import { DamoError } from '../../runtime/errors.ts'
import { callOf, operandLines, resultLines } from '../errors.ts'
import { calledAs } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'

/** Numbers between which there are no steps. */
export const rangeWrong = (op: string, text: string) =>
  new DamoError('D021', `${calledAs(op)}: ${text}${operandLines([])}`)

/** A routine that has no answer for a matrix or row; `text` says so, with `{index}` and `{size}` to be filled in. */
export const routineFailed = (node: Tensor, text: string, index: number, size: number) =>
  new DamoError(
    'D122',
    `${callOf(node)}: ${text.replaceAll('{index}', `${index}`).replaceAll('{size}', `${size}`)}${resultLines(node)}`,
  )

/** Elements that a mask chooses, where a tensor of known size is needed. */
export const maskUnsized = (part: Tensor) =>
  new DamoError(
    'D031',
    `${calledAs('at')}: how many elements a mask chooses is known only when it runs: reduce them, or what elementwise functions make of ` +
      `them, write to them by setSubtensor or incSubtensor, use where(mask, ...), or take a padded form: ` +
      `compress, nonzero, nonzeroValues with { size }${operandLines([['masked', part]])}`,
  )

/** A part of all elements that is none. */
export const quantileWrong = (op: string, q: number, whole: number) =>
  new DamoError('D022', `${calledAs(op)}: a ${op} lies from 0 to ${whole}, not at ${q}${operandLines([])}`)

/** A value that what it is written into cannot hold. */
export const valueTooWide = (op: string, value: Tensor, part: Tensor) =>
  new DamoError(
    'D026',
    `${calledAs(op)}: ${part.dtype} does not hold ${value.dtype}: cast what is written, or what it is written into` +
      operandLines([
        ['value', value],
        ['into', part],
      ]),
  )

/** Bits that are to be read as a dtype of another width, or as one that has no such bits. */
export const bitsDiffer = (x: Tensor, dtype: DType) =>
  new DamoError(
    'D027',
    `${calledAs('bitcast')}: ${x.dtype} cannot be read as ${dtype}: both must be among float32, int32, uint32, or among float64, int64` +
      operandLines([['operand', x]]),
  )

/** A derivative that no formula of the op gives; `which` says of what order and by what. */
export const derivativeUndefined = (node: Tensor, op: string, which: string) =>
  new DamoError('D121', `${op}: its ${which} is not defined${resultLines(node)}`)
