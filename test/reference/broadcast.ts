/** Operands of different shapes. */
import { add, broadcastTo, dimshuffle, exp, gt, mul, sub } from 'damo'
import type { Translation, Translations } from './case.ts'

const mixed: Translation = ({ x, y }) => [sub(add(mul(x, y), exp(mul(0.3, x))), y)]

export const broadcast: Translations = {
  'broadcast/both_ones': mixed,
  'broadcast/broadcast_to': ({ x }) => [broadcastTo(x, [2, 3, 4])],
  'broadcast/comparison_bcast': ({ x, y }) => [gt(x, y)],
  'broadcast/dimshuffle_x': ({ x, y }) => [mul(dimshuffle(x, 0, 'x'), dimshuffle(y, 'x', 0))],
  'broadcast/empty': mixed,
  'broadcast/lead': mixed,
  'broadcast/mid': mixed,
  'broadcast/scalar_matrix': mixed,
  'broadcast/vector_matrix': mixed,
}
