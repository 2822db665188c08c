/**
 * The rewriter. Nodes are normalized inputs first, regions after the graph inside: equal ones are interned, then the first
 * rule that applies replaces the node, and its replacement is normalized in turn. Each node has one normal form that is
 * found once, so time is linear in the graph and the steps taken; nothing recurses.
 */
import { expectList, expectTensors, namedOptions } from './arguments.ts'
import type { Op } from './define.ts'
import { dimEqual, dimKey } from './dims.ts'
import { cast } from './elementwise.ts'
import { lineOf, rulesCycle, unknownRule } from './errors.ts'
import { partsOf, substitute, topological, topologicalWithin, transform, withParts } from './graph.ts'
import { Interner, uniteOrigins } from './intern.ts'
import { freshIdentity } from './leaf.ts'
import { broadcastShape, broadcastToOp } from './ops/move.ts'
import { withOrigins } from './origin.ts'
import { type Build, type Phase, phases, type Rule } from './rule.ts'
import { rules as builtin } from './rules/index.ts'
import { Tensor } from './tensor.ts'
import type { SizeCheck } from './type.ts'

export interface RewriteOptions {
  /** Phases to run; all when absent. */
  phases?: readonly Phase[]
  /** Names or tags: when given, only these rules run. */
  include?: readonly string[]
  /** Names or tags of rules that do not run. */
  exclude?: readonly string[]
  /** Tensors to leave as they are, and not to look behind. */
  leaves?: Iterable<Tensor>
  /** The rules; damo's own when absent. */
  rules?: readonly Rule[]
}

/** One application of a rule. */
export interface Firing {
  rule: string
  phase: Phase
  before: Tensor
  after: Tensor
  /** `file.ts:12`, where the user built what was replaced; read when asked for. */
  readonly line: string | undefined
}

export interface Rewritten {
  /** In the order of the roots that were given, of the same dtypes and shapes. */
  roots: Tensor[]
  trace: Firing[]
  /** How often each rule was applied. */
  hits: Map<string, number>
}

/** The graph of the roots, rewritten by the rules of the phases. Throws where rules do not come to an end. */
export function rewrite(roots: readonly Tensor[], options: RewriteOptions = {}): Rewritten {
  const leaves = new Map([...(options.leaves ?? [])].map(leaf => [leaf, standIn(leaf)]))
  const chosen = chooseRules(options).filter(rule => options.phases?.includes(rule.phase) ?? true)
  const trace: Firing[] = []
  let current = substitute(roots, leaves)
  const checks = checksOf(current)
  const interner = new Interner()
  for (const phase of phases) {
    if (options.phases && !options.phases.includes(phase)) continue
    current = new Normalizer(rulesUpTo(chosen, phase), phase, interner, trace, topologicalWithin(current).length).run(
      current,
    )
  }
  current = withUnitedOrigins(current, interner)
  current = withChecks(current, checks)
  const originals = new Map([...leaves].map(([leaf, proxy]) => [proxy, leaf]))
  return { roots: substitute(current, originals), trace, hits: countHits(trace) }
}

/** One tensor rewritten, to look at what the rules make of it. */
export function rewriteGraph(x: Tensor, options: RewriteOptions = {}): Tensor {
  expectTensors('rewriteGraph', x)
  namedOptions('rewriteGraph', options, ['phases', 'include', 'exclude', 'leaves', 'rules'])
  return rewrite([x], options).roots[0]!
}

const opaque: Op = { kind: 'leaf', name: 'opaque', doc: 'Stands for a tensor that rewriting must not look behind.' }

const standIn = (x: Tensor) => new Tensor(opaque, [], { id: freshIdentity() }, x, [], x.origins)

function chooseRules({ rules = builtin, include, exclude = [] }: RewriteOptions): readonly Rule[] {
  for (const names of [include, exclude]) if (names) expectList('rewriteGraph', 'a list of rules or tags', names)
  const known = new Set(rules.flatMap(rule => [rule.name, ...(rule.tags ?? [])]))
  const unknown = [...(include ?? []), ...exclude].find(name => !known.has(name))
  if (unknown !== undefined) throw unknownRule(unknown)
  const named = (rule: Rule, names: readonly string[]) =>
    names.includes(rule.name) || (rule.tags ?? []).some(tag => names.includes(tag))
  return rules.filter(rule => (!include || named(rule, include)) && !named(rule, exclude))
}

const rulesUpTo = (rules: readonly Rule[], phase: Phase) =>
  rules.filter(rule => phases.indexOf(rule.phase) <= phases.indexOf(phase))

/** What is known of a node that is being normalized. */
interface Frame {
  node: Tensor
  /** The node whose normal form will be this one's. */
  next?: Tensor
  /** The rule that led from the node to `next`. */
  rule?: string
}

/** Finds normal forms under one set of rules. */
class Normalizer {
  private readonly normal = new Map<Tensor, Tensor>()
  private readonly active = new Set<Tensor>()
  private readonly stack: Frame[] = []
  private readonly byOp = new Map<Op, Rule[]>()
  private readonly rules: readonly Rule[]
  private readonly phase: Phase
  private readonly interner: Interner
  private readonly trace: Firing[]
  private stepsLeft: number

  constructor(rules: readonly Rule[], phase: Phase, interner: Interner, trace: Firing[], size: number) {
    this.rules = rules
    this.phase = phase
    this.interner = interner
    this.trace = trace
    this.stepsLeft = 1000 + 20 * size
  }

  run(roots: readonly Tensor[]): Tensor[] {
    for (const root of roots) {
      this.push(root)
      while (this.stack.length > 0) this.advance(this.stack[this.stack.length - 1]!)
    }
    return roots.map(root => this.normal.get(root)!)
  }

  /** One step of the node on top: wait for another node, or be done. */
  private advance(frame: Frame): void {
    const { node, next } = frame
    if (next) return this.finish(node, this.normal.get(next)!)
    if (this.normal.has(node)) {
      this.stack.pop()
      return
    }
    this.active.add(node)
    const open = partsOf(node).filter(part => !this.normal.has(part))
    for (let i = open.length - 1; i >= 0; i--) this.push(open[i]!)
    if (open.length === 0) this.settle(frame)
  }

  /** What becomes of a node whose parts are normal: an equal one, what a rule makes of it, or itself. */
  private settle(frame: Frame): void {
    const { node } = frame
    const rebuilt = withParts(
      node,
      partsOf(node).map(part => this.normal.get(part)!),
    )
    const known = this.interner.intern(rebuilt)
    const next = known === node ? this.replace(frame) : known
    if (next) this.become(frame, next)
    else this.finish(node, node)
  }

  private push(node: Tensor): void {
    if (this.normal.has(node)) return
    if (this.active.has(node)) throw this.cycle()
    this.stack.push({ node })
  }

  private become(frame: Frame, next: Tensor): void {
    frame.next = next
    this.push(next)
  }

  private finish(node: Tensor, normal: Tensor): void {
    this.normal.set(node, normal)
    this.active.delete(node)
    this.stack.pop()
  }

  /** What the first rule that applies makes of a node with normal inputs. */
  private replace(frame: Frame): Tensor | undefined {
    const { node } = frame
    for (const rule of this.rulesFor(node.op)) {
      const found = rule.apply(node, this.build)
      if (!found || found === node) continue
      const after = this.fit(found, node)
      if (this.stepsLeft-- <= 0) throw this.cycle()
      frame.rule = rule.name
      this.trace.push(new Fired(rule.name, this.phase, node, after))
      return after
    }
    return undefined
  }

  private readonly build: Build = (covered, build) =>
    withOrigins(uniteOrigins(...covered.map(node => this.interner.originsOf(node))), build)

  /** The replacement in the node's dtype and shape. */
  private fit(found: Tensor, node: Tensor): Tensor {
    return this.build([node], () => {
      const typed = cast(found, node.dtype)
      const fits = typed.ndim === node.ndim && typed.shape.every((dim, i) => dimEqual(dim, node.shape[i]!))
      return fits ? typed : broadcastShape(typed, node.shape)
    })
  }

  private rulesFor(op: Op): readonly Rule[] {
    let found = this.byOp.get(op)
    if (!found) {
      found = this.rules.filter(rule => rule.roots === undefined || rule.roots.includes(op))
      this.byOp.set(op, found)
    }
    return found
  }

  private cycle(): Error {
    const waiting = this.stack.flatMap(frame => (frame.rule ? [frame.rule] : []))
    const recent = this.trace.slice(-100).map(firing => firing.rule)
    return rulesCycle([...new Set([...waiting.slice(-20), ...recent])])
  }
}

/** The graph with the origins of all nodes that each stands for. */
function withUnitedOrigins(roots: readonly Tensor[], interner: Interner): Tensor[] {
  return transform(roots, (node, original) => {
    const origins = interner.originsOf(original)
    if (origins === node.origins || node.inputs.length === 0) return node
    return new Tensor(node.op, node.inputs, node.attrs, node, node.checks, origins)
  })
}

const checkKey = ({ left, right, relation }: SizeCheck) => `${dimKey(left)}${relation ?? '='}${dimKey(right)}`

function checksOf(roots: readonly Tensor[]): Map<string, SizeCheck> {
  return new Map(topological(roots).flatMap(node => node.checks.map(check => [checkKey(check), check])))
}

/** The roots with the checks of nodes that are gone: what a call was refused for, it is refused for still. */
function withChecks(roots: readonly Tensor[], wanted: ReadonlyMap<string, SizeCheck>): Tensor[] {
  const present = checksOf(roots)
  const missing = [...wanted].flatMap(([key, check]) => (present.has(key) ? [] : [check]))
  const first = roots[0]
  if (missing.length === 0 || !first) return [...roots]
  const checks = [...first.checks, ...missing]
  const checked =
    first.inputs.length > 0
      ? new Tensor(first.op, first.inputs, first.attrs, first, checks, first.origins)
      : new Tensor(broadcastToOp, [first], undefined, first, checks, first.origins)
  return roots.map(root => (root === first ? checked : root))
}

class Fired implements Firing {
  readonly rule: string
  readonly phase: Phase
  readonly before: Tensor
  readonly after: Tensor

  constructor(rule: string, phase: Phase, before: Tensor, after: Tensor) {
    this.rule = rule
    this.phase = phase
    this.before = before
    this.after = after
  }

  get line(): string | undefined {
    return lineOf(this.before.origins)
  }
}

function countHits(trace: readonly Firing[]): Map<string, number> {
  const hits = new Map<string, number>()
  for (const { rule } of trace) hits.set(rule, (hits.get(rule) ?? 0) + 1)
  return hits
}
