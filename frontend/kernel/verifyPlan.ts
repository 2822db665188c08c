/**
 * What must be true of a memory plan, found by running it on names in place of numbers: every buffer remembers which value
 * was stored last, and every read has to find the one that it is meant to.
 */
import { evaluate } from '../../runtime/dims.ts'
import { byteWidth, type DimExpr } from '../../runtime/manifest.ts'
import { type Condition, dimDifference, dimEqual, dimMul, dimNames } from '../dims.ts'
import { type Expr, isCall, type Kernel, type Lookup, type Store, type Work } from './ir.ts'
import type { KernelProgram, KernelStep } from './program.ts'
import { canFail, children, expressions, lookupsOf, stageRoots, storeRoots } from './walk.ts'

/** What is wrong with a plan, and at which step. */
export class InvalidPlan extends Error {}

/**
 * Throws `InvalidPlan` unless buffers are used within their lifetimes and as their roles allow, each read finds the value
 * that it is meant to, all of it where several steps store its parts, memory is stored to in place only where every element
 * is read before it is replaced, and nothing that can fail runs once a state has been replaced.
 */
export function verifyPlan(program: KernelProgram): void {
  new Verifier(program).run()
}

/** The values that a step stores to, as a whole or in part. */
function storedBy(step: KernelStep): Set<object> {
  if (!('run' in step)) return new Set(step.steps.flatMap(inner => [...storedBy(inner)]))
  return new Set(step.values?.filter((_, i) => step.run.buffers[i]!.access !== 'read'))
}

type WorkStep = Extract<KernelStep, { run: Work }>

class Verifier {
  readonly #program: KernelProgram
  /** For each buffer the one whose memory it uses. */
  readonly #roots: number[]
  /** The value that was stored last into each memory, by the number of its root. */
  readonly #content = new Map<number, object>()
  /** What memory that lasts between calls held at first, by the number of its root. */
  readonly #before = new Map<number, object>()
  /** The outermost step under way. */
  #at = 0
  /** What it stores to, and how many of the steps after it do so to a value. */
  #own: ReadonlySet<object> = new Set()
  readonly #storing = new Map<object, number>()
  /** A step that replaced a state, once one did. */
  #replaced: string | undefined

  constructor(program: KernelProgram) {
    this.#program = program
    this.#roots = program.buffers.map((_, i) => this.#rootOf(i))
  }

  run(): void {
    const { steps, buffers, outputs } = this.#program
    for (const [i, { from, to, role }] of buffers.entries()) {
      this.#must(from <= to && to <= steps.length, `buffer ${i} lives from ${from} to ${to}`)
      if (role === 'input') this.#must(from === -1, `input buffer ${i} is not there at first`)
    }
    for (const step of steps) for (const value of storedBy(step)) this.#count(value, 1)
    for (const [at, step] of steps.entries()) {
      this.#at = at
      this.#own = storedBy(step)
      for (const value of this.#own) this.#count(value, -1)
      this.#step(step)
    }
    this.#at = steps.length
    for (const { name, buffer } of outputs) {
      this.#must(this.#content.has(this.#roots[buffer]!), `nothing stores output '${name}'`)
      this.#must(buffers[buffer]!.to === steps.length, `output '${name}' does not live to the end`)
    }
  }

  #count(value: object, more: number): void {
    this.#storing.set(value, (this.#storing.get(value) ?? 0) + more)
  }

  #must(holds: boolean, message: string): void {
    if (!holds) throw new InvalidPlan(`${this.#program.name}, step ${this.#at}: ${message}`)
  }

  #rootOf(buffer: number): number {
    const { buffers } = this.#program
    let root = buffer
    for (let hops = 0; buffers[root]?.aliases !== undefined; hops++) {
      this.#must(hops < buffers.length, `buffer ${buffer} aliases itself`)
      root = buffers[root]!.aliases!
    }
    const [own, memory] = [buffers[buffer]!, buffers[root]]
    this.#must(memory !== undefined, `buffer ${buffer} aliases none`)
    this.#must(root === buffer || dimEqual(own.bytes, memory!.bytes), `buffer ${buffer} is not as large as ${root}`)
    return root
  }

  /** Loops run twice: what the second time finds is what the first one left. */
  #step(step: KernelStep): void {
    if ('run' in step) this.#work(step)
    else for (const inner of [...step.steps, ...step.steps]) this.#step(inner)
  }

  #work(step: WorkStep): void {
    const { run, buffers, values } = step
    const label = `${run.label} (${run.name})`
    this.#must(
      buffers.length === run.buffers.length && values?.length === buffers.length,
      `${label}: buffers miscounted`,
    )
    const failing = this.#replaced === undefined || !canFail(run)
    this.#must(failing, `${label} can fail after ${this.#replaced} replaced a state`)
    for (const i of buffers.keys()) this.#use(step, i, label)
    for (const [to, target] of run.buffers.entries()) {
      if (target.access === 'read') continue
      for (const from of run.buffers.keys()) {
        if (from === to || this.#roots[buffers[from]!] !== this.#roots[buffers[to]!]) continue
        this.#must(run.buffers[from]!.access === 'read', `${label}: stores twice to one memory`)
        const safe =
          !isCall(run) && (replacesEachElement(run, from, to) || liesApart(run, from, to, this.#program.dims))
        this.#must(safe, `${label}: reads elements after it replaced them`)
      }
    }
    for (const [i, { access }] of run.buffers.entries()) if (access !== 'read') this.#fill(step, i, label)
  }

  /** One buffer of a step: of the right type and size, alive, and holding what is read from it. */
  #use({ run, buffers, values }: WorkStep, i: number, label: string): void {
    const [buffer, kernel] = [this.#program.buffers[buffers[i]!], run.buffers[i]!]
    if (!buffer) return this.#must(false, `${label}: there is no buffer ${buffers[i]}`)
    const what = `${label}: buffer ${buffers[i]} (${buffer.role})`
    this.#must(buffer.dtype === kernel.dtype, `${what} is ${buffer.dtype}, not ${kernel.dtype}`)
    const missing = dimDifference(buffer.bytes, dimMul(kernel.size, byteWidth[kernel.dtype]))
    this.#must(missing === undefined || missing >= 0, `${what} is too small`)
    this.#must(buffer.from <= this.#at && this.#at <= buffer.to, `${what} does not live here`)
    if (kernel.access === 'write') return
    // What adds to a value, a scatter or a loop, reads it as it is by then.
    const complete = !this.#storing.get(values![i]!) || this.#own.has(values![i]!)
    this.#must(complete, `${what} is read before all of it is stored`)
    const found = this.#content.get(this.#roots[buffers[i]!]!)
    const lasting = buffer.role === 'input' || buffer.role === 'state' || buffer.role === 'constant'
    const root = this.#roots[buffers[i]!]!
    // What is written into a state may begin with what the state holds.
    const begins = kernel.access === 'readwrite' && buffer.role === 'state' && found === this.#before.get(root)
    this.#must(found === undefined ? lasting : begins || found === values![i], `${what} does not hold what is read`)
    // What was there before the call has no name yet: the first reader's.
    if (found === undefined) {
      this.#content.set(root, values![i]!)
      this.#before.set(root, values![i]!)
    }
  }

  #fill({ buffers, values }: WorkStep, i: number, label: string): void {
    const { role } = this.#program.buffers[buffers[i]!]!
    this.#must(role !== 'input' && role !== 'constant', `${label} stores to ${role} buffer ${buffers[i]}`)
    if (role === 'state') this.#replaced = label
    this.#content.set(this.#roots[buffers[i]!]!, values![i]!)
  }
}

/** Every element is read where it is about to be replaced, and by no stage after that. */
function replacesEachElement({ stages }: Kernel, from: number, to: number): boolean {
  const stores: Store[] = []
  for (const { stores: own, folds, contraction } of stages) {
    const roots = [...folds.map(fold => fold.body), ...own.flatMap(storeRoots)]
    if (contraction) roots.push(contraction.left, contraction.right)
    const reads = expressions(roots).filter((expr): expr is Load => expr.kind === 'load' && expr.buffer === from)
    if (reads.length > 0 && stores.length > 0) return false
    const here = own.filter(store => store.buffer === to)
    const places = [...here, ...stages.flatMap(stage => stage.stores).filter(store => store.buffer === to)]
    if (reads.some(read => lookupsOf(read).length > 0 || places.some(({ at }) => !dimEqual(at, read.at)))) return false
    stores.push(...here)
  }
  return stores.length === 1 && !stores[0]!.lookups?.length && !stores[0]!.accumulate
}

type Load = Extract<Expr, { kind: 'load' }>

/** What dims are tried as where the places of reads and stores are compared. */
const tried = 3

/** Turns of a loop that are tried, from its first and up to its last. */
const turns = 3

/** An element that is read or stored, and what holds where it is. */
interface Touch {
  at: DimExpr
  when: readonly Condition[]
}

/** Reads and stores are in different slots of the memory, whatever the counters of the loops around are. */
function liesApart(kernel: Kernel, from: number, to: number, dims: KernelProgram['dims']): boolean {
  const operands = kernel.stages.flatMap(({ contraction }) =>
    contraction ? [contraction.left, contraction.right] : [],
  )
  const reads = readsOf([...kernel.stages.flatMap(stageRoots), ...operands], from)
  const stores = kernel.stages.flatMap(stage => stage.stores).filter(store => store.buffer === to)
  // An index that is data goes over its whole size.
  const data = [...reads.flatMap(({ lookups }) => lookups), ...stores.flatMap(({ lookups = [] }) => lookups)].map(
    ({ name, size }) => ({ name, extent: size }),
  )
  const loops = [...kernel.loops, ...kernel.stages.flatMap(stage => stage.loops), ...data]
  return Array.from({ length: 2 * tried }, (_, counter) => counter).every(counter => {
    const values = new Map(kernel.dims.map(name => [name, Object.hasOwn(dims, name) ? tried : counter]))
    const read = spanOf(reads, loops, values)
    const stored = spanOf(
      stores.map(({ at }) => ({ at, when: [] })),
      loops,
      values,
    )
    return read.most < stored.least || stored.most < read.least
  })
}

/** The loads of a buffer, each with the conditions of the guards that it is under. */
function readsOf(roots: readonly Expr[], buffer: number): (Touch & { lookups: readonly Lookup[] })[] {
  const found: (Touch & { lookups: readonly Lookup[] })[] = []
  const seen = new Map<Expr, Set<readonly Condition[]>>()
  const open = roots.map(expr => ({ expr, when: always }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { expr, when } = next
    if (seen.get(expr)?.has(when)) continue
    seen.set(expr, (seen.get(expr) ?? new Set()).add(when))
    if (expr.kind === 'load' && expr.buffer === buffer) found.push({ at: expr.at, when, lookups: lookupsOf(expr) })
    if (expr.kind === 'guard') {
      open.push({ expr: expr.then, when: [...when, ...expr.when] }, { expr: expr.otherwise, when })
    } else for (const child of children(expr)) open.push({ expr: child, when })
  }
  return found
}

const always: readonly Condition[] = []

/** The least and the greatest of places, at the first and last turns of the loops: they are linear in each. */
function spanOf(touches: readonly Touch[], loops: Kernel['loops'], values: ReadonlyMap<string, number>) {
  const all = touches.flatMap(({ at, when }) => {
    const names = new Set([at, ...when.flatMap(({ left, right }) => [left, right])].flatMap(dim => [...dimNames(dim)]))
    let points: ReadonlyMap<string, number>[] = [values]
    for (const { name, extent } of loops) {
      if (!names.has(name)) continue
      const last = Math.max(evaluate(extent, values) - 1, 0)
      const tries = Array.from({ length: last + 1 }, (_, turn) => turn).filter(
        turn => Math.min(turn, last - turn) < turns,
      )
      points = points.flatMap(point => tries.map(turn => new Map([...point, [name, turn]])))
    }
    return points.filter(point => when.every(each => holds(each, point))).map(point => evaluate(at, point))
  })
  return { least: Math.min(...all), most: Math.max(...all) }
}

function holds({ relation, left, right }: Condition, point: ReadonlyMap<string, number>): boolean {
  const [a, b] = [evaluate(left, point), evaluate(right, point)]
  return relation === '<' ? a < b : relation === '<=' ? a <= b : a === b
}
