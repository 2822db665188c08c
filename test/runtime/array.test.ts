import { describe, expect, test } from 'vitest'
import { array, castInto, dataOf, full, isLossless, NDArray, ones, zeros } from '../../runtime/array.ts'
import { fromHalf, toHalf } from '../../runtime/half.ts'
import { byteWidth, type DType } from '../../runtime/manifest.ts'

const dtypes = Object.keys(byteWidth) as DType[]

describe('array', () => {
  test('takes the shape from the nesting and float32 for plain numbers', () => {
    const a = array([
      [1, 2, 3],
      [4, 5, 6.5],
    ])
    expect([a.dtype, a.shape]).toEqual(['float32', [2, 3]])
    expect(a.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6.5))
    expect(a.tolist()).toEqual([
      [1, 2, 3],
      [4, 5, 6.5],
    ])
  })
  test.each([
    [3, []],
    [[], [0]],
    [
      [[], []],
      [2, 0],
    ],
    [
      [[[1]], [[2]]],
      [2, 1, 1],
    ],
  ])('%j has shape %j, and comes back from tolist', (value, shape) => {
    expect(array(value).shape).toEqual(shape)
    expect(array(value).tolist()).toEqual(value)
  })
  test('takes the dtype from a typed array, booleans and bigints', () => {
    for (const dtype of dtypes) {
      if (dtype === 'bool' || dtype === 'float16') continue
      expect(array(new dataOf[dtype](2)).dtype).toBe(dtype)
    }
    expect(array([true, false])).toEqual(new NDArray('bool', [2], Uint8Array.of(1, 0)))
    expect(array([1n, -2n])).toEqual(new NDArray('int64', [2], BigInt64Array.of(1n, -2n)))
    expect(array(Uint8ClampedArray.of(3)).dtype).toBe('uint8')
  })
  test('copies', () => {
    const data = Float32Array.of(1, 2)
    const a = array(data)
    const b = array(a)
    data[0] = 9
    a.data[1] = 9
    expect([a.data, b.data]).toEqual([Float32Array.of(1, 9), Float32Array.of(1, 2)])
  })
  test('gives flat data a shape', () => {
    expect(array([1, 2, 3, 4], { shape: [2, 2] }).tolist()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => array(new Float32Array(3), { shape: [2, 2] })).toThrow('R002')
    expect(() => array([1], { shape: [-1] })).toThrow('R005')
    expect(() => array([1], { shape: [0.5] })).toThrow('R005')
  })
  test('casts as asked, and refuses what an integer type does not hold', () => {
    expect(array([0, 2, -3], { dtype: 'bool' }).tolist()).toEqual([0, 1, 1])
    expect(array([2 ** 53 - 1], { dtype: 'int64' }).data).toEqual(BigInt64Array.of(9007199254740991n))
    expect(array(Float64Array.of(1, -1), { dtype: 'int8' }).data).toEqual(Int8Array.of(1, -1))
    expect(array(Float64Array.of(0.1), { dtype: 'float32' }).data).toEqual(Float32Array.of(0.1))
    for (const [value, dtype] of [
      [1.5, 'int32'],
      [Number.NaN, 'int32'],
      [128, 'int8'],
      [-129, 'int8'],
      [-1, 'uint8'],
      [2 ** 32, 'uint32'],
      [2 ** 53, 'int64'],
      [2n ** 63n, 'int64'],
    ] as const) {
      expect(() => array(value, { dtype }), `${value} ${dtype}`).toThrow('R004')
    }
    expect(array(-(2n ** 63n), { dtype: 'int64' }).data).toEqual(BigInt64Array.of(-(2n ** 63n)))
  })
  test.each([
    [[[1, 2], [3]], 'element [1] is an array of 1, expected an array of 2'],
    [[1, [2]], 'element [1] is an array of 1, expected one value'],
    [[[1], 2], 'element [1] is 2, expected an array of 1'],
    [
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      'element [1][1] is an array of 2, expected an array of 1',
    ],
  ])('names the element where %j is ragged', (value, message) => {
    expect(() => array(value as number[])).toThrow(message)
  })
  test('refuses what is no array', () => {
    expect(() => array('abc' as unknown as number)).toThrow('R003')
    expect(() => array([undefined] as unknown as number[])).toThrow('R003')
    expect(() => array({} as unknown as number)).toThrow('R003')
  })
})

describe('NDArray', () => {
  test('holds data to its dtype and shape', () => {
    expect(() => new NDArray('int32', [1], Float32Array.of(1) as unknown as Int32Array)).toThrow('R007')
    expect(() => new NDArray('int32', [2], Int32Array.of(1))).toThrow('R002')
  })
  test('item reads one element of any rank, and no more', () => {
    expect(array([[7]]).item()).toBe(7)
    expect(array(5n).item()).toBe(5)
    expect(() => array([1, 2]).item()).toThrow('R006')
    expect(() => array(2n ** 60n).item()).toThrow('R008')
  })
  test('full, zeros and ones', () => {
    expect(zeros([2, 2])).toEqual(new NDArray('float32', [2, 2], new Float32Array(4)))
    expect(ones([1], { dtype: 'int64' }).data).toEqual(BigInt64Array.of(1n))
    expect(full([2], 1.5, { dtype: 'float16' }).tolist()).toEqual([1.5, 1.5])
  })
})

describe('float16', () => {
  test('all 65536 bit patterns come back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromHalf(bits)
      const back = toHalf(value)
      if (Number.isNaN(value)) expect(back & 0x7fff).toBe(0x7e00)
      else if (back !== bits) expect(back).toBe(bits)
    }
  })
  test('values between neighbours go to the nearer, ties to the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [fromHalf(bits), fromHalf(bits + 1)]
      const middle = (low + high) / 2
      const step = (high - low) / 2 ** 20
      const got = [toHalf(middle - step), toHalf(middle), toHalf(middle + step), toHalf(-middle) & 0x7fff]
      const even = bits + (bits & 1)
      const expected = [bits, even, bits + 1, even]
      if (got.some((value, i) => value !== expected[i])) expect(got).toEqual(expected)
    }
    expect([toHalf(65519.9), toHalf(65520), toHalf(-1e9)]).toEqual([0x7bff, 0x7c00, 0xfc00])
  })
})

describe('isLossless', () => {
  test('is true exactly where the extreme values survive the cast there and back', () => {
    const extremes: Record<DType, (number | bigint)[]> = {
      bool: [0, 1],
      int8: [-128, 127],
      uint8: [0, 255],
      int16: [-32768, 32767],
      uint16: [0, 65535],
      int32: [-(2 ** 31), 2 ** 31 - 1],
      uint32: [0, 2 ** 32 - 1],
      int64: [-(2n ** 63n), 2n ** 63n - 1n],
      float16: [0x7bff, 0x0001],
      float32: [3.4028234663852886e38, 2 ** -149],
      float64: [Number.MAX_VALUE, Number.MIN_VALUE],
    }
    for (const from of dtypes) {
      for (const to of dtypes) {
        const source = new dataOf[from](2)
        for (const [i, value] of extremes[from].entries()) source[i] = value
        expect(isLossless(from, to), `${from} to ${to}`).toBe(survives(from, to, source))
      }
    }
  })
})

function survives(from: DType, to: DType, source: InstanceType<(typeof dataOf)[DType]>): boolean {
  const there = new dataOf[to](2)
  const back = new dataOf[from](2)
  try {
    castInto(there, to, source, from, '')
    castInto(back, from, there, to, '')
  } catch {
    return false
  }
  return back.every((value, i) => value === source[i])
}
