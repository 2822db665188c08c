/** Arguments of the wrong kind, found where the user passed them: what is untyped at run time is not trusted to be typed. */
import { argumentWrong } from './errors.ts'
import { Tensor } from './tensor.ts'

/** Throws unless every one of these is a tensor. */
export function expectTensors(caller: string, ...values: readonly unknown[]): void {
  for (const value of values) if (!(value instanceof Tensor)) throw argumentWrong(caller, 'a tensor', value)
}

/** Throws unless this is a list of tensors. */
export function expectTensorList(caller: string, values: unknown): void {
  expectList(caller, 'a list of tensors', values)
  expectTensors(caller, ...values)
}

/** Throws unless this is a list; `wanted` says of what. */
export function expectList(caller: string, wanted: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw argumentWrong(caller, wanted, value)
}

/** Throws unless this is a record of options, of those known where they are given. */
export function expectOptions(caller: string, value: unknown, wanted = 'a record of options'): void {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
  if (!isRecord || value instanceof Tensor) throw argumentWrong(caller, wanted, value)
}

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

/** A whole number from 0 on. */
export function toCount(caller: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0) throw argumentWrong(caller, 'a whole number from 0 on', value)
  return value as number
}
