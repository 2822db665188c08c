/** Numbers in [-scale, scale). */
export function noise(length: number, scale: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state / 2 ** 31 - 1) * scale
  })
}
