/** Terms of the series below: the first left out is under 2^-56 of the first one. */
const terms = 11

/**
 * The natural logarithm of a finite number, within 2 ulp, by additions, products and divisions of float64
 * alone: unlike `Math.log`, whose last bits the language leaves open, it is the same on every engine.
 *
 * x = m 2^k with m in [sqrt(1/2), sqrt 2), and log m = 2 artanh z = 2 (z + z^3/3 + z^5/5 + ...) with z = (m - 1) / (m + 1).
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN
  let [m, k] = [x, 0]
  for (; m >= Math.SQRT2; k++) m /= 2
  for (; m < Math.SQRT1_2; k--) m *= 2
  const z = (m - 1) / (m + 1)
  const square = z * z
  let sum = 0
  for (let i = terms - 1; i > 0; i--) sum = square * (1 / (2 * i + 1) + sum)
  return k * Math.LN2 + 2 * (z + z * sum)
}
