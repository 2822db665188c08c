/** What factorizations and solvers are defined by, on every executor: products, orthogonality, residuals, order and signs. */
import * as d from 'damo'
import { verifyGrad } from 'damo/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Arrays, type Executor, executors } from './executors.ts'
import { uniform } from './values.ts'

/** A matrix of numbers. */
interface Matrix {
  rows: number
  columns: number
  at: Float64Array
}

const matrix = (rows: number, columns: number, value: (i: number, j: number) => number): Matrix => ({
  rows,
  columns,
  at: Float64Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns)),
})
const get = (a: Matrix, i: number, j: number) => a.at[i * a.columns + j]!
const times = (a: Matrix, b: Matrix) =>
  matrix(a.rows, b.columns, (i, j) => {
    let sum = 0
    for (let k = 0; k < a.columns; k++) sum += get(a, i, k) * get(b, k, j)
    return sum
  })
const turned = (a: Matrix) => matrix(a.columns, a.rows, (i, j) => get(a, j, i))
const identity = (n: number) => matrix(n, n, (i, j) => Number(i === j))
const diagonal = (values: Matrix) => matrix(values.columns, values.columns, (i, j) => (i === j ? get(values, 0, i) : 0))
const size = (a: Matrix) => a.at.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
const symmetric = (a: Matrix) => matrix(a.rows, a.rows, (i, j) => get(a, Math.max(i, j), Math.min(i, j)))

/** Element k of the batch, a vector as one row. */
function part(x: d.NDArray, k: number, rank = 2): Matrix {
  const [rows, columns] = rank === 2 ? (x.shape.slice(-2) as [number, number]) : [1, rank === 1 ? x.shape.at(-1)! : 1]
  const count = rows * columns
  return { rows, columns, at: Float64Array.from(Array.from(x.data, Number).slice(k * count, (k + 1) * count)) }
}

function close(a: Matrix, b: Matrix, tolerance: number): void {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns])
  a.at.forEach((x, i) => {
    if (!(Math.abs(x - b.at[i]!) <= tolerance)) expect.fail(`element ${i}: ${x} and ${b.at[i]} (within ${tolerance})`)
  })
}

const orthonormal = (columns: Matrix, tolerance: number) =>
  close(times(turned(columns), columns), identity(columns.columns), tolerance)

const descending = (values: Matrix) => expect([...values.at].sort((a, b) => b - a)).toEqual([...values.at])

/** The first element of three quarters of the largest, or more, is not negative. */
function firstIsPositive(vector: readonly number[]): void {
  const largest = Math.max(...vector.map(Math.abs))
  const first = vector.find(x => Math.abs(x) >= 0.75 * largest) ?? 0
  // Where two elements are that near to three quarters, rounding decides.
  if (vector.every(x => Math.abs(Math.abs(x) - 0.75 * largest) > 1e-5)) expect(first).toBeGreaterThanOrEqual(0)
}

/** What the programs are about: `a` is any matrix, `s` a square one. */
function build(dtype: d.DType) {
  const a = d.tensor('a', { dtype, shape: ['b', 'm', 'n'] })
  const s = d.tensor('s', { dtype, shape: ['b', 'n', 'n'] })
  const positive = d.add(d.matmul(s, d.transpose(s, [0, 2, 1])), d.eye('n', { dtype }))
  const right = d.transpose(a, [0, 2, 1])
  const [thin, full] = [d.svd(a, { fullMatrices: false }), d.svd(a)]
  const [reduced, complete] = [d.qr(a), d.qr(a, { mode: 'complete' })]
  const { eigenvalues, eigenvectors } = d.eigh(s)
  const { sign, logabsdet } = d.slogdet(positive)
  const { p, l, u } = d.lu(s)
  const factors = d.luFactor(positive)
  const outputs = {
    ...{ u: thin.u, s: thin.s, vh: thin.vh, fullU: full.u, fullV: full.vh, values: d.svdvals(a) },
    ...{ q: reduced.q, r: reduced.r, fullQ: complete.q, fullR: complete.r },
    ...{ w: eigenvalues, v: eigenvectors, positive, factor: d.cholesky(positive), solution: d.solve(positive, right) },
    ...{ inverse: d.inv(positive), pseudo: d.pinv(a, { rcond: 1e-5 }), det: d.det(positive), sign, logabsdet },
    ...{ lower: d.solveTriangular(d.add(s, d.mul(d.eye('n', { dtype }), 3)), right, { lower: true }), p, l, up: u },
    ...{ factored: d.luSolve(factors, right), turned: d.luSolve(factors, right, { trans: true }) },
    ...{ rank: d.matrixRank(a), exponential: d.expm(s), back: d.expm(d.mul(s, -1)) },
  }
  return { inputs: { a, s }, outputs }
}

const draw = uniform(11)
const random = (rows: number, columns: number) => matrix(rows, columns, () => draw() - 0.5)
const low = (rows: number, columns: number, rank: number) => times(random(rows, rank), random(rank, columns))
const hilbert = (n: number) => matrix(n, n, (i, j) => 1 / (i + j + 1))

/** Pairs of matrices: of any shape, and square. */
const samples: Readonly<Record<string, readonly (readonly [Matrix, Matrix])[]>> = {
  empty: [[random(0, 0), random(0, 0)]],
  'without rows': [[random(0, 3), random(3, 3)]],
  'without columns': [[random(3, 0), random(0, 0)]],
  'of one element': [
    [matrix(1, 1, () => -2), matrix(1, 1, () => -2.5)],
    [matrix(1, 1, () => 0), matrix(1, 1, () => 0)],
  ],
  tall: [
    [random(7, 4), random(4, 4)],
    [random(7, 4), random(4, 4)],
  ],
  wide: [[random(3, 6), random(6, 6)]],
  square: [[random(13, 13), random(13, 13)]],
  'of low rank': [[low(6, 5, 2), low(5, 5, 2)]],
  'of zeros': [[matrix(4, 3, () => 0), matrix(3, 3, () => 0)]],
  'ill-conditioned': [[hilbert(8), hilbert(8)]],
  'with equal values': [[identity(5), identity(5)]],
  'of large and small elements': [[matrix(4, 4, (i, j) => (draw() - 0.5) * 10 ** (3 * i - 2 * j)), random(4, 4)]],
  'of tiny elements': [[matrix(3, 3, () => (draw() - 0.5) * 1e-30), random(3, 3)]],
}

function stacked(dtype: d.DType, parts: readonly Matrix[]): d.NDArray {
  const [{ rows, columns }] = parts as [Matrix]
  return d.array(
    parts.flatMap(x => [...x.at]),
    { dtype, shape: [parts.length, rows, columns] },
  )
}

/** Fails unless the results are what they have to be of element k of the batch. */
function judge(out: Arrays, given: Arrays, k: number, unit: number): void {
  const of = (name: string, rank = 2) => part(out[name]!, k, rank)
  const [a, s] = [part(given.a!, k), part(given.s!, k)]
  const [m, n] = [a.rows, a.columns]
  const tolerance = 40 * unit * Math.max(m, n, 1)
  const near = tolerance * Math.max(size(a), Number.MIN_VALUE)
  const values = of('s', 1)

  close(times(times(of('u'), diagonal(values)), of('vh')), a, near)
  for (const name of ['u', 'fullU', 'q', 'fullQ', 'v']) orthonormal(of(name), tolerance)
  for (const name of ['vh', 'fullV']) orthonormal(turned(of(name)), tolerance)
  expect([of('fullU').columns, of('fullV').rows]).toEqual([m, n])
  close(of('values', 1), values, 0)
  descending(values)
  expect(values.at.every(x => x >= 0)).toBe(true)
  for (let i = 0; i < values.columns; i++) firstIsPositive([...turned(of('u')).at].slice(i * m, (i + 1) * m))

  close(times(of('q'), of('r')), a, near)
  close(times(of('fullQ'), of('fullR')), a, near)
  for (const name of ['r', 'fullR']) {
    const r = of(name)
    close(
      matrix(r.rows, r.columns, (i, j) => (j < i ? get(r, i, j) : 0)),
      matrix(r.rows, r.columns, () => 0),
      0,
    )
  }

  const [w, v] = [of('w', 1), of('v')]
  close(times(times(v, diagonal(w)), turned(v)), symmetric(s), tolerance * Math.max(size(s), 1))
  descending(matrix(1, n, (_, i) => -get(w, 0, i)))
  for (let i = 0; i < n; i++) firstIsPositive([...turned(v).at].slice(i * n, (i + 1) * n))

  const [positive, factor] = [of('positive'), of('factor')]
  const heavy = tolerance * Math.max(size(positive), 1) ** 2 * 4
  close(times(factor, turned(factor)), positive, heavy)
  close(times(positive, of('solution')), turned(a), heavy * Math.max(size(a), 1))
  for (const name of ['factored', 'turned']) close(times(positive, of(name)), turned(a), heavy * Math.max(size(a), 1))
  close(times(positive, of('inverse')), identity(n), heavy * 4)
  const product = factor.at.reduce((p, x, at) => (at % (n + 1) === 0 ? p * x * x : p), 1)
  close(
    of('det', 0),
    matrix(1, 1, () => product),
    heavy * product,
  )
  close(
    of('sign', 0),
    matrix(1, 1, () => 1),
    0,
  )
  close(
    of('logabsdet', 0),
    matrix(1, 1, () => Math.log(product)),
    heavy * 4,
  )

  const system = matrix(n, n, (i, j) => (j > i ? 0 : get(s, i, j) + (i === j ? 3 : 0)))
  close(times(system, of('lower')), turned(a), tolerance * 8 * Math.max(size(a), 1))
  const rows = [...of('p', 1).at]
  close(
    times(of('l'), of('up')),
    matrix(n, n, (i, j) => get(s, rows[i]!, j)),
    tolerance * Math.max(size(s), 1),
  )
  close(times(of('exponential'), of('back')), identity(n), tolerance * 40 * size(of('exponential')) * size(of('back')))

  // Penrose's conditions, where the rank is not in doubt.
  const top = values.at[0] ?? 0
  const kept = [...values.at].filter(x => x > 1e-3 * top)
  if (kept.length === 0 || values.at.some(x => x <= 1e-3 * top && x > tolerance * top)) return
  expect(get(of('rank', 0), 0, 0)).toBe(kept.length)
  const pseudo = of('pseudo')
  const spread = (tolerance * 100 * kept[0]!) / kept.at(-1)!
  close(times(times(a, pseudo), a), a, spread * size(a))
  close(times(a, pseudo), turned(times(a, pseudo)), spread)
  close(times(pseudo, a), turned(times(pseudo, a)), spread)
}

describe.each(executors.map(executor => [executor.name, executor] as const))('%s', (_, executor: Executor) => {
  describe.each(['float64', 'float32'] as const)('%s', dtype => {
    const results = new Map<string, { out: Arrays; given: Arrays }>()
    let reason: string | undefined
    beforeAll(async () => {
      reason = await executor.unavailable()
      if (reason !== undefined) return
      const runner = await executor.compile(build(dtype))
      for (const [name, pairs] of Object.entries(samples)) {
        const given = {
          a: stacked(
            dtype,
            pairs.map(([a]) => a),
          ),
          s: stacked(
            dtype,
            pairs.map(([, s]) => s),
          ),
        }
        results.set(name, { out: await runner.run(given), given })
      }
    }, 300_000)

    test.for(Object.keys(samples))('matrices %s', (name, context) => {
      if (reason !== undefined) context.skip(reason)
      const { out, given } = results.get(name)!
      for (let k = 0; k < samples[name]!.length; k++) judge(out, given, k, dtype === 'float64' ? 2 ** -52 : 2 ** -23)
    })
  })

  test('factors by exchanges of rows, and what they solve, as SciPy 1.10 gives them', async context => {
    const reason = await executor.unavailable()
    if (reason !== undefined) context.skip(reason)
    const [a, b] = [d.matrix('a', { dtype: 'float64' }), d.vector('b', { dtype: 'float64' })]
    const factors = d.luFactor(a)
    const [x, y] = [d.luSolve(factors, b), d.luSolve(factors, b, { trans: 1 })]
    const runner = await executor.compile({ inputs: { a, b }, outputs: { ...factors, x, y } })
    const given = { a: d.array([[0.5, 2, -1], [4, 1, 3], [-2, 5, 0.25]]), b: d.array([1, -2, 0.5]) } // biome-ignore format: a matrix
    const typed = Object.fromEntries(Object.entries(given).map(([name, x]) => [name, d.array(x, { dtype: 'float64' })]))
    const out = await runner.run(typed)
    const expected = {
      lu: [[4, 1, 3], [-0.5, 5.5, 1.75], [0.125, 0.34090909090909094, -1.9715909090909092]], // biome-ignore format: a matrix
      piv: [1, 2, 2],
      x: [0.0057636887608069, 0.138328530259366, -0.7204610951008645],
      y: [-0.23631123919308358, 0.11527377521613832, -0.3285302593659942],
    }
    for (const [name, values] of Object.entries(expected)) {
      const wanted = values.flat()
      const got = [...(out[name]!.data as Float64Array)]
      expect(got.length).toBe(wanted.length)
      for (const [i, value] of got.entries()) expect(value, name).toBeCloseTo(wanted[i]!, 14)
    }
  })

  test('what cannot be fails, and says so', async context => {
    const reason = await executor.unavailable()
    if (reason !== undefined) context.skip(reason)
    const a = d.tensor('a', { dtype: 'float64', shape: ['b', 2, 2] })
    const state = d.shared(d.array([1, 2, 3]), 'count')
    const values = d.array(
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 2],
          [2, 4],
        ],
      ],
      { dtype: 'float64' },
    )
    const fails = async (output: d.Tensor, given: d.NDArray, message: RegExp) => {
      const program = { inputs: { a }, outputs: { y: output }, updates: [[state, state.add(1)]] as const }
      const runner = await executor.compile(program)
      await expect(runner.run({ a: given })).rejects.toThrow(message)
      expect(runner.state(state).tolist()).toEqual([1, 2, 3])
    }
    await fails(d.inv(a), values, /inv: matrix 1 of 2 is singular/)
    await fails(d.solve(a, d.ones([2], 'float64')), values, /solve: matrix 1 of 2 is singular/)
    await fails(d.cholesky(a), values, /cholesky: matrix 1 of 2 is not positive definite/)
    const nan = d.array(
      [
        [
          [Number.NaN, 0],
          [0, 1],
        ],
      ],
      { dtype: 'float64' },
    )
    await fails(d.svdvals(a), nan, /svdvals: the singular values of matrix 0 of 1 do not converge/)
    await fails(d.eigvalsh(a), nan, /eigvalsh: the eigenvalues of matrix 0 of 1 do not converge/)
  }, 120_000)

  test('a factor is NaN instead where that is asked for, and determinants of singular matrices are 0', async context => {
    const reason = await executor.unavailable()
    if (reason !== undefined) context.skip(reason)
    const a = d.tensor('a', { dtype: 'float64', shape: ['b', 2, 2] })
    const { sign, logabsdet } = d.slogdet(a)
    const outputs = { l: d.cholesky(a, { onError: 'nan' }), det: d.det(a), sign, logabsdet }
    const runner = await executor.compile({ inputs: { a }, outputs })
    const values = [
      [
        [4, 2],
        [2, 5],
      ],
      [
        [1, 2],
        [2, 4],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]
    const out = await runner.run({ a: d.array(values, { dtype: 'float64' }) })
    expect(out.l!.tolist()).toEqual([
      [
        [2, 0],
        [1, 2],
      ],
      [
        [Number.NaN, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
      [
        [Number.NaN, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
    ])
    expect([...out.det!.data].map(x => Number(x) + 0)).toEqual([16, 0, -1])
    expect([...out.sign!.data].map(x => Number(x) + 0)).toEqual([1, 0, -1])
    expect(out.logabsdet!.tolist()).toEqual([Math.log(16), -Infinity, 0].map(x => expect.closeTo(x, 12)))
  }, 120_000)
})

test.each([false, true])('what factors solve has the derivatives of what the matrix does: transposed %s', trans => {
  const a = [[0.5, 2, -1], [4, 1, 3], [-2, 5, 0.25]] // biome-ignore format: a matrix
  verifyGrad((a, b) => d.luSolve(d.luFactor(a), b, { trans }), [a, [1, -2, 0.5]])
})
