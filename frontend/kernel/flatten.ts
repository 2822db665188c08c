/**
 * Expressions to statements. A `Writer` turns the values that a scope asks for into registers, each computed once in
 * the outermost scope that has what it needs; in a vector loop, what differs from lane to lane becomes a vector.
 */
import type { DType } from '../../runtime/manifest.ts'
import { type Condition, dimAdd, dimLinear, dimNames, dimSubstitute, type Index } from '../dims.ts'
import type { Expr, Kernel, Lookup, Operation, Register, Store } from './ir.ts'
import { unlike } from './names.ts'
import { arrayName, foldName, lookupKey, Scope } from './scope.ts'
import { inTurnWith, storeInTurns, storeTo } from './stores.ts'
import { children, indicesOf, lookupsOf } from './walk.ts'

type Apply = Extract<Expr, { kind: 'apply' }>
type Guard = Extract<Expr, { kind: 'guard' }>
type Load = Extract<Expr, { kind: 'load' }>
type IndexValue = Extract<Expr, { kind: 'index' }>

/** Work that is left while an expression is being flattened. */
type Task =
  | { do: 'visit' | 'emit' | 'alias'; expr: Expr; scope: Scope; of?: Expr }
  | { do: 'branch'; expr: Guard; scope: Scope; when: readonly Condition[]; then: Scope; otherwise: Scope }

/** A lookup's name with the index that holds it, one for each lane where they differ. */
interface NamedLookup {
  name: string
  of: readonly string[]
}

/** The index that lookups lead to in each lane. */
interface Looked {
  place(lane: number): Index
  differs: boolean
}

const none: ReadonlySet<string> = new Set()

export class Writer {
  readonly #names = new Map<Expr, ReadonlySet<string>>()
  readonly #dims: ReadonlySet<string>
  /** Arrays that expressions read, under the numbers that follow those of the kernel's buffers. */
  readonly #arrays: string[] = []
  readonly #buffers: number
  #count = 0

  constructor({ dims, buffers }: Pick<Kernel, 'dims' | 'buffers'>) {
    this.#dims = new Set(dims)
    this.#buffers = buffers.length
  }

  /** The number under which expressions may load from an array, as if it were a buffer. */
  numberOf(array: string): number {
    return this.#buffers + this.#arrays.push(array) - 1
  }

  /** What a number of an expression stands for: a buffer, or an array by its name. */
  arrayOf(buffer: number): number | string {
    return buffer < this.#buffers ? buffer : this.#arrays[buffer - this.#buffers]!
  }

  /** A register that no other has the name of. */
  register(dtype: DType, lanes: number, prefix = 't'): Register {
    return { name: `${prefix}${this.#count++}`, dtype, lanes }
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return unlike(this.#dims, `${prefix}${this.#count++}`)
  }

  let(scope: Scope, dtype: DType, lanes: number, operation: Operation): Register {
    const register = this.register(dtype, lanes)
    scope.statements.push({ kind: 'let', register, operation })
    return register
  }

  variable(scope: Scope, dtype: DType, lanes: number, operation: Operation): Register {
    const register = this.register(dtype, lanes, 'a')
    scope.statements.push({ kind: 'var', register, operation })
    return register
  }

  constant(scope: Scope, dtype: DType, lanes: number, value: number | bigint): Register {
    return this.let(scope.root(), dtype, lanes, { kind: 'const', value })
  }

  /** The register as one of another dtype. */
  convert(scope: Scope, register: Register, dtype: DType): Register {
    if (register.dtype === dtype) return register
    return this.let(scope, dtype, register.lanes, { kind: 'convert', arg: register.name })
  }

  /** The register with as many lanes as asked; a scalar is repeated. */
  widen(scope: Scope, register: Register, lanes: number): Register {
    if (register.lanes === lanes) return register
    const known = scope.splat(register.name)
    if (known) return known
    const wide = this.let(scope, register.dtype, lanes, { kind: 'splat', arg: register.name })
    scope.setSplat(register.name, wide)
    return wide
  }

  /** The names of loops and folds that a value depends on. */
  namesOf(root: Expr): ReadonlySet<string> {
    const stack = [root]
    while (stack.length > 0) {
      const expr = stack[stack.length - 1]!
      const open = this.#names.has(expr) ? [] : children(expr).filter(child => !this.#names.has(child))
      if (open.length > 0) {
        stack.push(...open)
        continue
      }
      stack.pop()
      if (!this.#names.has(expr)) this.#names.set(expr, this.#ownNames(expr))
    }
    return this.#names.get(root)!
  }

  /** Sets are shared along chains, so that long ones cost little. */
  #ownNames(expr: Expr): ReadonlySet<string> {
    if (expr.kind === 'fold') return new Set([foldName(expr.fold)])
    let names = none
    const own = new Set<string>()
    for (const index of indicesOf(expr)) dimNames(index, own)
    for (const lookup of lookupsOf(expr)) own.delete(lookup.name)
    if (expr.kind === 'load' && expr.buffer >= this.#buffers)
      own.add(arrayName(this.#arrays[expr.buffer - this.#buffers]!))
    if (own.size > 0) names = own
    for (const child of children(expr)) names = union(names, this.#names.get(child)!)
    return names
  }

  /** The value of an expression in a scope: a vector where its lanes differ, otherwise a scalar. */
  value(root: Expr, scope: Scope): Register {
    const tasks: Task[] = [{ do: 'visit', expr: root, scope }]
    while (tasks.length > 0) {
      const task = tasks.pop()!
      if (task.do === 'visit') this.#visit(task.expr, task.scope, tasks)
      else if (task.do === 'branch') this.#branch(task)
      else if (task.do === 'alias') task.scope.setValue(task.expr, task.scope.value(task.of!)!)
      else task.scope.setValue(task.expr, this.#emit(task.expr, task.scope))
    }
    return this.#place(root, scope).value(root)!
  }

  /** The value of an expression with a given number of lanes. */
  lanes(expr: Expr, scope: Scope, lanes: number): Register {
    if (expr.kind === 'const' && lanes > 1) return this.#wideConstant(expr, scope.root(), lanes)
    const value = this.value(expr, scope)
    if (value.lanes === lanes) return value
    return this.widen(this.#place(expr, scope), value, lanes)
  }

  /** A vector constant of its own, not a repeated scalar: targets have their ways with it. */
  #wideConstant(expr: Extract<Expr, { kind: 'const' }>, root: Scope, lanes: number): Register {
    const key = `${expr.dtype} ${Object.is(expr.value, -0) ? '-0' : expr.value}`
    const known = root.splat(key)
    if (known) return known
    const register = this.constant(root, expr.dtype, lanes, expr.value)
    root.setSplat(key, register)
    return register
  }

  #place(expr: Expr, scope: Scope): Scope {
    return expr.kind === 'const' ? scope.root() : scope.placeFor(this.namesOf(expr))
  }

  #visit(expr: Expr, scope: Scope, tasks: Task[]): void {
    const place = this.#place(expr, scope)
    if (place.value(expr)) return
    if (place.kept(expr)) {
      tasks.push({ do: 'emit', expr, scope: place })
      return
    }
    if (expr.kind === 'guard') {
      this.#visitGuard(expr, place, tasks)
      return
    }
    tasks.push({ do: 'emit', expr, scope: place })
    // Constants wait until it is known how many lanes they should have.
    for (const operand of operandsOf(expr))
      if (operand.kind !== 'const') tasks.push({ do: 'visit', expr: operand, scope: place })
  }

  #visitGuard(expr: Guard, scope: Scope, tasks: Task[]): void {
    const when: Condition[] = []
    for (const condition of expr.when) {
      const known = scope.decide(condition)
      if (known === undefined) when.push(scope.resolveCondition(condition))
      if (known === false) {
        tasks.push({ do: 'alias', expr, scope, of: expr.otherwise }, { do: 'visit', expr: expr.otherwise, scope })
        return
      }
    }
    if (when.length === 0) {
      tasks.push({ do: 'alias', expr, scope, of: expr.then }, { do: 'visit', expr: expr.then, scope })
      return
    }
    const [then, otherwise] = [new Scope(scope, { conditional: true }), new Scope(scope, { conditional: true })]
    tasks.push({ do: 'branch', expr, scope, when, then, otherwise })
    tasks.push({ do: 'visit', expr: expr.otherwise, scope: otherwise }, { do: 'visit', expr: expr.then, scope: then })
  }

  #branch({ expr, scope, when, then, otherwise }: Extract<Task, { do: 'branch' }>): void {
    if (scope.vector && when.some(({ left, right }) => dimNames(left, dimNames(right)).has(scope.vector!.name))) {
      throw new Error('a condition differs between the lanes of a vector loop')
    }
    const lanes = Math.max(then.value(expr.then)!.lanes, otherwise.value(expr.otherwise)!.lanes)
    const [yes, no] = [this.lanes(expr.then, then, lanes), this.lanes(expr.otherwise, otherwise, lanes)]
    const result = this.variable(scope, expr.dtype, lanes, { kind: 'const', value: expr.dtype === 'int64' ? 0n : 0 })
    then.statements.push({ kind: 'assign', register: result, operation: { kind: 'copy', arg: yes.name } })
    otherwise.statements.push({ kind: 'assign', register: result, operation: { kind: 'copy', arg: no.name } })
    scope.statements.push({ kind: 'if', when, then: then.statements, otherwise: otherwise.statements })
    scope.setValue(expr, result)
  }

  #emit(expr: Expr, scope: Scope): Register {
    const kept = scope.kept(expr)
    if (kept) {
      const { at, stride, lanes } = this.#keptAccess(expr, kept.at, scope)
      return this.#loadFrom(kept.array, expr.dtype, at, stride, scope, lanes)
    }
    if (expr.kind === 'const') return this.constant(scope, expr.dtype, 1, expr.value)
    if (expr.kind === 'load') return this.#load(expr, scope)
    if (expr.kind === 'index') return this.#index(expr, scope)
    if (expr.kind === 'fold') return this.convert(scope, this.foldOf(expr.fold, scope), expr.dtype)
    if (expr.kind === 'apply') return this.#apply(expr, scope)
    throw new Error('guards are emitted as branches')
  }

  /** Stores a value so that `Scope.setKept` with the same place lets later code read it. */
  keep(expr: Expr, array: string, place: Index, scope: Scope): void {
    const { at, stride, lanes } = this.#keptAccess(expr, place, scope)
    scope.statements.push({ kind: 'store', to: array, at, stride, value: this.lanes(expr, scope, lanes) })
  }

  /** Lanes along a loop of the stage are as far apart as it says; those of a loop outside are neighbours. */
  #keptAccess(expr: Expr, place: Index, scope: Scope): { at: Index; stride: Index; lanes: number } {
    const at = scope.resolve(place)
    const { vector } = scope
    if (!vector || !scope.isVector(this.namesOf(expr))) return { at, stride: 0, lanes: 1 }
    const along = dimNames(at).has(vector.name)
    return { at, stride: along ? dimLinear(at, vector.name)!.coefficient : 1, lanes: vector.lanes }
  }

  #apply(expr: Apply, scope: Scope): Register {
    const rare = rareOperand(expr)
    const operands = operandsOf(expr)
    const lanes = Math.max(...operands.map(arg => (arg.kind === 'const' ? 1 : scope.value(arg)!.lanes)))
    const names = operands.map(arg => this.lanes(arg, scope, lanes).name)
    if (!rare) return this.let(scope, expr.dtype, lanes, { kind: 'apply', op: expr.op, args: names })
    const [when, otherwise, ...args] = names as [string, string, ...string[]]
    return this.let(scope, expr.dtype, lanes, { kind: 'rare', when, op: rare.op, args, otherwise })
  }

  /** The result of a fold that is known in a scope. */
  foldOf(name: string, scope: Scope): Register {
    const source = scope.fold(name)
    if (!('array' in source)) return source
    const stride = scope.vector ? (source.stride ?? 1) : 0
    return this.#loadFrom(source.array, source.dtype, source.at, stride, scope)
  }

  #index({ dtype, value, lookups = [] }: IndexValue, scope: Scope): Register {
    const { place, differs } = this.#looked(value, lookups, scope)
    const first = place(0)
    const vector = scope.vector && (differs || dimNames(first).has(scope.vector.name)) ? scope.vector : undefined
    if (!vector) return this.let(scope, dtype, 1, { kind: 'index', value: first, step: 0 })
    const step = differs ? undefined : dimLinear(first, vector.name)?.coefficient
    if (step !== undefined) return this.let(scope, dtype, vector.lanes, { kind: 'index', value: first, step })
    return this.#eachLane(scope, dtype, lane =>
      this.let(scope, dtype, 1, { kind: 'index', value: atLane(place(lane), vector.name, lane), step: 0 }),
    )
  }

  /** An index in a lane, with what its lookups stand for there, and whether that differs from lane to lane. */
  #looked(index: Index, lookups: readonly Lookup[], scope: Scope): Looked {
    const named = lookups.map((lookup): NamedLookup => ({ name: lookup.name, of: this.#lookup(lookup, scope) }))
    const place = (lane: number) => {
      const chosen = new Map(named.map(({ name, of }) => [name, of[lane] ?? of[0]!]))
      return scope.resolve(dimSubstitute(index, name => chosen.get(name)))
    }
    return { place, differs: named.some(({ of }) => of.length > 1) }
  }

  #load(expr: Load, scope: Scope): Register {
    const { place, differs } = this.#looked(expr.at, lookupsOf(expr), scope)
    const at = place(0)
    const vector = scope.vector && (differs || dimNames(at).has(scope.vector.name)) ? scope.vector : undefined
    if (!vector) return this.#loadFrom(expr.buffer, expr.dtype, at, 0, scope, 1)
    const stride = differs ? undefined : dimLinear(at, vector.name)?.coefficient
    if (stride !== undefined) return this.#loadFrom(expr.buffer, expr.dtype, at, stride, scope)
    return this.#eachLane(scope, expr.dtype, lane =>
      this.#loadFrom(expr.buffer, expr.dtype, atLane(place(lane), vector.name, lane), 0, scope, 1),
    )
  }

  #loadFrom(
    from: number | string,
    dtype: DType,
    at: Index,
    stride: Index,
    scope: Scope,
    lanes = scope.vector?.lanes ?? 1,
  ): Register {
    const source = typeof from === 'number' ? this.arrayOf(from) : from
    return this.let(scope, dtype, lanes, { kind: 'load', from: source, at, stride: lanes === 1 ? 0 : stride })
  }

  #eachLane(scope: Scope, dtype: DType, value: (lane: number) => Register): Register {
    const { lanes } = scope.vector!
    const args = Array.from({ length: lanes }, (_, lane) => value(lane).name)
    return this.let(scope, dtype, lanes, { kind: 'pack', args })
  }

  /** The index names that stand for a lookup: one, or one for each lane. */
  #lookup(lookup: Lookup, scope: Scope): readonly string[] {
    const register = this.value(lookup.value, scope)
    const key = lookupKey(lookup, register.name)
    const known = scope.lookup(key)
    if (known) return known
    const place = scope.placeFor(dimNames(lookup.size, new Set(this.namesOf(lookup.value))))
    const names = Array.from({ length: register.lanes }, (_, lane) => this.#nameLane(lookup, register, lane, place))
    place.setLookup(key, names)
    return names
  }

  #nameLane(lookup: Lookup, register: Register, lane: number, scope: Scope): string {
    const scalar =
      register.lanes === 1 ? register : this.let(scope, register.dtype, 1, { kind: 'lane', arg: register.name, lane })
    const name = this.name('x')
    const size = scope.resolve(lookup.size)
    const { check, fromEnd } = lookup
    scope.statements.push({ kind: 'name', name, value: { register: scalar.name, ...(fromEnd && { fromEnd: size }) } })
    if (check !== undefined)
      scope.statements.push({ kind: 'check', index: name, size, check, ...(fromEnd && { fromEnd }) })
    return name
  }

  /** Stores of a stage: all values are computed before the first is stored, so that a store may replace what another one reads. */
  stores(stores: readonly Store[], scope: Scope): void {
    const ready = stores.map(store => ({
      store,
      looked: this.#looked(store.at, store.lookups ?? [], scope),
      value: this.lanes(store.value, scope, scope.vector?.lanes ?? 1),
    }))
    const done = new Set<Store>()
    for (const each of ready) {
      const { store, looked, value } = each
      if (done.has(store)) continue
      const turns = inTurnWith(each, ready, scope)
      if (!turns) this.#store(store, looked, value, scope)
      else {
        const values = turns.map(turn => turn.value)
        storeInTurns(this, scope, store, looked.place(0), values)
        for (const turn of turns) done.add(turn.store)
      }
    }
  }

  /** In a vector loop the place of a store must differ from lane to lane. */
  #store(store: Store, { place, differs }: Looked, value: Register, scope: Scope): void {
    const linear = scope.vector && dimLinear(place(0), scope.vector.name)
    const stride = linear && !differs ? linear.coefficient : undefined
    if (!scope.vector) scope.statements.push(storeTo(this, store, place(0), 0, value))
    else if (stride !== undefined && stride !== 0) scope.statements.push(storeTo(this, store, place(0), stride, value))
    else {
      for (let lane = 0; lane < value.lanes; lane++) {
        const scalar = this.let(scope, value.dtype, 1, { kind: 'lane', arg: value.name, lane })
        scope.statements.push(storeTo(this, store, atLane(place(lane), scope.vector.name, lane), 0, scalar))
      }
    }
  }
}

const atLane = (index: Index, name: string, lane: number): Index =>
  lane === 0 ? index : dimSubstitute(index, n => (n === name ? dimAdd(name, lane) : undefined))

/** The call that a `rare` op computes only on demand. */
function rareOperand(expr: Apply): Apply | undefined {
  const rare = expr.op.rare ? expr.args[1] : undefined
  return rare?.kind === 'apply' ? rare : undefined
}

/** What must be computed before an expression: for a rare op, the condition, the common value and the call's operands. */
function operandsOf(expr: Expr): readonly Expr[] {
  const rare = expr.kind === 'apply' ? rareOperand(expr) : undefined
  return rare ? [(expr as Apply).args[0]!, (expr as Apply).args[2]!, ...rare.args] : children(expr)
}

/** Both sets as one; one of the two themselves where it has all. */
function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (a === b || b.size === 0) return a
  if (a.size === 0) return b
  const [large, small] = a.size >= b.size ? [a, b] : [b, a]
  for (const name of small) if (!large.has(name)) return new Set([...a, ...b])
  return large
}
