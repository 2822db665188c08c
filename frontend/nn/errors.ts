/** Every message of damo/nn, one function each, with a code that stays. */
import { DamoError } from '../../runtime/errors.ts'
import { operandLines, sizeText, typeText, valueText } from '../errors.ts'
import { calledAs } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import type { DimExpr, Shape } from '../type.ts'

/** A parameter that no update can replace. */
export const notAParameter = (rule: string, parameter: Tensor) =>
  new DamoError(
    'D601',
    `${calledAs(rule)}: parameters are shared variables of floats, not ${parameter.name ?? parameter.op.name} ${typeText(parameter)}${operandLines([])}`,
  )

/** Gradients that are not one for each parameter. */
export const gradientsDiffer = (rule: string, gradients: number, parameters: number) =>
  new DamoError('D602', `${calledAs(rule)}: ${gradients} gradients for ${parameters} parameters${operandLines([])}`)

/** A shape that says nothing about how many values go in and out. */
export const noFans = (initializer: string, shape: readonly number[]) =>
  new DamoError(
    'D603',
    `${calledAs(initializer)}: a shape of at least two dims tells how many values go in and out, [${shape.join(', ')}] does not${operandLines([])}`,
  )

type Labelled = readonly (readonly [string, Tensor])[]

/** An option of windows that is no such number, or no list of one for each axis. */
export const windowOption = (op: string, option: string, value: unknown, wanted: string) =>
  new DamoError('D604', `${calledAs(op)}: ${option} is ${wanted}, not ${valueText(value)}${operandLines([])}`)

/** Channels of images, filters and results that do not fit together. */
export const channelsDiffer = (op: string, text: string, operands: Labelled) =>
  new DamoError('D605', `${calledAs(op)}: ${text}${operandLines(operands)}`)

/** A window that is larger than what it slides over. */
export const windowTooLarge = (op: string, axis: number, span: DimExpr, room: DimExpr, operands: Labelled) =>
  new DamoError(
    'D606',
    `${calledAs(op)}: a window that spans ${sizeText(span)} does not fit on axis ${axis}, which has ${sizeText(room)} with its padding${operandLines(operands)}`,
  )

/** A shape that a convolution does not lead to. */
export const windowsDiffer = (op: string, axis: number, has: DimExpr, wanted: DimExpr, operands: Labelled) =>
  new DamoError(
    'D607',
    `${calledAs(op)}: axis ${axis} of the results has ${sizeText(has)} elements where images and filters give ${sizeText(wanted)}${operandLines(operands)}`,
  )

/** Filters for so many windows along an axis, of which images have another number. */
export const filtersDiffer = (op: string, axis: number, has: DimExpr, wanted: DimExpr, operands: Labelled) =>
  new DamoError(
    'D607',
    `${calledAs(op)}: axis ${axis} of the filters is for ${sizeText(has)} windows where images have ${sizeText(wanted)}${operandLines(operands)}`,
  )

/** A parameter of normalization that is not of the dims that it goes along. */
export const parameterDiffers = (op: string, name: string, wanted: Shape, x: Tensor, parameter: Tensor) => {
  const own = wanted.filter(dim => dim !== 1)
  const shapes = [own, wanted].map(shape => `[${shape.map(sizeText).join(', ')}]`)
  return new DamoError(
    'D608',
    `${calledAs(op)}: ${name} must have the shape ${[...new Set(shapes)].join(' or ')}, not [${parameter.shape.map(sizeText).join(', ')}]${operandLines(
      [
        ['operand', x],
        [name, parameter],
      ],
    )}`,
  )
}
