/** Two ways of doing the same thing again and again: which of them is the faster one is found by trying. */

/** Milliseconds at a stretch from which the mean of what they were spent on says something. */
const stretch = 2

/** Stretches by whose median the way taken is judged: one that something else has disturbed does not count. */
const judged = 5

/** Stretches that the other way has to win, one after the other, before it is taken. */
const wins = 3

/** Stretches between two trials, at least; and as many times what a trial lost, so that deciding costs about a hundredth. */
const leastRest = 8
const restPerLoss = 100

/**
 * The way that was faster when both were last tried. The first is taken as long as nothing else is known, and from time to
 * time the other for a stretch. If that was the faster one, stretches of both take turns, and the other is the way to take
 * once it has won three times on end; if not, that stretch is all that the trial lost.
 *
 * What a machine has to do besides changes, so trials go on: after a rest of a hundred times what the last one lost, and as
 * soon as the way taken falls behind what the other is known for. No single stretch decides: neither one of the way taken that
 * took long, nor one of the other that was quick. One of the other that took very long counts as a loss of `mostLoss`
 * stretches: no way is known to be further behind. While little is known the first is tried again after as many stretches as
 * there were: what engines do besides when code is new, such as compiling it better, hinders several threads alone.
 */
export class Contest {
  /** The way to take. */
  way: 0 | 1 = 0
  /** The way that is held to be the faster one; `way` is the other while that is tried. */
  #best: 0 | 1 = 0
  /** Milliseconds of a turn in the last stretches of the way that is held to be the faster one. */
  #means: number[] = []
  /** The same of the other, when it last was the slower one. */
  #other = Infinity
  #won = 0
  /** Stretches since the last trial, and until the next. */
  #rested = 0
  #rest = leastRest
  /** Stretches in all. */
  #lived = 0
  #turns = 0
  #spent = 0
  readonly #mostLoss: number

  constructor(mostLoss: number) {
    this.#mostLoss = mostLoss
  }

  /** Tells what `way` took. */
  took(milliseconds: number): void {
    this.#turns++
    this.#spent += milliseconds
    if (this.#spent < stretch) return
    const mean = this.#spent / this.#turns
    this.#turns = this.#spent = 0
    this.#lived++
    if (this.way === this.#best) this.#taken(mean)
    else this.#tried(mean)
  }

  #taken(mean: number): void {
    this.#means = [mean, ...this.#means].slice(0, judged)
    this.#rested++
    const isBehind = this.#rested >= judged && median(this.#means) > this.#other
    if (this.#won > 0 || this.#rested >= this.#rest || isBehind) this.way = other(this.#best)
  }

  #tried(mean: number): void {
    const usual = median(this.#means)
    const loss = Math.min(mean / usual - 1, this.#mostLoss)
    this.#rested = 0
    this.way = this.#best
    if (loss < 0) {
      this.#won++
      if (this.#won < wins) return
      this.#best = this.way = other(this.#best)
      this.#means = [mean]
      this.#other = usual
    } else this.#other = mean
    this.#won = 0
    const most = this.#best === 0 ? Infinity : this.#lived
    this.#rest = Math.max(leastRest, Math.min(restPerLoss * loss, most))
  }
}

const other = (way: 0 | 1): 0 | 1 => (way === 0 ? 1 : 0)

const median = (means: readonly number[]): number => [...means].sort((a, b) => a - b)[means.length >> 1]!
