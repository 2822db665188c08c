/** Nodes of random graphs that walk along an axis: scans, running sums, sorting, and what indices that they make choose. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { sameShape } from '../../frontend/match.ts'
import { type Chance, fits, floatsOf, integersOf, type Maker, within } from './choose.ts'

const long = (pool: readonly Tensor[]) => pool.filter(({ ndim }) => ndim > 0)

/** Values that no rounding error has come to, which would change their order. */
const unrounded = (pool: readonly Tensor[]) => long(pool).filter(x => x.inputs.length === 0 || x.dtype.includes('int'))

/** Whether x broadcasts to the shape of another and no further. */
const stretches = (x: Tensor, to: Tensor) => fits(x, to) && sameShape(d.add(x, to).shape, to.shape)

/** A recurrence along the first axis, with a tensor from outside in it where one fits. */
function recurrence(luck: Chance, pool: readonly Tensor[]): Tensor | undefined {
  const xs = luck.pick(long(floatsOf(pool)).filter(({ ndim }) => ndim < 4))
  if (!xs) return undefined
  const start = d.mul(d.mean(xs, { axis: 0 }), 0.5)
  const outside = luck.pick(floatsOf(pool).filter(x => x.dtype === xs.dtype && stretches(x, start)))
  const factor = outside ? d.tanh(outside) : d.constant(0.7, xs.dtype)
  const stacked = luck.below(2) === 0
  const { carry, outputs } = d.scan(
    (h, x) => {
      const next = d.tanh(d.add(d.mul(h, factor), d.mul(x, 0.5)))
      return { carry: next, output: luck.below(2) === 0 ? next : d.mul(h, x) }
    },
    { initial: start, sequences: xs, reverse: luck.below(2) === 0 },
  )
  return stacked ? outputs : carry
}

/** Whole numbers carried on: sums that wrap, and the greatest so far. */
function counting(luck: Chance, pool: readonly Tensor[]): Tensor | undefined {
  const xs = luck.pick(long(integersOf(pool)).filter(({ ndim }) => ndim < 4))
  if (!xs) return undefined
  const start = d.mul(d.max(xs, { axis: 0 }), 0)
  const { outputs } = d.scan(
    ({ total, most }, x) => ({
      carry: { total: d.add(total, x) as Tensor, most: d.maximum(most, total) as Tensor },
      output: d.sub(total, most),
    }),
    { initial: { total: start as Tensor, most: start as Tensor }, sequences: xs },
  )
  return outputs
}

export const loops: readonly Maker[] = [
  recurrence,
  counting,
  (luck, pool) => {
    const x = luck.pick(long(floatsOf(pool)))
    const over = { axis: luck.below(x.ndim) }
    return luck.below(2) === 0 ? d.mul(d.cumsum(x, over), 0.2) : d.cumprod(within(x, [0.5, 1.2]), over)
  },
  (luck, pool) => {
    const x = luck.pick(unrounded(pool))
    const along = { axis: luck.below(x.ndim) }
    return luck.below(2) === 0 ? d.sort(x, along) : d.argsort(x, along)
  },
  (luck, pool) => {
    const x = luck.pick(long(integersOf(pool)))
    const order = d.argsort(x, { axis: -1 })
    const values = luck.pick(pool.filter(y => sameShape(y.shape, x.shape)))
    return d.takeAlongAxis(values, order, { axis: -1 })
  },
  (luck, pool) => {
    const x = luck.pick(long(floatsOf(pool)).filter(({ shape }) => typeof shape[0] === 'number' && shape[0] > 0))
    const index = luck.pick(integersOf(pool).filter(({ ndim, dtype }) => ndim === 1 && dtype.startsWith('int')))
    if (!x || !index) return undefined
    const part = d.at(x, d.mod(index, x.shape[0] as number))
    const values = luck.pick(floatsOf(pool).filter(y => y.dtype === x.dtype && stretches(y, part)))
    return values && d.incSubtensor(part, d.tanh(values))
  },
]
