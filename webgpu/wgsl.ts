/** How types, constants, indices and conversions are written in WGSL. */
import type { Condition, Index } from '../frontend/dims.ts'
import type { DType } from '../runtime/manifest.ts'
import type { WgslType } from './prelude.ts'

/** The type of values of each dtype; 8- and 16-bit integers are kept wrapped in 32 bits. */
const types: Partial<Record<DType, WgslType>> = {
  bool: 'bool',
  int8: 'i32',
  uint8: 'u32',
  int16: 'i32',
  uint16: 'u32',
  int32: 'i32',
  uint32: 'u32',
  float32: 'f32',
}

/** The type of values of a dtype. Programs with other dtypes are refused before anything is printed. */
export function typeOf(dtype: DType): WgslType {
  const type = types[dtype]
  if (!type) throw new Error(`WGSL has no ${dtype}`)
  return type
}

/** The type of an element in memory: bool is a u32. */
export function storedTypeOf(dtype: DType): WgslType {
  return dtype === 'bool' ? 'u32' : typeOf(dtype)
}

/** A value read from memory. */
export const loadText = (dtype: DType, element: string): string => (dtype === 'bool' ? `(${element} != 0u)` : element)

/** A value as memory has it. */
export const storeText = (dtype: DType, value: string): string => (dtype === 'bool' ? `u32(${value})` : value)

const word = new DataView(new ArrayBuffer(4))
const smallestNormal = 2 ** -126

/** A constant. Floats that a literal cannot be trusted with (NaN, infinities, -0, subnormals) are written by their bits. */
export function literal(dtype: DType, value: number | bigint): string {
  const type = typeOf(dtype)
  if (type === 'bool') return value ? 'true' : 'false'
  if (type === 'u32') return `${value}u`
  if (type === 'i32') return value === -2147483648 ? '(-2147483647i - 1i)' : `${value}i`
  const float = Math.fround(Number(value))
  const plain = Number.isFinite(float) && !Object.is(float, -0) && (float === 0 || Math.abs(float) >= smallestNormal)
  if (plain) return `${float}f`
  word.setFloat32(0, float)
  return `float_of(0x${word.getUint32(0).toString(16)}u)`
}

/** Text that wraps a 32-bit result to the width of its dtype. */
const wraps: Partial<Record<DType, (text: string) => string>> = {
  int8: text => `((${text} << 24u) >> 24u)`,
  int16: text => `((${text} << 16u) >> 16u)`,
  uint8: text => `(${text} & 255u)`,
  uint16: text => `(${text} & 65535u)`,
}

export const wrapped = (dtype: DType, text: string): string => wraps[dtype]?.(text) ?? text

/** A value of one dtype as one of another: integers wrap, floats truncate and saturate, what is not 0 is true. */
export function convertText(from: DType, to: DType, value: string): string {
  const [source, target] = [typeOf(from), typeOf(to)]
  if (from === to) return value
  if (target === 'bool') return source === 'f32' ? `f32_to_bool(${value})` : `(${value} != ${source}(0))`
  if (source !== 'f32' || target === 'f32') return wrapped(to, source === target ? value : `${target}(${value})`)
  const range = narrowRanges[to]
  const bounded = range ? `clamp(${value}, ${range})` : value
  return `f32_to_${target}(${range ? `select(${bounded}, 0.0f, is_nan(${value}))` : value})`
}

/** The ranges of narrow integers, which floats saturate to. */
const narrowRanges: Partial<Record<DType, string>> = {
  int8: '-128.0f, 127.0f',
  int16: '-32768.0f, 32767.0f',
  uint8: '0.0f, 255.0f',
  uint16: '0.0f, 65535.0f',
}

/** How a name in an index is written. */
export type Names = (name: string) => string

/** An index as an i32 expression. */
export function indexText(index: Index, names: Names): string {
  if (typeof index === 'number') return String(index)
  if (typeof index === 'string') return names(index)
  const [op, ...args] = index
  const texts = args.map(arg => indexText(arg, names))
  if (op === '//') return `floor_div(${texts.join(', ')})`
  if (op === '%') return `floor_mod(${texts.join(', ')})`
  if (op === '+' || op === '*') return `(${texts.join(` ${op} `)})`
  return texts.reduce((a, b) => `${op}(${a}, ${b})`)
}

/** A condition as a bool expression. */
export const conditionText = ({ relation, left, right }: Condition, names: Names): string =>
  `${indexText(left, names)} ${relation} ${indexText(right, names)}`
