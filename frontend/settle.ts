/**
 * Dims before lowering: what checks say an open dim equals is put in its place, what is still open gets a readable
 * name, and the other checks become constraints of the program.
 */
import type { DimConstraint, DimExpr } from '../runtime/manifest.ts'
import { boundsOf } from './bounds.ts'
import { dimAtLeast, dimEqual, dimNames, dimSub, dimSubstitute, dimText } from './dims.ts'
import { callOf, dimUnbound, lineOf } from './errors.ts'
import { type Graph, type Named, topological, topologicalWithin, transform } from './graph.ts'
import { partsOf, valueDim } from './leaf.ts'
import type { PositionAttrs } from './ops/create.ts'
import { Tensor } from './tensor.ts'
import { unknownMark } from './type.ts'

/** The graph with open dims settled, declared ones replaced by what is known of them, and constraints gathered from its nodes. */
export function settleDims(graph: Graph, known: ReadonlyMap<string, DimExpr> = new Map()): Graph {
  const roots = rootsOf(graph)
  const checks = [...graph.constraints, ...topological(roots).flatMap(checksOf)]
  const settled = new Map(known)
  const resolve = (dim: DimExpr) => resolveFully(dim, settled)
  const settling = checks.filter(
    ({ left, right, relation }) => relation === undefined && settle(resolve(left), resolve(right), settled),
  )
  const used = new Set([...dimNamesIn(roots)].flatMap(name => [...dimNames(resolve(name))]))
  const named = nameValues(graph.inputs, used, settled)
  nameOpenDims(named, settled)
  const inputs = named.map(input => withReason(input, settling, resolve))
  const open = checks
    .map(check => ({ ...check, left: resolve(check.left), right: resolve(check.right) }))
    .filter(({ left, right, relation }) =>
      relation === '<=' ? !dimAtLeast(dimSub(right, left), 0) : !dimEqual(left, right),
    )
  const bounds = topologicalWithin(roots).flatMap(node =>
    boundsOf(node, resolve).map(({ why, ...bound }) => ({
      ...{ ...bound, relation: '<=' as const },
      reason: reasonOf(node, why),
    })),
  )
  const constraints = unique([...open, ...bounds])
  if (settled.size === 0 && checks.length === 0) return { ...graph, constraints }
  return { ...withRoots({ ...graph, inputs }, renameDims(roots, resolve)), constraints }
}

/** An input with who settled its open dims: messages about its sizes name the op and the line, not only other inputs. */
function withReason(input: Named, settling: readonly DimConstraint[], resolve: (dim: DimExpr) => DimExpr): Named {
  const own = settling.filter(({ left, right }) =>
    input.tensor.shape.some(dim => isOpen(dim) && (dimEqual(dim, left) || dimEqual(dim, right))),
  )
  const sizes = input.tensor.shape.map(resolve)
  const same = settling.filter(({ left }) => sizes.some(size => dimEqual(size, resolve(left))))
  const reasons = [...new Set((own.length > 0 ? own : same).map(({ reason }) => reason))].slice(0, mostReasons)
  return reasons.length === 0 ? input : { ...input, reason: reasons.join(' and ') }
}

/** Ops that the message about an input's size names, at most. */
const mostReasons = 3

const checksOf = (node: Tensor): DimConstraint[] =>
  node.checks.map(({ why, ...check }) => ({ ...check, reason: reasonOf(node, why) }))

/** All tensors that a graph is about, in the order that `withRoots` takes them. */
export function rootsOf(graph: Graph): Tensor[] {
  return [
    ...graph.inputs.map(({ tensor }) => tensor),
    ...graph.outputs.map(({ tensor }) => tensor),
    ...graph.state.flatMap(({ tensor, next }) => [tensor, next ?? tensor]),
  ]
}

/** The graph about other tensors, in the order of `rootsOf`. */
export function withRoots(graph: Graph, roots: readonly Tensor[]): Graph {
  let at = 0
  const take = (named: Named): Named => ({ ...named, tensor: roots[at++]! })
  const inputs = graph.inputs.map(take)
  const outputs = graph.outputs.map(take)
  const state = graph.state.map(({ name, next }) => {
    const [tensor, value] = [roots[at++]!, roots[at++]!]
    return { name, tensor, ...(next && { next: value }) }
  })
  return { ...graph, inputs, outputs, state }
}

const isOpen = (dim: DimExpr): dim is string => typeof dim === 'string' && dim.startsWith(unknownMark)

/** Puts one side in the place of the other where that is an open dim; true where it did. */
function settle(left: DimExpr, right: DimExpr, settled: Map<string, DimExpr>): boolean {
  if (dimEqual(left, right)) return false
  const [open, known] = isOpen(left) ? [left, right] : [right, left]
  if (!isOpen(open) || dimNames(known).has(open)) return false
  settled.set(open, known)
  return true
}

/** Substitutes until nothing changes: settled dims may have been settled by dims that were settled later. */
function resolveFully(dim: DimExpr, settled: ReadonlyMap<string, DimExpr>): DimExpr {
  let current = dim
  for (;;) {
    const next = dimSubstitute(current, name => settled.get(name))
    if (dimEqual(next, current)) return next
    current = next
  }
}

/**
 * Inputs whose values are sizes of the graph, with the dims that have them: named as the inputs are. What is a size anywhere
 * is not below 0; where it only bounds slices, a second dim tells how far below it is.
 */
function nameValues(
  inputs: readonly Named[],
  used: ReadonlySet<string>,
  settled: Map<string, DimExpr>,
): readonly Named[] {
  const taken = new Set(used)
  const free = (name: string) => {
    let own = name
    while (taken.has(own)) own += '_'
    taken.add(own)
    return own
  }
  return inputs.map(input => {
    const [dim, parts] = [valueDim(input.tensor), partsOf(input.tensor)]
    if (dim === undefined || parts === undefined || settled.has(dim)) return input
    const isBound = used.has(parts.above) || used.has(parts.below)
    if (!used.has(dim) && !isBound) return input
    const binds = free(input.name.replace(/\W/g, '_').replace(/^(?![A-Za-z_])/, '_'))
    const below = used.has(dim) ? undefined : free(`${binds}_below`)
    settled
      .set(dim, binds)
      .set(parts.above, binds)
      .set(parts.below, below ?? 0)
    return { ...input, binds, ...(below !== undefined && { below }) }
  })
}

/** Names what no check has settled after the input and axis where it appears: `x_0`. */
function nameOpenDims(inputs: readonly Named[], settled: Map<string, DimExpr>): void {
  const taken = new Set(
    inputs.flatMap(({ tensor, binds }) => [
      ...tensor.shape.flatMap(dim => [...dimNames(resolveFully(dim, settled))]),
      ...(binds === undefined ? [] : [binds]),
    ]),
  )
  for (const { name, tensor } of inputs) {
    tensor.shape.forEach((dim, axis) => {
      const open = resolveFully(dim, settled)
      if (!isOpen(open)) return
      let readable = `${name.replace(/\W/g, '_')}_${axis}`
      while (taken.has(readable)) readable += '_'
      taken.add(readable)
      settled.set(open, readable)
    })
  }
}

function reasonOf(node: Tensor, why?: string): string {
  const line = lineOf(node.origins)
  return `${callOf(node)}${line ? ` at ${line}` : ''}${why ? ` ${why}` : ''}`
}

/** Each constraint once, with the first reason for it. */
function unique(constraints: readonly DimConstraint[]): DimConstraint[] {
  const seen = new Set<string>()
  return constraints.filter(({ left, right, relation }) => {
    const key = `${dimText(left)} ${relation ?? '='} ${dimText(right)}`
    return !seen.has(key) && seen.add(key)
  })
}

/** The roots with every dim expression, in shapes and attributes, replaced, and without checks: they are constraints now. */
function renameDims(roots: readonly Tensor[], change: (dim: DimExpr) => DimExpr): Tensor[] {
  return transform(roots, node => {
    const shape = node.shape.map(change)
    const attrs = node.op.kind === 'leaf' ? node.attrs : renameIn(node.attrs, change)
    const same = attrs === node.attrs && shape.every((dim, axis) => dimEqual(dim, node.shape[axis]!))
    if (same && node.checks.length === 0) return node
    return new Tensor(node.op, node.inputs, attrs, { dtype: node.dtype, shape }, [], node.origins)
  })
}

/** Attributes with their dim expressions changed: by themselves, in lists, and in records. The same object when none is. */
function renameIn(attrs: unknown, change: (dim: DimExpr) => DimExpr): unknown {
  if (isDim(attrs)) {
    const dim = change(attrs)
    return dimEqual(dim, attrs) ? attrs : dim
  }
  if (Array.isArray(attrs)) {
    const changed = attrs.map(item => renameIn(item, change))
    return changed.some((item, i) => item !== attrs[i]) ? changed : attrs
  }
  if (typeof attrs !== 'object' || attrs === null || Object.getPrototypeOf(attrs) !== Object.prototype) return attrs
  const changed = Object.entries(attrs).flatMap(([name, value]) => {
    const renamed = name === 'dtype' ? value : renameIn(value, change)
    return renamed === value ? [] : [[name, renamed]]
  })
  return changed.length === 0 ? attrs : { ...attrs, ...Object.fromEntries(changed) }
}

/** Throws where the size of a node, or a number that is a position, is of dims that nothing tells. */
export function expectDims(caller: string, nodes: readonly Tensor[], isBound: (name: string) => boolean): void {
  for (const node of nodes) {
    const value = node.op.kind === 'position' ? [(node.attrs as PositionAttrs).value] : []
    for (const name of [...node.shape, ...value].flatMap(dim => [...dimNames(dim)]))
      if (!isBound(name) && !name.startsWith('$'))
        throw (node.op.kind === 'derived' && node.op.unsized?.(node)) || dimUnbound(caller, name, node)
  }
}

/** The names of all dims in the roots and what they are made of: in shapes, attributes and checks. */
export function dimNamesIn(roots: readonly Tensor[]): Set<string> {
  const names = new Set<string>()
  const collect = (dim: DimExpr): DimExpr => {
    dimNames(dim, names)
    return dim
  }
  for (const { op, attrs, shape, checks } of topologicalWithin(roots)) {
    for (const dim of shape) collect(dim)
    for (const { left, right } of checks) collect(['+', left, right])
    if (op.kind !== 'leaf') renameIn(attrs, collect)
  }
  return names
}

function isDim(value: unknown): value is DimExpr {
  if (typeof value === 'string') return true
  return Array.isArray(value) && ['+', '*', '//', '%', 'min', 'max'].includes(value[0])
}
