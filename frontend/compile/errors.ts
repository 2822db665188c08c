/** Every message about what compile was given, one function each, with a code that stays. */

import { DamoError } from '../../runtime/errors.ts'
import { labelled, operandLines, typeText } from '../errors.ts'
import { calledAs } from '../origin.ts'
import type { Tensor } from '../tensor.ts'

/** A tensor in `inputs` of compile that is not an input. */
export const notAnInput = (name: string, value: unknown) =>
  value instanceof Object && 'op' in value
    ? new DamoError(
        'D301',
        `${calledAs('compile')}: '${name}' is not an input but computed${operandLines([['tensor', value as Tensor]])}`,
      )
    : new DamoError('D301', `${calledAs('compile')}: '${name}' is not a tensor${operandLines([])}`)

/** Two inputs of one name. */
export const nameTaken = (what: string, name: string) =>
  new DamoError('D302', `${calledAs('compile')}: two ${what}s are called '${name}'${operandLines([])}`)

/** Two shared variables of one name in one program. */
export const sharedNameTaken = (name: string, first: Tensor, second: Tensor) =>
  new DamoError(
    'D303',
    `${calledAs('compile')}: two shared variables are called '${name}'; state is matched by name${operandLines(labelled([first, second]))}`,
  )

/** An update of something that is not a shared variable. */
export const updateOfOther = (tensor: unknown) =>
  tensor instanceof Object && 'op' in tensor
    ? new DamoError(
        'D304',
        `${calledAs('compile')}: only shared variables have updates${operandLines([['tensor', tensor as Tensor]])}`,
      )
    : new DamoError('D304', `${calledAs('compile')}: only shared variables have updates${operandLines([])}`)

/** An update of another dtype or shape than its variable. */
export const updateDiffers = (variable: Tensor, next: Tensor) =>
  new DamoError(
    'D305',
    `${calledAs('compile')}: the update of '${variable.name}' is ${typeText(next)}, not ${typeText(variable)}${operandLines(
      [
        ['variable', variable],
        ['update', next],
      ],
    )}`,
  )

/** Two updates of one shared variable. */
export const updatedTwice = (variable: Tensor) =>
  new DamoError(
    'D306',
    `${calledAs('compile')}: '${variable.name}' has two updates${operandLines([['variable', variable]])}`,
  )

/** A given of another shape than what it replaces. */
export const givenDiffers = (tensor: Tensor, value: Tensor) =>
  new DamoError(
    'D307',
    `${calledAs('compile')}: a given is ${typeText(value)}, not ${typeText(tensor)}${operandLines([
      ['tensor', tensor],
      ['given', value],
    ])}`,
  )

/** Inputs that something depends on and that are not listed. */
export const inputMissing = (missing: readonly Tensor[]) =>
  new DamoError(
    'D308',
    `${calledAs('compile')}: outputs or updates depend on inputs that are not listed: ${missing.map(x => x.name).join(', ')}${operandLines(missing.map(x => ['input', x]))}`,
  )

/** Listed inputs that nothing depends on. */
export const inputUnused = (unused: readonly (readonly [string, Tensor])[]) =>
  new DamoError(
    'D309',
    `${calledAs('compile')}: nothing depends on ${unused.map(([name]) => name).join(', ')}; leave it out or set onUnusedInput${operandLines(unused.map(([, x]) => ['input', x]))}`,
  )

/** A program of a target that has no artifact cannot be saved. */
export const notSaved = (program: string, target: string) =>
  new DamoError('D313', `save: '${program}' is for the target ${target}, which has no artifact; compile it for wasm()`)

/** More nodes than compile takes. */
export const graphTooLarge = (nodes: number, limit: number) =>
  new DamoError('D311', `compile: ${nodes} nodes are more than the limit of ${limit}; a loop of equal steps is a scan`)

/** A guarded call that came upon NaN: `message` says where it left, the node where it arose. */
export const nanFound = (message: string, place: string, node: Tensor) =>
  new DamoError(
    'D310',
    `${message.replace(/ \[R\d+\]$/m, '')}: first made by ${place}${operandLines([['made by', node]])}`,
  )
