/** Arguments of the wrong kind, found where the user passed them: what is untyped at run time is not trusted to be typed. */
import { argumentWrong, unknownOption } from './errors.ts'
import { Tensor } from './tensor.ts'

/** Throws unless every one of these is a tensor; of several the message says which is none. */
export function expectTensors(caller: string, ...values: readonly unknown[]): void {
  const wrong = values.findIndex(value => !(value instanceof Tensor))
  if (wrong < 0) return
  throw argumentWrong(caller, values.length === 1 ? 'a tensor' : `a tensor as operand ${wrong + 1}`, values[wrong])
}

/** Throws unless each of these options is absent or a tensor. */
export function expectTensorOptions(caller: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(value instanceof Tensor)) throw argumentWrong(caller, `${name} to be a tensor`, value)
}

/** Throws unless this is a list of tensors. */
export function expectTensorList(caller: string, values: unknown): void {
  expectList(caller, 'a list of tensors', values)
  for (const [i, value] of values.entries())
    if (!(value instanceof Tensor)) throw argumentWrong(caller, `a list of tensors, with one at ${i}`, value)
}

/** Throws unless this is a list; `wanted` says of what. */
export function expectList(caller: string, wanted: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw argumentWrong(caller, wanted, value)
}

/** Throws unless this is a record; `wanted` says of what. */
export function expectRecord(caller: string, wanted: string, value: unknown): void {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
  if (!isRecord || value instanceof Tensor) throw argumentWrong(caller, wanted, value)
}

/** Throws unless an option has one of the values that it may have. */
export function expectOneOf(caller: string, name: string, value: unknown, choices: readonly (string | number)[]): void {
  const list = choices.map(choice => (typeof choice === 'string' ? `'${choice}'` : choice))
  const wanted = `${name} to be ${list.length > 3 ? `one of ${list.join(', ')}` : list.join(' or ')}`
  if (!choices.includes(value as string | number)) throw argumentWrong(caller, wanted, value)
}

/**
 * A record of options, none but those known. A number or a list alone is the first of them, which Python takes by its place:
 * `softmax(x, 0)` is `softmax(x, { axis: 0 })`.
 */
export function optionsOf<O extends object>(caller: string, given: Placed<O>, known: readonly (keyof O & string)[]): O {
  if (typeof given === 'number' || Array.isArray(given)) return { [known[0]!]: given } as O
  return namedOptions(caller, given as O, known)
}

/** Throws where arguments follow the options: what Python takes by its place has a name in their record. */
export function expectNoMore(caller: string, more: readonly unknown[]): void {
  if (more.length > 0)
    throw argumentWrong(caller, 'options in one record, such as { axis: 0, keepdims: true }', more[0])
}

/** Options as a record, or the first of them alone. */
export type Placed<O> = O | number | readonly number[]

/** A record of options, none but those known; `wanted` says what else belongs there. */
export function namedOptions<O extends object>(
  caller: string,
  given: O,
  known: readonly (keyof O & string)[],
  wanted = `a record of options: ${known.join(', ')}`,
): O {
  expectRecord(caller, wanted, given)
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name as keyof O & string)) throw unknownOption(caller, name, known)
    if (flags.has(name) && value !== undefined && typeof value !== 'boolean')
      throw argumentWrong(caller, `${name} to be true or false`, value)
  }
  return given
}

/** Options that are true or false, whichever function has them: what Python takes for true is not asked. */
const flags: ReadonlySet<string> = new Set(
  'keepdims lower unitDiagonal fullMatrices largest sorted descending equalNan density endpoint inverse isOdd causal ignoreBorder filterFlip unshared rowvar nanGuard indexChecks'.split(
    ' ',
  ),
)

/** Throws unless this is a function; `wanted` says of what. */
export function expectFunction(caller: string, wanted: string, value: unknown): void {
  if (typeof value !== 'function') throw argumentWrong(caller, wanted, value)
}

/** One axis, or a list of them, as a list. */
export function axisList(caller: string, axes: unknown): number[] {
  if (typeof axes === 'number') return [axes]
  expectList(caller, 'an axis or a list of axes', axes)
  return [...axes] as number[]
}

/** A number as such: no tensor, no text, not NaN. */
export function toNumber(caller: string, value: unknown): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw argumentWrong(caller, 'a number', value)
  return value
}

/** A whole number from 0 on. */
export function toCount(caller: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0) throw argumentWrong(caller, 'a whole number from 0 on', value)
  return value as number
}
