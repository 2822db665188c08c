/** Variants whose engines want other loops are other texts, on one frame. */
import { exp, matrix, transpose } from 'damo'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import type { KernelProgram } from '../../frontend/kernel/program.ts'
import { wasmVariants } from '../../runtime/manifest.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { emitProgram } from '../../wasm/program.ts'
import { schedule } from '../../wasm/schedule.ts'
import { emitVariants } from '../../wasm/variants.ts'
import * as k from '../kernel/kernels.ts'
import { bitsOf, buffersFor } from './pack.ts'

const [a, b] = [matrix('a', { shape: [256, 256] }), matrix('b', { shape: [256, 256] })]
const products = () => lowered({ inputs: { a, b }, outputs: { y: exp(a.matmul(b)).matmul(transpose(b)) } })
const exponentials = () => lowered({ inputs: { a }, outputs: { y: exp(a) } })
const emitted = (program: KernelProgram) => emitVariants(program, wasmVariants, {}, loops => sharedPieces(loops))
const textOf = (program: KernelProgram, variant: (typeof wasmVariants)[number]) =>
  emitted(program).variants.get(variant)!.source

test('tiles have 4 rows without relaxed SIMD and 6 with it', () => {
  expect(textOf(products(), 'simd128')).toBe(emitProgram(products(), schedule).source)
  expect(textOf(products(), 'simd128')).not.toContain('+= 6)')
  for (const variant of ['relaxed', 'relaxed-threads'] as const) expect(textOf(products(), variant)).toContain('+= 6)')
})

test.each([
  [66, 50, 68],
  [97, 20, 300],
] as const)('tiles for relaxed SIMD sum the same terms in order: %i rows, %i deep, %i columns', (...extents) => {
  const kernel = k.matmul('float32', { bias: true, extents })
  const [plain, relaxed] = [false, true].map(relaxed => {
    const memory = buffersFor(kernel, {}, (_, at) => ((at * 7919) % 1000) / 100 - 5)
    interpretKernel(schedule(kernel, { relaxed }))(memory, new Map())
    return memory.map(bitsOf)
  })
  expect(relaxed).toEqual(plain)
})

test('programs without products have one text, and one for threads', () => {
  expect(new Set(wasmVariants.map(variant => textOf(exponentials(), variant))).size).toBe(2)
})

test('the frame of all has room for each, and scratch is not there twice', () => {
  const { buffers } = emitted(products())
  const each = [undefined, (loops: Parameters<typeof sharedPieces>[0]) => sharedPieces(loops)].flatMap(share =>
    [false, true].map(relaxed => emitProgram(products(), kernel => schedule(kernel, { relaxed }), share).buffers),
  )
  expect(buffers.length).toBe(Math.max(...each.map(own => own.length)))
  for (const [i, { bytes, from, perThread }] of buffers.entries()) {
    const own = each.map(frame => frame[i]!)
    expect(own.map(buffer => buffer.from)).toEqual(own.map(() => from))
    expect(bytes).toBe(Math.max(...own.map(buffer => buffer.bytes as number)))
    expect(perThread).toBe(own.some(buffer => buffer.perThread) ? true : undefined)
  }
})
