/** From what the user wrote to a program that runs: `compile`, and the pipeline behind it. */
import type { ArrayValue, NDArray } from '../runtime/array.ts'
import type { DimConstraint } from '../runtime/manifest.ts'
import type { CallOptions, Program } from '../runtime/program.ts'
import { Store } from '../runtime/store.ts'
import { expectList, expectOneOf, expectRecord, namedOptions } from './arguments.ts'
import * as errors from './compile/errors.ts'
import { dimMax, dimMul, dimNames } from './dims.ts'
import { cast } from './elementwise.ts'
import { argumentWrong } from './errors.ts'
import { expandDerived } from './expand.ts'
import { type Graph, type Named, substitute, topological } from './graph.ts'
import { dropIdentities } from './identities.ts'
import { boundDims } from './kernel/bound.ts'
import { lowerGraph } from './kernel/plan.ts'
import type { KernelProgram } from './kernel/program.ts'
import type { Target } from './kernel/target.ts'
import { programText } from './kernel/text.ts'
import { asTensor, constant, dimOfTensor, isInput, isShared, partsOf, valueDim, valueDims, wholeOf } from './leaf.ts'
import { explainNans, withNanGuards } from './nanguard.ts'
import { debugprint } from './print.ts'
import { type RewriteOptions, rewrite } from './rewrite.ts'
import type { Phase } from './rule.ts'
import { pruneScans } from './scan/prune.ts'
import { dimNamesIn, expectDims, rootsOf, settleDims, withRoots } from './settle.ts'
import { Tensor } from './tensor.ts'
import { trace } from './trace.ts'
import { type DimExpr, isValueDim, unify, unknownMark } from './type.ts'

/** Tensors by name, or in order under their own names. */
export type Inputs = Readonly<Record<string, Tensor>> | readonly Tensor[]

/** What a program returns: a record of arrays, a list of them, or a single one. */
export type Results = Readonly<Record<string, Tensor>> | readonly Tensor[] | Tensor

/** Tensors and what goes with each: a list of pairs, or a Map. */
export type Pairs<V> = readonly (readonly [Tensor, V])[] | ReadonlyMap<Tensor, V>

/** A function to compile. */
export interface Spec<I extends Inputs = Inputs, O extends Results = Results> {
  /** Names the program and its files; `program` when absent. */
  name?: string
  inputs?: I
  /** What a call returns; without any it returns an empty record, as it may where the updates are all that matters. */
  outputs?: O
  /** New values of shared variables, all computed from the old ones and set together. */
  updates?: Pairs<Tensor | number>
  /** Tensors to be computed as others: each first one is replaced by the second before anything else. */
  givens?: Pairs<Tensor | ArrayValue>
  /** What to do about an input that nothing depends on; `raise` unless given. */
  onUnusedInput?: 'raise' | 'warn' | 'ignore'
}

export interface CompileOptions {
  /** What the program is built for: `wasm()`, `interpreter()`, …. */
  target: Target
  /** Where state lives; programs given the same store share their shared variables. Its own unless given. */
  store?: Store
  /** Fail a call that would give NaN, naming the op and the line that made it, with the state as it was. */
  nanGuard?: boolean
  /**
   * Whether compiled code fails a call whose indices are out of range; true unless given. Without, results are undefined
   * then, but nothing outside of the program's own memory is touched: indices are held to the ends of their axes.
   */
  indexChecks?: boolean
  /** Rules to leave out or keep, by name or tag; `DAMO_TRACE=rules` prints what fires. */
  rules?: Omit<RewriteOptions, 'phases' | 'leaves'>
}

const parts: readonly (keyof Spec)[] = ['name', 'inputs', 'outputs', 'updates', 'givens', 'onUnusedInput']
const compileOptions: readonly (keyof CompileOptions)[] = ['target', 'store', 'nanGuard', 'indexChecks', 'rules']

/** Nodes that a function may have, besides its leaves: what a minute and 2 GB of memory suffice for, with room to spare. */
const largestGraph = 200_000

type DataOf<T> = T extends Tensor<infer D> ? NDArray<D> : never

/** Arguments of a program: by the names of its inputs. */
export type Arguments<I> = I extends readonly Tensor[]
  ? Readonly<Record<string, ArrayValue>>
  : { readonly [K in keyof I]: ArrayValue }

/** What a program gives for its outputs: arrays in the same arrangement. */
export type Returned<O> = O extends Tensor
  ? DataOf<O>
  : O extends readonly Tensor[]
    ? { -readonly [K in keyof O]: DataOf<O[K]> }
    : { readonly [K in keyof O]: DataOf<O[K]> }

/** A compiled function; `save` writes it as an artifact that `damo/runtime` loads. */
export interface Compiled<I = unknown, O = unknown> extends Program<Arguments<I>, Returned<O>> {
  /**
   * Writes `path.json` and its neighbours, with the values that its shared variables have now. Throws for targets that have
   * no artifact, and while an asynchronous call is under way.
   */
  save(path: string | URL): Promise<void>
}

/**
 * Compiles a function: outputs and updates of inputs and shared variables, for a target. Resolves when it can be called.
 * Throws when something depends on an input that is not listed, an input is unused, or an update does not fit.
 */
export async function compile<
  const I extends Inputs = Record<never, never>,
  const O extends Results = Record<never, never>,
>(spec: Spec<I, O>, options: CompileOptions): Promise<Compiled<I, O>> {
  const { target, store, nanGuard } = checkedOptions('compile', options)
  const written = toGraph(spec)
  const fitted = optimize(written, options.rules)
  const optimized = target.prepare ? withRoots(fitted, target.prepare(rootsOf(fitted))) : fitted
  const graph = nanGuard ? withNanGuards(optimized) : optimized
  const lower = () => {
    const program = lowerGraph(graph, options)
    trace('kernels', () => programText(program))
    return program
  }
  const program = await target.build(graph, lower, store ? { store } : {})
  const explained = nanGuard ? explainNans(program, written) : program
  return arranged(spec, savable(explained, spec.name ?? 'program', target.name)) as unknown as Compiled<I, O>
}

/** The program, whose `save` throws where the target has not given it one. */
function savable(program: Program, name: string, target: string): Program {
  const save = () => Promise.reject(errors.notSaved(name, target))
  return 'save' in program ? program : Object.assign(program, { save })
}

/** Compiles several functions that share their shared variables: the same as compiling each with one `store`. */
export async function compileAll<const S extends Readonly<Record<string, Spec>>>(
  specs: S,
  options: CompileOptions,
): Promise<{ readonly [K in keyof S]: S[K] extends Spec<infer I, infer O> ? Compiled<I, O> : never }> {
  const { target, store = target.newStore?.() ?? new Store() } = checkedOptions('compileAll', options)
  expectRecord('compileAll', 'a record of functions to compile', specs)
  const shared = { ...options, store }
  const programs: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) programs[name] = await compile({ name, ...spec }, shared)
  return programs as never
}

function checkedOptions(caller: string, options: CompileOptions): CompileOptions {
  namedOptions(caller, options, compileOptions, 'options with a target')
  const { target, store, rules } = options
  if (typeof target?.build !== 'function') throw argumentWrong(caller, 'a target, `wasm()` or another', target)
  if (rules !== undefined) namedOptions(caller, rules, ['include', 'exclude', 'rules'], 'a record of rules')
  if (store !== undefined && !(store instanceof Store)) throw argumentWrong(caller, 'a Store', store)
  return options
}

/** The kernels that a function becomes, before any target schedules them: for `explain` and tests. */
export function lowered(spec: Spec, options: Pick<CompileOptions, 'rules'> = {}): KernelProgram {
  return lowerGraph(optimize(toGraph(spec), options.rules))
}

/** The function as a graph under names, checked, with givens in place and dims settled. */
export function toGraph(spec: Spec): Graph {
  namedOptions('compile', spec, parts, 'a function to compile: inputs, outputs, updates')
  const { onUnusedInput = 'raise', name = 'program' } = spec
  if (typeof name !== 'string') throw argumentWrong('compile', 'a name as text', name)
  expectOneOf('compile', 'onUnusedInput', onUnusedInput, ['raise', 'warn', 'ignore'])
  const inputs = named(spec.inputs ?? {}, 'input')
  const outputs =
    spec.outputs instanceof Tensor ? [{ name: 'output', tensor: spec.outputs }] : namedOutputs(spec.outputs ?? {})
  const updates = pairs('updates', spec.updates).map(([variable, next]) => [variable, toNext(variable, next)] as const)
  const seen = new Set<Tensor>()
  for (const [variable] of updates) {
    if (seen.has(variable)) throw errors.updatedTwice(variable)
    seen.add(variable)
  }
  const givens = pairs('givens', spec.givens).map(([tensor, value]) => [tensor, toGiven(tensor, value)] as const)
  const replacements = new Map(givens)
  const written = [...outputs.map(({ tensor }) => tensor), ...updates.map(([, next]) => next)]
  const values = replacements.size === 0 ? written : substitute(written, replacements)
  const nodes = topological(values)
  const leaves = nodes.filter(node => node.op.kind === 'leaf')
  const computed = nodes.length - leaves.length
  if (computed > largestGraph) throw errors.graphTooLarge(computed, largestGraph)
  const sizes = dimsOfGivens(givens)
  const dims = dimNamesIn(values)
  for (const size of sizes.values()) dimNames(size, dims)
  checkInputs(inputs, leaves, dims, onUnusedInput)
  const next = new Map(updates.map(([variable], i) => [variable, values[outputs.length + i]!]))
  const variables = [...new Set([...leaves.filter(isShared), ...next.keys()])]
  const graph: Graph = {
    name,
    inputs,
    outputs: outputs.map(({ name }, i) => ({ name, tensor: values[i]! })),
    constraints: [...updates, ...givens].flatMap(equalShapes),
    state: namedState(variables).map(({ name, tensor }) => ({
      name,
      tensor,
      ...(next.has(tensor) && { next: next.get(tensor)! }),
    })),
  }
  const settled = settleDims(graph, sizes)
  checkDims(settled)
  return settled
}

/** One step of rewriting: other tensors of the same values, in the same order. */
export interface Pass {
  name: string
  run(roots: readonly Tensor[]): readonly Tensor[]
}

/** The rewriting passes of a graph in order. Derived ops stay whole until rules have looked for them. */
export function passesOf(graph: Graph, rules: CompileOptions['rules'] = {}): readonly Pass[] {
  const leaves = new Set(graph.inputs.map(({ tensor }) => tensor))
  const rewriteIn = (phases: readonly Phase[]) => (roots: readonly Tensor[]) => {
    const rewritten = rewrite(roots, { ...rules, leaves, phases })
    trace('rules', () => rewritten.trace.map(({ rule, line }) => `${rule}${line ? `  ${line}` : ''}`).join('\n'))
    return rewritten.roots
  }
  return [
    { name: 'drop', run: dropIdentities },
    { name: 'rewrite', run: rewriteIn(['canonical', 'stable', 'special']) },
    { name: 'expand', run: expandDerived },
    { name: 'prune', run: pruneScans },
    { name: 'simplify', run: rewriteIn(['canonical', 'special']) },
  ]
}

function optimize(graph: Graph, rules: CompileOptions['rules']): Graph {
  trace('graph', () => debugprint(rootsOf(graph)))
  return withRoots(
    graph,
    passesOf(graph, rules).reduce<readonly Tensor[]>((roots, pass) => pass.run(roots), rootsOf(graph)),
  )
}

/** The pairs of a list of pairs; a Map's entries are such a list too. */
function pairs<V>(what: string, given: Pairs<V> = []): (readonly [Tensor, V])[] {
  const wanted = `${what} as a list of pairs [tensor, value]`
  const list = given instanceof Map ? [...given] : given
  expectList('compile', wanted, list)
  for (const pair of list) if (!Array.isArray(pair) || pair.length !== 2) throw argumentWrong('compile', wanted, pair)
  for (const [tensor] of list as [unknown, V][])
    if (!(tensor instanceof Tensor))
      throw what === 'updates' ? errors.updateOfOther(tensor) : argumentWrong('compile', wanted, tensor)
  return list as (readonly [Tensor, V])[]
}

function named(tensors: Inputs, what: string): Named[] {
  if (!Array.isArray(tensors)) expectRecord('compile', 'inputs as a record or a list of tensors', tensors)
  const list = Array.isArray(tensors)
    ? tensors.map((tensor: Tensor) => [tensor?.name ?? '', tensor] as const)
    : Object.entries(tensors)
  const names = new Set<string>()
  return list.map(([name, tensor]) => {
    if (!(tensor instanceof Tensor) || !isInput(tensor)) throw errors.notAnInput(name, tensor)
    if (names.has(name)) throw errors.nameTaken(what, name)
    names.add(name)
    return { name, tensor }
  })
}

function namedOutputs(outputs: Exclude<Results, Tensor>): Named[] {
  if (!Array.isArray(outputs)) expectRecord('compile', 'outputs as a record or a list of tensors', outputs)
  return Object.entries(outputs).map(([name, value]) => ({ name, tensor: asTensor(value, 'compile') }))
}

/** Shared variables under their names; those without one are numbered. */
function namedState(variables: readonly Tensor[]): Named[] {
  const names = new Map<string, Tensor>()
  return variables.map((tensor, i) => {
    const name = tensor.name ?? `shared${i}`
    const other = names.get(name)
    if (other) throw errors.sharedNameTaken(name, other, tensor)
    names.set(name, tensor)
    return { name, tensor }
  })
}

function toNext(variable: Tensor, next: Tensor | number): Tensor {
  if (!(variable instanceof Tensor) || !isShared(variable)) throw errors.updateOfOther(variable)
  const value = next instanceof Tensor ? next : cast(asTensor(next, 'compile'), variable.dtype)
  if (value.dtype !== variable.dtype || !fits(value, variable)) throw errors.updateDiffers(variable, value)
  return value
}

const fits = (x: Tensor, y: Tensor) =>
  x.ndim === y.ndim && x.shape.every((dim, axis) => unify(dim, y.shape[axis]!) !== 'differ')

/** What a call must hold two tensors of one rank to, so that one can stand for the other. */
const equalShapes = ([x, y]: readonly [Tensor, Tensor]): DimConstraint[] =>
  x.shape.map((dim, axis) => ({ left: dim, right: y.shape[axis]!, reason: `what replaces '${x.name ?? x.op.name}'` }))

/** What a given puts in a tensor's place. A declared dim takes the size that it has there; every other dim must fit. */
function toGiven(tensor: Tensor, value: Tensor | ArrayValue): Tensor {
  const other = Number.isSafeInteger(value) ? constant(value as number, tensor.dtype) : asTensor(value, 'givens')
  const follows = (dim: DimExpr, axis: number) => isDeclared(dim) || unify(dim, other.shape[axis]!) !== 'differ'
  if (other.ndim !== tensor.ndim || !tensor.shape.every(follows)) throw errors.givenDiffers(tensor, other)
  return cast(other, tensor.dtype)
}

const isDeclared = (dim: DimExpr): dim is string =>
  typeof dim === 'string' && !dim.startsWith(unknownMark) && !isValueDim(dim)

/** The sizes that declared dims and values have in what is given; a dim that two givens size differently is an error. */
function dimsOfGivens(givens: readonly (readonly [Tensor, Tensor])[]): Map<string, DimExpr> {
  const sizes = new Map<string, DimExpr>()
  const replaced = new Set(givens.flatMap(([tensor]) => valueDims(tensor)))
  for (const [tensor, value] of givens) {
    const [own, other, parts, whole] = [valueDim(tensor), dimOfTensor(value), partsOf(tensor), wholeOf(value)]
    // Givens stand for each other at once, dims one after the other: what is given in turn is left unbound, and refused.
    const isFree = (dim: DimExpr) => ![...dimNames(dim)].some(name => replaced.has(name))
    if (own !== undefined && other !== undefined && isFree(other)) sizes.set(own, other)
    if (parts && whole !== undefined && isFree(whole))
      sizes.set(parts.above, dimMax(whole, 0)).set(parts.below, dimMax(dimMul(-1, whole), 0))
    for (const [axis, dim] of tensor.shape.entries()) {
      const size = value.shape[axis]!
      if (!isDeclared(dim) || size === dim) continue
      const known = sizes.get(dim)
      if (known !== undefined && unify(known, size) === 'differ') throw errors.givenDiffers(tensor, value)
      sizes.set(dim, known ?? size)
    }
  }
  return sizes
}

/** Every dim has to be told by the shape of some input. */
function checkDims(graph: Graph): void {
  const bound = boundDims(graph)
  expectDims('compile', topological(rootsOf(graph)), name => Object.hasOwn(bound, name))
}

function checkInputs(
  inputs: readonly Named[],
  leaves: readonly Tensor[],
  dims: ReadonlySet<string>,
  onUnused: NonNullable<Spec['onUnusedInput']>,
): void {
  const given = new Set(inputs.map(({ tensor }) => tensor))
  const missing = leaves.filter(leaf => isInput(leaf) && !given.has(leaf))
  if (missing.length > 0) throw errors.inputMissing(missing)
  if (onUnused === 'ignore') return
  const used = new Set(leaves)
  const told = new Set(leaves.flatMap(({ shape }) => shape.flatMap(dim => [...dimNames(dim)])))
  const tells = ({ tensor }: Named) =>
    valueDims(tensor).some(name => dims.has(name)) ||
    tensor.shape.flatMap(dim => [...dimNames(dim)]).some(name => dims.has(name) && !told.has(name))
  const unused = inputs.filter(input => !used.has(input.tensor) && !tells(input))
  if (unused.length === 0) return
  if (onUnused === 'raise') throw errors.inputUnused(unused.map(({ name, tensor }) => [name, tensor]))
  console.warn(errors.inputUnused(unused.map(({ name, tensor }) => [name, tensor])).message)
}

/** The program with its outputs as the spec has them: a record is what programs give anyway. */
function arranged(spec: Spec, program: Program): unknown {
  const { outputs } = spec
  if (!(outputs instanceof Tensor) && !Array.isArray(outputs)) return program
  const arrange = (results: Readonly<Record<string, NDArray>>) =>
    outputs instanceof Tensor ? results.output : outputs.map((_: Tensor, i: number) => results[i])
  const call = async (inputs?: Record<string, ArrayValue>, options?: CallOptions) =>
    arrange(await program(inputs, options))
  const runSync = (inputs?: Record<string, ArrayValue>, options?: CallOptions) =>
    arrange(program.runSync(inputs, options))
  return Object.assign(call, { ...program, runSync })
}
