/** pow on random pairs of float32. */
import { Bench, type Worst } from './bench.ts'

type Pair = (random: () => number) => [a: number, b: number]

const word = new Float32Array(1)
const bits = new Uint32Array(word.buffer)
const anyFloat = (random: () => number): number => {
  bits[0] = random() * 2 ** 32
  return word[0]!
}

/** Any bits; results in range; bases near 1; small bases of both signs with whole and broken exponents. */
const kinds: readonly Pair[] = [
  random => [anyFloat(random), anyFloat(random)],
  random => {
    const x = Math.exp(170 * random() - 85)
    return [x, (200 * random() - 100) / Math.abs(Math.log(x))]
  },
  random => [1 + 0.01 * (random() - 0.5), 20000 * (random() - 0.5)],
  random => [8 * random() - 2, random() < 0.5 ? Math.floor(40 * random()) - 20 : 20 * random() - 10],
]

/** Random numbers in [0, 1), the same in every run (mulberry32). */
function uniform(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const size = 100_000

/** The worst of `count` pairs, a multiple of 100,000; its argument is the base. */
export async function measurePow(count: number): Promise<Worst> {
  const bench = await Bench.create('pow', 'float32', size)
  const random = uniform()
  const [a, b] = bench.inputs as Float32Array[]
  for (let done = 0; done < count; done += size) {
    for (let i = 0; i < size; i++) [a![i], b![i]] = kinds[i % kinds.length]!(random)
    bench.run()
    bench.judge()
  }
  return bench.worst
}
