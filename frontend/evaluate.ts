/**
 * The slow exact interpreter: the oracle that everything else is held to, and the constant folder. Each node is computed
 * whole, in host arithmetic: floats in float64 rounded once to their dtype, integers wrapping, sums of float32 in float64.
 */
import { type ArrayValue, array, convert, NDArray } from '../runtime/array.ts'
import { bindDims, type Dims, evaluateShape, type Given } from '../runtime/dims.ts'
import { boundOf, countOf, toValue, type Value } from '../runtime/value.ts'
import { expectTensorList } from './arguments.ts'
import { dimNames } from './dims.ts'
import { argumentWrong, inputAmbiguous, inputUnknown, sizeMissing, valueMissing } from './errors.ts'
import { type Block, fromBlock, toBlock } from './evaluate/block.ts'
import { Plan } from './evaluate/plan.ts'
import { topological } from './graph.ts'
import {
  constantValue,
  type InputAttrs,
  isConstant,
  isInput,
  isShared,
  openAxisOf,
  type SharedAttrs,
  valueDim,
  valueDims,
} from './leaf.ts'
import { dimNamesIn, expectDims } from './settle.ts'
import type { Tensor } from './tensor.ts'
import { inputOfDim, isValueDim } from './type.ts'

/** Values for tensors: inputs and shared variables, or any others in place of what the graph computes. */
export type Values = ReadonlyMap<Tensor, ArrayValue>

/**
 * The values of `outputs`. Every input they depend on needs a value; shared variables without one have their initial
 * value. Dims are bound by the shapes of the values and by `dims`. Throws when a shape does not fit, when sizes differ that
 * had to be equal, and when an index is out of range.
 */
export function evaluate(outputs: readonly Tensor[], values: Values = new Map(), dims: Dims = new Map()): NDArray[] {
  expectTensorList('evaluate', outputs)
  if (!(values instanceof Map)) throw argumentWrong('evaluate', 'a Map of tensors and their values', values)
  const plan = new Plan(outputs, values)
  const { blocks, dims: bound } = bind(plan.order, values, dims)
  expectDims('evaluate', plan.order, name => bound.has(name))
  return plan.run(blocks, bound).map(fromBlock)
}

/** Values by the names of inputs, or by tensors. */
export type NamedValues = Readonly<Record<string, ArrayValue>> | Values

/** The value of one tensor, with its inputs by name or by tensor; of an input that only tells a size, the shape counts. */
export function evaluateByName(output: Tensor, values: NamedValues = {}): NDArray {
  const used = [...dimNamesIn([output])]
  const sizes = used.filter(isValueDim)
  const expectSizes = (known: ReadonlySet<string>) => {
    const missing = sizes.find(dim => !known.has(dim))
    if (missing !== undefined) throw sizeMissing(inputOfDim(missing), output)
  }
  if (values instanceof Map) {
    expectSizes(new Set([...values.keys()].flatMap(valueDims)))
    return evaluate([output], values)[0]!
  }
  const inputs = topological([output]).filter(isInput)
  const dims = new Map<string, number>()
  const named = Object.entries(values).flatMap(([name, value]): [Tensor, ArrayValue][] => {
    const meant = inputs.filter(input => input.name === name)
    const own = sizes.filter(dim => inputOfDim(dim) === name)
    if (own.length > 0 && meant.length === 0) {
      for (const dim of own) dims.set(dim, sizeBy(dim, name, toValue(name, 'int64', value)))
      return []
    }
    if (meant.length > 1) throw inputAmbiguous(name, meant)
    const open = used.filter(dim => openAxisOf(dim, name) !== undefined)
    if (meant.length === 0 && open.length > 0) {
      const { shape } = array(value)
      for (const dim of open) if (openAxisOf(dim, name)! < shape.length) dims.set(dim, shape[openAxisOf(dim, name)!]!)
      return []
    }
    if (meant.length === 0)
      throw inputUnknown(name, [...new Set([...inputs.map(input => input.name ?? ''), ...sizes.map(inputOfDim)])])
    return [[meant[0]!, value]]
  })
  expectSizes(new Set([...named.flatMap(([tensor]) => valueDims(tensor)), ...dims.keys()]))
  return evaluate([output], new Map(named), dims)[0]!
}

/** What the value of an input makes of a dim: its size, or how far it is above or below 0. */
function sizeBy(dim: string, name: string, value: Value): number {
  if (dim.endsWith('+')) return Math.max(boundOf(name, value), 0)
  return dim.endsWith('-') ? Math.max(-boundOf(name, value), 0) : countOf(name, value)
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
  const dims = bindGiven(given, order, fixed)
  const blocks = new Map<Tensor, Block>()
  for (const [tensor, value] of given) blocks.set(tensor, blockOf(tensor, value, dims))
  for (const node of order) if (isConstant(node) && !given.has(node)) blocks.set(node, toBlock(constantValue(node)))
  return { blocks, dims }
}

const nameOf = (tensor: Tensor): string => tensor.name ?? tensor.op.name

function bindGiven(given: ReadonlyMap<Tensor, Value>, order: readonly Tensor[], fixed: Dims): Dims {
  const used = [...given.keys()].some(tensor => valueDim(tensor)) ? dimNamesIn(order) : new Set<string>()
  const sizes = [...given].flatMap(([tensor, value]) =>
    valueDims(tensor)
      .filter(dim => used.has(dim))
      .map(binds => ({ name: nameOf(tensor), binds, value: sizeBy(binds, nameOf(tensor), value) })),
  )
  const told = [...fixed].map(([name, value]) => ({ name, binds: name, value }))
  const scalars = [...told, ...sizes].map(({ value, ...port }) => ({
    port: { ...port, dtype: 'int64' as const, shape: [] },
    given: { shape: [], length: 1, value },
  }))
  const arrays = [...given].map(([tensor, { shape, data }]) => ({
    port: { name: nameOf(tensor), dtype: tensor.dtype, shape: tensor.shape },
    given: { shape, length: data.length, value: undefined },
  }))
  const facts = [...given.keys()].filter(isInput).map(tensor => (tensor.attrs as InputAttrs).facts)
  const names = [
    ...arrays.flatMap(({ port }) => port.shape.flatMap(dim => [...dimNames(dim)])),
    ...scalars.map(({ port }) => port.binds),
  ]
  const known = Object.assign(Object.fromEntries(names.map(name => [name, {}])), ...facts)
  const all = [...scalars, ...arrays]
  return bindDims(
    { dims: known, inputs: all.map(({ port }) => port), constraints: [] },
    all.map(({ given }): Given => given),
  )
}

function blockOf(tensor: Tensor, { dtype, data }: Value, dims: Dims): Block {
  const shape = evaluateShape(tensor.shape, dims)
  const own = new NDArray(dtype, shape, data as never)
  return toBlock(dtype === tensor.dtype ? own : convert(own, { dtype: tensor.dtype }, nameOf(tensor)))
}
