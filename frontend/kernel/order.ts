/** An order of steps that keeps every given precedence, and gives memory back early. */

/** Pairs of step numbers: the first runs before the second. */
export type Precedence = readonly (readonly [number, number])[]

/** An array in memory: from the first of the steps that use it to the last, or from before all, or until after all. */
export interface Tenant {
  bytes: number
  users: readonly number[]
  /** It is there before the first step. */
  given?: boolean
  /** It stays after the last. */
  kept?: boolean
}

/** Steps that could run next, of which so many are looked at for memory that they give back. */
const looked = 64

/**
 * The steps 0 … count - 1 in an order that keeps the precedences, or undefined if there is none. Of those that can run
 * next it is the one that gives back most memory beyond what it takes, otherwise the first in their own order.
 */
export function orderSteps(
  count: number,
  precedences: Precedence,
  tenants: readonly Tenant[] = [],
): number[] | undefined {
  const after: number[][] = Array.from({ length: count }, () => [])
  const waiting: number[] = new Array(count).fill(0)
  for (const [first, second] of precedences) {
    if (first === second) continue
    after[first]!.push(second)
    waiting[second]!++
  }
  const memory = new Memory(count, tenants)
  const ready: number[] = []
  for (let step = 0; step < count; step++) if (waiting[step] === 0) ready.push(step)
  const order: number[] = []
  while (ready.length > 0) {
    const gains = ready.slice(0, looked).map(step => memory.gain(step))
    const most = Math.max(0, ...gains)
    const [step] = ready.splice(most > 0 ? gains.indexOf(most) : 0, 1) as [number]
    memory.run(step)
    order.push(step)
    for (const next of after[step]!) if (--waiting[next]! === 0) insert(ready, next)
  }
  return order.length === count ? order : undefined
}

/** Puts a number into a list in ascending order. */
function insert(list: number[], item: number): void {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]! < item) low = middle + 1
    else high = middle
  }
  list.splice(low, 0, item)
}

/** What is in memory between steps. */
class Memory {
  readonly #used: { tenant: Tenant; alive: boolean; left: number }[][]

  constructor(count: number, tenants: readonly Tenant[]) {
    this.#used = Array.from({ length: count }, () => [])
    for (const tenant of tenants) {
      const users = new Set(tenant.users)
      const entry = { tenant, alive: tenant.given ?? false, left: users.size }
      for (const user of users) this.#used[user]!.push(entry)
    }
  }

  /** Bytes that are free once a step has run, less those that it takes. */
  gain(step: number): number {
    let gain = 0
    for (const { tenant, alive, left } of this.#used[step]!) {
      const ends = left === 1 && !tenant.kept
      if (alive && ends) gain += tenant.bytes
      else if (!alive && !ends) gain -= tenant.bytes
    }
    return gain
  }

  run(step: number): void {
    for (const entry of this.#used[step]!) {
      entry.alive = true
      entry.left--
    }
  }
}
