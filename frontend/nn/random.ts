/**
 * Random numbers on the host, for first values and shuffling: the same on every engine, because only exact integer
 * arithmetic and the correctly rounded operations of float64 are used, never `Math.log` and its like.
 */
import { argumentWrong } from '../errors.ts'
import { ln } from './logarithm.ts'

/**
 * A stream of random numbers: xoshiro128** (Blackman and Vigna, Scrambled linear pseudorandom number generators, ACM
 * TOMS 47, 2021), its state filled from the seed by splitmix64 as its authors advise. Not for secrets.
 */
export class Rng {
  /** The state of xoshiro128**: four words of 32 bits, never all 0. */
  readonly #state: Words
  /** The second of the two normal numbers that the polar method makes at once. */
  #spare: number | undefined

  /** A stream that `seed`, a whole number taken modulo 2^64, determines. Throws for anything else. */
  constructor(seed: number | bigint) {
    this.#state = spread(wholeSeed('rng', seed))
  }

  /** The next 32 bits, as a number in [0, 2^32). */
  bits(): number {
    const s = this.#state
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11)
    return result
  }

  /** A multiple of 2^-53 in [0, 1), each as likely. */
  uniform(): number {
    const high = this.bits() >>> 5
    return (high * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53
  }

  /** A number of the standard normal distribution, by Marsaglia's polar method (SIAM Review 6, 1964). */
  normal(): number {
    const spare = this.#spare
    this.#spare = undefined
    if (spare !== undefined) return spare
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * ln(square)) / square)
      this.#spare = y * scale
      return x * scale
    }
  }

  /** A whole number in [0, n), each as likely, for n up to 2^32. */
  integer(n: number): number {
    const fair = 2 ** 32 - (2 ** 32 % n)
    for (;;) {
      const bits = this.bits()
      if (bits < fair) return bits % n
    }
  }

  /** The numbers 0 to n - 1 in random order (Fisher and Yates), as for one pass over shuffled examples. */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const moved = order[i]!
      order[i] = order[j]!
      order[j] = moved
    }
    return order
  }
}

/** A seed as a bigint; throws for what is no whole number. */
export function wholeSeed(caller: string, seed: unknown): bigint {
  if (typeof seed === 'bigint') return seed
  if (!Number.isInteger(seed)) throw argumentWrong(caller, 'a seed, a whole number', seed)
  return BigInt(seed as number)
}

/**
 * A stream of random numbers on the host, that `seed`, a whole number, determines: `uniform()`, `normal()`, `integer(n)`,
 * `permutation(n)`, `bits()`.
 */
export const rng = (seed: number | bigint): Rng => new Rng(seed)

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

type Words = [number, number, number, number]

/** Two outputs of splitmix64 (Steele, Lea and Flood, OOPSLA 2014), each as its low and its high word. */
function spread(seed: bigint): Words {
  const words: number[] = []
  for (let i = 1n; i <= 2n; i++) {
    let z = BigInt.asUintN(64, seed + 0x9e3779b97f4a7c15n * i)
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    z ^= z >> 31n
    words.push(Number(z & 0xffffffffn), Number(z >> 32n))
  }
  return words as Words
}
