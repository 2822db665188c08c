/** Tensors as callers like to arrange them: one, a list, or a record. */
import { notATensor } from '../errors.ts'
import { asTensor } from '../leaf.ts'
import { type Operand, Tensor } from '../tensor.ts'
import type { DType, Next, Previous, Rank } from '../type.ts'

/** One tensor, a list or a record of tensors; a number stands for a float32 scalar. */
export type Arrangement = Operand | readonly Operand[] | Readonly<Record<string, Operand>>

/** The same arrangement with numbers as tensors. */
export type Tensors<A> = A extends Operand ? AsTensor<A> : { readonly [K in keyof A]: AsTensor<A[K]> }

type AsTensor<X> = X extends Tensor ? X : Tensor

/** The same arrangement, each tensor without its first axis. */
export type Elements<A> = A extends Operand ? Element<A> : { readonly [K in keyof A]: Element<A[K]> }

type Element<X> = X extends Tensor<infer D, infer R> ? Tensor<D, Previous<R>> : Tensor<DType, 0>

/** The same arrangement, each tensor with one more axis before its own. */
export type Stacked<A> = A extends Operand ? Stack<A> : { readonly [K in keyof A]: Stack<A[K]> }

type Stack<X> =
  X extends Tensor<infer D, infer R> ? (Rank extends R ? Tensor<D> : Tensor<D, Next<R>>) : Tensor<DType, 1>

/** The tensors of an arrangement in order, with what to call each in messages. */
export function listed(caller: string, what: string, value: unknown): { name: string; tensor: Tensor }[] {
  if (value === undefined) return []
  if (isOne(value)) return [{ name: what, tensor: asTensor(value, caller) }]
  if (typeof value !== 'object' || value === null) throw notATensor(caller, value)
  return Object.entries(value).map(([key, entry]) => {
    if (!isOne(entry)) throw notATensor(caller, entry)
    return { name: `${what} ${key}`, tensor: asTensor(entry, caller) }
  })
}

const isOne = (value: unknown): value is Operand =>
  value instanceof Tensor || ['number', 'bigint', 'boolean'].includes(typeof value)

/** Other tensors, as many, in the arrangement of `like`. */
export function arranged(like: unknown, tensors: readonly Tensor[]): unknown {
  if (like === undefined) return undefined
  if (isOne(like)) return tensors[0]
  if (Array.isArray(like)) return [...tensors]
  return Object.fromEntries(Object.keys(like as object).map((key, i) => [key, tensors[i]]))
}

/** `one tensor`, `3 tensors`, `h, c`: what an arrangement looks like. */
export function arrangementText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (isOne(value)) return 'one tensor'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' && value !== null ? `{ ${Object.keys(value).join(', ')} }` : String(value)
}
