/** log |gamma| and its derivative, in float64; float32 is rounded from that. */
import { floatUnary } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { add, div, mul, neg, square, sub } from '../arithmetic.ts'
import { eq, ge, lt, where, whereRare } from '../comparison.ts'
import { log } from '../exponential.ts'
import { floor, round } from '../rounding.ts'
import { atMost, polynomial, throughFloat64 } from './format.ts'
import { gammaOfPositive } from './gammaFunction.ts'
import { digammaValue, gammalnValue, trigammaValue } from './host.ts'
import { risingInverses } from './loops.ts'
import { piCotPi, sizeOfSinPi } from './sinPi.ts'
import { stirlingRest } from './stirling.ts'

/** log gamma(2 + z) / z for z from -0.7 to 0.5. */
export const gammalnAroundTwo = [
  0.42278433509846713, 0.3224670334241132, -0.06735230105319813, 0.020580808427786493, -0.0073855510286681665,
  0.0028905103306171103, -0.001192753912032594, 0.0005096695283231395, -0.00022315474901822934, 9.945745809071111e-5,
  -4.492639033227793e-5, 2.0507683270434022e-5, -9.43798613078676e-6, 4.3726569490468325e-6, -2.0481823810611296e-6,
  9.59457462539361e-7, -4.1739663204964537e-7, 2.1761873466949963e-7, -1.616950707364615e-7, 7.994855375379472e-9,
  2.4334274317929938e-8, 6.226460932283716e-8,
]

const halfLogTwoPi = 0.9189385332046727

/** Moved by the recurrence to around 2, or Stirling's series from 8 on; one logarithm. */
function positiveGammaln(x: Tensor): Tensor {
  const large = ge(x, 8)
  const [high, low, lowest] = [ge(x, 2.5), lt(x, 1.3), lt(x, 0.5)]
  const steps = round(sub(x, 2))
  let product: Tensor = constant(1, 'float64')
  for (let i = 1; i <= 6; i++) product = mul(product, where(ge(steps, i), sub(x, i), 1))
  const small = where(low, where(lowest, mul(x, add(x, 1)), x), 1)
  const logarithm = log(where(large, x, where(high, product, small)))
  const z = where(high, sub(sub(x, steps), 2), where(lowest, x, where(low, sub(x, 1), sub(x, 2))))
  const moved = add(mul(polynomial(z, gammalnAroundTwo), z), where(low, neg(logarithm), logarithm))
  const series = add(mul(sub(x, 0.5), sub(logarithm, 1)), add(stirlingRest(x), halfLogTwoPi - 0.5))
  return where(large, series, moved)
}

/** log gamma for x >= 0; a function of its own, because others call it too. */
export const gammalnOfPositive = floatUnary({
  name: 'gammalnPositive',
  internal: true,
  doc: 'log |gamma| of positive numbers; functions of the gamma family call it.',
  types: ['float64'],
  js: gammalnValue,
  body: x => positiveGammaln(x!),
  cost: 80,
  domain: [0.2, 20],
  ulp: { wasm: 16, webgpu: 32 },
})

/**
 * log |gamma x| below 0, infinite at whole numbers: the logarithm of pi / |x sin(pi x) gamma(-x)|, down to where that would
 * underflow. One logarithm of a quotient has a small absolute error also where its terms' logarithms would cancel.
 */
const negativeGammaln = floatUnary({
  name: 'gammalnNegative',
  internal: true,
  doc: 'log |gamma| of negative numbers; gammaln itself calls it.',
  types: numbers,
  js: gammalnValue,
  body: throughFloat64(x => {
    const a = neg(x!)
    const tiny = neg(log(a))
    const near = lt(a, 100)
    const rest = div(Math.PI, mul(a, sizeOfSinPi(a)))
    const quotient = div(rest, where(near, gammaOfPositive(atMost(a, 100)), 1))
    const reflected = sub(log(quotient), where(near, 0, gammalnOfPositive(a)))
    const whole = eq(floor(a), a)
    return where(lt(a, 2 ** -60), tiny, where(whole, Number.POSITIVE_INFINITY, reflected))
  }),
  cost: 120,
  domain: [-4.9, -0.1],
  ulp: { wasm: 256, webgpu: 512 },
})

/** log |gamma x|. */
export const gammalnBody = throughFloat64(x => whereRare(lt(x!, 0), negativeGammaln(x!), gammalnOfPositive(x!)))

/** The zero of digamma in two parts, and digamma x / (x - zero) for x = 1.5 + t, |t| <= 1/2. */
const zero = [1.4616321449683622, 9.549995429965697e-17] as const
const aroundZero = [
  0.951055876031833, -0.4236274212814606, 0.24054248424077398, -0.1484049230538901, 0.09498872445497232,
  -0.061922133274692794, 0.04076083381081932, -0.026975796691369517, 0.017907252481262702, -0.011908219417048463,
  0.007926944019855314, -0.0052799462861165165, 0.0035190121134399364, -0.0023454205564524145, 0.0015565995369764148,
  -0.0010368432207637393, 0.0007234363441314957, -0.00048472712647971674, 0.00022702633502178518,
  -0.0001469830169600589, 0.000259850485995856, -0.0001765591703044426,
]

/** B(2n) / 2n. */
const digammaSeries = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]

/** Around the zero, by the recurrence from there below 1 and up to 10, beyond it a series. */
function positiveDigamma(x: Tensor): Tensor {
  const below = lt(x, 1)
  const steps = sub(floor(atMost(x, 10)), 1)
  const y = where(below, add(x, 1), sub(x, steps))
  const middle = mul(sub(sub(y, zero[0]), zero[1]), polynomial(sub(y, 1.5), aroundZero))
  const step = where(below, div(-1, x), risingInverses(y, steps))
  const inverse = div(1, x)
  const z = mul(inverse, inverse)
  const series = sub(log(x), add(mul(polynomial(z, digammaSeries), z), mul(inverse, 0.5)))
  return where(ge(x, 10), series, add(middle, step))
}

/** digamma for x > 0; a function of its own, because others call it too. */
export const digammaOfPositive = floatUnary({
  name: 'digammaPositive',
  internal: true,
  doc: 'digamma of positive numbers; functions of the gamma family call it.',
  types: ['float64'],
  js: digammaValue,
  body: x => positiveDigamma(x!),
  cost: 80,
  domain: [2, 20],
  ulp: { wasm: 64, webgpu: 64 },
})

const negativeDigamma = floatUnary({
  name: 'digammaNegative',
  internal: true,
  doc: 'digamma of negative numbers; digamma itself calls it.',
  types: numbers,
  js: digammaValue,
  body: throughFloat64(x => {
    const reflected = sub(digammaOfPositive(sub(1, x!)), piCotPi(x!))
    return where(eq(floor(x!), x!), Number.NaN, reflected)
  }),
  cost: 150,
  domain: [-3.9, -0.1],
  ulp: { wasm: 256, webgpu: 512 },
})

/** The derivative of log gamma. */
export const digammaBody = throughFloat64(x => whereRare(lt(x!, 0), negativeDigamma(x!), digammaOfPositive(x!)))

/** B(2n), for n from 1 on: Abramowitz and Stegun 6.4.12. */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]

/** trigamma for x >= 0: the recurrence up to 10, beyond it 1/x + 1/(2 x²) + the sum of B(2n) / x^(2n + 1). */
function trigammaOfPositive(x: Tensor): Tensor {
  let moved = x
  const terms: Tensor[] = []
  for (let i = 0; i < 10; i++) {
    const short = lt(moved, 10)
    terms.push(where(short, div(1, square(moved)), 0))
    moved = where(short, add(moved, 1), moved)
  }
  const inverse = div(1, moved)
  const z = square(inverse)
  const series: Tensor = mul(inverse, add(mul(polynomial(z, bernoulli), z), add(mul(inverse, 0.5), 1)))
  // The least first: all but the last addition are of small numbers.
  return terms.reduceRight((sum, term) => add(sum, term), series)
}

const negativeTrigamma = floatUnary({
  name: 'trigammaNegative',
  internal: true,
  doc: 'trigamma of negative numbers; trigamma itself calls it.',
  types: numbers,
  js: trigammaValue,
  body: throughFloat64(x => {
    const reflected = sub(add(square(piCotPi(x!)), Math.PI ** 2), trigammaOfPositive(sub(1, x!)))
    return where(eq(sub(x!, floor(x!)), 0), Number.POSITIVE_INFINITY, reflected)
  }),
  cost: 150,
  domain: [-3.9, -0.1],
  ulp: { wasm: 64, webgpu: 128 },
})

/** The second derivative of log gamma. */
export const trigammaBody = throughFloat64(x => whereRare(lt(x!, 0), negativeTrigamma(x!), trigammaOfPositive(x!)))
