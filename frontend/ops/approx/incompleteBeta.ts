/** The beta function and the incomplete one, in float64; float32 is rounded from that. */
import { applyElementwise, elementwiseOp, floatBinary, floatType } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { add, div, maximum, minimum, mul, neg, sqrt, sub } from '../arithmetic.ts'
import { eq, ge, gt, le, logicalAnd, logicalOr, lt, where, whereRare } from '../comparison.ts'
import { exp, log, log1p, pow } from '../exponential.ts'
import { atMost, throughFloat64 } from './format.ts'
import { digammaOfPositive, gammalnOfPositive } from './gamma.ts'
import { gammaOfAny, gammaOfNext, gammaOfPositive } from './gammaFunction.ts'
import { betaDensityValue, betaValue, mostParameter } from './incompleteHost.ts'
import { betaSum, betaSumSlope } from './loops.ts'
import { log1pLess, productError, stirlingRest, sumError } from './stirling.ts'

/** Up to this sum of parameters gamma functions are taken as they are. */
const direct = 100

/** From here on Stirling's series stands for a gamma function. */
const large = 10

/** log(Γ(b) / Γ(a + b)) + log(a + b) a for b from 10 on, which a does not have to be: nothing large is left. */
function logOfRatio(a: Tensor, b: Tensor): Tensor {
  const sum = add(a, b)
  return sub(add(a, sub(stirlingRest(b), stirlingRest(sum))), mul(sub(b, 0.5), log1p(div(a, b))))
}

/** log B(a, b) for positive a and b, by Stirling's series for parameters from 10 on (Didonato and Morris, TOMS 708 (1992)). */
export const betalnBody = throughFloat64((p, q) => {
  const [a, b] = [minimum(p!, q!), maximum(p!, q!)]
  const sum = add(a, b)
  const small = add(
    gammalnOfPositive(a),
    log(div(gammaOfPositive(atMost(b, large)), gammaOfPositive(atMost(sum, 2 * large)))),
  )
  const mixed = add(gammalnOfPositive(a), sub(logOfRatio(a, b), mul(a, log(sum))))
  const ratio = div(a, b)
  const rests = sub(add(stirlingRest(a), stirlingRest(b)), stirlingRest(sum))
  const constants = add(mul(log(b), -0.5), add(rests, Math.log(2 * Math.PI) / 2))
  const powers = sub(mul(sub(a, 0.5), log(div(ratio, add(ratio, 1)))), mul(b, log1p(ratio)))
  const value = where(lt(b, large), small, where(lt(a, large), mixed, add(constants, powers)))
  return where(eq(a, 0), Number.POSITIVE_INFINITY, where(lt(a, 0), Number.NaN, value))
})

const betaOfLarge = floatBinary({
  name: 'betaLarge',
  internal: true,
  doc: 'B(a, b) for a large sum of a and b; beta itself calls it.',
  types: numbers,
  js: betaValue,
  body: throughFloat64((a, b) => exp(betalnBody.float64(a!, b!))),
  cost: 300,
  domain: [50, 60],
  ulp: { wasm: 1024, webgpu: 1024 },
})

/** B(a, b), also for negative parameters that are not whole. */
export const betaBody = throughFloat64((a, b) => {
  const sum = add(a!, b!)
  const [low, high] = [minimum(a!, b!), maximum(a!, b!)]
  const quotient = mul(div(gammaOfAny(high), gammaOfAny(sum)), gammaOfAny(low))
  // The derivative of log Γ is about a logarithm where what the sum lacks counts.
  const lack = where(gt(sum, 1), mul(sumError(low, high), log(sum)), 0)
  const small = mul(quotient, sub(1, lack))
  return whereRare(gt(sum, direct), betaOfLarge(a!, b!), small)
})

/** An argument x and its complement 1 - x, of which the one that is at least 1/2 may be rounded. */
interface Sides {
  x: Tensor
  y: Tensor
}

/** What a side of at least 1/2 lacks; the other one is exact. */
const lackOf = (side: Tensor, other: Tensor): Tensor => where(ge(side, 0.5), sub(sub(1, side), other), 0)

/** x^a y^b / (a B(a, b)) by Stirling's formula around x = a / (a + b), where the exponent is 0. */
function peaked(a: Tensor, b: Tensor, { x, y }: Sides): Tensor {
  const [p, q] = [mul(x, b), mul(y, a)]
  const errors = sub(productError(x, b, p), productError(y, a, q))
  const lacks = sub(mul(b, lackOf(x, y)), mul(a, lackOf(y, x)))
  const distance = add(sub(p, q), add(errors, lacks))
  const exponent = add(mul(a, log1pLess(div(distance, a))), mul(b, log1pLess(neg(div(distance, b)))))
  const sum = add(a, b)
  const rests = sub(stirlingRest(sum), add(stirlingRest(a), stirlingRest(b)))
  return mul(exp(add(exponent, rests)), sqrt(div(div(b, mul(a, 2 * Math.PI)), sum)))
}

/** The same where one parameter is under 10 and the other above 90. */
function skewed(a: Tensor, b: Tensor, { x, y }: Sides): Tensor {
  const first = lt(a, b)
  const [low, high] = [minimum(a, b), maximum(a, b)]
  const [side, other] = [where(first, x, y), where(first, y, x)]
  const power = mul(high, where(lt(side, 0.5), log1p(neg(side)), log(other)))
  const exponent = add(mul(low, log(mul(side, add(low, high)))), sub(power, logOfRatio(low, high)))
  return div(exp(exponent), mul(gammaOfPositive(atMost(low, large)), a))
}

const largeDensity = elementwiseOp(
  {
    name: 'betaDensityLarge',
    internal: true,
    doc: 'x^a y^b / (a B(a, b)) for a large sum of a and b; betainc itself calls it.',
    types: numbers,
    typing: floatType(numbers),
    js: betaDensityValue,
    body: throughFloat64((a, b, x, y) => {
      const sides = { x: x!, y: y! }
      return where(lt(minimum(a!, b!), large), skewed(a!, b!, sides), peaked(a!, b!, sides))
    }),
    cost: 300,
    domain: [
      [50, 100],
      [51, 100],
      // The second is 1 less the first.
      [0.5, 0.5],
      [0.5, 0.5],
    ],
    ulp: { wasm: 1024, webgpu: 1024 },
  },
  4,
)

/** x^a y^b / (a B(a, b)). */
function density(a: Tensor, b: Tensor, { x, y }: Sides): Tensor {
  const far = gt(add(a, b), direct)
  const [m, n] = [atMost(a, direct), atMost(b, direct)]
  const powers = mul(pow(x, m), pow(y, n))
  const factor = div(div(gammaOfPositive(add(m, n)), gammaOfNext(m)), gammaOfPositive(n))
  const lacks = add(
    add(mul(m, div(lackOf(x, y), x)), mul(n, div(lackOf(y, x), y))),
    // The derivative of log Γ is about a logarithm.
    mul(sumError(m, n), log(add(m, n))),
  )
  const whole = mul(mul(powers, factor), add(where(eq(powers, 0), 0, lacks), 1))
  return whereRare(far, applyElementwise(largeDensity, [a, b, x, y]), whole)
}

/** True where the fraction is that of 1 - I(1 - x; b, a). */
const isUpper = (a: Tensor, b: Tensor, x: Tensor): Tensor => gt(x, div(add(a, 1), add(add(a, b), 2)))

/** I(x; a, b), the regularized incomplete beta function. */
export const betaincBody = throughFloat64((a, b, x) => {
  const upper = isUpper(a!, b!, x!)
  const rest = sub(1, x!)
  const [p, q] = [where(upper, b!, a!), where(upper, a!, b!)]
  const sides = { x: where(upper, rest, x!), y: where(upper, x!, rest) }
  const value = mul(density(p, q, sides), betaSum(p, q, sides.x, sides.y))
  const end = where(eq(x!, 0), 0, where(eq(x!, 1), 1, where(upper, sub(1, value), value)))
  return where(onDomain(a!, b!, x!), end, Number.NaN)
})

const onDomain = (a: Tensor, b: Tensor, x: Tensor): Tensor => {
  const finite = lt(maximum(a, b), mostParameter)
  return logicalAnd(logicalAnd(gt(minimum(a, b), 0), finite), logicalAnd(ge(x, 0), le(x, 1)))
}

/** dI/da, from the derivatives of the fraction; y is 1 - x. */
export const betaincByABody = throughFloat64((a, b, x, y) => {
  const upper = isUpper(a!, b!, x!)
  const [p, q] = [where(upper, b!, a!), where(upper, a!, b!)]
  const sides = { x: where(upper, y!, x!), y: where(upper, x!, y!) }
  const logarithm = where(lt(x!, 0.5), log(x!), log1p(neg(y!)))
  const relative = add(logarithm, sub(digammaOfPositive(add(a!, b!)), digammaOfPositive(a!)))
  const c = where(upper, relative, sub(relative, div(1, a!)))
  const slope = mul(
    density(p, q, sides),
    betaSumSlope(p, q, sides.x, sides.y, c, where(upper, constant(1, 'float64'), 0)),
  )
  const value = where(logicalOr(eq(x!, 0), eq(y!, 0)), 0, where(upper, neg(slope), slope))
  return where(onDomain(a!, b!, x!), value, Number.NaN)
})
