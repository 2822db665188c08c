/** Values that end an expression (`cut` in `damo.hpp`) keep their own value in the lanes of a loop. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compileModule, findCompiler, tableBase } from '../../wasm/emcc/index.ts'

/** Spreads two scalars, the second computed from the first, over 4 elements each. Frame: offsets of s, x and y, and n. */
const source = `#include "damo.hpp"
using namespace damo;
DAMO_NOINLINE static void spread(const f64* __restrict s, f64* __restrict x, f64* __restrict y, i32 n) {
  V<f64, 1> first = load<f64, 1>(s) * 3.0;
  cut(first);
  const V<f64, 4> firsts = splat(first);
  V<f64, 1> second = first * 2.5 + 1;
  cut(second);
  const V<f64, 4> seconds = splat(second);
  for (i32 i = 0; i < 4 * (n / 4); i += 4) {
    store<f64>(x + i, firsts);
    store<f64>(y + i, seconds);
  }
  for (i32 i = 4 * (n / 4); i < n; i++) {
    store<f64>(x + i, first);
    store<f64>(y + i, second);
  }
}
extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  spread((f64*)u32(frame[0]), (f64*)u32(frame[1]), (f64*)u32(frame[2]), frame[3]);
  return 0;
}
`

test('two of them in the lanes of one loop', async () => {
  const includeDir = fileURLToPath(new URL('../../wasm/include', import.meta.url))
  const { bytes } = await compileModule(source, { compiler: await findCompiler(), includeDir, variant: 'simd128' })
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536 })
  const stack = new WebAssembly.Global({ value: 'i32', mutable: true }, 65536)
  const env = { memory, __stack_pointer: stack, __memory_base: 131072, __table_base: tableBase }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env })
  const [frame, s, x, y, n] = [1024, 2048, 4096, 8192, 5]
  new Int32Array(memory.buffer).set([s, x, y, n], frame / 4)
  const floats = new Float64Array(memory.buffer)
  floats[s / 8] = 2
  ;(exports.run as (frame: number) => number)(frame)
  expect([...floats.subarray(x / 8, x / 8 + n)]).toEqual([6, 6, 6, 6, 6])
  expect([...floats.subarray(y / 8, y / 8 + n)]).toEqual([16, 16, 16, 16, 16])
})
