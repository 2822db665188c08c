/** sin πx and π cot πx, with exact zeros, in float64: what reflections are made of. */
import type { Tensor } from '../../tensor.ts'
import { abs, add, div, mul, sub } from '../arithmetic.ts'
import { lt, where } from '../comparison.ts'
import { round } from '../rounding.ts'
import { float64, polynomial, withSignOf } from './format.ts'

/** sin πr / r - π, over r², as a polynomial in r², for |r| up to 1/2. */
const coefficients = [
  -5.16771278004997, 2.5501640398773455, -0.599264529320791, 0.08214588661108463, -0.007370430944816936,
  0.0004663027953897944, -2.1915282920601852e-5, 7.949258149042043e-7, -2.2349456072698055e-8,
]

/** π less the double that is closest to it. */
const restOfPi = 1.2246467991473532e-16

/** sin πr for |r| up to 1/2. */
function sinOfRest(r: Tensor): Tensor {
  const z = mul(r, r)
  return mul(r, add(add(mul(polynomial(z, coefficients), z), restOfPi), Math.PI))
}

/** The distance of x from the nearest whole number. */
const restOf = (x: Tensor): Tensor => sub(x, round(x))

/** |sin πx|. */
export const sizeOfSinPi = (x: Tensor): Tensor => abs(sinOfRest(restOf(x)))

/** π cot πr - 1 / r, over r, and π tan πs, over s, as polynomials in r² and s², for |r| and |s| up to 1/4. */
const cotangent = [
  -3.289868133696453, -2.164646467422292, -2.03468612396084, -2.008154714041266, -2.0019889799437163,
  -2.0005022743772565, -1.9997590854471101, -2.0080732280868983, -1.8937276859767056, -2.7545039873927943,
]
const tangent = [
  9.869604401089358, 32.469697011333345, 128.185225810993, 512.0794512142311, 2048.0350101412023, 8191.9993573368065,
  32769.54532696031, 130971.6299346172, 528886.1757987583, 1947189.9021970106, 11871806.453093275, -23214884.08370865,
  759664455.4437174, -3760548906.505631, 17191080715.45443,
]

/** π cot πx; infinite at whole numbers. */
export function piCotPi(x: Tensor): Tensor {
  const r = restOf(x)
  const a = abs(r)
  const near = lt(a, 0.25)
  const s = where(near, a, sub(0.5, a))
  const z = mul(s, s)
  const size = where(near, add(mul(polynomial(z, cotangent), s), div(1, s)), mul(polynomial(z, tangent), s))
  return withSignOf(float64, size, r)
}
