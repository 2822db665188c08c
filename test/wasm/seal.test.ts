import { describe, expect, test } from 'vitest'
import createWabt from 'wabt'
import { readSections, writeSections } from '../../wasm/emcc/binary.ts'
import { foreignImports, seal } from '../../wasm/emcc/seal.ts'
import { exportNames, imports, text } from './inspect.ts'

/** A linked module of this text, with a `dylink.0` that asks for `bytes` of data aligned to 2^`align` and a table. */
async function linked(fields: string, { bytes = 0, align = 0, table = 0 } = {}): Promise<Uint8Array> {
  const wabt = await createWabt()
  const module = wabt.parseWat('linked.wat', `(module ${fields})`)
  const binary = Uint8Array.from(module.toBinary({}).buffer)
  module.destroy()
  const name = [8, ...new TextEncoder().encode('dylink.0')]
  const dylink = { id: 0, content: Uint8Array.from([...name, 1, 4, bytes, align, table, 0]) }
  return writeSections([dylink, ...readSections(binary)])
}

const run = '(func (export "run") (param i32) (result i32) (i32.const 0))'
const state = '(import "env" "memory" (memory 1))'
/** A function that appends a digit to the number at address 0. */
const digit = (name: string, value: number) =>
  `(func $${name} (i32.store (i32.const 0)
    (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 10)) (i32.const ${value}))))`

function numberAfterStart(bytes: Uint8Array<ArrayBuffer>): number {
  const memory = new WebAssembly.Memory({ initial: 1 })
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
  return new Int32Array(memory.buffer)[0]!
}

describe('sealing', () => {
  test('reads what static data a module wants', async () => {
    const { memory } = seal(await linked(run, { bytes: 100, align: 4, table: 3 }))
    expect(memory).toEqual({ dataBytes: 100, dataAlign: 16, tableSize: 3 })
  })

  test('gives the module a table of its own, and leaves it without one when it needs none', async () => {
    const table = (size: number) => `(import "env" "__indirect_function_table" (table ${size} funcref)) ${run}`
    const two = seal(await linked(table(2)))
    expect(await imports(two.bytes)).toEqual([])
    expect(await text(two.bytes)).toContain('(table (;0;) 3 3 funcref)')
    expect(await text(seal(await linked(table(0))).bytes)).not.toContain('(table')
  })

  test('leaves run as the only export', async () => {
    const module = await linked(`${run} (func (export "other")) (global (export "g") i32 (i32.const 1))`)
    expect(await exportNames(seal(module).bytes)).toEqual(['run'])
  })

  test('applies relocations on instantiation, after what the module starts with', async () => {
    const exported = '(export "__wasm_apply_data_relocs" (func $relocate))'
    const relocate = `${state} ${digit('relocate', 7)} ${exported} ${run}`
    expect(numberAfterStart(seal(await linked(relocate)).bytes)).toBe(7)
    const both = `${relocate} ${digit('begin', 4)} (start $begin)`
    expect(numberAfterStart(seal(await linked(both)).bytes)).toBe(47)
    const empty = `${state} (func $relocate) ${exported} ${run}`
    expect(await text(seal(await linked(empty)).bytes)).not.toContain('(start')
  })

  test('refuses what is not position-independent or has no run', async () => {
    const plain = writeSections(readSections(await linked(run)).slice(1))
    expect(() => seal(plain)).toThrow('it is not position-independent [W006]')
    const silent = await linked('(func (export "walk"))')
    expect(() => seal(silent)).toThrow('it does not export run [W006]')
    expect(() => seal(Uint8Array.of(1, 2, 3))).toThrow(RangeError)
    expect(() => seal(plain.subarray(0, -3))).toThrow(RangeError)
  })
})

test('foreign imports are named', async () => {
  const names = [
    '"env" "pow" (func (param f64 f64) (result f64))',
    '"GOT.mem" "x" (global (mut i32))',
    '"env" "memory" (memory 1)',
  ]
  const module = await linked(`${names.map(name => `(import ${name})`).join(' ')} ${run}`)
  expect(foreignImports(module)).toEqual(['env.pow', 'GOT.mem.x'])
})
