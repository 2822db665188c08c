/** Sine, cosine and tangent of every finite number: reduce to a quarter turn, then polynomials. */
import { floatUnary } from '../../elementwise.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { abs, add, div, mul, sub } from '../arithmetic.ts'
import { bitwiseAnd, bitwiseXor, eq, le, leftShift, logicalNot, lt, where, whereRare } from '../comparison.ts'
import { type Format, float32, forFloats, fromBits, polynomial, toBits, unlessTiny } from './format.ts'
import { faraway, nearby, nearbyLimit, type Quarters } from './quarter.ts'

/** (sin r / r - 1) / r^2 and (cos r - 1 + r^2/2) / r^4 as polynomials in r^2, |r| <= pi/4. */
const tables: Record<Format['float'], { sin: readonly number[]; cos: readonly number[] }> = {
  float32: {
    sin: [-0.16666655242443085, 0.008332191035151482, -0.00019518598855938762],
    cos: [0.04166664555668831, -0.00138873013202101, 2.443067387503106e-5],
  },
  float64: {
    sin: [
      -0.16666666666666632, 0.00833333333332249, -0.0001984126982984645, 2.755731369882931e-6, -2.5050758354219596e-8,
      1.5896768565958632e-10,
    ],
    cos: [
      0.0416666666666666, -0.0013888888888874474, 2.4801587289671483e-5, -2.7557314400995565e-7, 2.0875729273847495e-9,
      -1.1359933733871103e-11,
    ],
  },
}

/** sin r and cos r of r = high + low. */
function sineAndCosine(f: Format, { high, low }: Quarters): { sin: Tensor; cos: Tensor } {
  const z = mul(high, high)
  const half = mul(z, 0.5)
  return {
    sin: add(add(mul(polynomial(z, tables[f.float].sin), mul(z, high)), low), high),
    cos: add(mul(polynomial(z, tables[f.float].cos), mul(z, z)), sub(1, half)),
  }
}

const isEven = (n: Tensor): Tensor => eq(bitwiseAnd(n, 1), 0)

/** y with its sign changed where bit 1 of n is set. */
const turned = (f: Format, y: Tensor, n: Tensor): Tensor => {
  const width = f === float32 ? 32 : 64
  return fromBits(f, bitwiseXor(toBits(f, y), leftShift(bitwiseAnd(n, 2), width - 2)))
}

type OfQuarters = (f: Format, quarters: Quarters) => Tensor

const sine: OfQuarters = (f, quarters) => {
  const { sin, cos } = sineAndCosine(f, quarters)
  return turned(f, where(isEven(quarters.n), sin, cos), quarters.n)
}
const cosine: OfQuarters = (f, quarters) => sine(f, { ...quarters, n: add(quarters.n, 1) })

/** sin / cos in even quarters, -cos / sin in odd ones. */
const tangent: OfQuarters = (f, quarters) => {
  const { sin, cos } = sineAndCosine(f, quarters)
  const even = isEven(quarters.n)
  return turned(f, div(where(even, sin, cos), where(even, cos, sin)), leftShift(bitwiseAnd(quarters.n, 1), 1))
}

/** The op for large arguments, infinity and NaN, and the body that calls it. `odd`: tiny x gives x. */
function periodic(name: string, js: (x: number) => number, f: OfQuarters, odd: boolean) {
  const large = floatUnary({
    name: `${name}Large`,
    internal: true,
    doc: `${name} of any number of at least 1 in size; ${name} itself calls it for large arguments.`,
    types: numbers,
    js,
    body: forFloats(format => x => {
      const finite = lt(abs(x!), Infinity)
      return where(finite, f(format, faraway(format, x!)), sub(x!, x!))
    }),
    cost: 150,
    domain: [1e4, 1e6],
    ulp: { wasm: 4, webgpu: 8 },
  })
  return forFloats(format => x => {
    const y = f(format, nearby(format, x!))
    const common = odd ? unlessTiny(x!, 2 ** (-format.fraction / 2 - 1), y) : y
    return whereRare(logicalNot(le(abs(x!), nearbyLimit[format.float])), large(x!), common)
  })
}

/** Sine, every finite argument. */
export const sinBody = periodic('sin', Math.sin, sine, true)
/** Cosine, every finite argument. */
export const cosBody = periodic('cos', Math.cos, cosine, false)
/** Tangent, every finite argument. */
export const tanBody = periodic('tan', Math.tan, tangent, true)
