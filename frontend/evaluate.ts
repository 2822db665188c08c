/**
 * The slow exact interpreter: the oracle that everything else is held to, and the constant folder. Each node is computed
 * whole, in host arithmetic: floats in float64 rounded once to their dtype, integers wrapping, sums of float32 in float64.
 */
import { type ArrayValue, convert, NDArray } from '../runtime/array.ts'
import { bindDims, type Dims, evaluateShape, type Given } from '../runtime/dims.ts'
import { toValue, type Value } from '../runtime/value.ts'
import type { Op } from './define.ts'
import { dimNames } from './dims.ts'
import { inputAmbiguous, inputUnknown, notEvaluated, sizeNegative, sizesDiffer, valueMissing } from './errors.ts'
import { type Block, fromBlock, toBlock } from './evaluate/block.ts'
import { evaluateElementwise } from './evaluate/elementwise.ts'
import { evaluateGather } from './evaluate/gather.ts'
import { evaluateMovement } from './evaluate/movement.ts'
import { evaluatePosition } from './evaluate/position.ts'
import { evaluateContraction, evaluateReduction } from './evaluate/reduction.ts'
import { topological, topologicalBy } from './graph.ts'
import { constantValue, type InputAttrs, isConstant, isInput, isShared, type SharedAttrs } from './leaf.ts'
import type { Tensor } from './tensor.ts'

/** Values for tensors: inputs and shared variables, or any others in place of what the graph computes. */
export type Values = ReadonlyMap<Tensor, ArrayValue>

/**
 * The values of `outputs`. Every input they depend on needs a value; shared variables without one have their initial
 * value. Dims are bound by the shapes of the values and by `dims`. Throws when a shape does not fit, when sizes differ that
 * had to be equal, and when an index is out of range.
 */
export function evaluate(outputs: readonly Tensor[], values: Values = new Map(), dims: Dims = new Map()): NDArray[] {
  const expansions = new Map<Tensor, readonly Tensor[]>()
  const order = topologicalBy(outputs, node => (values.has(node) ? [] : dependencies(node, expansions)))
  const { blocks, dims: bound } = bind(order, values, dims)
  const uses = countUses(order, outputs, values, expansions)
  for (const node of order) {
    if (blocks.has(node)) continue
    const inputs = dependencies(node, expansions)
    const args = inputs.map(input => blocks.get(input)!)
    blocks.set(node, compute(node, args, bound))
    for (const input of inputs) release(input, uses, blocks)
  }
  return outputs.map(output => fromBlock(blocks.get(output)!))
}

/** Values by the names of inputs, or by tensors. */
export type NamedValues = Readonly<Record<string, ArrayValue>> | Values

/** The value of one tensor, with its inputs by name or by tensor. */
export function evaluateByName(output: Tensor, values: NamedValues = {}): NDArray {
  if (values instanceof Map) return evaluate([output], values)[0]!
  const inputs = topological([output]).filter(isInput)
  const named = Object.entries(values).map(([name, value]): [Tensor, ArrayValue] => {
    const meant = inputs.filter(input => input.name === name)
    if (meant.length > 1) throw inputAmbiguous(name, meant)
    if (meant.length === 0)
      throw inputUnknown(
        name,
        inputs.map(input => input.name ?? ''),
      )
    return [meant[0]!, value]
  })
  return evaluate([output], new Map(named))[0]!
}

/** What a node is computed from: its inputs, or the expansion of a derived op. */
function dependencies(node: Tensor, expansions: Map<Tensor, readonly Tensor[]>): readonly Tensor[] {
  if (node.op.kind !== 'derived') return node.inputs
  const known = expansions.get(node)
  if (known) return known
  const expansion = [node.op.expand(node)]
  expansions.set(node, expansion)
  return expansion
}

/** The blocks of all leaves, and the dims that their shapes mean. */
function bind(order: readonly Tensor[], values: Values, fixed: Dims): { blocks: Map<Tensor, Block>; dims: Dims } {
  const given = new Map<Tensor, Value>()
  for (const [tensor, value] of values) given.set(tensor, toValue(nameOf(tensor), tensor.dtype, value))
  for (const node of order) {
    if (given.has(node)) continue
    if (isInput(node)) throw valueMissing(node)
    if (isShared(node)) given.set(node, (node.attrs as SharedAttrs).initial)
  }
  const dims = bindGiven(given, fixed)
  const blocks = new Map<Tensor, Block>()
  for (const [tensor, value] of given) blocks.set(tensor, blockOf(tensor, value, dims))
  for (const node of order) if (isConstant(node) && !given.has(node)) blocks.set(node, toBlock(constantValue(node)))
  return { blocks, dims }
}

const nameOf = (tensor: Tensor): string => tensor.name ?? tensor.op.name

function bindGiven(given: ReadonlyMap<Tensor, Value>, fixed: Dims): Dims {
  const fixedPorts = [...fixed.keys()].map(name => ({ name, dtype: 'int64' as const, shape: [], binds: name }))
  const ports = [...given.keys()].map(tensor => ({ name: nameOf(tensor), dtype: tensor.dtype, shape: tensor.shape }))
  const names = [...ports.flatMap(({ shape }) => shape.flatMap(dim => [...dimNames(dim)])), ...fixed.keys()]
  const facts = [...given.keys()].filter(isInput).map(tensor => (tensor.attrs as InputAttrs).facts)
  const sizes = [
    ...[...fixed.values()].map((value): Given => ({ shape: [], length: 1, value })),
    ...[...given.values()].map(({ shape, data }): Given => ({ shape, length: data.length, value: undefined })),
  ]
  const known = Object.assign(Object.fromEntries(names.map(name => [name, {}])), ...facts)
  return bindDims({ dims: known, inputs: [...fixedPorts, ...ports], constraints: [] }, sizes)
}

function blockOf(tensor: Tensor, { dtype, data }: Value, dims: Dims): Block {
  const shape = evaluateShape(tensor.shape, dims)
  const own = new NDArray(dtype, shape, data as never)
  return toBlock(dtype === tensor.dtype ? own : convert(own, { dtype: tensor.dtype }, nameOf(tensor)))
}

/** How the node of each family is computed from its operands. */
type Evaluator = (node: Tensor, args: readonly Block[], shape: readonly number[], dims: Dims) => Block

const refuse: Evaluator = node => {
  throw notEvaluated(node)
}

const evaluators: Readonly<Record<Op['kind'], Evaluator>> = {
  leaf: refuse,
  elementwise: evaluateElementwise,
  movement: evaluateMovement,
  position: evaluatePosition,
  gather: evaluateGather,
  reduction: evaluateReduction,
  contraction: evaluateContraction,
  derived: (_, [expansion]) => expansion!,
  region: refuse,
  item: refuse,
}

function compute(node: Tensor, args: readonly Block[], dims: Dims): Block {
  for (const { left, right } of node.checks) {
    const [a, b] = evaluateShape([left, right], dims) as [number, number]
    if (a !== b) throw sizesDiffer(node, left, right, [a, b])
  }
  const shape = evaluateShape(node.shape, dims)
  if (shape.some(size => size < 0)) throw sizeNegative(node, shape)
  return evaluators[node.op.kind](node, args, shape, dims)
}

function countUses(
  order: readonly Tensor[],
  outputs: readonly Tensor[],
  values: Values,
  expansions: Map<Tensor, readonly Tensor[]>,
): Map<Tensor, number> {
  const uses = new Map<Tensor, number>()
  const use = (node: Tensor) => uses.set(node, (uses.get(node) ?? 0) + 1)
  for (const node of order) if (!values.has(node)) dependencies(node, expansions).forEach(use)
  outputs.forEach(use)
  return uses
}

/** One use less; what nothing uses any more is let go. */
function release(node: Tensor, uses: Map<Tensor, number>, blocks: Map<Tensor, Block>): void {
  const left = uses.get(node)! - 1
  uses.set(node, left)
  if (left === 0) blocks.delete(node)
}
