/** The incomplete gamma functions, in float64; float32 is rounded from that. */
import { floatBinary } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { abs, add, div, mul, neg, sqrt, sub } from '../arithmetic.ts'
import { eq, ge, gt, le, logicalAnd, logicalNot, logicalOr, lt, where, whereRare } from '../comparison.ts'
import { exp, expm1, log, log1p, pow } from '../exponential.ts'
import { erfcBody } from './erf.ts'
import { atMost, polynomial, throughFloat64 } from './format.ts'
import { digammaOfPositive, gammalnAroundTwo } from './gamma.ts'
import { gammaOfNext } from './gammaFunction.ts'
import { gammaDensityValue, gammainccValue, gammaincValue } from './incompleteHost.ts'
import { gammaSum, gammaSumSlope } from './loops.ts'
import { log1pLess, stirlingRest } from './stirling.ts'

/** Up to here the gamma function and powers are in range and nothing is lost by taking them as they are. */
const direct = 100

/** x^a e^-x / Γ(a + 1) for a above 100: Stirling's formula around x = a. */
const largeDensity = floatBinary({
  name: 'gammaDensityLarge',
  internal: true,
  doc: 'x^a e^-x / Γ(a + 1) for large a; gammainc itself calls it.',
  types: numbers,
  js: gammaDensityValue,
  body: throughFloat64((a, x) => {
    const exponent = mul(a!, log1pLess(div(sub(x!, a!), a!)))
    return div(exp(sub(exponent, stirlingRest(a!))), sqrt(mul(a!, 2 * Math.PI)))
  }),
  cost: 60,
  domain: [
    [101, 150],
    [60, 200],
  ],
  ulp: { wasm: 512, webgpu: 512 },
})

/** x^a e^-x / Γ(a + 1): the power may be as large as it likes, e^-x comes in two factors. */
function density(a: Tensor, x: Tensor): Tensor {
  const [order, y] = [atMost(a, direct), atMost(x, 1150)]
  const half = exp(mul(y, -0.5))
  const small = div(mul(mul(pow(y, order), half), half), gammaOfNext(order))
  return whereRare(gt(a, direct), largeDensity(a, x), small)
}

/**
 * N. M. Temme's uniform expansion (DLMF 8.12.3, 8.12.4, 8.12.7): Q = erfc(η √(a/2)) / 2 + e^(-a η²/2) / √(2πa) Σ c_k(η) a^-k
 * with η²/2 = μ - log(1 + μ) and μ = x/a - 1. Here are the power series in η of the c_k, from the recurrence 8.12.11, for
 * |μ| up to 0.4 and a from 100 on.
 */
const temme = [
  [
    -0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
    -0.0001787551440329218, 3.919263178522438e-5, -2.185448510679992e-6, -1.85406221071516e-6, 8.296711340953087e-7,
    -1.7665952736826078e-7, 6.707853543401498e-9, 1.0261809784240309e-8, -4.382036018453353e-9, 9.14769958223679e-10,
    -2.5514193994946248e-11, -5.830772132550426e-11, 2.4361948020667415e-11, -5.0276692801141755e-12,
  ],
  [
    -0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596, 0.00020576131687242798,
    -4.018775720164609e-7, -1.8098550334489977e-5, 7.64916091608111e-6, -1.6120900894563446e-6, 4.647127802807434e-9,
    1.378633446915721e-7, -5.752545603517705e-8, 1.1951628599778148e-8, -1.7543241719747647e-11, -1.0091543710600413e-9,
    4.162792991842583e-10, -8.56390702649298e-11,
  ],
  [
    0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-6, -0.0001073665322636516,
    5.2923448829120125e-5, -1.2760635188618728e-5, 3.423578734096138e-8, 1.3721957309062934e-6, -6.298992138380055e-7,
    1.4280614206064242e-7, -2.0477098421990866e-10, -1.409252991086752e-8, 6.228974084922022e-9, -1.3670488396617114e-9,
  ],
  [
    0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557, 0.00026772063206283885,
    -7.561801671883977e-5, -2.396505113867297e-7, 1.1082654115347302e-5, -5.6749528269915965e-6, 1.4230900732435883e-6,
    -2.7861080291528143e-11, -1.6958404091930278e-7, 8.099464905388083e-8, -1.9111168485973655e-8,
  ],
  [
    -0.0008618882909167117, 0.0007840392217200666, -0.0002990724803031902, -1.4638452578843418e-6, 6.641498215465122e-5,
    -3.968365047179435e-5, 1.1375726970678419e-5, 2.507497226237533e-10, -1.6954149536558305e-6, 8.907507532205309e-7,
    -2.292934834000805e-7,
  ],
  [
    -0.00033679855336635813, -6.972813758365857e-5, 0.0002772753244959392, -0.00019932570516188847,
    6.797780477937208e-5, 1.419062920643967e-7, -1.3594048189768693e-5, 8.018470256334202e-6,
  ],
  [
    0.0005313079364639922, -0.0005921664373536939, 0.0002708782096718045, 7.902353232660328e-7, -8.153969367561969e-5,
    5.61168275310625e-5,
  ],
  [0.00034436760689237765],
]

/** P, or Q, for a above 100 and x close to it. */
function uniform(a: Tensor, x: Tensor, upper: boolean): Tensor {
  const distance = sub(x, a)
  const mu = div(distance, a)
  const size = sqrt(mul(log1pLess(mu), -2))
  const eta = where(lt(distance, 0), neg(size), size)
  const sum = polynomial(
    div(1, a),
    temme.map(row => polynomial(eta, row)),
  )
  const rest = mul(div(exp(mul(mul(eta, eta), mul(a, -0.5))), sqrt(mul(a, 2 * Math.PI))), sum)
  const argument = mul(eta, sqrt(mul(a, 0.5)))
  const half = mul(erfcBody.float64(upper ? argument : neg(argument)), 0.5)
  return upper ? add(half, rest) : sub(half, rest)
}

/** Whether x is close to a large a. */
const isClose = (a: Tensor, x: Tensor): Tensor => logicalAnd(gt(a, direct), lt(abs(sub(x, a)), mul(a, 0.4)))

const close = (name: string, upper: boolean, js: (a: number, x: number) => number) =>
  floatBinary({
    name,
    internal: true,
    doc: 'An incomplete gamma function for large a and x close to it; gammainc and gammaincc themselves call it.',
    types: numbers,
    js,
    body: throughFloat64((a, x) => uniform(a!, x!, upper)),
    cost: 200,
    domain: [
      [101, 150],
      [95, 160],
    ],
    ulp: { wasm: 512, webgpu: 512 },
  })

const closeLower = close('gammaincLarge', false, gammaincValue)
const closeUpper = close('gammainccLarge', true, gammainccValue)

/** Where both are small: the sum of `gammaSum` alternates, and 1 - P has few digits. */
const isSmall = (a: Tensor, x: Tensor): Tensor => logicalAnd(le(x, 1.1), le(a, 1.1))

/** `value` for a, x >= 0, which is `least` for x = 0 and infinite a and 1 - `least` for infinite x; NaN where both are 0 or infinite. */
function onDomain(a: Tensor, x: Tensor, value: Tensor, least: 0 | 1): Tensor {
  const inside = logicalAnd(ge(a, 0), logicalAnd(ge(x, 0), gt(add(a, x), 0)))
  const [low, high] = [eq(a, Number.POSITIVE_INFINITY), eq(x, Number.POSITIVE_INFINITY)]
  const known = where(logicalOr(low, eq(x, 0)), least, where(high, 1 - least, value))
  return where(logicalAnd(inside, logicalNot(logicalAnd(low, high))), known, Number.NaN)
}

/** P(a, x), the integral of t^(a - 1) e^-t / Γ(a) from 0 to x. */
export const gammaincBody = throughFloat64((a, x) => {
  const sum = gammaSum(a!, x!)
  const factor = density(a!, x!)
  const small = mul(div(pow(x!, a!), gammaOfNext(a!)), add(sum, 1))
  const upper = sub(1, mul(mul(factor, a!), sum))
  const value = where(isSmall(a!, x!), small, where(le(x!, a!), mul(factor, sum), upper))
  return onDomain(a!, x!, whereRare(isClose(a!, x!), closeLower(a!, x!), value), 0)
})

/** log Γ(1 + a) for a from 0 to 1.1, relatively accurate near 0 too. */
function gammaln1p(a: Tensor): Tensor {
  const low = lt(a, 0.5)
  const z = where(low, a, sub(a, 1))
  const around = mul(polynomial(z, gammalnAroundTwo), z)
  return where(low, sub(around, log1p(a)), around)
}

/** Q(a, x) = 1 - P(a, x), accurate where that is small. */
export const gammainccBody = throughFloat64((a, x) => {
  const sum = gammaSum(a!, x!)
  const factor = density(a!, x!)
  const exponent = sub(mul(a!, log(x!)), gammaln1p(atMost(a!, 1.1)))
  const lower = add(expm1(exponent), mul(exp(exponent), sum))
  const upper = where(le(x!, a!), sub(1, mul(factor, sum)), mul(mul(factor, a!), sum))
  const value = where(isSmall(a!, x!), sub(0, lower), upper)
  return onDomain(a!, x!, whereRare(isClose(a!, x!), closeUpper(a!, x!), value), 1)
})

/** dP/da, from the derivatives of the sums by a. */
export const gammaincByABody = throughFloat64((a, x) => {
  const series = logicalOr(le(x!, 1.1), le(x!, a!))
  const relative = sub(log(x!), digammaOfPositive(a!))
  const sum = gammaSumSlope(a!, x!, where(series, sub(relative, div(1, a!)), relative))
  const slope = mul(mul(density(a!, x!), sum), where(series, 1, neg(a!)))
  return where(
    logicalOr(eq(x!, 0), eq(x!, Number.POSITIVE_INFINITY)),
    where(ge(a!, 0), constant(0, 'float64'), Number.NaN),
    slope,
  )
})
