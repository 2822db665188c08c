/** Pieces of C++ text: types, literals, index expressions, the table of constants. */

import { type Condition, dimAtLeast, type Extents, type Index } from '../frontend/dims.ts'
import { reinterpretation, type Scalar } from '../frontend/kernel/scalar.ts'
import type { DType } from '../runtime/manifest.ts'

/** The header's name of each dtype. */
export const typeName: Readonly<Record<DType, string>> = {
  bool: 'bool',
  int8: 'i8',
  uint8: 'u8',
  int16: 'i16',
  uint16: 'u16',
  int32: 'i32',
  uint32: 'u32',
  int64: 'i64',
  float16: 'f16',
  float32: 'f32',
  float64: 'f64',
}

/** The type of a register. */
export const valueType = (dtype: DType, lanes: number | string): string => `V<${typeName[dtype]}, ${lanes}>`

/** The type of an element in memory. */
export const storedType = (dtype: DType): string =>
  dtype === 'bool' ? 'u8' : dtype === 'float16' ? 'u16' : typeName[dtype]

/** A scalar as a C++ literal of its register's type. */
export function literal(dtype: DType, value: Scalar): string {
  if (dtype === 'bool') return value ? 'true' : 'false'
  if (dtype === 'int64') return value === -(2n ** 63n) ? '(-9223372036854775807LL - 1)' : `${value}LL`
  if (dtype === 'uint32') return `${value}u`
  if (!dtype.startsWith('float')) return value === -2147483648 ? '(-2147483647 - 1)' : String(value)
  const suffix = dtype === 'float64' ? '' : 'f'
  if (value !== value) return `__builtin_nan${suffix}("")`
  if (value === Infinity || value === -Infinity) return `${value < 0 ? '-' : ''}__builtin_inf${suffix}()`
  const text = Object.is(value, -0) ? '-0.0' : String(value)
  return `${/[.e]/.test(text) ? text : `${text}.0`}${suffix}`
}

/** Constants that vector code reads from memory, as 32-bit words; equal ones share their place. */
export class ConstantTable {
  readonly #words: number[] = []
  readonly #places = new Map<string, number>()

  /** The place of a constant's first word. */
  place(dtype: DType, value: Scalar): number {
    const words = wordsOf(dtype, value)
    const key = words.join()
    const place = this.#places.get(key) ?? this.#words.push(...words) - words.length
    this.#places.set(key, place)
    return place
  }

  /** Its definition as an array. */
  text(name: string): string {
    const words = this.#words.length > 0 ? this.#words : [0]
    const lines: string[] = []
    for (let i = 0; i < words.length; i += 8)
      lines.push(
        `  ${words
          .slice(i, i + 8)
          .map(hex)
          .join(', ')},`,
      )
    return `alignas(16) static const u32 ${name}[${words.length}] = {\n${lines.join('\n')}\n};\n`
  }
}

const hex = (word: number) => `0x${(word >>> 0).toString(16)}`

/** A constant's bits as words: masks for bool, two words for wide types. */
function wordsOf(dtype: DType, value: Scalar): number[] {
  if (dtype === 'bool') return [value ? -1 : 0]
  if (dtype === 'float64' || dtype === 'int64') {
    const bits = dtype === 'int64' ? (value as bigint) : (reinterpretation('float64', 'int64')(value) as bigint)
    return [Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))]
  }
  return [dtype.startsWith('float') ? (reinterpretation('float32', 'int32')(value) as number) : (value as number) | 0]
}

/** Index expressions as text; `name` gives the identifier of a dim, loop or lookup, `extents` what is never negative. */
export function indexText(index: Index, name: (name: string) => string, extents: Extents = () => undefined): string {
  if (typeof index === 'number') return String(index)
  if (typeof index === 'string') return name(index)
  const [op, ...args] = index
  const texts = args.map(arg => indexText(arg, name, extents))
  if (op === '+' || op === '*') return `(${texts.join(` ${op} `)})`
  if (op === 'min' || op === 'max') return texts.reduce((a, b) => `${op}(${a}, ${b})`)
  if (dimAtLeast(args[0]!, 0, extents)) return `(${texts[0]} ${op === '//' ? '/' : '%'} ${texts[1]})`
  return `${op === '//' ? 'indexDiv' : 'indexMod'}(${texts.join(', ')})`
}

/** An index split into what varies and a known offset, so that the offset can go into the instruction. */
export function splitOffset(index: Index): { varying: Index; offset: number } {
  if (typeof index === 'number') return { varying: 0, offset: index }
  if (typeof index === 'string' || index[0] !== '+') return { varying: index, offset: 0 }
  const parts = index.slice(1) as Index[]
  const offset = parts.find(part => typeof part === 'number') as number | undefined
  if (offset === undefined) return { varying: index, offset: 0 }
  const others = parts.filter(part => typeof part !== 'number')
  return { varying: others.length === 1 ? others[0]! : ['+', ...others], offset }
}

export function conditionText({ relation, left, right }: Condition, text: (index: Index) => string): string {
  return `${text(left)} ${relation} ${text(right)}`
}

/** What may stand in a comment or an identifier of generated code, whatever a person called it. */
export const safe = (text: string): string => text.replace(/[^A-Za-z0-9_ ]/g, '_').slice(0, 100)
