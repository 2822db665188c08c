/** Nodes of random graphs that are sums of products: of matrices in stacks, of bytes, by subscripts, and attention. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { layerNorm, scaledDotProductAttention } from 'damo/nn'
import { dimEqual } from '../../frontend/dims.ts'
import { type Chance, floatsOf, integersOf, type Maker } from './choose.ts'

const many = (pool: readonly Tensor[], least: number) => pool.filter(({ ndim }) => ndim >= least)
const last = ({ shape }: Tensor) => shape.at(-1)!

/** Another tensor whose last axis is as long: x itself, if there is no other. */
const alike = (luck: Chance, x: Tensor, pool: readonly Tensor[]) =>
  luck.pick(pool.filter(y => y !== x && dimEqual(last(x), last(y)))) ?? x

/** Whether the axes before the last two are the same, or one has none. */
const stack = (a: Tensor, b: Tensor) =>
  a.ndim === 2 ||
  b.ndim === 2 ||
  (a.ndim === b.ndim && a.shape.slice(0, -2).every((dim, i) => dimEqual(dim, b.shape[i]!)))

const transposed = (x: Tensor): Tensor => d.swapaxes(x as Tensor<'float32', 2>, -1, -2)

export const products: readonly Maker[] = [
  (luck, pool) => {
    const a = luck.pick(many(floatsOf(pool), 2))
    if (!a) return undefined
    const b = alike(
      luck,
      a,
      many(floatsOf(pool), 2).filter(y => stack(a, y)),
    )
    const product = (x: Tensor, y: Tensor) => d.matmul(x as Tensor<'float32', 2>, y as Tensor<'float32', 2>) as Tensor
    // Rows with rows, or columns with columns of the same tensor.
    return d.mul(luck.below(2) === 0 ? product(a, transposed(b)) : product(transposed(a), a), 0.1)
  },
  (luck, pool) => {
    const x = luck.pick(many(floatsOf(pool), 1))
    const v = x && luck.pick(floatsOf(pool).filter(y => y.ndim === 1 && dimEqual(last(x), last(y))))
    return v && d.mul(d.dot(x as Tensor<'float32', 2>, v as Tensor<'float32', 1>) as Tensor, 0.2)
  },
  (luck, pool) => {
    const x = luck.pick(many(integersOf(pool), 2))
    if (!x) return undefined
    const bytes = d.cast(d.mod(x, 11), luck.pick(['int8', 'uint8', 'int32'] as const)) as Tensor<'int8', 2>
    return d.matmul(bytes, transposed(bytes as Tensor) as Tensor<'int8', 2>, { dtype: 'int32' }) as Tensor
  },
  (luck, pool) => {
    const x = luck.pick(many(floatsOf(pool), 2).filter(({ ndim }) => ndim < 4))
    if (!x) return undefined
    const letters = [...'abc'].slice(0, x.ndim)
    const kept = letters.filter(() => luck.below(2) === 0)
    const other = letters[luck.below(x.ndim)]!
    const y = luck.pick(
      floatsOf(pool).filter(z => z.ndim === 1 && dimEqual(z.shape[0]!, x.shape[letters.indexOf(other)]!)),
    )
    return y
      ? d.mul(d.einsum(`${letters.join('')},${other}->${kept.reverse().join('')}`, x, y), 0.1)
      : d.mul(d.einsum(`${letters.join('')},${letters.join('')}->${kept.reverse().join('')}`, x, x), 0.1)
  },
  (luck, pool) => {
    const q = luck.pick(many(floatsOf(pool), 2)) as Tensor<'float32', 2> | undefined
    if (!q) return undefined
    const k = alike(
      luck,
      q,
      floatsOf(pool).filter(y => y.ndim === q.ndim && stack(q, y)),
    ) as Tensor<'float32', 2>
    return scaledDotProductAttention(q, k, d.tanh(k), { causal: luck.below(2) === 0 })
  },
  (luck, pool) => {
    const x = luck.pick(many(floatsOf(pool), 1)) as Tensor<'float32', 2> | undefined
    return x && layerNorm(x, { axis: luck.below(x.ndim), epsilon: 0.1 })
  },
  (luck, pool) => {
    const x = luck.pick(many(floatsOf(pool), 1))
    const over = { axis: luck.below(x.ndim), keepdims: luck.below(2) === 0 }
    return luck.below(2) === 0 ? d.var(x, over) : d.sqrt(d.add(d.mean(d.square(x), over), 0.1))
  },
]
