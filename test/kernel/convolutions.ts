/** Convolutions as kernels: contractions of which one operand is a window that moves over padded images, and its gradients. */
import { type Condition, dimAdd, dimFloorDiv, dimMod, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { FoldOp } from '../../frontend/folds.ts'
import type { Expr, Fold, Kernel } from '../../frontend/kernel/ir.ts'
import * as k from './kernels.ts'

export interface ConvolutionOptions {
  /** Images, input channels, output channels, rows and columns of an image. */
  sizes: readonly [Index, Index, Index, Index, Index]
  taps: number
  stride?: number
  pad?: number
}

interface Shapes {
  images: Index[]
  weights: Index[]
  result: Index[]
  out: [Index, Index]
}

function shapesOf({ sizes: [n, c, o, h, w], taps, stride = 1, pad = 0 }: ConvolutionOptions): Shapes {
  const along = (size: Index) => dimAdd(dimFloorDiv(dimAdd(size, 2 * pad - taps), stride), 1)
  const out: [Index, Index] = [along(h), along(w)]
  return { images: [n, c, h, w], weights: [o, c, taps, taps], result: [n, o, ...out], out }
}

const inside = (index: Index, size: Index): Condition[] => [
  { relation: '<=', left: 0, right: index },
  { relation: '<', left: index, right: size },
]

/** What output place (y, x) sees of image i, channel q at tap (u, v). */
function window(
  b: k.Draft,
  buffer: number,
  options: ConvolutionOptions,
  { images }: Shapes,
  [y, x]: readonly [Index, Index] = ['y', 'x'],
): Expr {
  const { stride = 1, pad = 0 } = options
  const [row, column] = [dimAdd(dimMul(stride, y), dimSub('u', pad)), dimAdd(dimMul(stride, x), dimSub('v', pad))]
  const value = b.load('float32', buffer, k.at(['i', 'q', row, column], images))
  if (pad === 0) return value
  return b.guard([...inside(row, images[2]!), ...inside(column, images[3]!)], value, b.constant('float32', 0))
}

const dimsOf = ({ sizes }: ConvolutionOptions) => [
  ...new Set(sizes.filter((size): size is string => typeof size === 'string')),
]

/** The convolution, with a bias for each output channel and relu. */
export function convolution(options: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  const shapes = shapesOf(options)
  const [n, c, o] = options.sizes
  const { taps } = options
  const left = b.load('float32', 0, k.at(['m', 'q', 'u', 'v'], shapes.weights))
  const right = window(b, 1, options, shapes)
  const sum = b.call('add', 'float32', b.fold('float32', 'r'), b.load('float32', 2, 'm'))
  const value = b.call('maximum', 'float32', sum, b.constant('float32', 0))
  return k.kernel({
    dims: dimsOf(options),
    buffers: [
      ...[shapes.weights, shapes.images, [o]].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', shapes.result, 'write'),
    ],
    loops: [k.loop('i', n), k.loop('m', o), k.loop('y', shapes.out[0]), k.loop('x', shapes.out[1])],
    stages: [
      k.stage({
        loops: [k.loop('q', c), k.loop('u', taps), k.loop('v', taps)],
        folds: [k.fold('r', 'add', 'float32', b.call('mul', 'float32', left, right))],
        contraction: { rows: ['m'], columns: ['i', 'y', 'x'], left, right },
      }),
      k.stage({ stores: [k.store(3, k.at(['i', 'm', 'y', 'x'], shapes.result), value)] }),
    ],
    label: `convolution ${JSON.stringify(options)}`,
  })
}

/** The convolution, its results with bias and relu folded in windows of so many rows and columns that lie side by side. */
export function pooledConvolution(options: ConvolutionOptions, windows: readonly [number, number], op: FoldOp): Kernel {
  const b = new k.Draft()
  const shapes = shapesOf(options)
  const [n, c, o] = options.sizes
  const { taps } = options
  const [high, wide] = shapes.out.map((size, i) => dimFloorDiv(size, windows[i]!)) as [Index, Index]
  const place = [dimAdd(dimMul(windows[0], 'y'), 'a'), dimAdd(dimMul(windows[1], 'x'), 'b')] as const
  const left = b.load('float32', 0, k.at(['m', 'q', 'u', 'v'], shapes.weights))
  const right = window(b, 1, options, shapes, place)
  const sum = b.call('add', 'float32', b.fold('float32', 'r'), b.load('float32', 2, 'm'))
  const value = b.call('maximum', 'float32', sum, b.constant('float32', 0))
  const within = [k.loop('a', windows[0]), k.loop('b', windows[1])]
  const result = [n, o, high, wide]
  return k.kernel({
    dims: dimsOf(options),
    buffers: [
      ...[shapes.weights, shapes.images, [o]].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', result, 'write'),
    ],
    loops: [k.loop('i', n), k.loop('m', o), k.loop('y', high), k.loop('x', wide)],
    stages: [
      k.stage({
        within,
        loops: [k.loop('q', c), k.loop('u', taps), k.loop('v', taps)],
        folds: [k.fold('r', 'add', 'float32', b.call('mul', 'float32', left, right))],
        contraction: { rows: ['m'], columns: ['i', 'y', 'a', 'x', 'b'], left, right },
      }),
      k.stage({ loops: within, folds: [k.fold('s', op, 'float32', value)] }),
      k.stage({ stores: [k.store(3, k.at(['i', 'm', 'y', 'x'], result), b.fold('float32', 's'))] }),
    ],
    label: `${op} of ${windows} of convolution ${JSON.stringify(options)}`,
  })
}

/** The gradient of the weights: buffers are that of the result, the images, and where it goes. */
export function weightGradient(options: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  const shapes = shapesOf(options)
  const [n, c, o] = options.sizes
  const { taps } = options
  const left = b.load('float32', 0, k.at(['i', 'm', 'y', 'x'], shapes.result))
  const right = window(b, 1, options, shapes)
  return k.kernel({
    dims: dimsOf(options),
    buffers: [
      ...[shapes.result, shapes.images].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', shapes.weights, 'write'),
    ],
    loops: [k.loop('m', o), k.loop('q', c), k.loop('u', taps), k.loop('v', taps)],
    stages: [
      k.stage({
        loops: [k.loop('i', n), k.loop('y', shapes.out[0]), k.loop('x', shapes.out[1])],
        folds: [k.fold('r', 'add', 'float32', b.call('mul', 'float32', left, right))],
        contraction: { rows: ['m'], columns: ['q', 'u', 'v'], left, right },
      }),
      k.stage({ stores: [k.store(2, k.at(['m', 'q', 'u', 'v'], shapes.weights), b.fold('float32', 'r'))] }),
    ],
    label: `weightGradient ${JSON.stringify(options)}`,
  })
}

/** The gradient of the images: buffers are the weights, the gradient of the result, and where it goes. */
export function imageGradient(options: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  const shapes = shapesOf(options)
  const [n, c, o, h, w] = options.sizes
  const { taps, stride = 1, pad = 0 } = options
  const left = b.load('float32', 0, k.at(['m', 'q', 'u', 'v'], shapes.weights))
  const [row, column] = [dimSub(dimAdd('y', pad), 'u'), dimSub(dimAdd('x', pad), 'v')]
  const whole = (index: Index): Condition[] =>
    stride === 1 ? [] : [{ relation: '==', left: dimMod(index, stride), right: 0 }]
  const at = k.at(['i', 'm', dimFloorDiv(row, stride), dimFloorDiv(column, stride)], shapes.result)
  const right = b.guard(
    [
      ...inside(row, dimMul(stride, shapes.out[0])),
      ...inside(column, dimMul(stride, shapes.out[1])),
      ...whole(row),
      ...whole(column),
    ],
    b.load('float32', 1, at),
    b.constant('float32', 0),
  )
  return k.kernel({
    dims: dimsOf(options),
    buffers: [
      ...[shapes.weights, shapes.result].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', shapes.images, 'write'),
    ],
    loops: [k.loop('i', n), k.loop('q', c), k.loop('y', h), k.loop('x', w)],
    stages: [
      k.stage({
        loops: [k.loop('m', o), k.loop('u', taps), k.loop('v', taps)],
        folds: [k.fold('r', 'add', 'float32', b.call('mul', 'float32', left, right))],
        contraction: { rows: ['q'], columns: ['i', 'y', 'x'], left, right },
      }),
      k.stage({ stores: [k.store(2, k.at(['i', 'q', 'y', 'x'], shapes.images), b.fold('float32', 'r'))] }),
    ],
    label: `imageGradient ${JSON.stringify(options)}`,
  })
}

/** Elements of two phases along both axes, each summed over taps of its own; buffers as for the gradient of images. */
export function phases({ sizes: [n, c, o, h, w], taps }: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  const shapes = { weights: [o, c, taps, 2, taps, 2], windows: [n, o, h, w], images: [n, c, h, 2, w, 2] }
  const left = b.load('float32', 0, k.at(['m', 'q', 'u', 'r', 'v', 's'], shapes.weights))
  const [row, column] = [dimSub('y', 'u'), dimSub('x', 'v')]
  const right = b.guard(
    [...inside(row, h), ...inside(column, w)],
    b.load('float32', 1, k.at(['i', 'm', row, column], shapes.windows)),
    b.constant('float32', 0),
  )
  const loops = [k.loop('i', n), k.loop('q', c), k.loop('y', h), k.loop('r', 2), k.loop('x', w), k.loop('s', 2)]
  return k.kernel({
    dims: dimsOf({ sizes: [n, c, o, h, w], taps }),
    buffers: [
      ...[shapes.weights, shapes.windows].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', shapes.images, 'write'),
    ],
    loops,
    stages: [
      k.stage({
        loops: [k.loop('m', o), k.loop('u', taps), k.loop('v', taps)],
        folds: [k.fold('f', 'add', 'float32', b.call('mul', 'float32', left, right))],
        contraction: { rows: ['i', 'y', 'x'], columns: ['q', 'r', 's'], left: right, right: left },
      }),
      k.stage({
        stores: [k.store(2, k.at(['i', 'q', 'y', 'r', 'x', 's'], shapes.images), b.fold('float32', 'f'))],
      }),
    ],
    label: `phases ${JSON.stringify({ sizes: [n, c, o, h, w], taps })}`,
  })
}

/** A convolution of each channel with taps of its own; `o` of the sizes means nothing. */
export function depthwise(options: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  const shapes = shapesOf(options)
  const { taps } = options
  const left = b.load('float32', 0, k.at(['q', 'u', 'v'], [options.sizes[1], taps, taps]))
  return perChannel(
    options,
    k.fold('r', 'add', 'float32', b.call('mul', 'float32', left, window(b, 1, options, shapes))),
    b,
  )
}

/** The greatest value under each window, zeros outside the images; buffer 0 means nothing. */
export function pooled(options: ConvolutionOptions): Kernel {
  const b = new k.Draft()
  return perChannel(options, k.fold('r', 'max', 'float32', window(b, 1, options, shapesOf(options))), b)
}

function perChannel(options: ConvolutionOptions, fold: Fold, b: k.Draft): Kernel {
  const { images, out } = shapesOf(options)
  const [n, c] = options.sizes
  const { taps } = options
  return k.kernel({
    dims: dimsOf(options),
    buffers: [
      ...[[c, taps, taps], images].map(shape => k.buffer('float32', shape)),
      k.buffer('float32', [n, c, ...out], 'write'),
    ],
    loops: [k.loop('i', n), k.loop('q', c), k.loop('y', out[0]), k.loop('x', out[1])],
    stages: [
      k.stage({ loops: [k.loop('u', taps), k.loop('v', taps)], folds: [fold] }),
      k.stage({ stores: [k.store(2, k.at(['i', 'q', 'y', 'x'], [n, c, ...out]), b.fold('float32', 'r'))] }),
    ],
    label: `${fold.op} ${JSON.stringify(options)}`,
  })
}
