/**
 * Convolution as a form in three tensors: the sum, over everything, of
 *
 *     x[b, (g, c), o stride + k dilation - before] * w[(g, f), c, k] * y[b, (g, f), o]
 *
 * with one o and one k for each axis of space. Each op leaves one of the three out and gives what the form multiplies it
 * with: `conv` leaves out y, its gradients leave out x and w. So the three are each other's derivatives.
 */
import { type DerivedOp, type ExampleInput, register, type SizeBound } from '../define.ts'
import { type DimExpr, dimAdd, dimFloorDiv, dimMul, dimSub } from '../dims.ts'
import { Tensor } from '../tensor.ts'
import { type Equality, isFloat, numbers, type Shape } from '../type.ts'
import { add } from './arithmetic.ts'
import { contract } from './contract.ts'
import { broadcastShape, reshapeTo } from './move.ts'
import { sumOfWindows } from './phases.ts'
import { type Sliding, slide } from './window.ts'

/** How windows lie along one axis of space. */
export interface ConvAxis {
  stride: number
  dilation: number
  /** Zeros before the first element and after the last; fewer than none cuts elements off. */
  before: DimExpr
  after: DimExpr
}

export interface ConvAttrs {
  axes: readonly ConvAxis[]
  /** Channels are in so many groups that know nothing of each other. */
  groups: number
  /** Filters turned around along all axes of space: convolution proper, where otherwise it is correlation. */
  flip: boolean
}

/** The three tensors: images [b, g c, ...size], filters [g f, c, ...filter], results [b, g f, ...windows]. */
export type Role = 'x' | 'w' | 'y'

/** How many elements a window of `size` places spans. */
export const spanOfWindow = (size: DimExpr, dilation: number): DimExpr => dimAdd(dimMul(dimSub(size, 1), dilation), 1)

/** How many windows there are along an axis of `size` elements. */
export const windowsOn = (size: DimExpr, window: DimExpr, { stride, dilation, before, after }: ConvAxis): DimExpr =>
  dimAdd(dimFloorDiv(dimSub(dimAdd(dimAdd(size, before), after), spanOfWindow(window, dilation)), stride), 1)

/** The op that leaves out one of the three. */
function leavingOut(role: Role, name: string, doc: string, theano: string): DerivedOp {
  const op: DerivedOp = register({
    kind: 'derived',
    ...{ name, doc, theano },
    accepts: numbers,
    examples: input => samples(input).map(({ shapes, given, attrs }) => convolve(role, given, shapes[role], attrs)),
    expand: result => expand(role, partsOf(role, result), result.attrs as ConvAttrs),
    bounds: result => windowsFit(partsOf(role, result), result.attrs as ConvAttrs),
    pullback: (result, g) => {
      if (!isFloat(result.dtype)) return [undefined, undefined]
      const given = { ...partsOf(role, result), [role]: g }
      return others(role).map(wanted => convolve(wanted, given, given[wanted].shape, result.attrs as ConvAttrs))
    },
    pushforward: (result, tangents) => {
      const given = partsOf(role, result)
      const terms = others(role).flatMap((moved, i) => {
        const t = tangents[i]
        return t ? [convolve(role, { ...given, [moved]: t }, result.shape, result.attrs as ConvAttrs)] : []
      })
      return terms.length === 0 ? undefined : terms.reduce((a, b) => add(a, b))
    },
  })
  return op
}

const ops: Readonly<Record<Role, DerivedOp>> = {
  y: leavingOut('y', 'conv', 'Convolution of images [batch, channels, ...space] with filters.', 'AbstractConv'),
  x: leavingOut(
    'x',
    'convGradInputs',
    'The gradient of conv for its images: transposed convolution.',
    'AbstractConv_gradInputs',
  ),
  w: leavingOut('w', 'convGradWeights', 'The gradient of conv for its filters.', 'AbstractConv_gradWeights'),
}

/** What the form multiplies the tensor in a role with, which has this shape; the caller has checked that all fit. */
export function convolve(
  role: Role,
  given: Readonly<Partial<Record<Role, Tensor>>>,
  shape: Shape,
  attrs: ConvAttrs,
  checks: readonly Equality[] = [],
): Tensor {
  const inputs = others(role).map(other => given[other]!)
  return new Tensor(ops[role], inputs, attrs, { dtype: inputs[0]!.dtype, shape }, checks)
}

const others = (role: Role): Role[] => (['x', 'w', 'y'] as const).filter(other => other !== role)

/** The three tensors around a result; in its own role stands the result. */
function partsOf(role: Role, result: Tensor): Record<Role, Tensor> {
  const [a, b] = others(role)
  return { [role]: result, [a!]: result.inputs[0]!, [b!]: result.inputs[1]! } as Record<Role, Tensor>
}

const windowsFit = ({ x, w }: Record<Role, Tensor>, { axes }: ConvAttrs): SizeBound[] =>
  axes.map(({ dilation, before, after }, i) => ({
    left: spanOfWindow(w.shape[2 + i]!, dilation),
    right: dimAdd(dimAdd(x.shape[2 + i]!, before), after),
    why: `has no window that fits on axis ${2 + i}`,
  }))

/** Labels of the contraction: batch, group, filter and channel, then places among the windows or elements, and in a window. */
const [batch, group, filter, channel] = [0, 1, 2, 3] as const

/** The form without one of its tensors, as a contraction of windows: of elements, or of the windows that elements are in. */
function expand(role: Role, { x, w, y }: Record<Role, Tensor>, { axes, groups, flip }: ConvAttrs): Tensor {
  const { space, places } = labelsOf(axes)
  const window = w.shape.slice(2)
  const windowsOf = (z: Tensor) => intoWindows(z, window, y.shape.slice(2), { axes, groups, flip })
  const split = (z: Tensor, axis: number) => splitAxis(z, axis, groups)
  const filters = () => split(w, 0)
  const filterLabels = [group, filter, channel, ...places]
  if (role === 'y') {
    const windows = split(windowsOf(x), axes.length + 1)
    const labels = [...places, batch, group, channel, ...space]
    return reshapeTo(contract(filters(), filterLabels, windows, labels, [batch, group, filter, ...space]), y.shape)
  }
  if (role === 'x') return sumOfWindows(filters(), split(y, 1), slidingsOf(window, { axes, groups, flip }), x.shape)
  const windows = split(windowsOf(x), axes.length + 1)
  const labels = [...places, batch, group, channel, ...space]
  return reshapeTo(contract(split(y, 1), [batch, group, filter, ...space], windows, labels, filterLabels), w.shape)
}

/** Labels of places among the windows or elements, and of places in a window. */
const labelsOf = (axes: readonly ConvAxis[]) => ({
  space: axes.map((_, i) => 4 + i),
  places: axes.map((_, i) => 4 + axes.length + i),
})

/** How windows of a size slide along the axes of space, which stand behind those of places in a window. */
const slidingsOf = (window: Shape, { axes, flip }: ConvAttrs): Sliding[] =>
  axes.map(({ stride, dilation, before }, i): Sliding => {
    const lie = { axis: axes.length + 2 + i, window: i, stride }
    if (!flip) return { ...lie, dilation, before }
    // Windows run backwards in place of the filters: no tensor is turned around.
    return { ...lie, dilation: -dilation, before: dimSub(before, dimMul(dilation, dimSub(window[i]!, 1))) }
  })

/** Images as their windows, so many along each axis: [...window, batch, channels, ...counts]. */
function intoWindows(x: Tensor, window: Shape, counts: Shape, attrs: ConvAttrs): Tensor {
  const spread = broadcastShape(x, [...window, ...x.shape])
  return slidingsOf(window, attrs).reduce<Tensor>((moved, sliding, i) => slide(moved, sliding, counts[i]!), spread)
}

/**
 * `conv` where each window has filters of its own, [g f, ...windows, c, ...filter]: a contraction that sums over fewer
 * labels. The caller has checked that all fit, but for what a call must.
 */
export function convolveUnshared(x: Tensor, w: Tensor, attrs: ConvAttrs, checks: readonly Equality[]): Tensor {
  const { axes, groups } = attrs
  const { space, places } = labelsOf(axes)
  const counts = w.shape.slice(1, 1 + axes.length)
  const windows = splitAxis(intoWindows(x, w.shape.slice(2 + axes.length), counts, attrs), axes.length + 1, groups)
  const left = [group, filter, ...space, channel, ...places]
  const right = [...places, batch, group, channel, ...space]
  const result = contract(splitAxis(w, 0, groups), left, windows, right, [batch, group, filter, ...space])
  return reshapeTo(result, [x.shape[0]!, w.shape[0]!, ...counts], checks)
}

/** An axis of channels as two: groups, and channels of a group. */
function splitAxis(x: Tensor, axis: number, groups: number): Tensor {
  const size = groups === 1 ? x.shape[axis]! : dimFloorDiv(x.shape[axis]!, groups)
  return reshapeTo(x, [...x.shape.slice(0, axis), groups, size, ...x.shape.slice(axis + 1)])
}

interface Sample {
  shapes: Record<Role, Shape>
  given: Record<Role, Tensor>
  attrs: ConvAttrs
}

/** Forms to try the laws on: of each kind of padding, stride, dilation, groups and ranks, in sizes that fit. */
function samples(input: ExampleInput): Sample[] {
  const sample = (x: Shape, w: Shape, attrs: ConvAttrs): Sample => {
    const y = [x[0]!, w[0]!, ...attrs.axes.map((axis, i) => windowsOn(x[2 + i]!, w[2 + i]!, axis))]
    const shapes = { x, w, y }
    const of = (shape: Shape) => input(shape, undefined, [0.5, 1.5])
    return { shapes, given: { x: of(x), w: of(w), y: of(y) }, attrs }
  }
  const plain: ConvAxis = { stride: 1, dilation: 1, before: 0, after: 0 }
  return [
    sample(['m', 2, dimAdd('n', 3)], [1, 2, 3], { axes: [plain], groups: 1, flip: true }),
    sample([1, 'm', 3, 4], [2, 'm', 2, 2], {
      axes: [
        { ...plain, stride: 2, before: 1, after: 1 },
        { ...plain, dilation: 2, after: 2 },
      ],
      groups: 1,
      flip: false,
    }),
    sample([1, 2, dimAdd('n', 1), 4], [2, 1, 2, 2], {
      axes: [
        { ...plain, before: 2, after: 1 },
        { ...plain, stride: 2 },
      ],
      groups: 2,
      flip: true,
    }),
    sample([1, 3, dimAdd('n', 1)], [3, 1, 2], { axes: [{ ...plain, before: 1 }], groups: 3, flip: false }),
    sample([1, 'm', 6, 5], [1, 'm', 3, 2], {
      axes: [
        { ...plain, stride: 2, before: 1, after: 1 },
        { ...plain, stride: 2, after: -1 },
      ],
      groups: 1,
      flip: true,
    }),
    sample([2, 1, 2, 2, 1], [1, 1, 2, 1, 2], { axes: [plain, plain, { ...plain, before: 1 }], groups: 1, flip: true }),
  ]
}
