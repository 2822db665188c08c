/** Every message about loops, one function each, with a code that stays. */
import { DamoError } from '../../runtime/errors.ts'
import { operandLines, sizeText, typeText } from '../errors.ts'
import { calledAs } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import type { DimExpr } from '../type.ts'

/** A carry that comes out of a step with another type than it went in. */
export const carryDiffers = (name: string, initial: Tensor, after: Tensor) =>
  new DamoError(
    'D401',
    `${calledAs('scan')}: ${name} changes its type: ${typeText(initial)} at first, ${typeText(after)} after a step${operandLines(
      [
        ['initial', initial],
        ['after', after],
      ],
    )}`,
  )

/** A step that gives back other carries than it was given. */
export const carriesMissing = (given: string, returned: string) =>
  new DamoError(
    'D402',
    `${calledAs('scan')}: a step takes ${given} and has to return the same, not ${returned}${operandLines([])}`,
  )

/** A sequence without a first axis to go along. */
export const sequenceScalar = (name: string, sequence: Tensor) =>
  new DamoError(
    'D403',
    `${calledAs('scan')}: ${name} is a scalar and has no elements${operandLines([['sequence', sequence]])}`,
  )

/** A loop of which nothing says how many steps it takes. */
export const stepsMissing = () =>
  new DamoError('D404', `${calledAs('scan')}: give sequences or steps, or nothing says how often${operandLines([])}`)

/** Sequences of different lengths, or of another length than the steps asked for. */
export const stepsDiffer = (steps: DimExpr, name: string, sequence: Tensor) =>
  new DamoError(
    'D405',
    `${calledAs('scan')}: ${sizeText(steps)} steps, but ${name} has ${sizeText(sequence.shape[0]!)} elements${operandLines([['sequence', sequence]])}`,
  )
