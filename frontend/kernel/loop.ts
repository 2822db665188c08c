/**
 * Scans as loops over memory: where carries, elements and outputs lie at each step, and what has to be computed there. A
 * carry with a history is written there at once. One of which only the last value is asked for is replaced in place, or
 * takes turns in two slots where the step needs it before and after.
 */
import type { ItemAttrs, LeafOp } from '../define.ts'
import { type DimExpr, dimAdd, dimMod, dimMul, dimProduct, dimSub, type Index } from '../dims.ts'
import { isConstant } from '../leaf.ts'
import { broadcastShape, reshapeTo, sliceAxis } from '../ops/move.ts'
import { withOrigins } from '../origin.ts'
import { open } from '../region.ts'
import { type ScanAttrs, scanAttrs } from '../scan/node.ts'
import { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { baseOf, isPlaced } from './anchors.ts'
import { type Place, placeOf } from './place.ts'

/** A loop: values to be computed before it, and at each step. */
export interface PreparedLoop {
  count: DimExpr
  before: readonly Tensor[]
  inside: readonly Tensor[]
  /** Carries that are replaced in place, by their number, with the memory that they have. */
  inPlace: ReadonlyMap<number, Tensor>
}

/** A tensor in memory that the graph at hand does not compute. */
const memory: LeafOp = { kind: 'leaf', name: 'memory', doc: 'A tensor in memory that is computed elsewhere.' }

/**
 * The loop of a scan, whose `asked` items are needed. `counter` is the name of the step's number, `doubled` are the carries
 * that need two slots. Says in `places` where everything lies that has no memory of its own.
 */
export function prepareLoop(
  node: Tensor,
  asked: readonly Tensor[],
  counter: string,
  places: Map<Tensor, Place>,
  doubled: ReadonlySet<number>,
): PreparedLoop {
  return withOrigins(node.origins, () => new LoopMemory(node, asked, counter, places).prepare(doubled))
}

/** A carry in memory. */
interface Carry {
  /** What reads it in a step. */
  parameter: Tensor
  /** Where the step puts the next. */
  after: Place
  /** The initial value in its place. */
  start: Tensor
  slots: Tensor
  /** It has one slot and no history. */
  alone: boolean
}

class LoopMemory {
  readonly #node: Tensor
  readonly #attrs: ScanAttrs
  readonly #counter: string
  /** Where in sequences and outputs a step is. */
  readonly #index: Index
  readonly #places: Map<Tensor, Place>
  readonly #items = new Map<number, Tensor>()

  constructor(node: Tensor, asked: readonly Tensor[], counter: string, places: Map<Tensor, Place>) {
    this.#node = node
    this.#attrs = scanAttrs(node)
    this.#counter = counter
    this.#index = this.#attrs.reverse ? dimSub(dimSub(this.#attrs.steps, 1), counter) : counter
    this.#places = places
    for (const item of asked) this.#items.set((item.attrs as ItemAttrs).index, item)
  }

  prepare(doubled: ReadonlySet<number>): PreparedLoop {
    const { sequences: n, carries: m, steps } = this.#attrs
    const inputs = this.#node.inputs.map(input => this.#inMemory(input))
    const carries = inputs.slice(n, n + m).map((initial, i) => this.#carry(i, initial, doubled.has(i) ? 2 : 1))
    const parameters = [
      ...inputs.slice(0, n).map(sequence => this.#element(sequence)),
      ...carries.map(({ parameter }) => parameter),
      ...inputs.slice(n + m),
    ]
    const results = open(this.#attrs, parameters)
    const targets = [...carries.map(({ after }) => after), ...results.slice(m).map((_, o) => this.#output(o))]
    const seen = new Set<Tensor>([...this.#attrs.results, ...parameters])
    const inside = results.flatMap((result, i) => {
      const target = targets[i]
      return target ? [this.#stored(result, target, seen)] : []
    })
    const inPlace = carries.flatMap(({ slots, alone }, i) => (alone ? [[i, slots] as const] : []))
    return { count: steps, before: carries.map(({ start }) => start), inside, inPlace: new Map(inPlace) }
  }

  /** What the loop reads of a tensor outside: its memory, under the same movements. */
  #inMemory(x: Tensor): Tensor {
    const base = baseOf(x)
    if (isPlaced(base) || base.op.kind === 'position' || isConstant(base)) return x
    return moved(x, base, this.#memoryAt(base, placeOf(base, this.#places)))
  }

  #memoryAt(like: Tensor, place: Place): Tensor {
    const tensor = new Tensor(memory, [], undefined, like)
    this.#places.set(tensor, place)
    return tensor
  }

  #element(sequence: Tensor): Tensor {
    return reshapeTo(sliceAxis(sequence, 0, this.#index, 1), sequence.shape.slice(1))
  }

  #carry(i: number, initial: Tensor, count: 1 | 2): Carry {
    const { carries, steps, reverse } = this.#attrs
    const [last, history] = [this.#items.get(i), this.#items.get(carries + i)]
    const slots = history ?? roomFor(initial, count)
    const slot = (at: Index) => entry(slots, at)
    const turn = dimMod(this.#counter, 2)
    const turns = count === 2 ? [0, turn, dimSub(1, turn), dimMod(steps, 2)] : [0, 0, 0, 0]
    const along = reverse
      ? [steps, dimAdd(this.#index, 1), this.#index, 0]
      : [0, this.#index, dimAdd(this.#index, 1), steps]
    const [first, before, after, end] = (history ? along : turns) as [Index, Index, Index, Index]
    if (last) this.#places.set(last, slot(end))
    const start = roomFor(initial)
    this.#places.set(start, slot(first))
    const parameter = this.#memoryAt(initial, slot(before))
    return { parameter, after: slot(after), start, slots, alone: !history && count === 1 }
  }

  #output(o: number): Place | undefined {
    const item = this.#items.get(2 * this.#attrs.carries + o)
    return item && entry(item, this.#index)
  }

  /** A result of the step in its place. What has a place already, or is not computed by this step alone, is copied. */
  #stored(result: Tensor, target: Place, seen: Set<Tensor>): Tensor {
    const copied = seen.has(result) || isPlaced(result) || result.op.kind === 'item' || result.inputs.length === 0
    const value = copied ? roomFor(result) : result
    seen.add(result)
    this.#places.set(value, target)
    return value
  }
}

/** Another place for a tensor, or for several of its type one after the other. */
function roomFor(x: Tensor, slots?: number): Tensor {
  const shape: Shape = slots === undefined ? x.shape : [slots, ...x.shape]
  return broadcastShape(x, shape)
}

/** An entry along the first axis of a tensor in memory. */
function entry(of: Tensor, at: Index): Place {
  const [count, ...rest] = of.shape as [DimExpr, ...DimExpr[]]
  const size = dimProduct(rest)
  return { of, size: dimMul(count, size), offset: dimMul(at, size) }
}

/** The movements that lead from `base` to `x`, from another tensor of the base's type. */
function moved(x: Tensor, base: Tensor, other: Tensor): Tensor {
  const chain: Tensor[] = []
  for (let node = x; node !== base; node = node.inputs[0]!) chain.push(node)
  return chain.reduceRight((input, node) => new Tensor(node.op, [input], node.attrs, node, node.checks), other)
}
