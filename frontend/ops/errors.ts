/** Messages of single ops, beside those that all share; each with a code that stays. */
import { DamoError } from '../../runtime/errors.ts'
import { operandLines } from '../errors.ts'

/** Numbers between which there are no steps. */
export const rangeWrong = (op: string, text: string) => new DamoError('D021', `${op}: ${text}${operandLines([])}`)
