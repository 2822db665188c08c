/** Evaluation of a graph: nodes in an order in which they can be computed, each by the rules of its family. */
import { type Dims, evaluateShape } from '../../runtime/dims.ts'
import type { Op, SizeBound } from '../define.ts'
import { notEvaluated, sizeNegative, sizesDiffer, sizeUnfit } from '../errors.ts'
import { topological, topologicalBy } from '../graph.ts'
import { itemIndex } from '../item.ts'
import { constantValue, isConstant, isParameter, type ParameterAttrs } from '../leaf.ts'
import { scanAttrs } from '../scan/node.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, toBlock } from './block.ts'
import { evaluateElementwise } from './elementwise.ts'
import { evaluateGather, evaluateScatter } from './gather.ts'
import { evaluateMovement } from './movement.ts'
import { evaluatePosition } from './position.ts'
import { evaluateContraction, evaluateReduction } from './reduction.ts'
import { evaluateRoutine } from './routine.ts'
import { evaluateScan, type Inside } from './scan.ts'

/** What a node is evaluated to; a region or routine has a block for each item that is asked for. */
type Result = Block | readonly (Block | undefined)[]

/** A graph ready to be evaluated, as often as wanted. */
export class Plan {
  /** Inputs before users; derived ops come after what they expand to. */
  readonly order: readonly Tensor[]
  readonly #outputs: readonly Tensor[]
  readonly #expansions = new Map<Tensor, readonly Tensor[]>()
  /** How many nodes and outputs need each value. */
  readonly #uses = new Map<Tensor, number>()
  /** The items of each region and routine that are asked for. */
  readonly #items = new Map<Tensor, Set<number>>()
  readonly #inside = new Map<Tensor, Inside>()
  #dims: Dims = new Map()

  /** `given` are the tensors that `run` is given the values of, besides leaves. */
  constructor(outputs: readonly Tensor[], given: { has(node: Tensor): boolean }) {
    this.#outputs = outputs
    this.order = topologicalBy(outputs, node => (given.has(node) ? [] : this.#dependencies(node)))
    for (const node of this.order) {
      if (given.has(node)) continue
      if (node.op.kind === 'item') this.#ask(node)
      for (const input of this.#dependencies(node)) this.#use(input)
    }
    for (const output of outputs) this.#use(output)
  }

  /** The values of the outputs. Throws when sizes differ that had to be equal, and when an index is out of range. */
  run(given: ReadonlyMap<Tensor, Block>, dims: Dims): Block[] {
    this.#dims = dims
    const uses = new Map(this.#uses)
    const results = new Map<Tensor, Result>(given)
    for (const node of this.order) {
      if (results.has(node)) continue
      const inputs = this.#dependencies(node)
      results.set(
        node,
        this.#compute(
          node,
          inputs.map(input => results.get(input)!),
        ),
      )
      for (const input of inputs) release(input, uses, results)
    }
    return this.#outputs.map(output => results.get(output) as Block)
  }

  /** What a node is computed from: its inputs, or the expansion of a derived op. */
  #dependencies(node: Tensor): readonly Tensor[] {
    if (node.op.kind !== 'derived') return node.inputs
    const known = this.#expansions.get(node) ?? [node.op.expand(node)]
    this.#expansions.set(node, known)
    return known
  }

  #use(node: Tensor): void {
    this.#uses.set(node, (this.#uses.get(node) ?? 0) + 1)
  }

  #ask(item: Tensor): void {
    const node = item.inputs[0]!
    const asked = this.#items.get(node) ?? new Set()
    this.#items.set(node, asked.add(itemIndex(item)))
  }

  #compute(node: Tensor, args: readonly Result[]): Result {
    for (const { left, right, relation, why } of node.checks) {
      const [a, b] = evaluateShape([left, right], this.#dims) as [number, number]
      if (relation === undefined && a !== b)
        throw sizesDiffer(node, left, right, dim => evaluateShape([dim], this.#dims)[0]!)
      if (relation === '<=' && a > b) throw sizeUnfit(node, { ...(why !== undefined && { why }) }, a, b)
    }
    if (node.op.kind === 'item') return (args[0] as readonly Block[])[itemIndex(node)]!
    const blocks = args as readonly Block[]
    const asked = this.#items.get(node) ?? new Set()
    if (node.op.kind === 'region') return evaluateScan(node, blocks, asked, this.#insideOf(node), this.#dims)
    if (node.op.kind === 'routine') return evaluateRoutine(node, blocks, asked, this.#dims)
    const shape = evaluateShape(node.shape, this.#dims)
    if (shape.some(size => size < 0)) throw sizeNegative(node, shape)
    if (node.op.kind === 'derived') this.#hold(node, node.op.bounds?.(node) ?? [])
    const result = evaluators[node.op.kind](node, blocks, shape, this.#dims)
    // What is read from outside says so itself, with the index; what would be written there is never read.
    if (node.op.kind === 'movement') this.#hold(node, node.op.bounds?.(node) ?? [])
    return result
  }

  #hold(node: Tensor, bounds: readonly SizeBound[]): void {
    for (const { left, right, ...words } of bounds) {
      const [a, b] = evaluateShape([left, right], this.#dims) as [number, number]
      if (a > b) throw sizeUnfit(node, words, a, b)
    }
  }

  #insideOf(region: Tensor): Inside {
    const known = this.#inside.get(region)
    if (known) return known
    const { results } = scanAttrs(region)
    const parameters = topological(results).filter(isParameter)
    const plan = new Plan(results, new Set(parameters))
    const constants = plan.order.filter(isConstant).map(node => [node, toBlock(constantValue(node))] as const)
    const inside: Inside = values =>
      plan.run(
        new Map([
          ...constants,
          ...parameters.map(node => [node, values[(node.attrs as ParameterAttrs).index]!] as const),
        ]),
        this.#dims,
      )
    this.#inside.set(region, inside)
    return inside
  }
}

/** How a node with one result is computed from its operands. */
type Evaluator = (node: Tensor, args: readonly Block[], shape: readonly number[], dims: Dims) => Block

const refuse: Evaluator = node => {
  throw notEvaluated(node)
}

const evaluators: Readonly<Record<Exclude<Op['kind'], 'region' | 'routine' | 'item'>, Evaluator>> = {
  leaf: refuse,
  elementwise: evaluateElementwise,
  movement: evaluateMovement,
  position: evaluatePosition,
  gather: evaluateGather,
  scatter: evaluateScatter,
  reduction: evaluateReduction,
  contraction: evaluateContraction,
  derived: (_, [expansion]) => expansion!,
}

/** One use less; what nothing uses any more is let go. */
function release(node: Tensor, uses: Map<Tensor, number>, results: Map<Tensor, Result>): void {
  const left = uses.get(node)! - 1
  uses.set(node, left)
  if (left === 0) results.delete(node)
}
