/** Whether an engine's relaxed SIMD is there, and does what programs compiled for it rely on. */

/**
 * A module of the relaxed instructions that programs use, one lane of each:
 *
 *     f (a, b, c: f32) = f32x4.relaxed_madd       a * b + c, rounded once or twice
 *     d (a, b, c: f64) = f64x2.relaxed_madd
 *     s (a, b, mask: i32) = i32x4.relaxed_laneselect       a where all bits of the mask are set, b where none is
 */
export const relaxedProbe = bytesOf(
  '0061736d0100000001160360037d7d7d017d60037c7c7c017c60037f7f7f017f0304030001020' +
    '70d030166000001640001017300020a400314002000fd132001fd132002fd13fd8502fd1f030b' +
    '14002000fd142001fd142002fd14fd8702fd21010b14002000fd112001fd112002fd11fd8b02fd1b020b',
)

/** What the probe gives, and which results are right: of a multiply-add either one of its two roundings. */
const samples: readonly (readonly [name: 'f' | 'd' | 's', operands: readonly number[], right: readonly number[]])[] = [
  ['f', [1 + 2 ** -12, 1 + 2 ** -12, -(1 + 2 ** -11)], [0, 2 ** -24]],
  ['f', [2 ** -130, 1, 0], [2 ** -130]],
  ['f', [2 ** 127, 2, -Infinity], [-Infinity, Number.NaN]],
  ['f', [Number.NaN, 0, 1], [Number.NaN]],
  ['f', [-0, 1, -0], [-0]],
  ['d', [1 + 2 ** -27, 1 + 2 ** -27, -(1 + 2 ** -26)], [0, 2 ** -54]],
  ['d', [2 ** -1030, 1, 0], [2 ** -1030]],
  ['d', [Number.NaN, 0, 1], [Number.NaN]],
  ['s', [5, 6, -1], [5]],
  ['s', [5, 6, 0], [6]],
]

/**
 * Whether relaxed variants are to be taken here. A host that compiles nothing while it runs cannot be tried: what it says it
 * can is believed.
 */
export function hasRelaxed(): boolean {
  if (!WebAssembly.validate(relaxedProbe)) return false
  let module: WebAssembly.Module
  try {
    module = new WebAssembly.Module(relaxedProbe)
  } catch {
    return true
  }
  const probe = new WebAssembly.Instance(module).exports as Record<string, (...operands: readonly number[]) => number>
  return samples.every(([name, operands, right]) => {
    const got = probe[name]!(...operands)
    return right.some(each => Object.is(each, got))
  })
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
