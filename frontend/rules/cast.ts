/** Casts of casts: one is enough where the first loses nothing that the second keeps. */
import { isLossless } from '../../runtime/array.ts'
import { cast, castOp } from '../elementwise.ts'
import { tensor } from '../leaf.ts'
import { procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, isInteger } from '../type.ts'

/** Bits of an integer dtype; wrapping keeps the lowest ones. */
const bits = (dtype: DType) => Number(/\d+$/.exec(dtype)?.[0] ?? 1)

/** True where casting from a to b and on to c is the same as from a to c: floats saturate where integers wrap. */
function isDetour(a: DType, b: DType, c: DType): boolean {
  if (isLossless(a, b)) return !(isInteger(a) && isFloat(b) && isInteger(c)) || isLossless(a, c)
  return isInteger(a) && isInteger(b) && isInteger(c) && bits(c) <= bits(b)
}

const detours: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  int8: ['int32', 'int8'],
  uint8: ['int32', 'float64'],
  int32: ['int64', 'int16'],
  int64: ['int32', 'int8'],
  float32: ['float64', 'float32'],
  bool: ['float32', 'bool'],
}

export const casts: readonly Rule[] = [
  procedure(
    {
      ...{ phase: 'canonical', holds: 'exact', tags: ['algebra'], roots: [castOp] },
      samples: dtype =>
        detours[dtype] ? [detours[dtype].reduce<Tensor>(cast, tensor('x', { dtype, shape: [3] }))] : [],
    },
    'cast of cast',
    node => {
      const inner = node.inputs[0]!
      const from = inner.op === castOp ? inner.inputs[0]! : undefined
      return from && isDetour(from.dtype, inner.dtype, node.dtype) ? cast(from, node.dtype) : undefined
    },
  ),
]
