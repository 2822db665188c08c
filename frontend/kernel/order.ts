/** An order of steps that keeps every given precedence. */

/** Pairs of step numbers: the first runs before the second. */
export type Precedence = readonly (readonly [number, number])[]

/** The steps 0 … count - 1 in an order that keeps the precedences and otherwise their own, or undefined if there is none. */
export function orderSteps(count: number, precedences: Precedence): number[] | undefined {
  const after: number[][] = Array.from({ length: count }, () => [])
  const waiting: number[] = new Array(count).fill(0)
  for (const [first, second] of precedences) {
    if (first === second) continue
    after[first]!.push(second)
    waiting[second]!++
  }
  const ready = new Heap()
  for (let step = 0; step < count; step++) if (waiting[step] === 0) ready.push(step)
  const order: number[] = []
  for (let step = ready.pop(); step !== undefined; step = ready.pop()) {
    order.push(step)
    for (const next of after[step]!) if (--waiting[next]! === 0) ready.push(next)
  }
  return order.length === count ? order : undefined
}

/** A binary heap of numbers, the least on top. */
class Heap {
  readonly #items: number[] = []

  push(item: number): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]! <= item) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): number | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++
      if (last <= items[child]!) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return top
  }
}
