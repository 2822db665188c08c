/** Where the statements of scheduled code go: nested scopes, with what each defines and has computed. */
import type { Condition, Index } from '../dims.ts'
import { dimSubstitute } from '../dims.ts'
import type { Expr, Lookup, Register, Statement } from './ir.ts'
import { substituteCondition } from './walk.ts'

/**
 * Where the result of an earlier stage's fold is: in a register, or in a local array at an index, names already resolved;
 * those of a vector's lanes follow each other, or are so far apart.
 */
export type FoldSource = Register | { array: string; at: Index; dtype: Register['dtype']; stride?: number }

/** The place in a scratch array of a value that an earlier stage computed; `at` is in the kernel's own names. */
export interface KeptPlace {
  array: string
  at: Index
}

/** The loop that lanes run along. */
export interface VectorLoop {
  name: string
  lanes: number
  /** Copies of the body have elements in common: what all of them store is computed before any does. */
  overlaps?: boolean
}

/** Truth of conditions that the bounds of a loop decide. */
export type Decisions = (condition: Condition) => boolean | undefined

interface ScopeOptions {
  /** Loop names that this scope defines, as kernels know them. */
  defines?: readonly string[]
  /** What indices read in place of those names. */
  rename?: ReadonlyMap<string, Index>
  vector?: VectorLoop | undefined
  /** Its statements run only sometimes: nothing moves out of it. */
  conditional?: boolean
  /** The block that statements go to, when several scopes share one (copies of an unrolled body). */
  into?: Statement[]
  decisions?: Decisions
}

/** A block of statements. Values move out to the outermost scope that defines all they need. */
export class Scope {
  readonly parent: Scope | undefined
  readonly statements: Statement[]
  readonly vector: VectorLoop | undefined
  readonly conditional: boolean
  readonly #defines: Set<string>
  readonly #rename: ReadonlyMap<string, Index>
  readonly #decisions: Decisions | undefined
  readonly #values = new Map<Expr, Register>()
  readonly #splats = new Map<string, Register>()
  readonly #lookups = new Map<string, readonly string[]>()
  readonly #folds = new Map<string, FoldSource>()
  readonly #kept = new Map<Expr, KeptPlace>()

  constructor(parent?: Scope, options: ScopeOptions = {}) {
    this.parent = parent
    this.statements = options.into ?? []
    this.vector = 'vector' in options ? options.vector : parent?.vector
    this.conditional = options.conditional ?? false
    this.#defines = new Set(options.defines)
    this.#rename = new Map([...(parent ? parent.#rename : []), ...(options.rename ?? [])])
    this.#decisions = options.decisions
  }

  /** The index with names as the loops around have renamed them. */
  resolve(index: Index): Index {
    return this.#rename.size > 0 ? dimSubstitute(index, name => this.#rename.get(name)) : index
  }

  resolveCondition(condition: Condition): Condition {
    return substituteCondition(condition, name => this.#rename.get(name))
  }

  /** What the loops around know of a condition (in the kernel's own names). */
  decide(condition: Condition): boolean | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const known = scope.#decisions?.(condition)
      if (known !== undefined) return known
    }
    return undefined
  }

  /** The outermost scope where a value that needs these names can be computed. */
  placeFor(names: ReadonlySet<string>): Scope {
    let scope: Scope = this
    while (scope.parent && !scope.conditional && !scope.#definesAny(names)) scope = scope.parent
    return scope
  }

  #definesAny(names: ReadonlySet<string>): boolean {
    for (const name of this.#defines) if (names.has(name)) return true
    return false
  }

  root(): Scope {
    let scope: Scope = this
    while (scope.parent) scope = scope.parent
    return scope
  }

  value(expr: Expr): Register | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const known = scope.#values.get(expr)
      if (known) return known
    }
    return undefined
  }

  setValue(expr: Expr, register: Register): void {
    this.#values.set(expr, register)
  }

  splat(name: string): Register | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const known = scope.#splats.get(name)
      if (known) return known
    }
    return undefined
  }

  setSplat(name: string, register: Register): void {
    this.#splats.set(name, register)
  }

  /** The index names (one, or one for each lane) that a lookup was given. */
  lookup(key: string): readonly string[] | undefined {
    return this.#lookups.get(key) ?? this.parent?.lookup(key)
  }

  setLookup(key: string, names: readonly string[]): void {
    this.#lookups.set(key, names)
  }

  fold(name: string): FoldSource {
    const source = this.#folds.get(name) ?? this.parent?.fold(name)
    if (!source) throw new Error(`fold ${name} is used before it is computed`)
    return source
  }

  /** Makes a fold's result known from here on. */
  setFold(name: string, source: FoldSource): void {
    this.#folds.set(name, source)
    this.#defines.add(foldName(name))
  }

  /** Makes what an array holds known from here on. */
  setFilled(array: string): void {
    this.#defines.add(arrayName(array))
  }

  /** Where a value can be read that was computed and kept before. */
  kept(expr: Expr): KeptPlace | undefined {
    return this.#kept.get(expr) ?? this.parent?.kept(expr)
  }

  setKept(expr: Expr, place: KeptPlace): void {
    this.#kept.set(expr, place)
  }

  /** Whether a value that needs these names differs from lane to lane. */
  isVector(names: ReadonlySet<string>): boolean {
    if (!this.vector) return false
    if (names.has(this.vector.name)) return true
    for (const name of names) {
      if (!name.startsWith(foldMark)) continue
      const source = this.fold(name.slice(foldMark.length))
      if ('array' in source || source.lanes > 1) return true
    }
    return false
  }
}

const foldMark = 'fold '

/** The name under which values depend on a fold. */
export const foldName = (fold: string): string => foldMark + fold

/** The name under which values depend on what a local array holds. */
export const arrayName = (array: string): string => `array ${array}`

/** What makes two lookups the same one in a scope. */
export const lookupKey = (lookup: Lookup, register: string): string =>
  `${register} ${JSON.stringify(lookup.size)} ${lookup.check ?? ''} ${lookup.fromEnd ?? ''}`
