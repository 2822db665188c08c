/** Types that are held to the truth: what the editor says of a call is what the call gives, and what it refuses fails. */
import { DamoError, type DType, type Rank, type Tensor } from 'damo'
import { expect } from 'vitest'
import type { Same } from './exactly.ts'

/** Compiles only where the value has exactly the type that is written down, and passes only where the tensor has it too. */
export function is<T extends Tensor, D extends DType, R extends Rank>(
  value: T,
  dtype: D,
  rank: R,
  ..._told: Same<T, Tensor<D, R>> extends true ? [] : [told: Tensor<D, R>]
): void {
  expect([value.dtype, value.ndim]).toEqual([dtype, rank])
}

/** The same where the rank is not known to the editor; `rank` is what it is. */
export function isOf<T extends Tensor, D extends DType>(
  value: T,
  dtype: D,
  rank: Rank,
  ..._told: Same<T, Tensor<D>> extends true ? [] : [told: Tensor<D>]
): void {
  expect([value.dtype, value.ndim]).toEqual([dtype, rank])
}

/** Below `@ts-expect-error`: a call that fails when it runs, too. */
export const fails = (call: () => unknown): void => expect(call).toThrow(DamoError)
