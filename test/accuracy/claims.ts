/** What is promised of float32 results, in units in the last place; docs/accuracy.md has what was measured. */
export const claims: Readonly<Record<string, number>> = {
  exp: 1,
  exp2: 1.3,
  expm1: 1.9,
  log: 1,
  log2: 1,
  log10: 1,
  log1p: 1.6,
  log1mexp: 2.3,
  pow: 1,
  tanh: 2.1,
  sigmoid: 2.5,
  softplus: 2.3,
  sin: 2,
  cos: 2,
  tan: 3.3,
  arcsin: 2.5,
  arccos: 1.5,
  arctan: 2,
  sinh: 2.5,
  cosh: 1.7,
  arcsinh: 2,
  arccosh: 2.3,
  arctanh: 2,
  erf: 1.5,
  erfc: 3.3,
  erfcx: 0.51,
  erfinv: 0.51,
  erfcinv: 0.51,
  gamma: 0.51,
  factorial: 0.51,
  logit: 4,
  xlogx: 2,
  selu: 4,
  logErfc: 16,
  gammaln: 0.51,
  digamma: 0.51,
  trigamma: 0.51,
  j0: 0.51,
  j1: 0.51,
}

/** Every kind of place where a body changes its ways: limits, multiples of ln 2 and pi/4, powers of 2 and of sqrt 2. */
export function* breakpoints(): Generator<number> {
  const limits = [
    0.25,
    0.45,
    0.5,
    0.75,
    0.9,
    Math.SQRT2 - 1,
    1 + Math.SQRT2,
    1.3,
    1.5,
    2.5,
    3.95,
    4,
    5,
    6,
    8,
    10,
    10.5,
    25,
    26.7,
    28,
    87.336,
    88.7228,
    89.4159,
    89.5,
    103.279,
    103.9721,
    104,
    126,
    128,
    129,
    149,
    150,
    151,
    6400,
  ]
  yield* limits
  for (let k = 1; k < 620; k++) yield (k * Math.LN2) / 4
  for (let k = 1; k < 8400; k++) yield (k * Math.PI) / 4
  for (let k = -149; k < 128; k += 0.5) yield 2 ** k
  for (let k = 1; k < 40; k++) yield k
  for (let k = 2; k < 24; k++) yield 1 - 2 ** -k
}

/** The float32 numbers within `reach` of those and of their opposites, zero, infinity and NaN among them. */
export function* neighbourhoods(reach: number): Generator<number> {
  const word = new Float32Array(1)
  const bits = new Int32Array(word.buffer)
  for (const x of [0, ...breakpoints(), Number.POSITIVE_INFINITY]) {
    word[0] = x
    const center = bits[0]!
    for (let i = Math.max(center - reach, 0); i <= center + reach; i++) {
      bits[0] = i
      yield word[0]!
      yield -word[0]!
    }
  }
}
