/** Reverse mode: gradients as graphs. */
import { expectOneOf, expectTensorList, expectTensors, namedOptions } from './arguments.ts'
import { checkDerivative, listOf, paired } from './calculus/arguments.ts'
import {
  costNotFloat,
  costNotScalar,
  gradientDisconnected,
  nothingToDifferentiate,
  wrtNotFloat,
} from './calculus/errors.ts'
import { ItemDerivatives, itemsPullback } from './calculus/items.ts'
import { connects, pullback } from './calculus/local.ts'
import { flowing, type Tape, tape } from './calculus/tape.ts'
import { renamed } from './calculus/type.ts'
import type { Maybe } from './define.ts'
import { argumentWrong } from './errors.ts'
import { constant } from './leaf.ts'
import { add } from './ops/arithmetic.ts'
import { zerosLike } from './ops/create.ts'
import { withOrigins } from './origin.ts'
import type { Needs, NeedsFloat } from './refused.ts'
import { Tensor } from './tensor.ts'
import { type DType, isFloat, type Rank } from './type.ts'

/** What to do about a tensor that the cost does not depend on: fail, warn on the console, or give zeros silently. */
export type DisconnectedInputs = 'raise' | 'warn' | 'ignore'

/** One tensor for each of a list, of the same types. */
export type Each<W extends readonly Tensor[]> = { -readonly [K in keyof W]: W[K] }

export interface GradOptions {
  /** Tensors taken for constants: nothing flows to or through them. */
  considerConstant?: readonly Tensor[]
  /** Gradients that are known already; they take the place of what would flow from the cost. */
  knownGrads?: ReadonlyMap<Tensor, Tensor>
  /** `'raise'` when absent. */
  disconnectedInputs?: DisconnectedInputs
}

/** The names of all options. */
export const gradOptions: readonly (keyof GradOptions)[] = ['considerConstant', 'knownGrads', 'disconnectedInputs']

/** What is differentiated is a float scalar. */
export type NeedsCost<D extends DType, R extends Rank> = NeedsFloat<D> & Needs<R, 0, `a scalar, not rank ${R}`>

/** The same of each of a list. */
export type EachFloat<W extends readonly Tensor[]> = { readonly [I in keyof W]: NeedsFloats<W[I]> }

/** Derivatives are with respect to floats. */
export type NeedsFloats<T> = NeedsFloat<(T & Tensor)['dtype']>

/**
 * The gradient of a float scalar with respect to tensors of its graph, inputs or intermediate: one for each, of its dtype
 * and shape, again a graph. The cost may be null where `knownGrads` say what flows. Equal values with respect to an
 * intermediate tensor mean the object that was passed. Before, the cost is rewritten into its stable form.
 *
 * Throws when the cost is no float scalar, a `wrt` no float, or disconnected from the cost (see `disconnectedInputs`): one
 * that only integers, comparisons or `disconnectedGrad` lead to counts as disconnected, one behind `floor` or `zeroGrad`
 * has a gradient of zeros.
 */
export function grad<D extends DType, R extends Rank, T extends Tensor>(
  cost: (Tensor<D, R> & NeedsCost<D, R>) | null,
  wrt: T & NeedsFloats<T>,
  options?: GradOptions,
): T
export function grad<D extends DType, R extends Rank, const W extends readonly Tensor[]>(
  cost: (Tensor<D, R> & NeedsCost<D, R>) | null,
  wrt: W & EachFloat<W>,
  options?: GradOptions,
): Each<W>
export function grad(
  cost: Tensor | null,
  wrt: Tensor | readonly Tensor[],
  options: GradOptions = {},
): Tensor | Tensor[] {
  if (cost !== null) expectTensors('grad', cost)
  namedOptions('grad', options, gradOptions)
  const known = options.knownGrads ?? new Map<Tensor, Tensor>()
  checkCost(cost, known)
  const seeds = cost ? [[cost, constant(1, cost.dtype)] as const] : []
  return like('grad', wrt, wanted => reverse('grad', seeds, wanted, { ...options, knownGrads: known }))
}

/**
 * Reverse mode for any tensors: the sum over `f` of cotangent times Jacobian, for each of `wrt`. Cotangents have the types
 * of `f`. Options and errors are those of `grad`.
 */
export function Lop<T extends Tensor>(
  f: Tensor | readonly Tensor[],
  wrt: T,
  cotangents: Tensor | readonly Tensor[],
  options?: GradOptions,
): T
export function Lop<const W extends readonly Tensor[]>(
  f: Tensor | readonly Tensor[],
  wrt: W,
  cotangents: Tensor | readonly Tensor[],
  options?: GradOptions,
): Each<W>
export function Lop(
  f: Tensor | readonly Tensor[],
  wrt: Tensor | readonly Tensor[],
  cotangents: Tensor | readonly Tensor[],
  options: GradOptions = {},
): Tensor | Tensor[] {
  const seeds = paired('Lop', listOf('Lop', f), listOf('Lop', cotangents))
  namedOptions('Lop', options, gradOptions)
  return like('Lop', wrt, wanted => reverse('Lop', seeds, wanted, options))
}

/** One result for one tensor, a list for a list. */
function like(
  caller: string,
  wrt: Tensor | readonly Tensor[],
  derive: (wanted: readonly Tensor[]) => Tensor[],
): Tensor | Tensor[] {
  return wrt instanceof Tensor ? derive([wrt])[0]! : derive(listOf(caller, wrt))
}

type Seed = readonly [Tensor, Tensor]

/** The gradient of what the seeds say flows in, with respect to each wanted tensor. */
function reverse(
  caller: string,
  seeds: readonly Seed[],
  wanted: readonly Tensor[],
  { considerConstant = [], knownGrads = new Map(), disconnectedInputs = 'raise' }: GradOptions,
): Tensor[] {
  expectTensorList(caller, considerConstant)
  expectOneOf(caller, 'disconnectedInputs', disconnectedInputs, ['raise', 'warn', 'ignore'])
  if (!(knownGrads instanceof Map)) throw argumentWrong(caller, 'a Map of tensors and their gradients', knownGrads)
  const refused = wanted.find(x => !isFloat(x.dtype))
  if (refused) throw wrtNotFloat(caller, refused)
  for (const [x, gradient] of knownGrads) checkDerivative(caller, x, gradient)
  const constants = new Set(considerConstant)
  const gradients = cotangentsOf(seeds, wanted, constants, knownGrads)
  return wanted.map((x, i) => {
    const gradient = gradients[i]
    if (gradient) return gradient
    const starts = [...seeds.map(([f]) => f), ...knownGrads.keys()]
    if (disconnectedInputs !== 'ignore' && !isConnected(starts, x, constants)) {
      const error = gradientDisconnected(caller, x)
      if (disconnectedInputs === 'raise') throw error
      console.warn(error.message)
    }
    return zerosLike(x)
  })
}

/** What flows from the seeds to each wanted tensor; undefined where nothing does. */
function cotangentsOf(
  seeds: readonly Seed[],
  wanted: readonly Tensor[],
  constants: ReadonlySet<Tensor>,
  known: ReadonlyMap<Tensor, Tensor>,
): Maybe<Tensor>[] {
  const starts = [...seeds.map(([f]) => f), ...known.keys()]
  const graph = tape(starts, [...wanted, ...constants, ...known.keys()], 'pullback')
  const targets = new Set(wanted.filter(x => !constants.has(x)))
  const active = flowing(graph, targets, node => connects(node) && !constants.has(node))
  const terms = new Map<Tensor, Tensor[]>()
  for (const [i, [, cotangent]] of seeds.entries()) addTerm(terms, graph.roots[i]!, cotangent)
  const gradients = sweep(graph, terms, known, active, targets)
  return wanted.map(x => {
    const gradient = gradients.get(x)
    return gradient && withOrigins(x.origins, () => renamed(gradient, x.shape))
  })
}

/** Through the graph inside a region, of whose results only some have cotangents. */
function throughRegion(
  results: readonly Tensor[],
  cotangents: readonly Maybe<Tensor>[],
  wrt: readonly Tensor[],
): Maybe<Tensor>[] {
  const seeds = results.flatMap((result, i): Seed[] => (cotangents[i] ? [[result, cotangents[i]]] : []))
  return cotangentsOf(seeds, wrt, new Set(), new Map())
}

/** Carries cotangents from users to inputs, and keeps those of the targets. */
function sweep(
  graph: Tape,
  terms: Map<Tensor, Tensor[]>,
  known: ReadonlyMap<Tensor, Tensor>,
  active: ReadonlySet<Tensor>,
  targets: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const gradients = new Map<Tensor, Tensor>()
  const items = new ItemDerivatives()
  for (let i = graph.order.length - 1; i >= 0; i--) {
    const node = graph.order[i]!
    if (!active.has(node)) continue
    const cotangent = known.get(node) ?? total(node, terms.get(node))
    terms.delete(node)
    const ofItems = items.of(node)
    if (!cotangent && !ofItems) continue
    if (cotangent && targets.has(node)) gradients.set(node, cotangent)
    const inputs = graph.dependencies(node)
    const wanted = inputs.map(input => active.has(input))
    if (!wanted.includes(true)) continue
    if (cotangent && node.op.kind === 'item') {
      items.setAt(inputs[0]!, node, cotangent)
      continue
    }
    const parts = graph.expansion(node)
      ? [cotangent]
      : ofItems
        ? itemsPullback(graph.definition(node), ofItems, wanted, throughRegion)
        : pullback(graph.definition(node), cotangent!, wanted)
    for (const [k, part] of parts.entries()) if (part && wanted[k]) addTerm(terms, inputs[k]!, part)
  }
  return gradients
}

function addTerm(terms: Map<Tensor, Tensor[]>, node: Tensor, term: Tensor): void {
  const list = terms.get(node)
  if (list) list.push(term)
  else terms.set(node, [term])
}

const total = (node: Tensor, terms: readonly Tensor[] | undefined): Tensor | undefined =>
  terms && withOrigins(node.origins, () => terms.reduce((a, b) => add(a, b)))

/** Whether a path of floats leads from x to one of the tensors, around the constants. */
function isConnected(from: readonly Tensor[], x: Tensor, constants: ReadonlySet<Tensor>): boolean {
  const seen = new Set<Tensor>(constants)
  const open = [...from]
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node) || !isFloat(node.dtype)) continue
    if (node === x) return true
    seen.add(node)
    if (connects(node)) open.push(...node.inputs)
  }
  return false
}

function checkCost(cost: Tensor | null, known: ReadonlyMap<Tensor, Tensor>): void {
  if (!cost && known.size === 0) throw nothingToDifferentiate()
  if (cost && cost.ndim !== 0) throw costNotScalar(cost)
  if (cost && !isFloat(cost.dtype)) throw costNotFloat(cost)
}
