/** Host arrays: a dtype, a shape and a typed array in row-major order. Values go in and out of programs as these. */
import { fromHalf, toHalf } from './half.ts'
import type { DType } from './manifest.ts'
import {
  badShape,
  notAnArray,
  notOneElement,
  notRepresentable,
  raggedArray,
  unknownDtype,
  unknownOption,
  unsafeInteger,
  wrongData,
  wrongSize,
} from './messages.ts'

/** The typed array that holds each dtype: int64 as bigints, float16 as binary16 bits, bool as bytes 0 and 1. */
export interface DataOf {
  bool: Uint8Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  int64: BigInt64Array
  float16: Uint16Array
  float32: Float32Array
  float64: Float64Array
}

export type TypedArray = DataOf[DType]

/** A typed array's constructor, as far as it is used here. */
export interface DataConstructor {
  new (length: number): TypedArray
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray
  readonly name: string
}

/** The typed array class of each dtype. */
export const dataOf: Readonly<Record<DType, DataConstructor>> = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
}

/** Numbers in lists in lists, as deep as the array's rank. */
export type NestedList = number | NestedList[]

/** What becomes an array: a number, nested arrays of numbers, a typed array, or an NDArray. */
export type ArrayValue = number | bigint | boolean | TypedArray | Uint8ClampedArray | NDArray | readonly ArrayValue[]

/** An array in the host's memory: `data` holds the elements of `shape` in row-major order. */
export class NDArray<D extends DType = DType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOf[D]

  /** Wraps `data` without copying. Throws when the class of `data` is not that of `dtype`, or its length not that of `shape`. */
  constructor(dtype: D, shape: readonly number[], data: DataOf[D]) {
    if (!(data instanceof dataOf[dtype])) throw wrongData(dtype, dataOf[dtype].name, className(data))
    if (data.length !== sizeOf(shape, 'NDArray')) throw wrongSize('NDArray', shape, data.length)
    this.dtype = dtype
    this.shape = shape
    this.data = data
  }

  /** The value of an array of one element, as a number (bool as 0 or 1). Throws for an int64 beyond 2^53. */
  item(): number {
    if (this.data.length !== 1) throw notOneElement(this.shape)
    return numberAt(this.dtype, this.data, 0)
  }

  /** The elements as numbers in nested lists (bool as 0 or 1). Throws for an int64 beyond 2^53. */
  tolist(): NestedList {
    let lists: NestedList[] = Array.from({ length: this.data.length }, (_, i) => numberAt(this.dtype, this.data, i))
    for (let axis = this.shape.length - 1; axis > 0; axis--) {
      const size = this.shape[axis] as number
      const count = this.shape.slice(0, axis).reduce((total, n) => total * n, 1)
      const inner = lists
      lists = Array.from({ length: count }, (_, i) => inner.slice(i * size, (i + 1) * size))
    }
    return this.shape.length === 0 ? (lists[0] as number) : lists
  }
}

/**
 * An NDArray with a copy of `value`. The dtype is, in this order: `dtype`, the NDArray's or typed array's own, and for
 * plain values float32, or bool or int64 when the first one is a boolean or bigint. The shape is `shape`, or the
 * nesting's; a typed array alone has rank 1. Casts as asked; integers must be representable, floats are rounded.
 */
export function array<D extends DType>(value: ArrayValue, options: { dtype: D; shape?: readonly number[] }): NDArray<D>
export function array(value: ArrayValue, options?: { dtype?: DType; shape?: readonly number[] }): NDArray
export function array(value: ArrayValue, options: { dtype?: DType; shape?: readonly number[] } = {}): NDArray {
  checkOptions('array', options, ['dtype', 'shape'])
  return convert(value, options, 'array')
}

/** Throws unless this is a record of options, and of none but those known. */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
  const isRecord = typeof options === 'object' && options !== null && !Array.isArray(options)
  const unknown = isRecord ? Object.keys(options).find(name => !known.includes(name)) : undefined
  if (!isRecord || unknown !== undefined) throw unknownOption(what, unknown, known, options)
}

/** `array`, with the words that begin its error messages. */
export function convert(
  value: ArrayValue,
  options: { dtype?: DType; shape?: readonly number[] },
  what: string,
): NDArray {
  if (options.dtype !== undefined && !(options.dtype in dataOf))
    throw unknownDtype(what, options.dtype, Object.keys(dataOf))
  const own = value instanceof NDArray ? value : fromTyped(value, options.dtype)
  if (own) {
    const dtype = options.dtype ?? own.dtype
    const shape = options.shape ?? own.shape
    const data = emptyData(dtype, sizeOf(shape, what))
    if (data.length !== own.data.length) throw wrongSize(what, shape, own.data.length)
    castInto(data, dtype, own.data, own.dtype, what)
    return new NDArray(dtype, [...shape], data)
  }
  const nested = nestedShape(value)
  const flat: (number | bigint | boolean)[] = []
  flatten(value, nested, [], flat, what)
  const dtype = options.dtype ?? plainDType(flat[0])
  const shape = options.shape ?? nested
  const data = emptyData(dtype, sizeOf(shape, what))
  if (data.length !== flat.length) throw wrongSize(what, shape, flat.length)
  for (let i = 0; i < flat.length; i++) data[i] = encode(dtype, flat[i]!, what)
  return new NDArray(dtype, [...shape], data)
}

/** An array of `shape` filled with `value` (rounded, or checked to be representable). */
export function full<D extends DType = 'float32'>(
  shape: readonly number[],
  value: number | bigint | boolean,
  options: { dtype?: D } = {},
): NDArray<D> {
  return filled('full', shape, value, options)
}

function filled<D extends DType>(
  what: string,
  shape: readonly number[],
  value: number | bigint | boolean,
  options: { dtype?: D },
): NDArray<D> {
  checkOptions(what, options, ['dtype'])
  const dtype = options.dtype ?? ('float32' as D)
  const data = emptyData(dtype, sizeOf(shape, what))
  // One element type at a time: `fill` of the union takes neither numbers nor bigints.
  ;(data as Float32Array).fill(encode(dtype, value, what) as number)
  return new NDArray(dtype, [...shape], data as DataOf[D])
}

/** An array of `shape` filled with zeros. */
export const zeros = <D extends DType = 'float32'>(shape: readonly number[], options: { dtype?: D } = {}): NDArray<D> =>
  filled('zeros', shape, 0, options)

/** An array of `shape` filled with ones. */
export const ones = <D extends DType = 'float32'>(shape: readonly number[], options: { dtype?: D } = {}): NDArray<D> =>
  filled('ones', shape, 1, options)

/** The number of elements of `shape`; throws when it is not a list of non-negative integers. `what` begins the message. */
export function sizeOf(shape: readonly number[], what: string): number {
  if (!Array.isArray(shape)) throw badShape(what, [shape])
  let size = 1
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0) throw badShape(what, shape)
    size *= n
  }
  return size
}

/** The dtype that a typed array has by its class, or undefined when it is none of ours. */
export function dtypeOf(value: unknown): DType | undefined {
  if (value instanceof Uint8ClampedArray) return 'uint8'
  for (const dtype of byClass) if (value instanceof dataOf[dtype]) return dtype
  return undefined
}

const byClass = ['float32', 'float64', 'int32', 'int64', 'uint8', 'int8', 'uint16', 'int16', 'uint32'] as const

/**
 * Copies `source` into `target` of the same length, converting each element: integers must be representable, floats
 * are rounded, and what is not zero becomes a true bool. `what` begins the error message.
 */
export function castInto(target: TypedArray, dtype: DType, source: TypedArray, from: DType, what: string): void {
  if (dtype === from ? dtype !== 'bool' : castsNatively(dtype, from)) {
    ;(target as Float32Array).set(source as Float32Array)
    return
  }
  for (let i = 0; i < source.length; i++) target[i] = encode(dtype, decode(from, source[i]!), what)
}

/** Whether each value of `from` is one of `dtype`. */
export function isLossless(from: DType, dtype: DType): boolean {
  const [fromKind, fromBits] = precision[from]
  const [kind, bits] = precision[dtype]
  if (from === dtype || from === 'bool') return true
  if (dtype === 'bool' || (kind !== 'float' && fromKind === 'float')) return false
  return kind === 'uint' && fromKind === 'int' ? false : bits >= fromBits
}

/** Kind and bits of the magnitude of each dtype: integers that fit in them are exact. */
const precision: Readonly<Record<DType, readonly ['uint' | 'int' | 'float', number]>> = {
  bool: ['uint', 1],
  int8: ['int', 7],
  uint8: ['uint', 8],
  int16: ['int', 15],
  uint16: ['uint', 16],
  int32: ['int', 31],
  uint32: ['uint', 32],
  int64: ['int', 63],
  float16: ['float', 11],
  float32: ['float', 24],
  float64: ['float', 53],
}

/** Whether a typed array's own `set` casts right: values as they are, and wide enough or plain rounding. */
const castsNatively = (dtype: DType, from: DType): boolean =>
  from !== 'int64' &&
  from !== 'float16' &&
  dtype !== 'int64' &&
  dtype !== 'float16' &&
  dtype !== 'bool' &&
  (precision[dtype][0] === 'float' || isLossless(from, dtype))

/** What stands in memory for `given` in `dtype`. Throws when an integer type cannot hold it. */
export function encode(dtype: DType, given: number | bigint | boolean, what: string): number | bigint {
  if (dtype === 'bool') return Number(Boolean(given))
  if (dtype === 'float16') return toHalf(Number(given))
  const value = typeof given === 'boolean' ? Number(given) : given
  const [kind, bits] = precision[dtype]
  if (kind === 'float') return Number(value)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw notRepresentable(what, value, dtype)
  const low = kind === 'int' ? -(2 ** bits) : 0
  if (value < low || value >= 2 ** bits) throw notRepresentable(what, value, dtype)
  return dtype === 'int64' ? BigInt(value) : Number(value)
}

/** The value that an element in memory stands for. */
export const decode = (dtype: DType, element: number | bigint): number | bigint =>
  dtype === 'float16' ? fromHalf(element as number) : element

function numberAt(dtype: DType, data: TypedArray, i: number): number {
  const value = decode(dtype, data[i]!)
  const number = Number(value)
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) throw unsafeInteger(value)
  return number
}

function emptyData(dtype: DType, size: number): TypedArray {
  return new dataOf[dtype](size)
}

/** A typed array as an NDArray around it; a Uint16Array is the bits of a float16 when that is asked for. */
function fromTyped(value: ArrayValue, asked: DType | undefined): NDArray | undefined {
  const dtype = dtypeOf(value)
  if (dtype === undefined) return undefined
  const view = value as TypedArray
  const data = value instanceof Uint8ClampedArray ? new Uint8Array(value.buffer, value.byteOffset, value.length) : view
  return new NDArray(dtype === 'uint16' && asked === 'float16' ? 'float16' : dtype, [data.length], data)
}

const plainDType = (first: number | bigint | boolean | undefined): DType =>
  typeof first === 'boolean' ? 'bool' : typeof first === 'bigint' ? 'int64' : 'float32'

/** The shape that the first elements at each depth suggest; `flatten` holds the others to it. */
function nestedShape(value: ArrayValue): number[] {
  const shape: number[] = []
  let level: unknown = value
  while (Array.isArray(level)) {
    shape.push(level.length)
    level = level[0]
  }
  return shape
}

function flatten(
  value: ArrayValue,
  shape: readonly number[],
  path: number[],
  flat: (number | bigint | boolean)[],
  what: string,
): void {
  const size = shape[path.length]
  if (size === undefined) {
    if (Array.isArray(value)) throw raggedArray(what, path, 'one value', describe(value))
    if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean')
      throw notAnArray(what, describe(value))
    flat.push(value)
    return
  }
  if (!Array.isArray(value) || value.length !== size)
    throw raggedArray(what, path, `an array of ${size}`, describe(value))
  for (let i = 0; i < size; i++) flatten(value[i] as ArrayValue, shape, [...path, i], flat, what)
}

/** What a value that has no place here is, in words. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Promise) return 'a Promise, which has to be awaited first'
  if (typeof value === 'object' && value !== null) return `a ${className(value)}`
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? `the string '${value}'` : String(value)
}

const className = (value: object): string =>
  value.constructor === Object ? 'record' : (value.constructor?.name ?? 'record')
