/** Linear algebra. */
import { batchedDot, batchedTensordot, dot, matmul, outer, tensordot, trace } from 'damo'
import type { Translation, Translations } from './case.ts'

const product: Translation = ({ x, y }) => [dot(x, y)]

export const linalg: Translations = {
  'linalg/batched_dot': ({ x, y }) => [batchedDot(x, y)],
  'linalg/batched_tensordot': ({ x, y }) => [batchedTensordot(x, y, [[2], [1]])],
  'linalg/bilinear': ({ x, A, y }) => [dot(x, dot(A, y))],
  'linalg/dot_empty': product,
  'linalg/dot_f32': product,
  'linalg/dot_int': product,
  'linalg/dot_mm': product,
  'linalg/dot_mv': product,
  'linalg/dot_nd': product,
  'linalg/dot_odd': product,
  'linalg/dot_vm': product,
  'linalg/matmul_broadcast': ({ x, y }) => [matmul(x, y)],
  'linalg/outer': ({ x, y }) => [outer(x, y)],
  'linalg/tensordot_axes': ({ x, y }) => [
    tensordot(x, y, [
      [1, 2],
      [1, 0],
    ]),
  ],
  'linalg/tensordot_int': ({ x, y }) => [tensordot(x, y, 2)],
  'linalg/trace': ({ x }) => [trace(x)],
}
