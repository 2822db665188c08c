/** Degrees and radians. */
import { floatUnary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import { numbers } from '../type.ts'
import { mul } from './arithmetic.ts'

const radians = Math.PI / 180
const degrees = 180 / Math.PI

/** Degrees to radians: x π / 180. */
export const deg2rad = floatUnary({
  name: 'deg2rad',
  doc: 'Degrees to radians.',
  types: numbers,
  js: x => x * radians,
  body: x => mul(x!, radians),
  ulp: { wasm: 2, webgpu: 2 },
  partials: (_, x) => [constant(radians, x!.dtype)],
  domain: [-360, 360],
})

/** Radians to degrees: x 180 / π. */
export const rad2deg = floatUnary({
  name: 'rad2deg',
  doc: 'Radians to degrees.',
  types: numbers,
  js: x => x * degrees,
  body: x => mul(x!, degrees),
  ulp: { wasm: 2, webgpu: 2 },
  partials: (_, x) => [constant(degrees, x!.dtype)],
  domain: [-6, 6],
})
