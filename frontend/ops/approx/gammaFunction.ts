/** The gamma function, in float64; float32 is rounded from that. */
import { floatUnary } from '../../elementwise.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { add, div, mul, neg, sub } from '../arithmetic.ts'
import { eq, ge, gt, lt, where, whereRare } from '../comparison.ts'
import { exp, pow } from '../exponential.ts'
import { floor, round } from '../rounding.ts'
import { atMost, polynomial, throughFloat64 } from './format.ts'
import { gammaValue } from './host.ts'
import { rising } from './loops.ts'
import { sizeOfSinPi } from './sinPi.ts'

/** (Γ(2 + z) - 1) / z for |z| up to 1/2. */
const aroundTwo = [
  0.42278433509846713, 0.41184033042643986, 0.08157691924708618, 0.07424901075347107, -0.00026698206872359645,
  0.01115404572113896, -0.0028526458226594102, 0.0021039332448517375, -0.0009195737909004152, 0.0004903901012192666,
  -0.00024094226106895087, 0.00012165717113737426, -6.078457313978775e-5, 3.0554308764876926e-5, -1.5285314654361767e-5,
  7.2632956346064904e-6, -3.6328579080563787e-6, 2.584210735300929e-6, -1.2922677220574865e-6,
]

/** Γ(x) e^x x^(1/2 - x) - √2π, over 1/x, as a polynomial in 1/x, for x of 24 and more. */
const stirlingFactor = [
  0.20888568955258338, 0.008703570398024316, -0.006721090474034863, -0.0005752012369027649, 0.0019652947365921634,
  0.000174792134760956, -0.0014847038622973227,
]

/** A polynomial around 2 and a product, which is exact at whole numbers; Stirling's formula from 24 on. */
function positive(x: Tensor): Tensor {
  const [shifted, lowest] = [ge(x, 1.5), lt(x, 0.5)]
  const steps = where(shifted, round(sub(x, 2)), 0)
  const start = sub(x, steps)
  const z = where(shifted, sub(start, 2), where(lowest, x, sub(x, 1)))
  const around = add(mul(polynomial(z, aroundTwo), z), 1)
  const below = div(around, where(lowest, mul(x, add(x, 1)), x))
  const small = where(shifted, mul(around, rising(start, atMost(steps, 24))), below)
  return whereRare(ge(x, 24), largeGamma(x), small)
}

/** Γ(x + 1) for x >= 0, without rounding x + 1 where the function is steep. */
export function gammaOfNext(x: Tensor): Tensor {
  const small = lt(x, 1)
  return mul(gammaOfPositive(where(small, add(x, 1), x)), where(small, 1, x))
}

/** Γ(x) for x >= 0; a function of its own, because others call it several times. */
export const gammaOfPositive = floatUnary({
  name: 'gammaPositive',
  internal: true,
  doc: 'Γ of positive numbers; functions of the gamma family call it.',
  types: ['float64'],
  js: gammaValue,
  body: x => positive(x!),
  cost: 100,
  domain: [0.5, 12],
  ulp: { wasm: 64, webgpu: 128 },
})

/** Stirling's formula; the power is taken in halves where it would overflow before its time. */
const largeGamma = floatUnary({
  name: 'gammaLarge',
  internal: true,
  doc: 'Γ of numbers from 24 on; gamma itself calls it.',
  types: numbers,
  js: gammaValue,
  body: throughFloat64(x => {
    const y = atMost(x!, 172)
    const halves = gt(y, 140)
    const exponent = sub(y, 0.5)
    const power = pow(y, where(halves, mul(exponent, 0.5), exponent))
    const w = div(1, y)
    const factor = add(mul(polynomial(w, stirlingFactor), w), Math.sqrt(2 * Math.PI))
    return mul(mul(mul(power, exp(neg(y))), factor), where(halves, power, 1))
  }),
  cost: 60,
  domain: [24, 60],
  ulp: { wasm: 256, webgpu: 512 },
})

/** Γ(x) = ±π / (|x sin πx| Γ(-x)) below 0, with Γ(-x) in two factors where it would overflow before its time. */
const negativeGamma = floatUnary({
  name: 'gammaNegative',
  internal: true,
  doc: 'Γ of negative numbers; gamma itself calls it.',
  types: numbers,
  js: gammaValue,
  body: throughFloat64(x => {
    const a = neg(x!)
    const [whole, far] = [floor(a), gt(a, 165)]
    const [lower, upper] = [where(far, sub(a, 20), a), where(far, rising(sub(a, 20), 20), 1)]
    const size = div(div(div(Math.PI, mul(sizeOfSinPi(a), a)), gammaOfPositive(lower)), upper)
    const signed = where(eq(mul(floor(mul(whole, 0.5)), 2), whole), neg(size), size)
    return where(eq(whole, a), where(eq(a, 0), div(1, x!), Number.NaN), where(gt(a, 200), mul(signed, 0), signed))
  }),
  cost: 150,
  domain: [-4.9, -0.1],
  ulp: { wasm: 256, webgpu: 512 },
})

/** Γ(x), float64. */
export const gammaOfAny = (x: Tensor): Tensor => whereRare(lt(x, 0), negativeGamma(x), gammaOfPositive(x))

/** Γ(x). */
export const gammaBody = throughFloat64(x => gammaOfAny(x!))

/** x!, 0 below 0. */
export const factorialBody = throughFloat64(x => where(lt(x!, 0), 0, gammaOfNext(x!)))
