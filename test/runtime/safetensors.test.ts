import { describe, expect, test } from 'vitest'
import { array, dataOf, NDArray } from '../../runtime/array.ts'
import { byteWidth, type DType } from '../../runtime/manifest.ts'
import { readTensors, writeTensors } from '../../runtime/safetensors.ts'

/** A file with this header text and `bytes` of data. */
function file(header: string, bytes: number): Uint8Array {
  const json = new TextEncoder().encode(header)
  const all = new Uint8Array(8 + json.length + bytes)
  new DataView(all.buffer).setBigUint64(0, BigInt(json.length), true)
  all.set(json, 8)
  return all
}

const tensor = (changes: object): string =>
  JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changes } })

describe('safetensors', () => {
  test('every dtype and odd names come back, bit for bit', () => {
    const tensors = new Map<string, NDArray>()
    for (const dtype of Object.keys(byteWidth) as DType[]) {
      const data = new dataOf[dtype](3)
      new Uint8Array(data.buffer).set([1, 255, 127, 128, 3, 200, 1, 9, 77].slice(0, data.byteLength))
      tensors.set(dtype, new NDArray(dtype, [3, 1], data))
    }
    tensors.set('__proto__', array(1))
    tensors.set('a "quoted" näme', array([]))
    tensors.set('7', array([[1, 2]]))
    const bytes = writeTensors(tensors)
    const back = readTensors(bytes)
    expect(new Set(back.keys())).toEqual(new Set(tensors.keys()))
    for (const [name, value] of tensors) expect(back.get(name), name).toEqual(value)
    // From the middle of another buffer, at an odd offset.
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(readTensors(shifted.subarray(3))).toEqual(back)
  })
  test('has the layout that others read', () => {
    const bytes = writeTensors(new Map([['a', array([1, 2])]]))
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8)
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(padded.length))
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded)
    expect(bytes.slice(8 + padded.length)).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer))
  })
  test('metadata is passed over', () => {
    const header = `{"__metadata__":{"format":"pt"},${tensor({}).slice(1)}`
    expect([...readTensors(file(header, 8)).keys()]).toEqual(['a'])
  })
  test('a file cut anywhere is refused', () => {
    const bytes = writeTensors(new Map([['a', array([1, 2])]]))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readTensors(bytes.subarray(0, length)), `${length} bytes`).toThrow('R042')
    }
  })
  test.each([
    ['{', 0, 'not a JSON object'],
    ['[]', 0, 'not a JSON object'],
    ['{"a":null}', 0, "'a' has dtype undefined"],
    [tensor({ dtype: 'BF16' }), 8, "'a' has dtype BF16, which is not supported"],
    [tensor({ shape: [-2] }), 8, "'a' has no shape"],
    [tensor({ shape: [2 ** 31, 2 ** 31] }), 8, "'a' needs 18446744073709552000 bytes, but has 8"],
    [tensor({ data_offsets: [8, 0] }), 8, "'a' needs 8 bytes, but has -8"],
    [tensor({ data_offsets: [0, 4] }), 8, "'a' needs 8 bytes, but has 4"],
    [tensor({ data_offsets: [8, 16] }), 8, "'a' is cut off: 16 bytes of data, got 8"],
    [tensor({}), 9, '1 bytes belong to no tensor'],
  ])('%s is refused', (header, bytes, message) => {
    expect(() => readTensors(file(header, bytes))).toThrow(message)
  })
  test('a length beyond the file is refused', () => {
    expect(() => readTensors(new Uint8Array(16).fill(255))).toThrow('cut off in the header')
  })
})
