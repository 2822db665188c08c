/** Where to cut straight-line code in two: so that both halves wait for as little as may be, and little goes across. */
import type { Register, Statement } from '../frontend/kernel/ir.ts'
import type { DType } from '../runtime/manifest.ts'
import { mentioned } from './captured.ts'
import { operationOf } from './statements.ts'

/** Two halves of a body, and the values of the first that the second needs. */
export interface Cut {
  first: readonly Statement[]
  second: readonly Statement[]
  crossing: readonly Register[]
}

/** What storing and loading a vector takes, relative to an addition that is waited for. Others are not worth keeping. */
const crossingCost: Partial<Record<DType, number>> = { float32: 1, int32: 1, uint32: 1, float64: 2, int64: 2, bool: 6 }

/** No half is shorter than this part of the whole. */
const shortestHalf = 0.2

/**
 * Cuts a body of which some chain of operations takes longer than `limit`, in additions; undefined where there is none, or
 * nothing to gain. Loop bodies have several vectors side by side in `copies`.
 */
export function cutBody(body: readonly Statement[], copies: number, limit: number): Cut | undefined {
  const order = new Order(body)
  if (order.longest <= limit) return undefined
  let best: Cut | undefined
  let least = order.longest
  for (const depth of new Set(order.depths)) {
    if (depth < shortestHalf * order.longest || depth === order.longest) continue
    const { lengths, ...cut } = order.cutAfter(depth)
    const across = cut.crossing.reduce((sum, { dtype, lanes }) => sum + (lanes > 1 ? costOf(dtype) : Infinity), 0)
    const cost = Math.max(...lengths) + across / copies
    if (cost >= least || Math.min(...lengths) < shortestHalf * order.longest) continue
    least = cost
    best = cut
  }
  return best
}

const costOf = (dtype: DType) => crossingCost[dtype] ?? Infinity

/** Which statements of a body wait for which others. */
class Order {
  /** When each statement is done, in additions from the start of a turn. */
  readonly depths: readonly number[]
  readonly #body: readonly Statement[]
  /** For each statement the positions of those that it waits for, and of those that wait for it. */
  readonly #operands: readonly (readonly number[])[]
  readonly #users: readonly (readonly number[])[]
  /** How long it takes from the start of each statement to the end of the turn. */
  readonly #heights: readonly number[]
  /** Statements that are as well repeated as kept: constants, and what is read from memory. */
  readonly #repeated: readonly boolean[]
  /** Statements that see what the turn before has left in a register. */
  readonly #carried: readonly boolean[]

  constructor(body: readonly Statement[]) {
    const names = body.map(s => mentioned([s]).registers)
    const at = new Map(body.flatMap((s, i) => (s.kind === 'let' ? [[s.register.name, i] as const] : [])))
    const assigned = new Set(body.flatMap(s => (s.kind === 'assign' ? [s.register.name] : [])))
    const operands = names.map(all => [...all].flatMap(name => at.get(name) ?? []))
    const users: number[][] = body.map(() => [])
    operands.forEach((all, i) => {
      for (const each of all) users[each]!.push(i)
    })
    this.#body = body
    this.#operands = operands
    this.#users = users
    this.#carried = names.map(all => [...all].some(name => assigned.has(name)))
    this.#repeated = body.map((s, i) => isRepeated(s) && operands[i]!.length === 0)
    this.depths = this.#doneAt(() => true)
    const heights: number[] = []
    for (let i = body.length - 1; i >= 0; i--)
      heights[i] = Math.max(0, ...users[i]!.map(each => heights[each]!)) + latencyOf(body[i]!)
    this.#heights = heights
  }

  get longest(): number {
    return Math.max(0, ...this.depths)
  }

  /** When statements are done where those of `inside` alone are waited for. */
  #doneAt(inside: (i: number) => boolean): number[] {
    const done: number[] = []
    this.#body.forEach((s, i) => {
      done.push(inside(i) ? Math.max(0, ...this.#operands[i]!.map(each => done[each]!)) + latencyOf(s) : 0)
    })
    return done
  }

  /** The cut behind what is done by a time; what is computed later as soon is, where no more then goes across. */
  cutAfter(depth: number): Cut & { lengths: [number, number] } {
    const body = this.#body
    const later: boolean[] = []
    body.forEach((s, i) => {
      const must = s.kind !== 'let' || this.#carried[i]! || this.depths[i]! > depth
      later.push(must || this.#operands[i]!.some(each => later[each]))
    })
    const crosses = (i: number) => !this.#repeated[i] && !later[i] && this.#users[i]!.some(user => later[user])
    const length = Math.max(0, ...this.#heights.filter((_, i) => later[i]))
    const movesOn = (i: number) =>
      !this.#repeated[i] &&
      !later[i] &&
      this.#heights[i]! <= length &&
      this.#users[i]!.every(user => later[user]) &&
      this.#operands[i]!.filter(each => !this.#repeated[each] && !crosses(each)).length <= 1
    for (let moved = true; moved; ) {
      moved = false
      for (let i = body.length - 1; i >= 0; i--) if (movesOn(i)) moved = later[i] = true
    }
    const isIn = (half: boolean) => (_: Statement, i: number) =>
      this.#repeated[i] ? this.#users[i]!.some(user => later[user] === half) : later[i] === half
    return {
      first: body.filter(isIn(false)),
      second: body.filter(isIn(true)),
      crossing: body.flatMap((s, i) => (s.kind === 'let' && crosses(i) ? [s.register] : [])),
      lengths: [Math.max(0, ...this.#doneAt(i => !later[i])), Math.max(0, ...this.#doneAt(i => later[i]!))],
    }
  }
}

const isRepeated = (s: Statement): boolean =>
  s.kind === 'let' && ['const', 'copy', 'load', 'index'].includes(s.operation.kind)

/** How long after its operands a statement is done, in additions: what is read from memory is mostly there. */
function latencyOf(s: Statement): number {
  const operation = operationOf(s)
  if (!operation || isRepeated(s)) return 0
  if (operation.kind === 'fma') return 2
  if (operation.kind !== 'apply') return 1
  return operation.op.converts === 'bits' ? 0 : operation.op.cost
}
