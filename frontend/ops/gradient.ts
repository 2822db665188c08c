/** Identities that matter to derivatives alone: values pass unchanged, gradients stop, are limited or are scaled. */
import { toNumber } from '../arguments.ts'
import { applyElementwise, elementwiseOp } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import { named } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { floats, numbers } from '../type.ts'
import { clip } from './arithmetic.ts'

const identity = { js: (x: number | bigint) => x, transparent: true }

const disconnectedOp = elementwiseOp(
  {
    ...identity,
    name: 'disconnectedGrad',
    doc: 'x, unconnected for derivatives: asking for a gradient that only comes through it is an error.',
    theano: 'disconnected_grad',
    types: numbers,
    disconnects: true,
  },
  1,
)

/** x, unconnected for derivatives: no gradient comes through, and asking for one that only could is an error. */
export const disconnectedGrad = <T extends Tensor>(x: T): T => applyElementwise(disconnectedOp, [x]) as T

const zeroGradOp = elementwiseOp(
  {
    ...identity,
    name: 'zeroGrad',
    doc: 'x, whose derivative counts as 0.',
    theano: 'zero_grad',
    types: numbers,
  },
  1,
)

/** x, whose derivative counts as 0: gradients that only come through it are zeros. */
export const zeroGrad = <T extends Tensor>(x: T): T => applyElementwise(zeroGradOp, [x]) as T

/** x, taken for a constant by derivatives: Theano's name for `zeroGrad`. */
export const considerConstant: typeof zeroGrad = named('considerConstant', x => zeroGrad(x))

/** The bounds of gradients through `gradClip`. */
interface ClipAttrs {
  low: number
  high: number
}

const gradClipOp = elementwiseOp(
  {
    ...identity,
    name: 'gradClip',
    doc: 'x, whose gradient is limited to a range, element by element.',
    theano: 'grad_clip',
    types: floats,
    sampleAttrs: [{ low: -1, high: 1 } satisfies ClipAttrs],
    pullback: (result, g) => {
      const { low, high } = result.attrs as ClipAttrs
      return [clip(g, constant(low, g.dtype), constant(high, g.dtype))]
    },
    pushforward: (_, [t]) => t,
  },
  1,
)

/** x; gradients that come back through it are limited to [low, high], element by element. Forward mode passes tangents unchanged. */
export const gradClip = <T extends Tensor>(x: T, low: number, high: number): T =>
  applyElementwise(gradClipOp, [x], {
    low: toNumber('gradClip', low),
    high: toNumber('gradClip', high),
  } satisfies ClipAttrs) as T

const gradScaleOp = elementwiseOp(
  {
    ...identity,
    name: 'gradScale',
    doc: 'x, whose derivative is multiplied by a number.',
    theano: 'grad_scale',
    types: floats,
    sampleAttrs: [{ scale: 0.5 }],
    partials: (result, x) => [constant((result.attrs as { scale: number }).scale, x!.dtype)],
  },
  1,
)

/** x; derivatives through it, in both modes, are multiplied by `scale`. */
export const gradScale = <T extends Tensor>(x: T, scale: number): T =>
  applyElementwise(gradScaleOp, [x], { scale: toNumber('gradScale', scale) }) as T
