/** What the editor knows of `x[...]`: the rank, from numbers, slices, new axes, indices, masks, and from text that is written down. */
import { at, constant, ellipsis, matrix, newaxis, slice, type Tensor, tensor, tensor4, vector } from 'damo'
import { exactly } from './exactly.ts'

const x = tensor4('x', { dtype: 'float64' })
const m = matrix('m')
const i = vector('i', { dtype: 'int32' })
const pairs = matrix('pairs', { dtype: 'int64' })
const mask = matrix('mask', { dtype: 'bool' })
const anything: Tensor<'float32'> = tensor('anything', { shape: [2, 3] })

exactly<Tensor<'float64', 3>>()(x.at(0))
exactly<Tensor<'float64', 4>>()(x.at(slice(1, null), slice(3)))
exactly<Tensor<'float64', 0>>()(x.at(0, 1, -1, 2))
exactly<Tensor<'float64', 5>>()(x.at(newaxis, 0, null))
exactly<Tensor<'float64', 3>>()(x.at(ellipsis, 0))
exactly<Tensor<'float64', 4>>()(x.at())
exactly<Tensor<'float32', 1>>()(at(m, 0))

exactly<Tensor<'float64', 3>>()(x.at('0, 1:, ::-1'))
exactly<Tensor<'float64', 4>>()(x.at('..., 0, None'))
exactly<Tensor<'float64', 2>>()(x.at(' -1 ,..., 2'))
exactly<Tensor<'float32', 3>>()(m.at(':, newaxis'))
exactly<Tensor<'float32', 1>>()(m.at('1:$, 0', 3))
exactly<Tensor<'float32', 1>>()(m.at('$:$:2, $', 3, 4, 0))

exactly<Tensor<'float64', 4>>()(x.at(i))
exactly<Tensor<'float64', 5>>()(x.at(pairs))
exactly<Tensor<'float64', 3>>()(x.at(i, i))
exactly<Tensor<'float64', 4>>()(x.at(i, pairs))
exactly<Tensor<'float64', 3>>()(x.at('$, None, 1, $', i, i))
exactly<Tensor<'float64', 4>>()(x.at('..., $', [0, -1]))
exactly<Tensor<'float64', 5>>()(x.at([[0, -1], [2, 2]])) // biome-ignore format: a matrix
exactly<Tensor<'float64', 3>>()(x.at(mask))
exactly<Tensor<'float32', 1>>()(m.at(mask))
exactly<Tensor<'float32', 2>>()(m.at([true, false, true]))

// What is not written down, or has no rank, gives no rank.
const text: string = ':, 0'
exactly<Tensor<'float64'>>()(x.at(text))
exactly<Tensor<'float32'>>()(anything.at(0))
exactly<Tensor<'float64'>>()(x.at(constant([[0]], 'int32') as Tensor<'int32'>))
exactly<Tensor<'float32'>>()(m.at(...[0, 0].slice(1)))

// @ts-expect-error: one axis is left
export const row: Tensor<'float32', 2> = m.at('0')
// @ts-expect-error: a new axis is one more
export const column: Tensor<'float32', 2> = m.at(':, None')
// @ts-expect-error: an index of two axes in place of one
export const rows: Tensor<'float32', 2> = m.at(pairs)
// @ts-expect-error: a bool is no item
at(m, true)
// @ts-expect-error: a matrix has two axes
m.at(0, 0, 0)
// @ts-expect-error: and so has it in text
m.at(':, 0, ...', slice(2))
// @ts-expect-error: a mask of a matrix is for two
at(m, mask, 0)
// @ts-expect-error: nor for indices
m.at(i, null, pairs, i)
