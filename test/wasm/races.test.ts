/** The watch over shared loops sees turns that meet. All laws, reference cases and random graphs run under it. */
import { expect, test } from 'vitest'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import type { LoopProgram } from '../../frontend/kernel/ir.ts'
import { type Piece, sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import * as k from '../kernel/kernels.ts'
import { buffersFor } from './pack.ts'
import { raceWatch } from './races.ts'

const dims = { n: 5, m: 7 }

function run(program: LoopProgram, pieces: readonly Piece[]): void {
  const watch = raceWatch(program, pieces)
  expect(watch).toBeDefined()
  const buffers = buffersFor(program.kernel, dims, (_, i) => i)
  interpretKernel(program, watch)(buffers, new Map(Object.entries(dims)))
}

/** The first loop of a program, shared as told, and all else alone. */
function sharing({ body }: LoopProgram, own: readonly string[] = []): Piece[] {
  const first = body.find(({ kind }) => kind === 'for')
  return body.map(statement =>
    statement === first && statement.kind === 'for'
      ? { kind: 'shared', loop: statement, own }
      : { kind: 'alone', statement },
  )
}

test('rows that keep values in scratch of their own do not meet, and in one scratch they do', () => {
  const program = schedule(k.softmax(1))
  const own = program.scratch.map(({ name }) => name)
  expect(own.length).toBe(1)
  run(program, sharedPieces(program)!)
  run(program, sharing(program, own))
  expect(() => run(program, sharing(program))).toThrow(`at element 0 of ${own[0]}: written twice`)
})

test('rows that add to one place meet', () => {
  const program = schedule(k.reduced('add', 'float32', [0], 'float64'))
  const stored = { kind: 'store', to: program.kernel.buffers.length - 1, at: 0, stride: 0 } as const
  const value = { name: 'x', dtype: 'float32', lanes: 1 } as const
  const body: LoopProgram['body'] = [
    {
      ...{ kind: 'for', mode: 'serial', name: 'i', from: 0, to: 'n', step: 1 },
      body: [
        { kind: 'let', register: value, operation: { kind: 'load', from: 0, at: 'i', stride: 0 } },
        { ...stored, value, accumulate: true },
      ],
    },
  ]
  const adding = { ...program, body, scratch: [] }
  expect(sharedPieces(adding)).toBeUndefined()
  expect(() => run(adding, sharing(adding))).toThrow('turns of i meet at element 0')
})
