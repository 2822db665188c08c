/** Nodes of random graphs that put elements elsewhere, and that mix dtypes on the way. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { sameShape } from '../../frontend/match.ts'
import { type Chance, floatsOf, integersOf, type Maker, partner } from './choose.ts'

const long = (pool: readonly Tensor[], least = 1) => pool.filter(({ ndim }) => ndim >= least)
const halves = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => dtype === 'float16')

/** Tensors with an axis whose size is known, and that axis. */
function known(
  luck: Chance,
  pool: readonly Tensor[],
  least: number,
): [x: Tensor, axis: number, size: number] | undefined {
  const x = luck.pick(pool.filter(({ shape }) => shape.some(dim => typeof dim === 'number' && dim >= least)))
  if (!x) return undefined
  const axes = x.shape.flatMap((dim, axis) => (typeof dim === 'number' && dim >= least ? [axis] : []))
  const axis = luck.pick(axes)
  return [x, axis, x.shape[axis] as number]
}

export const moves: readonly Maker[] = [
  (luck, pool) => {
    const x = luck.pick(long(pool))
    return d.roll(x, luck.below(7) - 3, luck.below(x.ndim))
  },
  (luck, pool) => {
    const x = luck.pick(long(pool))
    const axis = luck.below(x.ndim)
    const times = x.shape.map((_, i) => (i === axis ? 2 + luck.below(2) : 1))
    return luck.below(2) === 0 ? d.tile(x, times) : d.repeat(x, times[axis]!, { axis })
  },
  (luck, pool) => {
    const x = luck.pick(pool)
    const others = pool.filter(y => sameShape(x.shape, y.shape) && y.dtype === x.dtype)
    return d.stack([x, luck.pick(others), luck.pick(others)], { axis: luck.below(x.ndim + 1) })
  },
  (luck, pool) => {
    const x = luck.pick(long(pool, 2)) as Tensor<'float32', 2>
    const offset = luck.below(5) - 2
    return luck.below(2) === 0 ? d.tril(x, offset) : d.triu(x, offset)
  },
  (luck, pool) => {
    const found = known(luck, pool, 2)
    if (!found) return undefined
    const [x, axis, size] = found
    const index = Array.from({ length: 1 + luck.below(4) }, () => luck.below(2 * size) - size)
    return d.take(x, d.constant(index, 'int32'), { axis })
  },
  (luck, pool) => {
    const found = known(luck, pool, 2)
    if (!found) return undefined
    const [x, axis, size] = found
    const from = luck.below(size - 1)
    const part = d.slice(
      ...luck.pick<[number | null, number | null, number]>([
        [from, null, 1],
        [null, from + 1, 1],
        [from, size, 2],
        [null, null, -1],
        [size - 1, from, -2],
      ]),
    )
    const rest = x.shape.map((_, i) => (i === axis ? part : d.slice(null, null)))
    const cut = d.at(x, ...rest)
    return luck.pick([
      () => cut,
      () => d.setSubtensor(cut, d.fullLike(cut, 1)),
      () => (cut.dtype === 'bool' ? cut : d.incSubtensor(cut, d.onesLike(cut))),
    ])()
  },
  (luck, pool) => {
    const found = known(luck, pool, 4)
    if (!found) return undefined
    const [x, axis, size] = found
    if (size % 2 !== 0 || x.ndim > 3) return undefined
    const shape = x.shape.flatMap((dim, i) => (i === axis ? [2, size / 2] : [dim]))
    return d.reshape(
      x,
      luck.below(2) === 0 ? shape : shape.map((dim, i) => (i === axis ? size / 2 : i === axis + 1 ? 2 : dim)),
    )
  },
  (luck, pool) => {
    const x = luck.pick(halves(pool))
    return (
      x &&
      luck.pick([() => d.cast(x, luck.pick(['float32', 'float64'] as const)), () => d.neg(x), () => d.maximum(x, 0)])()
    )
  },
  (luck, pool) => {
    const x = luck.pick(floatsOf(pool))
    const y = partner(luck, x, [...integersOf(pool), ...halves(pool)])
    return y === undefined || y === x ? undefined : d.mul(x, d.cast(d.mod(y, 3), x.dtype))
  },
  (luck, pool) => {
    const x = luck.pick(long(integersOf(pool)))
    return d.cumsum(x, { axis: luck.below(x.ndim) })
  },
]
