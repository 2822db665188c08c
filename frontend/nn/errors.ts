/** Every message of damo/nn, one function each, with a code that stays. */
import { DamoError } from '../../runtime/errors.ts'
import { typeText } from '../errors.ts'
import type { Tensor } from '../tensor.ts'

/** A parameter that no update can replace. */
export const notAParameter = (rule: string, parameter: Tensor) =>
  new DamoError(
    'D601',
    `${rule}: parameters are shared variables of floats, not ${parameter.name ?? parameter.op.name} ${typeText(parameter)}`,
  )

/** Gradients that are not one for each parameter. */
export const gradientsDiffer = (rule: string, gradients: number, parameters: number) =>
  new DamoError('D602', `${rule}: ${gradients} gradients for ${parameters} parameters`)

/** A shape that says nothing about how many values go in and out. */
export const noFans = (initializer: string, shape: readonly number[]) =>
  new DamoError(
    'D603',
    `${initializer}: a shape of at least two dims tells how many values go in and out, [${shape.join(', ')}] does not`,
  )
