/** Runs calls of routines in this JavaScript engine: by the host function of the record. */
import type { TypedArray } from '../../runtime/array.ts'
import { evaluate } from '../../runtime/dims.ts'
import { fromHalf, toHalf } from '../../runtime/half.ts'
import type { RunnableKernel } from './interpret.ts'
import type { RoutineArray, RoutineCall } from './ir.ts'

/** Prepares a call: one application after the other, until one fails. */
export function interpretCall({ routine, check, batch, operands, results, ...call }: RoutineCall): RunnableKernel {
  return (buffers, dims) => {
    const count = evaluate(batch, dims)
    const numbers = call.numbers.map(number => evaluate(number, dims))
    const part = ({ buffer, offset, size }: RoutineArray, i: number) => {
      const [start, length] = [evaluate(offset, dims), evaluate(size, dims)]
      return buffers[buffer]!.subarray(start + i * length, start + (i + 1) * length)
    }
    for (let i = 0; i < count; i++) {
      const given = operands.map(operand => toHost(part(operand, i), operand.dtype))
      const places = results.map(result => (result.buffer !== undefined ? part(result, i) : undefined))
      const values = places.map((place, k) => place && (isHalf(results[k]!) ? new Float32Array(place.length) : place))
      const status = routine.js(given, values, numbers)
      if (status && check !== undefined) return { check, index: i, size: count }
      places.forEach((place, k) => {
        if (place && place !== values[k]) place.set(Uint16Array.from(values[k] as Float32Array, toHalf) as never)
      })
    }
    return undefined
  }
}

const isHalf = ({ dtype }: { dtype: string }) => dtype === 'float16'

const toHost = (x: TypedArray, dtype: string): TypedArray =>
  dtype === 'float16' ? Float32Array.from(x as Uint16Array, fromHalf) : x
