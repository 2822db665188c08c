import { expect, test } from 'vitest'
import { dimAdd, dimMul, type Index } from '../../frontend/dims.ts'
import { interpretProgram } from '../../frontend/kernel/execute.ts'
import type { KernelStep, ProgramBuffer } from '../../frontend/kernel/program.ts'
import { schedule } from '../../wasm/schedule.ts'
import * as k from '../kernel/kernels.ts'
import { bitsOf, compileProgram, Pack, program } from './pack.ts'

/** y[t, i] = y[t - 1, i] * 0.5 + t, for the repeat's counter t: row t of a buffer from row t - 1. */
function stepKernel() {
  const b = new k.Draft()
  const before = b.load('float32', 0, dimAdd(dimMul('t', 'n'), 'i'))
  const value = b.call(
    'add',
    'float32',
    b.call('mul', 'float32', before, b.constant('float32', 0.5)),
    b.index('float32', 't'),
  )
  return k.kernel({
    dims: ['t', 'n', 'count'],
    buffers: [k.buffer('float32', ['n', dimAdd('count', 1)], 'readwrite')],
    loops: [k.loop('i', 'n')],
    stages: [k.stage({ stores: [k.store(0, dimAdd(dimMul(dimAdd('t', 1), 'n'), 'i'), value)] })],
    label: 'step',
  })
}

/** A buffer of so many float32. */
const temporary = (size: Index): ProgramBuffer => ({
  role: 'temporary',
  dtype: 'float32',
  bytes: dimMul(4, size),
  from: 0,
  to: 400,
})

const dims = { n: 5, count: 4 }

test('repeats count', async () => {
  const steps: KernelStep[] = [{ repeat: 't', count: 'count', steps: [{ run: stepKernel(), buffers: [0] }] }]
  const made = program(steps, [temporary(dimMul('n', dimAdd('count', 1)))], Object.keys(dims))
  const start = () => Float32Array.from({ length: 25 }, (_, i) => (i < 5 ? i : 0))
  const interpreted = start()
  expect(interpretProgram(made, schedule)(new Map(Object.entries(dims)), [new Uint8Array(interpreted.buffer)])).toBe(
    undefined,
  )
  expect([...interpreted.slice(20)]).toEqual([0, 1, 2, 3, 4].map(x => x / 16 + 1 / 4 + 2 / 2 + 3))
  const [compiled] = (await compileProgram(made))(dims, [start()])
  expect(bitsOf(compiled!)).toBe(bitsOf(interpreted))
})

test('long lists of steps are cut into functions, in order', async () => {
  const b = new k.Draft()
  const next = k.kernel({
    dims: ['n'],
    buffers: [k.buffer('float32', ['n'], 'readwrite')],
    loops: [k.loop('i', 'n')],
    stages: [
      k.stage({
        stores: [
          k.store(
            0,
            'i',
            b.call(
              'add',
              'float32',
              b.call('mul', 'float32', b.load('float32', 0, 'i'), b.constant('float32', 0.99)),
              b.constant('float32', 1),
            ),
          ),
        ],
      }),
    ],
    label: 'next',
  })
  const steps = Array.from({ length: 350 }, () => ({ run: next, buffers: [0] }))
  const made = program(steps, [temporary('n')], Object.keys(dims))
  const values = Float32Array.of(1, 2, 3, 4, 5)
  interpretProgram(made, schedule)(new Map(Object.entries(dims)), [new Uint8Array(values.buffer)])
  const [compiled] = (await compileProgram(made))(dims, [Float32Array.of(1, 2, 3, 4, 5)])
  expect(bitsOf(compiled!)).toBe(bitsOf(values))
})

test('buffers that share memory are not promised to be apart', async () => {
  const kernel = k.chain()
  const [apart, shared] = [new Pack([kernel]), new Pack([kernel], new Map([[2, 0]]))]
  expect(apart.source).toContain('f32* __restrict b2')
  expect(shared.source).toContain('const f32* b0, const f32* __restrict b1, f32* b2')
  const [x, y] = [Float32Array.of(1, -2, 3, 4, 5, 6, 7), Float32Array.of(7, 6, 5, -4, 3, 2, 1)]
  const [alone] = (await apart.compile())({ n: 7 }, [[x, y, new Float32Array(7)]])
  const [inPlace] = (await shared.compile())({ n: 7 }, [[x, y, x]])
  expect(bitsOf(inPlace![0]!)).toBe(bitsOf(alone![2]!))
})
