/** Promotion, wrapping and casts, by damo's documented rules. */
import { abs, add, broadcastTo, cast, div, exp, mul, neg, prod, sub, sum } from 'damo'
import type { Translation, Translations } from './case.ts'

const promoted: Translation = ({ x, y }) => [add(x, y), mul(x, y)]
const wrapped: Translation = ({ x, y }) => [add(x, y), sub(x, y), mul(x, y)]

const pairs = [
  'bool_int8',
  'float16_float32',
  'float32_float64',
  'int16_float32',
  'int16_int32',
  'int64_float32',
  'int64_float64',
  'int8_int8',
  'uint16_int16',
  'uint32_int64',
  'uint8_float32',
]

export const dtype: Translations = {
  ...Object.fromEntries(pairs.map(pair => [`dtype/promote_${pair}`, promoted])),
  ...Object.fromEntries(['int16', 'int8', 'uint32', 'uint8'].map(name => [`dtype/wrap_${name}`, wrapped])),
  'dtype/cast_f64_f32': ({ x }) => [cast(x, 'float32')],
  'dtype/cast_float_int': ({ x }) => [cast(x, 'int32')],
  'dtype/float16_roundtrip': ({ x }) => [cast(cast(x, 'float16'), 'float32')],
  'dtype/neg_abs_min': ({ x }) => [neg(x), abs(x)],
  'dtype/sum_f32_acc64': ({ x }) => [sum(x)],
  'dtype/sum_f32_many': ({ x }, { expand_to = 0 }) => [sum(broadcastTo(x, [expand_to]))],
  'dtype/sum_int8_acc': ({ x }) => [sum(x), prod(x), sum(x, { axis: 0 })],
  'dtype/true_div_dtypes': ({ x, y }) => [div(x, y)],
  'dtype/unary_upgrade_int8': ({ x }) => [exp(x)],
}
