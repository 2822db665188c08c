import { describe, expect, test } from 'vitest'
import type { Manifest } from '../../runtime/manifest.ts'
import { validate } from '../../runtime/validate.ts'
import { countingManifest } from './programs.ts'

const hash = 'ab'.repeat(32)
const variant = { sha256: hash, bytes: 100, data: { bytes: 4, align: 16 } }

/** A manifest with something of everything. */
const whole: Manifest = {
  ...countingManifest,
  dims: { n: { multipleOf: 4, atLeast: 1 }, steps: {} },
  constraints: [{ left: 'n', right: ['+', ['*', 2, 'steps'], 1], reason: 'add: x and y' }],
  inputs: [...countingManifest.inputs, { name: 'count', dtype: 'int32', shape: [], buffer: 3, binds: 'steps' }],
  buffers: [
    ...countingManifest.buffers,
    { role: 'input', bytes: 4, from: -1, to: 0 },
    { role: 'constant', bytes: 16, from: -1, to: 1, name: 'c0' },
    { role: 'temporary', bytes: 4, from: 0, to: 1, aliases: 3 },
  ],
  steps: [
    {
      repeat: 't',
      count: 'steps',
      steps: [
        { run: 'k1', buffers: [0, 5] },
        { repeat: 'u', count: ['+', 't', 1], steps: [] },
      ],
    },
  ],
  code: {
    wasm: { simd128: variant, relaxed: variant },
    wgsl: {
      sha256: hash,
      bytes: 10,
      kernels: { k1: { entry: 'main', bindings: [{ buffer: 0, writes: true }], workgroups: [['//', 'n', 4], 't', 1] } },
    },
  },
}

/** `whole` with the value at `path` replaced; undefined takes it out. */
function changed(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(whole)) as Record<string, unknown>
  const keys = path.split('.')
  let place = copy
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>
  place[keys.at(-1)!] = value
  return copy
}

/** n times `['*', ..., 1]` around a name. */
const nested = (n: number): unknown => (n === 0 ? 'n' : ['*', nested(n - 1), 1])

describe('validate', () => {
  test('accepts what is right, and what it does not know', () => {
    expect(validate(structuredClone(whole))).toEqual(whole)
    expect(() => validate(changed('later', { x: 1 }))).not.toThrow()
    expect(() => validate(changed('buffers.0.bytes', nested(60)))).not.toThrow()
  })
  test.each([
    ['format', 2, 'format 2, but'],
    ['format', undefined, 'format undefined, but'],
    ['name', 1, 'name: expected text, got 1'],
    ['producer', undefined, 'producer: expected text, got nothing'],
    ['dims', [], 'dims: expected an object, got []'],
    ['dims.n.multipleOf', 0, 'dims.n.multipleOf: expected an integer from 1'],
    ['dims.n.atLeast', '1', 'dims.n.atLeast: expected an integer from 0'],
    ['constraints', {}, 'constraints: expected a list, got {}'],
    ['constraints.0.left', 'm', 'constraints[0]: expected names of dims, got "m"'],
    ['constraints.0.reason', null, 'constraints[0].reason: expected text, got null'],
    ['inputs.0.dtype', 'float8', 'inputs[0].dtype: expected one of bool, int8'],
    ['inputs.0.dtype', 'toString', 'inputs[0].dtype: expected one of'],
    ['inputs.0.shape', 'n', 'inputs[0].shape: expected a list'],
    ['inputs.0.shape', ['m'], 'shape of \'x\': expected names of dims, got "m"'],
    ['inputs.0.shape', ['toString'], "shape of 'x': expected names of dims"],
    ['inputs.0.shape', [1.5], 'inputs[0].shape[0]: expected a dim expression, got 1.5'],
    ['inputs.0.shape', [['-', 'n', 1]], 'expected a dim expression, got ["-","n",1]'],
    ['inputs.0.shape', [['//', 'n', 2, 2]], 'expected a dim expression'],
    ['inputs.0.shape', [['+', 'n']], 'expected a dim expression'],
    ['inputs.0.shape', [[]], 'expected a dim expression, got []'],
    ['inputs.0.shape', [nested(100)], 'inputs[0].shape[0]: expected a dim expression'],
    ['inputs.0.buffer', 6, 'inputs[0].buffer: expected below 6, got 6'],
    ['inputs.0.buffer', -1, 'inputs[0].buffer: expected an integer from 0'],
    ['inputs.1.name', 'x', 'inputs[1].name: expected another name than before, got "x"'],
    ['inputs.1.name', '', 'inputs[1].name: expected a name, got ""'],
    ['inputs.1.name', '__proto__', 'inputs[1].name: expected a name'],
    ['inputs.1.binds', 'm', 'inputs[1].binds: expected a dim, got "m"'],
    ['inputs.1.dtype', 'float32', 'inputs[1]: expected an integer scalar, as it binds'],
    ['outputs.0', null, 'outputs[0]: expected an object, got null'],
    ['state.0.shape', ['n'], 'state[0].shape: expected numbers, got ["n"]'],
    ['state.0.shape', [-1], 'state[0].shape: expected numbers'],
    ['state.0.shape', [2 ** 40, 2 ** 40], 'buffers[2]: expected state of 4.8'],
    ['state.0.shape', [2], 'buffers[2]: expected state of 8 bytes'],
    ['state.0.buffer', 0, 'buffers[2]: expected a state port for it'],
    ['state.0.updated', 1, 'state[0].updated: expected true or false'],
    ['buffers.0.role', 'shared', 'buffers[0].role: expected one of input'],
    ['buffers.0.from', -2, 'buffers[0].from: expected an integer from -1'],
    ['buffers.0.to', 2, 'buffers[0].to: expected from -1 to 1, got 2'],
    ['buffers.1.from', 2, 'buffers[1].to: expected from 2 to 1, got 1'],
    ['buffers.2.bytes', 'n', 'buffers[2].bytes: expected a number, as it outlives calls'],
    ['buffers.4.name', undefined, 'buffers[4].name: expected the name of its tensor'],
    ['buffers.5.aliases', 9, 'buffers[5].aliases: expected a chain to a buffer, got 9'],
    ['buffers.5.aliases', 5, 'buffers[5].aliases: expected a chain to a buffer, got 5'],
    ['buffers.3.aliases', 5, 'buffers[3].aliases: expected a chain to a buffer, got 5'],
    ['buffers.2.aliases', 0, 'buffers[2]: expected state of 4 bytes'],
    ['steps.0.count', 't', 'repeat \'t\': expected names of dims, got "t"'],
    ['steps.0.steps.1.count', 'v', 'repeat \'u\': expected names of dims, got "v"'],
    ['steps.0.steps.0.buffers', [6], "step 'k1': expected buffers below 6, got 6"],
    ['steps.0.steps.0', 7, 'steps[0].steps[0]: expected an object, got 7'],
    ['steps.0.steps', undefined, 'steps[0].steps: expected a list, got nothing'],
    ['checks', [1], 'checks[0]: expected text, got 1'],
    ['code', undefined, 'code: expected an object, got nothing'],
    ['code.wasm.simd128.sha256', 'AB'.repeat(32), 'code.wasm.simd128.sha256: expected a sha256'],
    ['code.wasm.simd128.bytes', 0, 'code.wasm.simd128.bytes: expected an integer from 8'],
    ['code.wasm.relaxed.data.bytes', 2 ** 33, 'code.wasm.relaxed.data.bytes: expected an integer from 0'],
    ['code.wasm.relaxed.data.align', 48, 'code.wasm.relaxed.data.align: expected a power of two'],
    ['code.wasm.relaxed.data.align', 0, 'code.wasm.relaxed.data.align: expected a power of two'],
    ['code.wgsl.kernels.k1.workgroups', ['w'], 'workgroups: expected names of dims, got "w"'],
  ])('%s = %j is refused', (path, value, message) => {
    expect(() => validate(changed(path, value))).toThrow(message)
  })
  test.each([null, 'text', 3, [], undefined])('%j is no manifest', value => {
    expect(() => validate(value)).toThrow('the file: expected an object')
  })
  test('a key that would reach a prototype is refused', () => {
    const text = JSON.stringify(whole).replace('"steps":{}', '"__proto__":{}')
    expect(() => validate(JSON.parse(text))).toThrow('a key of dims: expected a name, got "__proto__"')
  })
  test('loops deeper than anybody writes are refused, not followed', () => {
    let step: unknown = { run: 'k', buffers: [] }
    for (let i = 0; i < 5000; i++) step = { repeat: 't', count: 1, steps: [step] }
    expect(() => validate(changed('steps.0', step))).toThrow('at most 64 loops around each other')
  })
  test('expressions too deep to print are refused all the same', () => {
    let expr: unknown = 'n'
    for (let i = 0; i < 200_000; i++) expr = ['*', expr, 1]
    expect(() => validate(changed('buffers.0.bytes', expr))).toThrow('buffers[0].bytes: expected a dim expression, got')
  })
  test('every single value replaced by another kind is accepted or refused by name, never a crash', () => {
    for (const path of paths(whole)) {
      for (const value of [null, -1, 1e300, 'odd', [], {}, true]) {
        try {
          validate(changed(path, value))
        } catch (error) {
          expect(String(error), `${path} = ${JSON.stringify(value)}`).toMatch(/DamoError: manifest: .*\[R04[01]\]$/)
        }
      }
    }
  })
})

/** The path to each value in `value`, inner ones included. */
function paths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [prefix + key, ...paths(inner, `${prefix}${key}.`)])
}
