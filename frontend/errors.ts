/** Every message of the frontend, one function each, with a code that stays. */
import { DamoError } from '../runtime/errors.ts'
import { dimText } from './dims.ts'
import { captureOrigin, type Origin, userLine } from './origin.ts'
import type { Tensor } from './tensor.ts'
import type { DType, Shape } from './type.ts'

export { DamoError } from '../runtime/errors.ts'

/** `float32[batch, 784]`, as types appear in messages and printed graphs. */
export function typeText(type: { dtype: DType; shape: Shape }): string {
  return `${type.dtype}[${type.shape.map(dim => unknownText(dimText(dim))).join(', ')}]`
}

const unknownText = (text: string) => text.replace(/\?[\w.]*/g, '?')

/** Where a tensor was built, or nothing when every frame is damo's own. */
export function lineOf(origins: readonly Origin[]): string | undefined {
  for (const origin of origins) {
    const line = userLine(origin)
    if (line) return line
  }
  return undefined
}

/** The lines below a message: each operand with its label, name, type and line, then the line of the call itself. */
function operandLines(operands: readonly (readonly [string, Tensor])[]): string {
  const rows = operands.map(([label, tensor]) => {
    const built = lineOf(tensor.origins)
    return [label, tensor.name ?? tensor.op.name, typeText(tensor), built ? `built at ${built}` : '']
  })
  const width = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row => `  ${row.map((cell, column) => cell.padEnd(width[column] ?? 0)).join('   ')}`.trimEnd())
  const here = userLine(captureOrigin())
  return `\n${[...lines, ...(here ? [`  at ${here}`] : [])].join('\n')}`
}

const labelled = (tensors: readonly Tensor[]): [string, Tensor][] =>
  tensors.length === 2
    ? [
        ['left', tensors[0]!],
        ['right', tensors[1]!],
      ]
    : tensors.map((tensor, i) => [tensors.length === 1 ? 'operand' : `operand ${i}`, tensor])

/** A dtype that the op has no meaning for. */
export const dtypeRefused = (op: string, tensors: readonly Tensor[], accepts: readonly DType[]) =>
  new DamoError(
    'D001',
    `${op}: takes ${accepts.join(', ')}, not ${tensors.map(t => t.dtype).join(' and ')}${operandLines(labelled(tensors))}`,
  )

/** Shapes that do not broadcast; `axis` counts from the end. */
export const shapesDiffer = (op: string, left: Tensor, right: Tensor, axis: number) => {
  const [a, b] = [left, right].map(t => dimText(t.shape[t.shape.length - axis]!))
  return new DamoError(
    'D002',
    `${op}: shapes do not broadcast: ${a} and ${b} at axis -${axis}${operandLines(labelled([left, right]))}`,
  )
}

/** Inner dimensions of a product that differ. */
export const innerDiffers = (op: string, left: Tensor, right: Tensor, a: string, b: string) =>
  new DamoError('D003', `${op}: inner dimensions differ: ${a} and ${b}${operandLines(labelled([left, right]))}`)

/** An axis that the tensor does not have. */
export const axisOutOfRange = (op: string, tensor: Tensor, axis: number) =>
  new DamoError(
    'D004',
    `${op}: axis ${axis} is out of range for rank ${tensor.ndim}${operandLines([['operand', tensor]])}`,
  )

/** A rank that the op has no meaning for. */
export const rankRefused = (op: string, tensors: readonly Tensor[], wanted: string) =>
  new DamoError('D005', `${op}: wants ${wanted}${operandLines(labelled(tensors))}`)

/** A new shape with another number of elements. */
export const sizeDiffers = (op: string, tensor: Tensor, shape: Shape) =>
  new DamoError(
    'D006',
    `${op}: ${typeText(tensor)} does not have the size of [${shape.map(dimText).join(', ')}]${operandLines([['operand', tensor]])}`,
  )

/** Dims of several tensors that must be equal and are not. */
export const dimsDiffer = (op: string, tensors: readonly Tensor[], axis: number) =>
  new DamoError('D007', `${op}: shapes differ at axis ${axis}${operandLines(labelled(tensors))}`)

/** The same axis named twice, or a list of axes of the wrong length. */
export const axesWrong = (op: string, tensor: Tensor, axes: readonly number[]) =>
  new DamoError(
    'D008',
    `${op}: axes [${axes.join(', ')}] do not fit rank ${tensor.ndim}${operandLines([['operand', tensor]])}`,
  )

/** An argument that is not a tensor, number or array. */
export const notATensor = (op: string, value: unknown) =>
  new DamoError(
    'D009',
    `${op}: expected a tensor, number or array, got ${value === null ? 'null' : typeof value}${operandLines([])}`,
  )

/** A rank above what the types and kernels go to. */
export const rankTooHigh = (op: string, rank: number) =>
  new DamoError('D010', `${op}: rank ${rank} is above the limit of 6${operandLines([])}`)

/** A slice or split outside its axis. */
export const sliceWrong = (op: string, tensor: Tensor, text: string) =>
  new DamoError('D011', `${op}: ${text}${operandLines([['operand', tensor]])}`)

/** A dim that is not a whole number, a name or an expression. */
export const dimWrong = (op: string, value: unknown) =>
  new DamoError(
    'D012',
    `${op}: a dim is a whole number from 0 on, a dim or null, not ${String(value)}${operandLines([])}`,
  )

/** A value that an integer or bool dtype cannot hold. */
export const valueRefused = (op: string, value: unknown, dtype: DType) =>
  new DamoError('D013', `${op}: ${String(value)} is not a value of ${dtype}${operandLines([])}`)
