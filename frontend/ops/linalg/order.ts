/** In which order to contract several tensors pair by pair: the labels alone decide, and the sizes that are known. */
import { highestRank } from '../../rank.ts'

/** The labels of the axes of a tensor, each once. */
export type Labels = readonly number[]

/** Positions of the two tensors that meet next in the list, whose place their product takes at its end. */
export type Pair = readonly [number, number]

/** So many tensors at most are ordered by trying every order. */
const mostTried = 8

/** The labels that are left of two tensors: those that the result has, or another tensor. */
export function leftOver(a: Labels, b: Labels, others: readonly Labels[], out: Labels): number[] {
  const needed = new Set([...others.flat(), ...out])
  return [...new Set([...a, ...b])].filter(label => needed.has(label))
}

/**
 * The pairs to contract. Where all sizes are known, those of the order with the fewest multiplications (for up to eight
 * tensors: found by combining the best orders of all their subsets); otherwise greedily the pair whose product is the
 * smallest compared with the two, a size that is not known counting as `unknownSize`: Smith and Gray, opt_einsum, JOSS
 * 3(26), 2018, describe both.
 */
export function contractionOrder(
  operands: readonly Labels[],
  out: Labels,
  size: (label: number) => number | undefined,
): Pair[] {
  const known = operands.flat().every(label => size(label) !== undefined)
  const sizeOf = (label: number) => size(label) ?? unknownSize
  return known && operands.length <= mostTried ? bestOrder(operands, out, sizeOf) : greedyOrder(operands, out, sizeOf)
}

/** What a size counts as that only a call tells. */
const unknownSize = 100

type SizeOf = (label: number) => number

const volume = (labels: Iterable<number>, sizeOf: SizeOf): number =>
  [...labels].reduce((total, label) => total * sizeOf(label), 1)

/** Multiplications of a pair; a product of more axes than tensors have is out of the question. */
function costOf(a: Labels, b: Labels, kept: Labels, sizeOf: SizeOf): number {
  return kept.length > highestRank ? Infinity : volume(new Set([...a, ...b]), sizeOf)
}

function greedyOrder(operands: readonly Labels[], out: Labels, sizeOf: SizeOf): Pair[] {
  const open = [...operands]
  const pairs: Pair[] = []
  while (open.length > 1) {
    let best: { pair: Pair; kept: Labels; growth: number; cost: number } | undefined
    for (let i = 0; i < open.length; i++) {
      for (let j = i + 1; j < open.length; j++) {
        const [a, b] = [open[i]!, open[j]!]
        const kept = leftOver(
          a,
          b,
          open.filter((_, k) => k !== i && k !== j),
          out,
        )
        const cost = costOf(a, b, kept, sizeOf)
        const growth = cost === Infinity ? cost : volume(kept, sizeOf) - volume(a, sizeOf) - volume(b, sizeOf)
        if (!best || growth < best.growth || (growth === best.growth && cost < best.cost))
          best = { pair: [i, j], kept, growth, cost }
      }
    }
    const { pair, kept } = best!
    pairs.push(pair)
    open.splice(pair[1], 1)
    open.splice(pair[0], 1)
    open.push(kept)
  }
  return pairs
}

/** A product of some of the operands: what it costs to have it, and how it is had. */
interface Product {
  labels: Labels
  cost: number
  parts?: readonly [Product, Product]
  /** The operand, of a product of one. */
  operand?: number
}

function bestOrder(operands: readonly Labels[], out: Labels, sizeOf: SizeOf): Pair[] {
  const all = 2 ** operands.length - 1
  const best = new Map<number, Product>(operands.map((labels, i) => [2 ** i, { labels, cost: 0, operand: i }]))
  // A subset is a number of bits, and its own subsets are smaller numbers.
  for (let set = 1; set <= all; set++) {
    const rest = operands.filter((_, i) => (set & (1 << i)) === 0)
    for (let part = (set - 1) & set; part > 0; part = (part - 1) & set) {
      if (part < (set ^ part)) break
      const [a, b] = [best.get(part)!, best.get(set ^ part)!]
      const labels = leftOver(a.labels, b.labels, rest, out)
      const cost = a.cost + b.cost + costOf(a.labels, b.labels, labels, sizeOf)
      const known = best.get(set)
      if (!known || cost < known.cost) best.set(set, { labels, cost, parts: [a, b] })
    }
  }
  return pairsOf(best.get(all)!, operands.length)
}

/** A tree of products as pairs of positions. */
function pairsOf(root: Product, count: number): Pair[] {
  const open: Product[] = new Array(count)
  const inner: Product[] = []
  const visit = [root]
  for (let next = visit.pop(); next; next = visit.pop()) {
    if (next.parts) {
      inner.push(next)
      visit.push(...next.parts)
    } else open[next.operand!] = next
  }
  return inner.reverse().map(product => {
    const [i, j] = product.parts!.map(part => open.indexOf(part)).sort((a, b) => a - b) as [number, number]
    open.splice(j, 1)
    open.splice(i, 1)
    open.push(product)
    return [i, j] as const
  })
}
