/** Runs a float32 function over ranges of bit patterns and judges every result. */
import { Bench, type Worst } from './bench.ts'

/** Patterns from `from` up to `to`, `step` apart. */
export interface Range {
  from: number
  to: number
  step: number
}

/** All 2^32 bit patterns of a float32. */
export const allPatterns = 2 ** 32

const capacity = 65536

/** A function under test; `sweep` may be called for many ranges. */
export class Sweeper {
  readonly #bench: Bench

  private constructor(bench: Bench) {
    this.#bench = bench
  }

  static async create(name: string): Promise<Sweeper> {
    return (await Sweeper.createAll([name])).get(name)!
  }

  /** Sweepers of many functions, compiled as one module. */
  static async createAll(names: readonly string[]): Promise<Map<string, Sweeper>> {
    const benches = await Bench.createAll(names, 'float32', capacity)
    return new Map([...benches].map(([name, bench]) => [name, new Sweeper(bench)]))
  }

  /** The worst result of a range. */
  sweep({ from, to, step }: Range): Worst {
    const bench = this.#bench
    const { patterns } = bench
    bench.reset()
    for (let start = from; start < to; start += step * capacity) {
      for (let i = 0; i < capacity; i++) patterns[i] = Math.min(start + i * step, to - 1)
      bench.run()
      bench.judge()
    }
    return bench.worst
  }

  /** The worst result of a list of arguments. */
  judge(list: Iterable<number>): Worst {
    const bench = this.#bench
    bench.reset()
    let filled = 0
    const flush = () => {
      for (; filled < capacity; filled++) bench.inputs[0]![filled] = bench.inputs[0]![0]!
      bench.run()
      bench.judge()
      filled = 0
    }
    for (const x of list) {
      bench.inputs[0]![filled++] = x
      if (filled === capacity) flush()
    }
    if (filled > 0) flush()
    return bench.worst
  }
}
