/** What is kept of a printed program: found again by what the text depends on, and by nothing less. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  add,
  argmax,
  cast,
  cholesky,
  dim,
  grad,
  lt,
  matmul,
  matrix,
  maximum,
  mul,
  shared,
  softmax,
  sort,
  sum,
  type Tensor,
  take,
  transpose,
  vector,
  where,
  zeros,
} from 'damo'
import { floats, unary } from 'damo/op'
import { afterAll, expect, test, vi } from 'vitest'
import { lowered, type Spec } from '../../frontend/compile.ts'
import type { KernelProgram } from '../../frontend/kernel/program.ts'
import { wasmVariants } from '../../runtime/manifest.ts'
import { emissionKey, emissionOf } from '../../wasm/emcc/index.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { emitVariants } from '../../wasm/variants.ts'
import { network } from '../bench/models.ts'

const cacheDir = mkdtempSync(join(tmpdir(), 'damo-test-'))
afterAll(() => rmSync(cacheDir, { recursive: true, force: true }))

const print = (program: KernelProgram) => emitVariants(program, wasmVariants, {}, loops => sharedPieces(loops))
const textOf = (program: KernelProgram) => JSON.stringify([...print(program).variants])

/** An op that is not in the registry, under a name that others have too. */
const bent = (factor: number) =>
  unary({ name: 'bent', doc: 'factor x.', types: floats, js: (x: number) => factor * x, body: x => mul(x, factor) })

const [batch, other] = [dim('batch'), dim('other')]
const x = matrix('x', { shape: [batch, 16] })
const fixed = matrix('x', { shape: [64, 16] })
const wide = matrix('x', { shape: [batch, 16], dtype: 'float64' })
const y = matrix('y', { shape: [16, 16] })
const places = vector('places', { shape: [other], dtype: 'int32' })
const state = shared(zeros([16, 16]), 'state')

const of = (...inputs: Tensor[]) => Object.fromEntries(inputs.map(each => [each.name!, each]))

/** Programs that differ in one thing from another of them. */
const programs: Record<string, Spec> = {
  'a sum': { inputs: of(x), outputs: add(x, 1) },
  'of another constant': { inputs: of(x), outputs: add(x, 2) },
  'of a small constant': { inputs: of(x), outputs: add(x, 1e-30) },
  'of float64': { inputs: of(wide), outputs: add(wide, 1) },
  'of a known size': { inputs: of(fixed), outputs: add(fixed, 1) },
  'kept in a state': { inputs: of(y), updates: [[state, add(y, 1)]] },
  'of that state': { updates: [[state, add(state, 1)]] },
  'of that state and another': { inputs: of(y), updates: [[state, add(state, y)]] },
  'zero below zero': { inputs: of(x), outputs: where(lt(x, 0), 0, x) },
  'minus zero below zero': { inputs: of(x), outputs: where(lt(x, 0), -0, x) },
  'a product': { inputs: of(x, y), outputs: matmul(x, y) },
  transposed: { inputs: of(x, y), outputs: matmul(x, transpose(y)) },
  'with an end': { inputs: of(x, y), outputs: maximum(matmul(x, y), 0) },
  'a row': { inputs: of(x), outputs: sum(x, { axis: 1 }) },
  'a column': { inputs: of(x), outputs: sum(x, { axis: 0 }) },
  rows: { inputs: of(x), outputs: softmax(x) },
  'the best of rows': { inputs: of(x), outputs: argmax(x, { axis: 1 }) },
  'the best of columns': { inputs: of(x), outputs: argmax(x, { axis: 0 }) },
  taken: { inputs: of(x, places), outputs: take(x, places, { axis: 0 }) },
  'taken along': { inputs: of(x, places), outputs: take(x, places, { axis: 1 }) },
  sorted: { inputs: of(x), outputs: sort(x) },
  'sorted along': { inputs: of(x), outputs: sort(x, { axis: 0 }) },
  'a routine': { inputs: of(y), outputs: cholesky(y) },
  'an own op': { inputs: of(x), outputs: bent(2)(x) },
  'an own op of this name': { inputs: of(x), outputs: bent(3)(x) },
  rounded: { inputs: of(x), outputs: cast(x, 'int32') },
  'rounded shorter': { inputs: of(x), outputs: cast(x, 'int8') },
  'a training step': network([16, 8, 4]).train,
  'a wider one': network([16, 12, 4]).train,
  'a gradient': { inputs: of(x), outputs: grad(sum(matmul(x, y)), y) },
}

test('programs have one key if they have one text, and never one key if they have two', () => {
  const texts = new Map<string, string>()
  for (const [name, spec] of Object.entries(programs)) {
    const [program, again] = [lowered(spec), lowered(spec)]
    const key = emissionKey(program)
    expect(emissionKey(again), name).toBe(key)
    expect(texts.has(key), `${name} has the key of another`).toBe(false)
    texts.set(key, textOf(program))
    expect(textOf(again), name).toBe(texts.get(key))
  }
})

test('kernels of one name that compute different things have different keys', () => {
  const [one, other] = ['a sum', 'of another constant'].map(name => lowered(programs[name]!))
  const named = (program: KernelProgram): KernelProgram => ({
    ...program,
    steps: program.steps.map(step => ('run' in step ? { ...step, run: { ...step.run, name: 'kernel' } } : step)),
  })
  expect(emissionKey(named(one!))).not.toBe(emissionKey(named(other!)))
  expect(emissionKey(named(one!))).toBe(emissionKey(one!))
})

test('a program is printed once for each revision and choice, and found again whole', async () => {
  const program = lowered(programs['a training step']!)
  const printed = vi.fn(() => print(program))
  const ask = (revision: string | undefined, choices: string) =>
    emissionOf(program, printed, { revision, choices, cacheDir })
  const first = await ask('one', 'fast')
  const second = await ask('one', 'fast')
  expect(printed).toHaveBeenCalledTimes(1)
  expect(JSON.stringify([second, ...second.variants])).toBe(JSON.stringify([first, ...first.variants]))
  for (const variant of wasmVariants)
    expect(second.variants.get(variant)!.source.text()).toBe(first.variants.get(variant)!.source.text())
  printed.mockClear()
  await ask('two', 'fast')
  await ask('one', 'reproducible')
  expect(printed).toHaveBeenCalledTimes(2)
  await ask(undefined, 'fast')
  await ask(undefined, 'fast')
  expect(printed).toHaveBeenCalledTimes(4)
})
