/**
 * The primitive movements: elements change place, nothing is computed. Each says where an element of its result comes
 * from, which is also how it is lowered; `shape.ts` builds the rest of NumPy's shape functions from them.
 */
import { type MovementOp, register, type SizeBound } from '../define.ts'
import {
  type Condition,
  type DimExpr,
  dimAdd,
  dimEqual,
  dimFloorDiv,
  dimMax,
  dimMin,
  dimMod,
  dimMul,
  dimProduct,
  dimSub,
  type Index,
} from '../dims.ts'
import { Tensor } from '../tensor.ts'
import type { Equality, Shape, SizeCheck } from '../type.ts'

type MovementSpec = Pick<MovementOp, 'name' | 'doc' | 'sources'> &
  Partial<Pick<MovementOp, 'theano' | 'numpy' | 'keepsOrder' | 'batched' | 'bounds' | 'outside'>> & {
    examples: NonNullable<MovementOp['examples']>
    pullback: NonNullable<MovementOp['pullback']>
    /** The same movement of other tensors of the inputs' shapes. */
    again(result: Tensor, inputs: readonly Tensor[]): Tensor
  }

/** Registers a movement; its forward mode is the movement itself. */
export function movement({ again, ...rest }: MovementSpec): MovementOp {
  return register({
    ...rest,
    kind: 'movement',
    pushforward: (result, tangents, calculus) => {
      if (tangents.every(t => t === undefined)) return undefined
      return again(
        result,
        tangents.map((t, i) => t ?? calculus.zeroLike(result.inputs[i]!)),
      )
    },
  })
}

const single = (index: readonly Index[]) => [{ input: 0, index, when: [] }]

/** The flat position of an index in a shape, row-major. */
export function flatIndex(shape: Shape, index: readonly Index[]): Index {
  let flat: Index = 0
  for (let axis = 0; axis < shape.length; axis++) flat = dimAdd(dimMul(flat, shape[axis]!), index[axis]!)
  return flat
}

export const reshapeOp = movement({
  name: 'reshape',
  doc: 'The same elements in row-major order under another shape.',
  examples: input => [
    reshapeTo(input(['n', 6]), ['n', 2, 3]),
    reshapeTo(input(['m', 3, 'n']), [dimMul('m', 3), 'n']),
    reshapeTo(input(['n', 4, 6]), ['n', 3, 8]),
  ],
  keepsOrder: true,
  sources(result, index, extents) {
    const shape = result.inputs[0]!.shape
    const from: Index[] = new Array(shape.length)
    for (const { to, of } of sameSizes(result.shape, shape)) {
      let flat = flatIndex(result.shape.slice(...to), index.slice(...to))
      for (let axis = of[1] - 1; axis >= of[0]; axis--) {
        from[axis] = axis === of[0] ? flat : dimMod(flat, shape[axis]!, extents)
        if (axis > of[0]) flat = dimFloorDiv(flat, shape[axis]!, extents)
      }
    }
    for (let axis = 0; axis < shape.length; axis++) if (shape[axis] === 1) from[axis] = 0
    return single(from)
  },
  pullback: (result, g) => [reshapeTo(g, result.inputs[0]!.shape)],
  again: (result, [x]) => reshapeTo(x!, result.shape, result.checks),
  batched: (result, [x]) => reshapeTo(x!, [x!.shape[0]!, ...result.shape], result.checks),
})

/** Ranges of axes of two shapes that hold as many elements. */
interface SameSize {
  to: readonly [start: number, end: number]
  of: readonly [start: number, end: number]
}

/**
 * Two shapes of one size in ranges of axes that are reshaped by themselves, as small as can be told, from the last to the
 * first. An index is taken apart within its range alone, so axes that stay are left as they are, whatever reads them.
 */
function sameSizes(to: Shape, of: Shape): SameSize[] {
  const ranges: SameSize[] = []
  for (let [i, j] = [to.length, of.length]; i > 0 || j > 0; ) {
    const [own, other] = fewestAxes(sizesBefore(to, i), sizesBefore(of, j)) ?? [i, j]
    ranges.push({ to: [i - own, i], of: [j - other, j] })
    i -= own
    j -= other
  }
  return ranges
}

/** The least numbers of axes, not both 0, that hold as many elements. */
function fewestAxes(a: readonly DimExpr[], b: readonly DimExpr[]): [number, number] | undefined {
  for (let axes = 1; axes < a.length + b.length - 1; axes++) {
    for (let own = Math.max(axes - b.length + 1, 0); own <= Math.min(axes, a.length - 1); own++)
      if (dimEqual(a[own]!, b[axes - own]!)) return [own, axes - own]
  }
  return undefined
}

/** The number of elements in the last 0, 1, … axes before `end`. */
function sizesBefore(shape: Shape, end: number): DimExpr[] {
  const sizes: DimExpr[] = [1]
  for (let axis = end - 1; axis >= 0; axis--) sizes.push(dimMul(shape[axis]!, sizes.at(-1)!))
  return sizes
}

/** x under a shape of the same number of elements (the caller has checked that). */
export function reshapeTo(x: Tensor, shape: Shape, checks: readonly SizeCheck[] = []): Tensor {
  return new Tensor(reshapeOp, [x], undefined, { dtype: x.dtype, shape }, checks)
}

export const transposeOp = movement({
  name: 'transpose',
  doc: 'Axes in another order.',
  examples: input => [permute(input(['m', 'n']), [1, 0]), permute(input(['m', 3, 'n', 2]), [2, 0, 3, 1])],
  theano: 'dimshuffle',
  sources(result, index) {
    const { axes } = result.attrs as TransposeAttrs
    const from: Index[] = new Array(axes.length)
    for (let i = 0; i < axes.length; i++) from[axes[i]!] = index[i]!
    return single(from)
  },
  pullback: (result, g) => {
    const { axes } = result.attrs as TransposeAttrs
    return [
      permute(
        g,
        axes.map((_, i) => axes.indexOf(i)),
      ),
    ]
  },
  again: (result, [x]) => permute(x!, (result.attrs as TransposeAttrs).axes),
  batched: (result, [x]) => permute(x!, [0, ...(result.attrs as TransposeAttrs).axes.map(axis => axis + 1)]),
})

/** Axis i of the result is axis `axes[i]` of the input. */
export interface TransposeAttrs {
  axes: readonly number[]
}

/** x with its axes in the given order, a permutation. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  if (axes.every((axis, i) => axis === i)) return x
  return new Tensor(transposeOp, [x], { axes } satisfies TransposeAttrs, {
    dtype: x.dtype,
    shape: axes.map(axis => x.shape[axis]!),
  })
}

export const broadcastToOp = movement({
  name: 'broadcastTo',
  doc: 'Axes of size 1 (and new leading ones) repeated.',
  examples: input => [
    broadcastShape(input(['n', 1]), ['n', 5]),
    broadcastShape(input([1, 'n']), [2, 3, 'n']),
    broadcastShape(input([]), [7]),
  ],
  numpy: 'broadcast_to',
  sources(result, index) {
    const shape = result.inputs[0]!.shape
    const lead = index.length - shape.length
    return single(shape.map((dim, axis) => (dim === 1 ? 0 : index[lead + axis]!)))
  },
  pullback: (result, g, calculus) => [calculus.sumTo(g, result.inputs[0]!.shape)],
  again: (result, [x]) => broadcastShape(x!, result.shape),
  batched: (result, [x]) => {
    const [size, ...own] = x!.shape as [DimExpr, ...DimExpr[]]
    const aligned = [size, ...new Array<DimExpr>(result.ndim - own.length).fill(1), ...own]
    return broadcastShape(own.length === result.ndim ? x! : reshapeTo(x!, aligned), [size, ...result.shape])
  },
})

/** x repeated to a shape it broadcasts to. */
export function broadcastShape(x: Tensor, shape: Shape, checks: readonly SizeCheck[] = []): Tensor {
  return new Tensor(broadcastToOp, [x], undefined, { dtype: x.dtype, shape }, checks)
}

/** Along one axis: `size` elements from `start` on, `step` apart (negative steps go back; a call may tell which). */
export interface SliceAttrs {
  axis: number
  start: DimExpr
  step: DimExpr
}

/** 1 for a step that goes back, 0 for another one. */
export const backwards = (step: DimExpr): DimExpr => dimMin(dimMax(dimMul(-1, step), 0), 1)

/** How far apart neighbours are, whichever way a step goes; never 0, so that it can divide. */
export const strideOf = (step: DimExpr): DimExpr => dimMax(strideAt(step), 1)

/** Which element of a slice stands at `index`, where one does: when all conditions hold. */
export function elementAt({ start, step }: SliceAttrs, index: Index, size: DimExpr): { at: Index; when: Condition[] } {
  const offset = dimMul(dimSub(1, dimMul(2, backwards(step))), dimSub(index, start))
  const stride = strideOf(step)
  const at = dimFloorDiv(offset, stride)
  const range: Condition[] = [
    { relation: '<=', left: 0, right: offset },
    { relation: '<', left: at, right: size },
  ]
  return { at, when: stride === 1 ? range : [...range, { relation: '==', left: dimMod(offset, stride), right: 0 }] }
}

export const sliceOp = movement({
  name: 'slice',
  doc: 'Elements of one axis from a start, a step apart.',
  examples: input => [
    sliceAxis(input(['n', 9]), 1, 2, 3, 3),
    sliceAxis(input([7, 'n']), 0, 6, 4, -2),
    sliceAxis(input(['n', 2]), 0, dimSub('n', 1), 'n', -1),
  ],
  theano: 'Subtensor',
  sources(result, index) {
    const { axis, start, step } = result.attrs as SliceAttrs
    return single(index.map((at, i) => (i === axis ? dimAdd(start, dimMul(step, at)) : at)))
  },
  bounds: result => sliceBounds(result.attrs as SliceAttrs, result, result.inputs[0]!),
  pullback: (result, g) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return [spread(g, axis, start, step, result.inputs[0]!.shape[axis]!)]
  },
  again: (result, [x]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return sliceAxis(x!, axis, start, result.shape[axis]!, step)
  },
  batched: (result, [x]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return sliceAxis(x!, axis + 1, start, result.shape[axis]!, step)
  },
})

/** What must hold of sizes so that a slice of the type of `part` is inside of `whole`. */
export function sliceBounds({ axis, start, step }: SliceAttrs, part: Tensor, { shape }: Tensor): SizeBound[] {
  const size = part.shape[axis]!
  if (typeof step !== 'number') return stepBounds(step)
  if (size === 0) return []
  const span = spanOf(size, Math.abs(step))
  const [low, high] = step > 0 ? [start, dimAdd(start, span)] : [dimSub(start, span), start]
  const why = `reaches outside axis ${axis}`
  return [
    { left: 0, right: low, why },
    { left: dimAdd(high, 1), right: shape[axis]!, why },
  ]
}

/** What must hold of a step that a call tells: it is not 0. Such a slice was held to its axis when it was made. */
export const stepBounds = (step: DimExpr): SizeBound[] =>
  typeof step === 'number'
    ? []
    : [{ left: 1, right: strideAt(step), why: 'takes no slice whose step is 0', complete: true }]

const strideAt = (step: DimExpr): DimExpr => dimMax(step, dimMul(-1, step))

/** How far the last of `size` elements, a stride apart, is from the first at most: of `n // stride + c` elements `n + (c - 1) stride`. */
export function spanOf(size: DimExpr, stride: number): DimExpr {
  const terms = typeof size === 'object' && size[0] === '+' ? (size.slice(1) as DimExpr[]) : [size]
  const counted = terms.find(term => typeof term === 'object' && term[0] === '//' && term[2] === stride)
  const rest = dimMul(stride, dimSub(counted ? dimSub(size, counted) : size, 1))
  return typeof counted === 'object' ? dimAdd(counted[1]!, rest) : rest
}

/** `size` elements of an axis from `start` on, `step` apart; the caller has checked that they exist. */
export function sliceAxis(x: Tensor, axis: number, start: DimExpr, size: DimExpr, step: DimExpr = 1): Tensor {
  const shape = x.shape.map((dim, i) => (i === axis ? size : dim))
  return new Tensor(sliceOp, [x], { axis, start, step } satisfies SliceAttrs, { dtype: x.dtype, shape })
}

export const spreadOp = movement({
  name: 'spread',
  doc: 'Elements laid into zeros along one axis from a start, a step apart: the transpose of slice.',
  examples: input => [
    spread(input(['n', 3]), 1, 2, 3, 9),
    spread(input([4, 'n']), 0, 6, -2, 7),
    spread(input(['n', 2]), 0, 1, 1, dimAdd('n', 3)),
  ],
  sources(result, index) {
    const attrs = result.attrs as SliceAttrs
    const { at, when } = elementAt(attrs, index[attrs.axis]!, result.inputs[0]!.shape[attrs.axis]!)
    return [{ input: 0, index: index.map((value, i) => (i === attrs.axis ? at : value)), when }]
  },
  bounds: result => stepBounds((result.attrs as SliceAttrs).step),
  pullback: (result, g) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return [sliceAxis(g, axis, start, result.inputs[0]!.shape[axis]!, step)]
  },
  again: (result, [x]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return spread(x!, axis, start, step, result.shape[axis]!)
  },
  batched: (result, [x]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return spread(x!, axis + 1, start, step, result.shape[axis]!)
  },
})

/** x laid into zeros of `size` along an axis: element i at start + i*step. */
export function spread(x: Tensor, axis: number, start: DimExpr, step: DimExpr, size: DimExpr): Tensor {
  const shape = x.shape.map((dim, i) => (i === axis ? size : dim))
  return new Tensor(spreadOp, [x], { axis, start, step } satisfies SliceAttrs, { dtype: x.dtype, shape })
}

/** The axis along which inputs stand one after the other. */
export interface ConcatenateAttrs {
  axis: number
}

export const concatenateOp = movement({
  name: 'concatenate',
  doc: 'Tensors one after the other along an axis.',
  examples: input => [
    join([input(['n']), input(['m'])], 0),
    join([input(['n', 2]), input(['n', 'm']), input(['n', 1])], 1),
  ],
  theano: 'join',
  sources(result, index) {
    const { axis } = result.attrs as ConcatenateAttrs
    let start: Index = 0
    return result.inputs.map((x, input) => {
      const at = dimSub(index[axis]!, start)
      const from = start
      start = dimAdd(start, x.shape[axis]!)
      const when = [
        ...(from === 0 ? [] : [{ relation: '<=' as const, left: from, right: index[axis]! }]),
        ...(input === result.inputs.length - 1 ? [] : [{ relation: '<' as const, left: index[axis]!, right: start }]),
      ]
      return { input, index: index.map((value, i) => (i === axis ? at : value)), when }
    })
  },
  pullback: (result, g) => {
    const { axis } = result.attrs as ConcatenateAttrs
    let start: DimExpr = 0
    return result.inputs.map(x => {
      const from = start
      start = dimAdd(start, x.shape[axis]!)
      return sliceAxis(g, axis, from, x.shape[axis]!)
    })
  },
  again: (result, inputs) => join(inputs, (result.attrs as ConcatenateAttrs).axis, result.checks),
  batched: (result, inputs) => join(inputs, (result.attrs as ConcatenateAttrs).axis + 1, result.checks),
})

/** Tensors of one dtype that agree in every other axis, one after the other along `axis`. */
export function join(xs: readonly Tensor[], axis: number, checks: readonly Equality[] = []): Tensor {
  const shape = xs[0]!.shape.map((dim, i) =>
    i === axis ? xs.reduce<DimExpr>((sum, x) => dimAdd(sum, x.shape[axis]!), 0) : dim,
  )
  return new Tensor(concatenateOp, xs, { axis } satisfies ConcatenateAttrs, { dtype: xs[0]!.dtype, shape }, checks)
}

/** The number of elements. */
export const sizeOf = (x: Tensor): DimExpr => dimProduct(x.shape)
