/** Nodes of random graphs that look through windows: convolutions, pooling, and tensors made wider at their edges. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import type { ConvOptions, PoolMode } from 'damo/nn'
import * as nn from 'damo/nn'
import { type Chance, floatsOf, type Maker, within } from './choose.ts'

/** Sizes of windows and how they lie, for each axis of space. */
interface Windows {
  size: number[]
  stride: number[]
  dilation: number[]
  padding: [number, number][]
}

/** Batches of images with one or two axes of space and a known number of channels. */
const images = (pool: readonly Tensor[]) =>
  floatsOf(pool).filter(({ ndim, shape }) => ndim > 2 && typeof shape[1] === 'number' && shape[1] > 0 && shape[1] < 9)

/** Windows that fit: where the size of an axis is not known, it is padded by as many places as a window reaches over. */
function windowsOn(luck: Chance, x: Tensor, { reach = true } = {}): Windows | undefined {
  const spaces = x.shape.slice(2)
  const plain = luck.below(3) === 0
  const chosen = spaces.map(() => ({
    size: 1 + luck.below(4),
    stride: plain ? 1 : 1 + luck.below(3),
    dilation: plain || !reach ? 1 : 1 + luck.below(2),
  }))
  const padding = chosen.map(({ size, dilation }, i): [number, number] => {
    const over = (size - 1) * dilation
    if (typeof spaces[i] !== 'number')
      return reach ? [over - luck.below(2) * (over >> 1), over] : [size >> 1, size >> 1]
    return plain ? [over >> 1, over >> 1] : [luck.below(over + 1), luck.below(over + 1)]
  })
  const fit = chosen.every(({ size, dilation }, i) => {
    const known = typeof spaces[i] === 'number' ? (spaces[i] as number) : 1
    return known + padding[i]![0] + padding[i]![1] > (size - 1) * dilation
  })
  const list = (key: 'size' | 'stride' | 'dilation') => chosen.map(choice => choice[key])
  return fit ? { size: list('size'), stride: list('stride'), dilation: list('dilation'), padding } : undefined
}

/** Filters of a shape: part of a tensor that has as many axes and is large enough, or numbers. */
function filters(luck: Chance, pool: readonly Tensor[], shape: readonly number[]): Tensor {
  const large = floatsOf(pool).filter(
    ({ ndim, shape: sizes }) =>
      ndim === shape.length && sizes.every((size, i) => typeof size === 'number' && size >= shape[i]!),
  )
  const whole = luck.pick(large)
  if (whole) return within(d.at(whole, ...shape.map(size => d.slice(0, size))), [-0.5, 0.5])
  const count = shape.reduce((a, b) => a * b, 1)
  const numbers = Float32Array.from({ length: count }, () => (luck.below(17) - 8) / 16)
  return d.constant(d.array(numbers, { shape: [...shape] }) as never) as Tensor
}

/** Convolution there or back. */
function convolution(luck: Chance, pool: readonly Tensor[]): Tensor | undefined {
  const x = luck.pick(images(pool))
  const windows = x && windowsOn(luck, x)
  if (!windows) return undefined
  const channels = x.shape[1] as number
  const groups = luck.pick([1, 1, channels, ...[2, 3].filter(parts => channels % parts === 0)])
  const { size, ...lie } = windows
  const options: ConvOptions = { ...lie, groups, filterFlip: luck.below(2) === 0 }
  const back = luck.below(4) === 0
  const other = groups * (1 + luck.below(3))
  const shape = back ? [channels, other / groups, ...size] : [other, channels / groups, ...size]
  const w = d.cast(filters(luck, pool, shape), x.dtype) as never
  const [there, transposed] =
    x.ndim === 3 ? [nn.conv1d, nn.convTranspose1d] : ([nn.conv2d, nn.convTranspose2d] as never[])
  const convolve = (back ? transposed : there) as unknown as (x: Tensor, w: never, options: ConvOptions) => Tensor
  // What comes back from windows on an axis of unknown size may be nothing, with as much around it taken away.
  return convolve(x, w, back ? { ...options, padding: 'valid' } : options)
}

function pooling(luck: Chance, pool: readonly Tensor[]): Tensor | undefined {
  const x = luck.pick(images(pool))
  const windows = x && windowsOn(luck, x, { reach: false })
  if (!windows) return undefined
  const padding = windows.size.map((size, i) => Math.min(size >> 1, windows.padding[i]![0]))
  if (x.shape.slice(2).some((size, i) => (typeof size === 'number' ? size : 1) + 2 * padding[i]! < windows.size[i]!))
    return undefined
  const mode = luck.pick<PoolMode>(['max', 'max', 'sum', 'averageIncPad', 'averageExcPad'])
  const pool1or2 = (x.ndim === 3 ? nn.pool1d : nn.pool2d) as unknown as (
    x: Tensor,
    size: number[],
    options: object,
  ) => Tensor
  return d.mul(pool1or2(x, windows.size, { stride: windows.stride, padding, mode }), mode === 'sum' ? 0.25 : 1)
}

/** More at the edges of one axis: any mode where its size is known, otherwise those that need but one element. */
function padded(luck: Chance, pool: readonly Tensor[]): Tensor | undefined {
  const x = luck.pick(pool.filter(({ ndim, dtype }) => ndim > 0 && dtype !== 'bool'))
  const axis = luck.below(x.ndim)
  const size = x.shape[axis]
  if (size === 0) return undefined
  const safe = ['constant', 'edge', 'symmetric', 'wrap'] as const
  const more = ['reflect', 'maximum', 'minimum'] as const
  const mode = luck.pick<d.PadMode>(typeof size === 'number' && size > 2 ? [...safe, ...more] : safe)
  const most = typeof size === 'number' ? Math.min(size, 3) : 2
  const width = x.shape.map((_, i) => (i === axis ? [luck.below(most), luck.below(most)] : [0, 0]) as [number, number])
  return d.pad(x, width, { mode, value: luck.below(2) })
}

export const windows: readonly Maker[] = [
  convolution,
  convolution,
  pooling,
  padded,
  (luck, pool) => {
    const x = luck.pick(images(pool))
    return (
      x &&
      d.mean(x, { axis: x.shape.map((_, i) => i).slice(luck.below(2) === 0 ? 2 : 1), keepdims: luck.below(2) === 0 })
    )
  },
  (luck, pool) => {
    const x = luck.pick(images(pool))
    return x && d.repeat(x, 2, { axis: 2 + luck.below(x.ndim - 2) })
  },
  (luck, pool) => {
    const x = luck.pick(images(pool))
    if (!x) return undefined
    const over = { axis: x.shape.map((_, i) => i).filter(i => i !== 1) }
    const [gamma, beta] = [d.add(d.mean(x, over), 1) as Tensor, d.max(x, over) as Tensor]
    return nn.batchNormalizationTrain(x as Tensor<'float32', 4>, gamma, beta, { axes: 'spatial', epsilon: 0.1 }).output
  },
]
