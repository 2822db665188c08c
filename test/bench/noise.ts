/** Numbers in [-scale, scale). */
export function noise(length: number, scale: number, seed: number): Float32Array {
  const numbers = new Float32Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    numbers[i] = (state / 2 ** 31 - 1) * scale
  }
  return numbers
}
