/** Movements of movements: two become one, or none. */
import type { Op } from '../define.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimEqual, dimMul, dimSub } from '../dims.ts'
import { opOf } from '../elementwise.ts'
import { tensor } from '../leaf.ts'
import { add } from '../ops/arithmetic.ts'
import {
  broadcastShape,
  broadcastToOp,
  type ConcatenateAttrs,
  concatenateOp,
  join,
  permute,
  reshapeOp,
  reshapeTo,
  type SliceAttrs,
  sliceAxis,
  sliceOp,
  spread,
  spreadOp,
  type TransposeAttrs,
  transposeOp,
} from '../ops/move.ts'
import { type ProcedureOptions, procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isNumeric } from '../type.ts'
import { alignOnes, sameShape } from './axes.ts'

type Sample = (x: (...shape: number[]) => Tensor) => Tensor | Tensor[]

/** A canonical rewrite of movements, tried on graphs over fresh inputs. */
function move(name: string, root: Op, change: (node: Tensor, x: Tensor) => Tensor | undefined, sample: Sample): Rule {
  const samples = (dtype: DType) => [sample((...shape) => tensor('x', { dtype, shape }))].flat()
  const options: ProcedureOptions = { phase: 'canonical', holds: 'exact', tags: ['movement'], roots: [root], samples }
  return procedure(options, name, node => change(node, node.inputs[0]!))
}

const transposeAxes = (node: Tensor) => (node.attrs as TransposeAttrs).axes
const sliceAttrs = (node: Tensor) => node.attrs as SliceAttrs
const concatAxis = (node: Tensor) => (node.attrs as ConcatenateAttrs).axis

const reshapes: readonly Rule[] = [
  move(
    'reshape to its own shape',
    reshapeOp,
    (node, x) => (sameShape(node.shape, x.shape) ? x : undefined),
    x => reshapeTo(x(2, 3), [2, 3]),
  ),
  move(
    'reshape of reshape',
    reshapeOp,
    (node, x) => (x.op === reshapeOp ? reshapeTo(x.inputs[0]!, node.shape) : undefined),
    x => reshapeTo(reshapeTo(x(2, 3), [6]), [3, 2]),
  ),
  move(
    'reshape of a uniform tensor',
    reshapeOp,
    (node, x) =>
      x.op === broadcastToOp && x.inputs[0]!.ndim === 0 ? broadcastShape(x.inputs[0]!, node.shape) : undefined,
    x => reshapeTo(broadcastShape(x(), [2, 3]), [6]),
  ),
  move(
    'broadcast of leading axes of size 1',
    broadcastToOp,
    (node, x) => (addsLeadingOnes(x) ? broadcastShape(x.inputs[0]!, node.shape) : undefined),
    x => broadcastShape(reshapeTo(x(3), [1, 3]), [2, 3]),
  ),
]

/** A reshape that does what broadcasting does by itself. */
export function addsLeadingOnes(x: Tensor): boolean {
  if (x.op !== reshapeOp) return false
  const [inner, lead] = [x.inputs[0]!.shape, x.ndim - x.inputs[0]!.ndim]
  return lead > 0 && x.shape.slice(0, lead).every(dim => dim === 1) && sameShape(x.shape.slice(lead), inner)
}

const transposes: readonly Rule[] = [
  move(
    'transpose of transpose',
    transposeOp,
    (node, x) =>
      x.op === transposeOp
        ? permute(
            x.inputs[0]!,
            transposeAxes(node).map(axis => transposeAxes(x)[axis]!),
          )
        : undefined,
    x => [permute(permute(x(2, 3), [1, 0]), [1, 0]), permute(permute(x(2, 3, 4), [1, 2, 0]), [0, 2, 1])],
  ),
  move(
    'transpose that moves axes of size 1 alone',
    transposeOp,
    (node, x) => {
      const moved = transposeAxes(node).filter(axis => x.shape[axis] !== 1)
      return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis) ? reshapeTo(x, node.shape) : undefined
    },
    x => [permute(x(1, 3), [1, 0]), permute(x(2, 1, 3), [0, 2, 1])],
  ),
  move(
    'transpose of broadcast',
    transposeOp,
    (node, x) => {
      const inner = x.inputs[0]
      if (x.op !== broadcastToOp || !inner || (inner.ndim !== x.ndim && inner.ndim > 0)) return undefined
      return broadcastShape(inner.ndim === 0 ? inner : permute(inner, transposeAxes(node)), node.shape)
    },
    x => [permute(broadcastShape(x(1, 3), [2, 3]), [1, 0]), permute(broadcastShape(x(), [2, 3]), [1, 0])],
  ),
]

const broadcasts: readonly Rule[] = [
  move(
    'broadcast to its own shape',
    broadcastToOp,
    (node, x) => (sameShape(node.shape, x.shape) ? x : undefined),
    x => broadcastShape(x(2, 3), [2, 3]),
  ),
  move(
    'broadcast of broadcast',
    broadcastToOp,
    (node, x) => (x.op === broadcastToOp ? broadcastShape(x.inputs[0]!, node.shape) : undefined),
    x => broadcastShape(broadcastShape(x(1, 3), [2, 3]), [4, 2, 3]),
  ),
]

/** The last element of a slice, where its size is not 0. */
const lastOf = ({ start, step }: SliceAttrs, size: DimExpr) => dimAdd(start, dimMul(step, dimSub(size, 1)))

const slices: readonly Rule[] = [
  move(
    'slice of everything',
    sliceOp,
    (node, x) => {
      const { axis, start, step } = sliceAttrs(node)
      const [size, from] = [node.shape[axis]!, x.shape[axis]!]
      return dimEqual(size, from) && (size === 1 || (start === 0 && step === 1)) ? x : undefined
    },
    x => [sliceAxis(x(2, 3), 1, 0, 3), sliceAxis(x(1, 3), 0, 0, 1, -1)],
  ),
  move(
    'slice of slice',
    sliceOp,
    (node, x) => {
      const [outer, inner] = [sliceAttrs(node), x.op === sliceOp ? sliceAttrs(x) : undefined]
      if (!inner || inner.axis !== outer.axis) return undefined
      const start = dimAdd(inner.start, dimMul(inner.step, outer.start))
      return sliceAxis(x.inputs[0]!, outer.axis, start, node.shape[outer.axis]!, dimMul(inner.step, outer.step))
    },
    x => sliceAxis(sliceAxis(x(9, 2), 0, 7, 4, -2), 0, 1, 2),
  ),
  move(
    'slice of broadcast',
    sliceOp,
    (node, x) => {
      if (x.op !== broadcastToOp) return undefined
      const [{ axis, start, step }, inner] = [sliceAttrs(node), x.inputs[0]!]
      const own = axis - (x.ndim - inner.ndim)
      if (own < 0 || inner.shape[own] === 1) return broadcastShape(inner, node.shape)
      return broadcastShape(sliceAxis(inner, own, start, node.shape[axis]!, step), node.shape)
    },
    x => [sliceAxis(broadcastShape(x(1, 3), [4, 3]), 0, 1, 2), sliceAxis(broadcastShape(x(1, 3), [4, 3]), 1, 1, 2)],
  ),
  move(
    'slice of transpose',
    sliceOp,
    (node, x) => {
      if (x.op !== transposeOp) return undefined
      const { axis, start, step } = sliceAttrs(node)
      const axes = transposeAxes(x)
      return permute(sliceAxis(x.inputs[0]!, axes[axis]!, start, node.shape[axis]!, step), axes)
    },
    x => sliceAxis(permute(x(3, 4), [1, 0]), 0, 1, 2),
  ),
  move(
    'slice of a reshape that moves axes of size 1 alone',
    sliceOp,
    (node, x) => {
      const inner = x.inputs[0]
      const axes = x.op === reshapeOp ? alignOnes(inner!.shape, x.shape) : undefined
      const { axis, start, step } = sliceAttrs(node)
      const from = axes?.[axis]
      return from === undefined
        ? undefined
        : reshapeTo(sliceAxis(inner!, from, start, node.shape[axis]!, step), node.shape)
    },
    x => sliceAxis(reshapeTo(x(1, 4, 3), [4, 1, 3]), 0, 1, 2),
  ),
  move('slice of concatenate', sliceOp, sliceOfParts, x => [
    sliceAxis(join([x(3, 2), x(4, 2)], 0), 0, 4, 2),
    sliceAxis(join([x(3, 2), x(4, 2)], 0), 0, 0, 3),
  ]),
  move(
    'slice of what was spread alike',
    sliceOp,
    (node, x) => {
      if (x.op !== spreadOp) return undefined
      const [a, b] = [sliceAttrs(node), sliceAttrs(x)]
      const alike = a.axis === b.axis && dimEqual(a.start, b.start) && dimEqual(a.step, b.step)
      return alike && sameShape(node.shape, x.inputs[0]!.shape) ? x.inputs[0] : undefined
    },
    x => sliceAxis(spread(x(2, 3), 1, 1, 2, 7), 1, 1, 3, 2),
  ),
]

/** A slice along the axis of a concatenation that lies within one part. */
function sliceOfParts(node: Tensor, x: Tensor): Tensor | undefined {
  const attrs = sliceAttrs(node)
  if (x.op !== concatenateOp || concatAxis(x) !== attrs.axis || typeof attrs.step !== 'number') return undefined
  const last = lastOf(attrs, node.shape[attrs.axis]!)
  const [low, high] = attrs.step > 0 ? [attrs.start, last] : [last, attrs.start]
  let from: DimExpr = 0
  for (const part of x.inputs) {
    const end = dimAdd(from, part.shape[attrs.axis]!)
    if (dimAtLeast(dimSub(low, from), 0) && dimAtLeast(dimSub(dimSub(end, high), 1), 0))
      return sliceAxis(part, attrs.axis, dimSub(attrs.start, from), node.shape[attrs.axis]!, attrs.step)
    from = end
  }
  return undefined
}

const concatenations: readonly Rule[] = [
  move(
    'concatenate of one',
    concatenateOp,
    (node, x) => (node.inputs.length === 1 ? x : undefined),
    x => join([x(2, 3)], 0),
  ),
  move(
    'concatenate with nothing',
    concatenateOp,
    node => {
      const rest = node.inputs.filter(x => x.shape[concatAxis(node)] !== 0)
      return rest.length > 0 && rest.length < node.inputs.length ? join(rest, concatAxis(node)) : undefined
    },
    x => join([x(2, 3), x(0, 3), x(1, 3)], 0),
  ),
  move(
    'concatenate of concatenate',
    concatenateOp,
    node => {
      const inside = (x: Tensor) => x.op === concatenateOp && concatAxis(x) === concatAxis(node)
      if (!node.inputs.some(inside)) return undefined
      return join(
        node.inputs.flatMap(x => (inside(x) ? x.inputs : [x])),
        concatAxis(node),
      )
    },
    x => join([join([x(2, 3), x(1, 3)], 0), x(2, 3)], 0),
  ),
  procedure(
    {
      ...{ phase: 'canonical', holds: 'close', ulp: 0, tags: ['movement'], roots: [opOf(add)] },
      samples: dtype => {
        if (!isNumeric(dtype)) return []
        const x = (...shape: number[]) => tensor('x', { dtype, shape })
        return [
          add(spread(x(2, 3), 1, 0, 1, 5), spread(x(2, 2), 1, 3, 1, 5)),
          add(add(spread(x(1), 0, 1, 1, 4), spread(x(2), 0, 2, 1, 4)), spread(x(1), 0, 0, 1, 4)),
        ]
      },
    },
    'sum of what is spread one after the other = concatenate',
    ofSpreads,
  ),
  move('concatenate of neighbouring slices', concatenateOp, mergeNeighbours, x => {
    const y = x(5, 2)
    return [
      join([sliceAxis(y, 0, 0, 2), sliceAxis(y, 0, 2, 3)], 0),
      join([sliceAxis(y, 0, 4, 1, 2), x(2, 2), sliceAxis(y, 0, 0, 2), sliceAxis(y, 0, 2, 1)], 0),
    ]
  }),
]

/** Terms of a sum that are looked at for what is spread one after the other, at most. */
const mostSpreads = 256

/** A sum of spreads along one axis that meet nowhere and leave out nothing: what they spread, one after the other. */
function ofSpreads(sum: Tensor): Tensor | undefined {
  const spreads: Tensor[] = []
  const open = [sum]
  for (let term = open.pop(); term; term = open.pop()) {
    if (term.op === sum.op && sameShape(term.shape, sum.shape)) open.push(...term.inputs)
    else if (term.op === spreadOp && spreads.push(term) <= mostSpreads) continue
    else return undefined
  }
  const { axis } = sliceAttrs(spreads[0]!)
  const parts: Tensor[] = []
  let end: DimExpr = 0
  while (spreads.length > 0) {
    const follows = ({ axis: own, start, step }: SliceAttrs) => own === axis && step === 1 && dimEqual(start, end)
    const [next] = spreads.splice(spreads.findIndex(term => follows(sliceAttrs(term))) >>> 0, 1)
    if (!next) return undefined
    const [part] = next.inputs as [Tensor]
    parts.push(part)
    end = dimAdd(end, part.shape[axis]!)
  }
  return dimEqual(end, sum.shape[axis]!) ? join(parts, axis) : undefined
}

/** Slices of one tensor that follow upon each other, taken as one. */
function mergeNeighbours(node: Tensor): Tensor | undefined {
  const axis = concatAxis(node)
  const parts: Tensor[] = []
  for (const part of node.inputs) {
    const merged = parts.length > 0 ? together(parts[parts.length - 1]!, part, axis) : undefined
    if (merged) parts[parts.length - 1] = merged
    else parts.push(part)
  }
  if (parts.length === node.inputs.length) return undefined
  return parts.length === 1 ? parts[0] : join(parts, axis)
}

function together(a: Tensor, b: Tensor, axis: number): Tensor | undefined {
  if (a.op !== sliceOp || b.op !== sliceOp || a.inputs[0] !== b.inputs[0]) return undefined
  const [first, second] = [sliceAttrs(a), sliceAttrs(b)]
  const follows = first.axis === axis && second.axis === axis && first.step === 1 && second.step === 1
  if (!follows || !dimEqual(dimAdd(first.start, a.shape[axis]!), second.start)) return undefined
  return sliceAxis(a.inputs[0]!, axis, first.start, dimAdd(a.shape[axis]!, b.shape[axis]!))
}

export const movementRules: readonly Rule[] = [...reshapes, ...transposes, ...broadcasts, ...slices, ...concatenations]
