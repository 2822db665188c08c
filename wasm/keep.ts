/**
 * Values that a stage computes and a later stage over the same loops needs again: where they are dear they are kept in
 * a row of scratch memory, which is in cache, rather than computed twice. Softmax keeps its exponentials.
 */
import { dimAdd, dimEqual, dimMul, dimProduct, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import type { Expr, Kernel, LoopProgram, Stage } from '../frontend/kernel/ir.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { children, expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { positionIn } from './accumulate.ts'

/** Work, relative to an addition, from which keeping a value is cheaper than computing it again. */
export const dear = 6

/** A value with the array that keeps it. */
interface Kept {
  expr: Expr
  array: string
}

/** The values that each stage of a kernel keeps. */
export class Keeper {
  readonly #writer: Writer
  readonly #kernel: Kernel
  readonly #kept: readonly Kept[][]
  /** Elements side by side at each position: those of the copies and lanes of a vector loop outside. */
  readonly #width: number

  constructor(writer: Writer, kernel: Kernel, width: number) {
    this.#writer = writer
    this.#kernel = kernel
    this.#width = width
    const taken = new Set<Expr>()
    this.#kept = kernel.stages.map((stage, s) =>
      this.#shared(stage, kernel.stages.slice(s + 1)).flatMap(expr => {
        if (taken.has(expr)) return []
        taken.add(expr)
        return { expr, array: writer.name('kept') }
      }),
    )
  }

  get scratch(): LoopProgram['scratch'] {
    return this.#kept.flatMap((kept, s) => {
      const extents = this.#kernel.stages[s]!.loops.map(({ extent }) => extent)
      return kept.map(({ expr, array }) => ({
        name: array,
        dtype: expr.dtype,
        size: dimProduct([...extents, this.#width]),
      }))
    })
  }

  /** Stores what a stage keeps, at the point of its loops where `scope` is; `offset` tells apart copies outside. */
  store(stage: Stage, scope: Scope, offset: number): void {
    for (const { expr, array } of this.#of(stage)) this.#writer.keep(expr, array, this.#at(stage, offset), scope)
  }

  /** Lets later stages read what a stage has kept. */
  publish(stage: Stage, scope: Scope, offset: number): void {
    for (const { expr, array } of this.#of(stage)) scope.setKept(expr, { array, at: this.#at(stage, offset) })
  }

  #of(stage: Stage): readonly Kept[] {
    return this.#kept[this.#kernel.stages.indexOf(stage)]!
  }

  #at(stage: Stage, offset: number): Index {
    const position = positionIn(stage.loops)
    return dimAdd(dimMul(this.#width, position), offset)
  }

  /** Dear values of a stage with folds that later stages over equal loops compute too; of nested ones the outermost. */
  #shared(stage: Stage, later: readonly Stage[]): Expr[] {
    if (stage.folds.length === 0 || stage.loops.length === 0) return []
    const here = new Set(unconditional(stageRoots(stage)))
    const worth = (expr: Expr) => here.has(expr) && this.#isDear(expr, stage)
    const twins = later.filter(other => sameLoops(stage, other))
    return [...new Set(twins.flatMap(other => unconditional(stageRoots(other), worth).filter(worth)))]
  }

  /** Whether a value differs at each point of a stage's loops and is much work there. */
  #isDear(expr: Expr, { loops }: Stage): boolean {
    if (expr.kind !== 'apply') return false
    const varies = (e: Expr) => loops.every(({ name }) => this.#writer.namesOf(e).has(name))
    if (!varies(expr)) return false
    let work = 0
    for (const e of expressions([expr])) if (e.kind === 'apply' && varies(e)) work += e.op.cost
    return work >= dear
  }
}

const sameLoops = (a: Stage, b: Stage) =>
  a.loops.length === b.loops.length &&
  a.loops.every(({ name, extent }, i) => name === b.loops[i]!.name && dimEqual(extent, b.loops[i]!.extent))

/** The expressions that roots always evaluate: none inside guards, and none below those where `stop` holds. */
function unconditional(roots: readonly Expr[], stop: (expr: Expr) => boolean = () => false): Expr[] {
  const found = new Set<Expr>()
  const stack = [...roots]
  for (let expr = stack.pop(); expr; expr = stack.pop()) {
    if (found.has(expr)) continue
    found.add(expr)
    if (expr.kind !== 'guard' && !stop(expr)) stack.push(...children(expr))
  }
  return [...found]
}
