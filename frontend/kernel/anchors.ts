/**
 * Which nodes of a graph get a place of their own. Everything else is computed where it is used: movements always,
 * elementwise values while that is cheap. Reductions and contractions are anchors because they are loops; roots because
 * someone outside asked for them.
 */
import { type Einsum, hasItems } from '../define.ts'
import { dimAtLeast, dimProduct, dimSub } from '../dims.ts'
import { castOp, opOf } from '../elementwise.ts'
import { topological } from '../graph.ts'
import { isConstant, scalarValue } from '../leaf.ts'
import { mul } from '../ops/arithmetic.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, isSmall } from '../type.ts'
import { isFold, isTiled, loopAxes } from './body.ts'

/** Recomputing a value of at least this cost (in additions) for each user is dearer than storing and reading it. */
const sharedCost = 6

/** Nodes in one expression, at most: engines and compilers dislike functions without end. */
const largestExpression = 200

/** What computing a node where it is used amounts to, down to the next anchors. */
interface Weight {
  cost: number
  size: number
}

/** A tensor that already has a place in memory: an input, a shared variable, a constant that is no scalar. */
export function isPlaced(node: Tensor): boolean {
  return node.op.kind === 'leaf' && !(isConstant(node) && node.ndim === 0)
}

/** The anchors of what the roots need, in topological order, with the number of nodes in the expression of each. */
export function chooseAnchors(roots: readonly Tensor[]): Map<Tensor, number> {
  const order = topological(roots)
  const shared = usedOften(order)
  const { forced, inPlace } = operandsAmong(order, shared)
  const anchors = new Set<Tensor>(roots.filter(root => !isPlaced(root)))
  const weights = new Map<Tensor, Weight>()
  for (const node of order) {
    if (isPlaced(node)) continue
    const weight = weigh(node, anchors, weights)
    weights.set(node, weight)
    const dear = weight.cost >= sharedCost && (shared.has(node) || inPlace.has(node))
    if (isLoop(node) || forced.has(node) || dear || weight.size > largestExpression) anchors.add(node)
  }
  return new Map(order.flatMap(node => (anchors.has(node) ? [[node, weights.get(node)!.size]] : [])))
}

const isLoop = ({ op }: Tensor) => hasItems(op) || ['reduction', 'contraction', 'item', 'scatter'].includes(op.kind)

function weigh(node: Tensor, anchors: ReadonlySet<Tensor>, weights: ReadonlyMap<Tensor, Weight>): Weight {
  // A scalar is computed once for a whole kernel, whatever its cost.
  const repeated = node.op.kind === 'elementwise' && loopAxes(node.shape).length > 0
  const total: Weight = { cost: repeated ? node.op.cost : 0, size: 1 }
  for (const input of new Set(node.inputs)) {
    const weight = anchors.has(input) ? undefined : weights.get(input)
    if (!weight) continue
    total.cost += weight.cost
    total.size += weight.size
  }
  return total
}

/** Nodes with several users, and those that a user repeats along an axis. */
function usedOften(order: readonly Tensor[]): Set<Tensor> {
  const seen = new Set<Tensor>()
  const often = new Set<Tensor>()
  for (const node of order) {
    for (const input of new Set(node.inputs)) {
      if (seen.has(input) || repeats(node, input)) often.add(input)
      seen.add(input)
    }
  }
  return often
}

/** True when the user needs an element of the input for several of its own. */
function repeats(user: Tensor, input: Tensor): boolean {
  const broadcasts = user.op.kind === 'elementwise' || user.op.name === 'broadcastTo'
  if (!broadcasts) return false
  const lead = user.ndim - input.ndim
  return user.shape.some((dim, axis) => dim !== 1 && (axis < lead || input.shape[axis - lead] === 1))
}

/**
 * `forced` are values that are read many times over or at computed places: operands of products of matrices, what gathers
 * choose from, and what regions and routines read, looked at through movements, unless they are in memory already. The
 * places that a scatter writes to are too, so that they have all been checked before it writes. `inPlace` are those that can
 * be computed where they are read, at one step alone. That is slower for a function of some cost than a pass that stores it
 * (1000x1000, ms: v @ (a * b) 0.12, stored 0.23; v @ tanh(a) 1.03, stored 0.74; exp(x) along an axis by index 2.6, stored 1.5).
 */
function operandsAmong(
  order: readonly Tensor[],
  shared: ReadonlySet<Tensor>,
): { forced: ReadonlySet<Tensor>; inPlace: ReadonlySet<Tensor> } {
  const forced = new Set<Tensor>()
  const inPlace = new Set<Tensor>()
  for (const node of order) {
    for (const operand of readInMemory(node)) {
      const whole = baseFor(node)(operand)
      if (readsOnce(node, operand) || isReadThrough(node, operand, shared)) {
        inPlace.add(whole)
        continue
      }
      const base = (node.op.kind === 'contraction' && multipleOf(whole, shared)) || whole
      const nowhere = base.op.kind === 'position' || (isConstant(base) && base.ndim === 0)
      if (!isPlaced(base) && (!nowhere || node.op.kind === 'routine')) forced.add(base)
    }
  }
  return { forced, inPlace }
}

/**
 * What a tensor is a scalar multiple of, if that is computed and has other users as well: a contraction multiplies as it
 * packs, so that one array stands for both. What only the contraction reads is stored as it is read: then a narrow left
 * operand need not be packed (4096x64 scaled by 64x16: 187 us, packed 227).
 */
function multipleOf({ op, inputs, ndim, dtype }: Tensor, shared: ReadonlySet<Tensor>): Tensor | undefined {
  if (op !== opOf(mul) || !isFloat(dtype)) return undefined
  const [one, other] = inputs as [Tensor, Tensor]
  const x = one.ndim === 0 ? other : other.ndim === 0 ? one : undefined
  const base = x?.ndim === ndim ? baseOf(x) : undefined
  return base && !isPlaced(base) && shared.has(base) ? base : undefined
}

/** How a user looks through movements. */
const baseFor = ({ op }: Tensor) =>
  op.kind === 'gather'
    ? unconditionalBase
    : op.kind === 'routine'
      ? memoryOf
      : op.kind === 'contraction'
        ? narrowBase
        : baseOf

function readInMemory({ op, inputs }: Tensor): readonly Tensor[] {
  if (op.kind === 'contraction' || op.kind === 'routine') return inputs
  if (op.kind === 'region') return inputs.filter(input => baseOf(input).op.kind !== 'position')
  if (op.kind === 'scatter') return replacesItsSource(inputs) ? inputs.slice(1) : inputs.slice(2)
  return op.kind === 'gather' ? [inputs[0]!] : []
}

/**
 * Whether a product that is an ordinary fold, such as one with a vector, reads each element of an operand at one step alone:
 * the operand has all axes that the product has or sums over.
 */
function readsOnce(product: Tensor, operand: Tensor): boolean {
  if (product.op.kind !== 'contraction' || isTiled(product) || !isFold(product)) return false
  const { left, right } = product.attrs as Einsum
  const [own, other] = operand === product.inputs[0] ? [left, right] : [right, left]
  return other.every(label => own.includes(label))
}

/**
 * Whether a gather can compute the elements that it chooses: no more of them than there are, of a value that nothing else
 * needs and that is computed from what is in memory at the same place.
 */
function isReadThrough(gather: Tensor, chosenFrom: Tensor, shared: ReadonlySet<Tensor>): boolean {
  if (gather.op.kind !== 'gather') return false
  if (!dimAtLeast(dimSub(dimProduct(chosenFrom.shape), dimProduct(gather.shape)), 0)) return false
  const seen = new Set([chosenFrom])
  for (const node of seen) {
    if (isPlaced(node) || isLoop(node) || scalarValue(node) !== undefined) continue
    const moved = node.inputs.length === 1 && isUnconditional(node)
    if (shared.has(node) || !(moved || node.op.kind === 'elementwise')) return false
    for (const input of node.inputs) seen.add(input)
  }
  return true
}

/** True for a scatter into what stays between calls, or between steps, of values that are computed from the same. */
function replacesItsSource([base, values]: readonly Tensor[]): boolean {
  return isPlaced(base!) && !isConstant(base!) && topological([values!]).includes(base!)
}

/** The tensor whose elements movements of a single input only bring to other places. */
export function baseOf(x: Tensor): Tensor {
  let base = x
  while (base.op.kind === 'movement' && base.inputs.length === 1) base = base.inputs[0]!
  return base
}

/** Like `baseOf`, through casts of small integers to int32 too: reading them as such costs nothing. */
function narrowBase(x: Tensor): Tensor {
  let base = baseOf(x)
  while (base.op === castOp && base.dtype === 'int32' && isSmall(base.inputs[0]!.dtype)) base = baseOf(base.inputs[0]!)
  return base
}

/** Like `baseOf`, as long as the elements stay where they are: the tensor whose memory has those of x in their order. */
export function memoryOf(x: Tensor): Tensor {
  let base = x
  while (base.op.kind === 'movement' && base.op.keepsOrder && base.inputs.length === 1) {
    const [next] = base.inputs as [Tensor]
    if (isConstant(next) && next.ndim === 0) break
    base = next
  }
  return base
}

/** Like `baseOf`, up to a movement that brings zeros too: an index that is data cannot be held to a condition. */
function unconditionalBase(x: Tensor): Tensor {
  let base = x
  while (base.op.kind === 'movement' && base.inputs.length === 1 && isUnconditional(base)) base = base.inputs[0]!
  return base
}

function isUnconditional(x: Tensor): boolean {
  if (x.op.kind !== 'movement') return false
  const index = x.shape.map((_, axis) => `$${axis}`)
  return x.op.sources(x, index, () => undefined).every(({ when }) => when.length === 0)
}
