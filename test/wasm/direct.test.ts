/** Products whose tiles store from registers: every row once and right, by threads too, also where the last tile is not full. */
import { matrix } from 'damo'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import type { Kernel, LoopProgram } from '../../frontend/kernel/ir.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { statementsIn } from '../../wasm/statements.ts'
import { buffersFor } from './pack.ts'
import { raceWatch } from './races.ts'

const from = (seed: number) => (at: number) => ((at * 7 + seed) % 11) - 5

/** Small whole numbers, the products of which float32 sums exactly. */
const [left, right] = [from(1), from(3)]

function product(rows: number, depth: number, columns: number): LoopProgram {
  const [a, b] = [matrix('a', { shape: [rows, depth] }), matrix('b', { shape: [depth, columns] })]
  const { steps } = lowered({ inputs: { a, b }, outputs: { y: a.matmul(b) } })
  return schedule((steps[0] as { run: Kernel }).run)
}

/** What it stores, run turn by turn as if each were another thread's. */
function results(loops: LoopProgram, sizeOfLeft: number): number[] {
  const buffers = buffersFor(loops.kernel, {}, ({ size }, at) => (size === sizeOfLeft ? left : right)(at))
  interpretKernel(loops, raceWatch(loops))(buffers, new Map())
  return [...(buffers[buffers.length - 1] as Float32Array)]
}

function expected(rows: number, depth: number, columns: number): number[] {
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    let sum = 0
    for (let k = 0; k < depth; k++) sum += left(row * depth + k) * right(k * columns + column)
    return sum
  })
}

test.each([
  ['in whole tiles', 64, 30, 40],
  ['in tiles of which the last is not full', 71, 30, 48],
  ['in two blocks of rows', 267, 5, 64],
  ['in blocks of the depth', 13, 1100, 40],
] as const)('%s', (_, rows, depth, columns) => {
  const loops = product(rows, depth, columns)
  expect(statementsIn(loops.body).filter(({ kind }) => kind === 'array')).toEqual([])
  expect(results(loops, rows * depth)).toEqual(expected(rows, depth, columns))
})

test('threads share rows of tiles, of which the last is not full', () => {
  expect(sharedPieces(product(71, 30, 8))).toContainEqual(expect.objectContaining({ kind: 'shared', own: [] }))
})
