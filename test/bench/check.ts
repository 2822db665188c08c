/** Whether engines computed the same. */

/** The largest difference of two results, relative to the largest magnitude of the second. */
export function deviation(result: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (result.length !== reference.length) return Infinity
  let [worst, largest] = [0, 0]
  for (let i = 0; i < result.length; i++) {
    const difference = Math.abs(result[i]! - reference[i]!)
    // NaN where the other has a number is as wrong as can be; written so that it is not lost.
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference
    largest = Math.max(largest, Math.abs(reference[i]!))
  }
  return worst === 0 ? 0 : worst / largest
}
