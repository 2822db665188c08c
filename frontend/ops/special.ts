/** The error function and its kin. */
import { floatUnary } from '../elementwise.ts'
import { numbers } from '../type.ts'
import { erfBody, erfcBody, erfcinvBody, erfcxBody, erfinvBody } from './approx/erf.ts'
import { erfcinvValue, erfcValue, erfcxValue, erfinvValue, erfValue } from './approx/host.ts'
import { div, mul, neg, square, sub } from './arithmetic.ts'
import { lt, where } from './comparison.ts'
import { exp, log, log1p } from './exponential.ts'

const slope = 2 / Math.sqrt(Math.PI)

/** The error function, 2/√π ∫ e^-t² from 0 to x. */
export const erf = floatUnary({
  name: 'erf',
  doc: 'The error function.',
  types: numbers,
  js: erfValue,
  body: erfBody,
  partials: (_, x) => [mul(slope, exp(neg(square(x!))))],
  cost: 16,
  domain: [-4, 4],
  ulp: { wasm: 4, webgpu: 8 },
})

/** 1 - erf x, accurate where that is small. */
export const erfc = floatUnary({
  name: 'erfc',
  doc: '1 - erf x, accurate where that is small.',
  types: numbers,
  js: erfcValue,
  body: erfcBody,
  partials: (_, x) => [mul(-slope, exp(neg(square(x!))))],
  cost: 60,
  domain: [-4, 8],
  ulp: { wasm: 16, webgpu: 16 },
})

/** e^x² erfc x, which does not underflow. */
export const erfcx = floatUnary({
  name: 'erfcx',
  doc: 'e^x² erfc x.',
  types: numbers,
  js: erfcxValue,
  body: erfcxBody,
  partials: (out, x) => [sub(mul(mul(2, x!), out), slope)],
  cost: 60,
  domain: [-2, 20],
  ulp: { wasm: 8, webgpu: 16 },
})

/** log erfc x, which does not underflow. */
export const logErfc = floatUnary({
  name: 'logErfc',
  doc: 'log erfc x, right also where erfc x rounds to 0.',
  types: numbers,
  js: x => (x < 1 ? Math.log1p(-erfValue(x)) : Math.log(erfcxValue(x)) - x * x),
  body: x => where(lt(x!, 1), log1p(neg(erf(x!))), sub(log(erfcx(x!)), square(x!))),
  partials: (_, x) => [div(-slope, erfcx(x!))],
  cost: 80,
  domain: [-4, 8],
  ulp: { wasm: 16, webgpu: 32 },
})

/** The inverse of erf on [-1, 1]. */
export const erfinv = floatUnary({
  name: 'erfinv',
  doc: 'The inverse of erf.',
  types: numbers,
  js: erfinvValue,
  body: erfinvBody,
  partials: out => [mul(1 / slope, exp(square(out)))],
  cost: 80,
  domain: [-0.95, 0.95],
  ulp: { wasm: 12, webgpu: 24 },
})

/** The inverse of erfc on [0, 2]. */
export const erfcinv = floatUnary({
  name: 'erfcinv',
  doc: 'The inverse of erfc.',
  types: numbers,
  js: erfcinvValue,
  body: erfcinvBody,
  partials: out => [mul(-1 / slope, exp(square(out)))],
  cost: 80,
  domain: [0.05, 1.95],
  ulp: { wasm: 12, webgpu: 24 },
})
