/** Every error of the runtime, one function each; the code is for good, the text may improve. */
import { DamoError } from './errors.ts'
import type { DType } from './manifest.ts'

const shapeText = (shape: readonly unknown[]): string => `[${shape.join(', ')}]`

/** Nested arrays of unequal length; `path` are the indices that lead to the odd one. */
export const raggedArray = (path: readonly number[], expected: string, got: string): DamoError =>
  new DamoError('R001', `array: ragged nesting: element [${path.join('][')}] is ${got}, expected ${expected}`)

/** A shape that does not hold as many elements as were given. */
export const wrongSize = (what: string, shape: readonly number[], length: number): DamoError =>
  new DamoError('R002', `${what}: shape ${shapeText(shape)} needs ${product(shape)} elements, got ${length}`)

/** Something that is not a number, boolean, bigint, typed array, NDArray or nested array of these. */
export const notAnArray = (got: string): DamoError =>
  new DamoError('R003', `array: expected numbers, nested arrays, a typed array or an NDArray, got ${got}`)

/** A number that its dtype cannot hold. */
export const notRepresentable = (value: number | bigint, dtype: DType): DamoError =>
  new DamoError('R004', `array: ${value} is no ${dtype}; cast it first`)

/** A shape with something else than non-negative integers. */
export const badShape = (what: string, shape: readonly unknown[]): DamoError =>
  new DamoError('R005', `${what}: a shape has non-negative integers only, got ${shapeText(shape)}`)

/** `item()` of an array with another number of elements than one. */
export const notOneElement = (shape: readonly number[]): DamoError =>
  new DamoError('R006', `item: expected an array of one element, got shape ${shapeText(shape)}`)

/** The dtype and the typed array's class do not go together. */
export const wrongData = (dtype: DType, expected: string, got: string): DamoError =>
  new DamoError('R007', `NDArray: data of ${dtype} is a ${expected}, got a ${got}`)

/** An int64 beyond 2^53 that was to become a number. */
export const unsafeInteger = (value: bigint): DamoError =>
  new DamoError('R008', `${value} is beyond the integers that a number holds; read it from data as a bigint`)

const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)
