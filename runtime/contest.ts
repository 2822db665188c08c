/** Two ways of doing the same thing again and again: which of them is the faster one is found by trying. */

/** Milliseconds at a stretch from which the mean of what they were spent on says something. */
const stretch = 2

/** Stretches of the faster way after which the other is tried for one: doubled whenever that was no use. */
const firstPatience = 8
const mostPatience = 256

/**
 * The way that was faster when both were last tried. What the machine has to do besides changes, so the other is tried
 * again: seldom while that is no use, so that it costs less than a hundredth; soon after the way taken falls behind what
 * the other is known for.
 */
export class Contest {
  /** The way to take. */
  way: 0 | 1 = 0
  /** The way that is held to be the faster one; `way` is the other while that is tried. */
  #best: 0 | 1 = 0
  /** Milliseconds that each way took at its last stretch, in the mean. */
  readonly #means: [number, number] = [Infinity, Infinity]
  #patience = firstPatience
  /** Stretches since the other way was tried. */
  #stretches = 0
  #turns = 0
  #spent = 0

  /** Tells what `way` took. */
  took(milliseconds: number): void {
    this.#turns++
    this.#spent += milliseconds
    if (this.#spent < stretch) return
    const mean = this.#spent / this.#turns
    this.#turns = this.#spent = 0
    this.#means[this.way] = mean
    if (this.way === this.#best) {
      this.#stretches++
      if (this.#stretches >= this.#patience || mean > this.#means[other(this.way)]) this.way = other(this.way)
      return
    }
    this.#stretches = 0
    if (mean < this.#means[this.#best]) {
      this.#best = this.way
      this.#patience = firstPatience
    } else {
      this.way = this.#best
      this.#patience = Math.min(2 * this.#patience, mostPatience)
    }
  }
}

const other = (way: 0 | 1): 0 | 1 => (way === 0 ? 1 : 0)
