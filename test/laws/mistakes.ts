/** Mistakes that are made in calling a function: each argument of a right call in turn, wrong in each way that it can be. */
import { Tensor, tensor } from 'damo'
import type { Arguments } from './calls.ts'

/** One argument, or one inside it, and what stands there wrongly: one or more of a kind, of which one shows what is said. */
export interface Mistake {
  /** Where: `1`, `2.axis`. */
  place: string
  kind: string
  calls: readonly Arguments[]
}

type Path = readonly (string | number)[]

/** Every mistake in one argument of a call. */
export function mistakesIn(right: Arguments): Mistake[] {
  return [...placesOf(right, [])].flatMap(({ path, value }) =>
    Object.entries(wrongFor(value)).map(([kind, wrongs]) => ({
      place: path.join('.'),
      kind,
      calls: wrongs.map(wrong => replaced(right, path, wrong) as Arguments),
    })),
  )
}

/** Every argument, and what lists and records among them hold. */
function* placesOf(value: unknown, path: Path): Generator<{ path: Path; value: unknown }> {
  if (path.length > 0) yield { path, value }
  if (Array.isArray(value)) for (const [i, inner] of value.entries()) yield* placesOf(inner, [...path, i])
  else if (isRecord(value)) for (const [key, inner] of Object.entries(value)) yield* placesOf(inner, [...path, key])
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value instanceof Object && value.constructor === Object

function replaced(value: unknown, [first, ...rest]: Path, wrong: unknown): unknown {
  if (first === undefined) return wrong
  if (Array.isArray(value)) return value.map((inner, i) => (i === first ? replaced(inner, rest, wrong) : inner))
  const record = value as Record<string, unknown>
  return { ...record, [first]: replaced(record[first], rest, wrong) }
}

/** What may wrongly stand in the place of a value, by the kind of the mistake. */
function wrongFor(value: unknown): Record<string, readonly unknown[]> {
  if (value instanceof Tensor) return { ...wrongTensors(value), 'no tensor': ['text', {}], nothing: [undefined] }
  if (typeof value === 'number')
    return { range: [9, -9], fraction: [0.5], 'no number': [Number.NaN, 'text', vector], nothing: [undefined] }
  if (typeof value === 'string') return { word: ['none such'], 'no word': [-5, Number.NaN, vector] }
  if (typeof value === 'boolean') return { 'no bool': ['text'] }
  if (typeof value === 'function') return { 'no function': ['text'] }
  if (Array.isArray(value))
    return { shorter: [value.slice(1)], longer: [[...value, value.at(-1)]], 'no list': ['text'], nothing: [undefined] }
  if (isRecord(value)) return { option: [{ ...value, none: 1 }], 'no record': ['text', vector] }
  return {}
}

const vector = tensor('v', { shape: [3] })
const dtypes = ['float32', 'bool', 'int32', 'float64', 'float16'] as const

function wrongTensors({ name = 'other', dtype, shape }: Tensor): Record<string, readonly Tensor[]> {
  const like = (other: Tensor['shape'], own = dtype) => tensor(name, { dtype: own, shape: other })
  const shapes = [[...shape, 2], shape.slice(1), [], [1, 1, 1, 1, 1, 1]]
  return {
    dtype: dtypes.filter(own => own !== dtype).map(own => like(shape, own)),
    rank: shapes.filter(other => other.length !== shape.length).map(other => like(other)),
    size: shape.map((_, axis) => like(shape.with(axis, 7))),
  }
}
