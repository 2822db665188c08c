/** Floats on the way: what is stored as float16 is computed in float32, whose range sums and squares do not leave. */
import { cast } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'

/** The dtype of a float result: that of a float operand, float32 of others. */
export const floatOf = ({ dtype }: Tensor): DType => (isFloat(dtype) ? dtype : 'float32')

/** x in the dtype in which floats are computed: float64 in its own, all others in float32. */
export const wide = (x: Tensor): Tensor => cast(x, x.dtype === 'float64' ? 'float64' : 'float32')

/** A function of floats computed wide, in the dtype that its result has: float32 of integers. */
export const widely = (x: Tensor, f: (x: Tensor) => Tensor): Tensor => cast(f(wide(x)), floatOf(x))
