/** Small programs written as WebAssembly text, as artifacts: what a compiler would write, without one. */
import { createHash } from 'node:crypto'
import createWabt from 'wabt'
import { array, NDArray } from '../../runtime/array.ts'
import type { Binding } from '../../runtime/binding.ts'
import type { Executor } from '../../runtime/call.ts'
import type { Artifact } from '../../runtime/load.ts'
import type { CodeVariant, Manifest } from '../../runtime/manifest.ts'
import { writeTensors } from '../../runtime/safetensors.ts'
import type { Store } from '../../runtime/store.ts'

/** The module of this text: SIMD and relaxed SIMD allowed. */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const wabt = await createWabt()
  const parsed = wabt.parseWat('program.wat', text, {
    simd: true,
    relaxed_simd: true,
    mutable_globals: true,
    threads: true,
  })
  return Uint8Array.from(parsed.toBinary({}).buffer)
}

/** What the manifest says of a module without static data, or with `bytes` of it. */
export function variantOf(module: Uint8Array, bytes = 0): CodeVariant {
  const sha256 = createHash('sha256').update(module).digest('hex')
  return { sha256, bytes: module.length, data: { bytes, align: 16 } }
}

/**
 * y = x * w + c and w += 1, for x: float32[n] and the shared scalar w; c = 10 is static data of the module. Fails check
 * 1 on the first NaN in x, before w is touched.
 */
export const countingText = `
(module
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $base i32))
  (data (global.get $base) "\\00\\00\\20\\41")
  (func (export "run") (param $frame i32) (result i32)
    (local $i i32) (local $n i32) (local $x i32) (local $y i32) (local $w i32)
    (local.set $n (i32.load offset=16 (local.get $frame)))
    (local.set $x (i32.load offset=20 (local.get $frame)))
    (local.set $y (i32.load offset=24 (local.get $frame)))
    (local.set $w (i32.load offset=28 (local.get $frame)))
    (block $checked (loop $check
      (br_if $checked (i32.ge_u (local.get $i) (local.get $n)))
      (if (f32.ne (call $at (local.get $x) (local.get $i)) (call $at (local.get $x) (local.get $i)))
        (then
          (i32.store (local.get $frame) (i32.const 1))
          (i32.store offset=4 (local.get $frame) (local.get $i))
          (i32.store offset=8 (local.get $frame) (local.get $n))
          (return (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $check)))
    (local.set $i (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (f32.store (i32.add (local.get $y) (i32.shl (local.get $i) (i32.const 2)))
        (f32.add
          (f32.mul (call $at (local.get $x) (local.get $i)) (f32.load (local.get $w)))
          (f32.load (global.get $base))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (f32.store (local.get $w) (f32.add (f32.load (local.get $w)) (f32.const 1)))
    (i32.const 0))
  (func $at (param $from i32) (param $i i32) (result f32)
    (f32.load (i32.add (local.get $from) (i32.shl (local.get $i) (i32.const 2))))))`

/** The manifest of `countingText`, without code. */
export const countingManifest: Manifest = {
  format: 1,
  name: 'counting',
  producer: 'damo test',
  dims: { n: {} },
  constraints: [],
  inputs: [{ name: 'x', dtype: 'float32', shape: ['n'], buffer: 0 }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['n'], buffer: 1 }],
  state: [{ name: 'w', dtype: 'float32', shape: [], buffer: 2, updated: true }],
  buffers: [
    { role: 'input', bytes: ['*', 'n', 4], from: -1, to: 0 },
    { role: 'output', bytes: ['*', 'n', 4], from: 0, to: 1 },
    { role: 'state', bytes: 4, from: -1, to: 1 },
  ],
  steps: [{ run: 'k0', buffers: [0, 1, 2] }],
  checks: ['counting: x[{index}] of {size} is NaN'],
  code: {},
}

/** `countingText` as an artifact, w being 1 at first. */
export async function counting(changes: Partial<Manifest> = {}): Promise<Artifact & { manifest: Manifest }> {
  const wasm = await assemble(countingText)
  return {
    manifest: { ...countingManifest, code: { wasm: { simd128: variantOf(wasm, 4) } }, ...changes },
    wasm,
    weights: writeTensors(new Map([['w', new NDArray('float32', [], Float32Array.of(1))]])),
  }
}

/** y = x * w + 10, w += 1 of `counting`, in JavaScript; asynchronous on request. */
export function javascript(store: Store, wait?: () => Promise<void>): Executor {
  const run = ({ offsets, inputs, outputs }: Binding): number => {
    const w = store.view('float32', offsets[2]!, 1)
    for (const [i, value] of inputs[0]!.entries()) outputs[0]![i] = (value as number) * w[0]! + 10
    w[0]! += 1
    return 0
  }
  return { sync: !wait, run: wait ? binding => wait().then(() => run(binding)) : run }
}

/** The first value of `w`. */
export const initial = new Map([['w', array(1)]])
