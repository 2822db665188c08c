/** Copies of windows: which kernels make them, along which loops lanes then run, and how often each is made. */
import { expect, test } from 'vitest'
import type { Kernel, Statement, Store } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { mayRepeat } from '../../wasm/vector.ts'
import { depthwise, imageGradient, weightGradient } from '../kernel/convolutions.ts'
import * as k from '../kernel/kernels.ts'

type For = Extract<Statement, { kind: 'for' }>

/** The loops of a body, each with those around it. */
function loopsIn(body: readonly Statement[], around: readonly For[] = []): (readonly For[])[] {
  return body.flatMap(s => {
    if (s.kind === 'if') return loopsIn([...s.then, ...s.otherwise], around)
    return s.kind === 'for' ? [[...around, s], ...loopsIn(s.body, [...around, s])] : []
  })
}

/** The loops around what is stored to an array whose name begins so, the outermost first. */
function aroundStores(body: readonly Statement[], array: string): (readonly For[])[] {
  return loopsIn(body).filter(loops =>
    loops.at(-1)!.body.some(s => s.kind === 'store' && typeof s.to === 'string' && s.to.startsWith(array)),
  )
}

test.each([
  [5, 28],
  [7, 14],
  [3, 56],
])('%d taps both ways, batches of images of %d places: lanes run along columns of a copy', (taps, size) => {
  const { body, scratch } = schedule(depthwise({ sizes: [4, 64, 1, size, size], taps, pad: (taps - 1) / 2 }))
  expect(scratch.map(({ name }) => name.replace(/\d+$/, ''))).toEqual(['window'])
  const vectors = loopsIn(body).flatMap(loops => loops.filter(({ mode }) => mode === 'vector').map(({ to }) => to))
  expect(vectors.length).toBeGreaterThan(0)
  expect(vectors).not.toContain(4)
})

test('a copy that is the same for all channels of the result is made once for them', () => {
  const { body } = schedule(imageGradient({ sizes: [4, 3, 64, 32, 32], taps: 3, pad: 1 }))
  const copies = aroundStores(body, 'window')
  expect(copies.length).toBeGreaterThan(0)
  expect(copies.map(([images]) => images!.to)).toEqual(copies.map(() => 4))
  expect(copies.flatMap(loops => loops.map(({ to }) => to))).not.toContain(3)
})

test.each([2, 3, 4])(
  '%d taps both ways, as many as rows of a tile or not: gradients of filters pack what results had once',
  taps => {
    const { body } = schedule(weightGradient({ sizes: [4, 8, 32, 20, 20], taps, stride: 2 }))
    const packed = aroundStores(body, 'right').flatMap(loops => loops.map(({ name }) => name))
    expect(packed).toContain('m.tile')
    expect(packed).not.toContain('u')
  },
)

test.each([4, 7, 14, 27, 33, 64])('rows of %d places are swept in vectors alone', width => {
  const { body } = schedule(depthwise({ sizes: [2, 8, 1, 6, width], taps: 3, pad: 1 }))
  const rows = loopsIn(body).flatMap(loops => (loops.at(-1)!.name === 'x' ? [loops.at(-1)!] : []))
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.map(({ mode }) => mode)).toEqual(rows.map(() => 'vector'))
})

/** Sums of 14 columns, stored as said. */
function columnSums(more: Partial<Store> = {}) {
  const b = new k.Draft()
  const fold = k.fold('r', 'add', 'float32', b.load('float32', 0, k.at(['i', 'j'], [9, 14])))
  return k.kernel({
    buffers: [k.buffer('float32', [9, 14]), k.buffer('float32', [14], 'readwrite')],
    loops: [k.loop('j', 14)],
    stages: [
      k.stage({ loops: [k.loop('i', 9)], folds: [fold] }),
      k.stage({ stores: [k.store(1, 'j', b.fold('float32', 'r'), more)] }),
    ],
  })
}

test('no element is computed twice that is added to what is stored, or stored in turn', () => {
  const modesOf = (kernel: Kernel) =>
    loopsIn(schedule(kernel).body).flatMap(loops => loops.flatMap(({ name, mode }) => (name === 'j' ? [mode] : [])))
  expect(mayRepeat(columnSums())).toBe(true)
  expect(modesOf(columnSums())).not.toContain('serial')
  for (const more of [{ accumulate: true }, { serial: ['j'] }] as const) {
    expect(mayRepeat(columnSums(more))).toBe(false)
    expect(modesOf(columnSums(more))).toContain('serial')
  }
})
