/**
 * An angle as quarter turns and a rest: x = n pi/2 + r, |r| <= pi/4, r in two parts since sin r near 0 needs all bits of
 * r. Small angles subtract n pi/2 in four pieces (Cody and Waite); large ones multiply by as many bits of 2/pi as
 * matter (M. H. Payne and R. N. Hanek, Radian reduction for trigonometric functions, SIGNUM 18, 1983), in integers.
 */

import { cast } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { add, mul, neg, sub } from '../arithmetic.ts'
import { bitcast } from '../bitcast.ts'
import { bitwiseAnd, bitwiseOr, ge, leftShift, lt, ne, rightShift, where } from '../comparison.ts'
import { type Format, float32, float64, fromBits, toBits } from './format.ts'

/** x = n pi/2 + high + low; n counts in the low two bits of an integer of the format's width. */
export interface Quarters {
  n: Tensor
  high: Tensor
  low: Tensor
}

/** Up to where `nearby` is accurate. */
export const nearbyLimit: Record<Format['float'], number> = { float32: 6400, float64: 1e6 }

/** pi/2 cut so that products with n are exact in the first three, and x - n (first + second) is exact too. */
const halfPi: Record<Format['float'], readonly [number, number, number, number]> = {
  float32: [1.57080078125, -4.470348358154297e-6, 1.5890691429376602e-8, 2.5633440682570896e-12],
  float64: [1.570796325802803, 9.92093629470503e-10, -4.97899623147991e-17, -1.9034889620193266e-25],
}

/** For |x| up to `nearbyLimit`. */
export function nearby(f: Format, x: Tensor): Quarters {
  const [first, second, third, fourth] = halfPi[f.float]
  const sum = add(mul(x, 2 / Math.PI), f.rounder)
  const n = sub(sum, f.rounder)
  const rest = sub(sub(x, mul(n, first)), mul(n, second))
  const piece = mul(n, third)
  const high = sub(rest, piece)
  return { n: toBits(f, sum), high, low: sub(sub(sub(rest, high), piece), mul(n, fourth)) }
}

/** The bits of 2/pi after the point, 32 in a word. */
const twoOverPi = [
  0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a,
  0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
  0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf,
  0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
  0x56033046,
]

/** Any finite x of at least 1 in size. */
export const faraway = (f: Format, x: Tensor): Quarters => {
  const { n, high, low } = f === float32 ? faraway32(x) : faraway64(x)
  const negative = lt(x, 0)
  return {
    n: where(negative, neg(n), n),
    high: where(negative, neg(high), high),
    low: where(negative, neg(low), low),
  }
}

/** The upper 32 bits of a product of uint32, a below 2^24, from products of halves. */
function mulHigh(a: Tensor, b: Tensor): Tensor {
  const [aHigh, aLow] = [rightShift(a, 16), bitwiseAnd(a, 0xffff)]
  const [bHigh, bLow] = [rightShift(b, 16), bitwiseAnd(b, 0xffff)]
  const lowByLow = rightShift(mul(aLow, bLow), 16)
  const lowByHigh = mul(aLow, bHigh)
  const middle = add(add(bitwiseAnd(lowByHigh, 0xffff), mul(aHigh, bLow)), lowByLow)
  return add(add(mul(aHigh, bHigh), rightShift(lowByHigh, 16)), rightShift(middle, 16))
}

/**
 * |x| = m 2^(e - 23). Of m times 2/pi only the bits from weight 2 (in quarter turns) down count, so 96 bits of 2/pi
 * from there on, taken as three words, give a product whose upper word has two bits of n and 30 of the fraction.
 */
function faraway32(x: Tensor): Quarters {
  const bits = bitcast(x, 'uint32')
  const position = sub(bitwiseAnd(rightShift(bits, 23), 0xff), 127 - 7)
  const m = bitwiseOr(bitwiseAnd(bits, 0x7fffff), 0x800000)
  const words = [0, ...twoOverPi].map(word => constant(word, 'uint32'))
  const past = [32, 64, 96, 128].map(start => ge(position, start))
  const word = (j: number) => past.reduce<Tensor>((w, reached, i) => where(reached, words[j + i + 1]!, w), words[j]!)
  const shift = bitwiseAnd(position, 31)
  const window = [0, 1, 2].map(j =>
    bitwiseOr(leftShift(word(j), shift), rightShift(rightShift(word(j + 1), 1), sub(31, shift))),
  )
  const carryIn = mulHigh(m, window[2]!)
  const lower = add(mul(m, window[1]!), carryIn)
  const carry = where(lt(lower, carryIn), constant(1, 'uint32'), 0)
  const upper = add(add(mul(m, window[0]!), mulHigh(m, window[1]!)), carry)
  const n = rightShift(add(upper, 0x20000000), 30)
  return { n: bitcast(n, 'int32'), ...radians32(bitcast(sub(upper, leftShift(n, 30)), 'int32'), lower) }
}

/** (upper 2^-30 + lower 2^-62) pi/2: 12 bits of the fraction by 13 of pi/2 exactly, the rest rounded. */
function radians32(upper: Tensor, lower: Tensor): Pick<Quarters, 'high' | 'low'> {
  const few = leftShift(rightShift(add(upper, 0x10000), 17), 17)
  const first = mul(cast(few, 'float32'), 2 ** -30)
  const rest = add(mul(cast(sub(upper, few), 'float32'), 2 ** -30), mul(cast(lower, 'float32'), 2 ** -62))
  const exact = mul(first, 1.57080078125)
  const small = add(mul(first, -4.454515874385834e-6), mul(rest, Math.PI / 2))
  const high = add(exact, small)
  return { high, low: add(sub(exact, high), small) }
}

/** The same with m of 53 bits (32 and 21), words of 32 bits in int64, and a fraction of 126 bits. */
function faraway64(x: Tensor): Quarters {
  const bits = toBits(float64, x)
  const position = sub(bitwiseAnd(rightShift(bits, 52), 0x7ff), 1023 - 10)
  const m = bitwiseOr(bitwiseAnd(bits, float64.fractionMask), 1n << 52n)
  const [mHigh, mLow] = [rightShift(m, 32), low32(m)]
  const words = windowOf64(position)
  const products = words.map(word => ({ byLow: mul(mLow, word), byHigh: mul(mHigh, word) }))
  const column = (j: number) => {
    const [here, next, after] = [products[j]!, products[j + 1]!, products[j + 2]!]
    const sums = add(low32(here.byLow), low32(next.byHigh))
    return add(sums, add(high32(next.byLow), high32(after.byHigh)))
  }
  const columns = [0, 1, 2, 3].map(column)
  for (let j = 3; j > 0; j--) {
    columns[j - 1] = add(columns[j - 1]!, high32(columns[j]!))
    columns[j] = low32(columns[j]!)
  }
  const upper = low32(columns[0]!)
  const n = rightShift(add(upper, 0x20000000), 30)
  return { n, ...radians64(sub(upper, leftShift(n, 30)), columns.slice(1)) }
}

const low32 = (x: Tensor) => bitwiseAnd(x, 0xffffffffn)
const high32 = (x: Tensor) => low32(rightShift(x, 32))

/** Six words of 2/pi (after 64 zero bits) from a bit position on: chosen by the bits of its word, then shifted. */
function windowOf64(position: Tensor): Tensor[] {
  let words: Tensor[] = [0, 0, ...twoOverPi].map(word => constant(word, 'int64'))
  const word = rightShift(position, 5)
  for (let step = 32; step > 0; step >>= 1) {
    const taken = ne(bitwiseAnd(word, step), 0)
    const current = words
    words = current.slice(0, 6 + step).map((w, j) => (current[j + step] ? where(taken, current[j + step]!, w) : w))
  }
  const factor = leftShift(constant(1, 'int64'), bitwiseAnd(position, 31))
  const shifted = words.map(w => mul(w, factor))
  return shifted.slice(0, 6).map((w, j) => bitwiseOr(low32(w), high32(shifted[j + 1]!)))
}

/** A whole number below 2^52 as a float64: it stands in the low bits of 2^52. */
const toFloat64 = (x: Tensor): Tensor => sub(fromBits(float64, bitwiseOr(x, 0x433n << 52n)), 2 ** 52)

/** The fraction in two floats, times pi/2 in two floats: products of halves are exact (T. J. Dekker, 1971). */
function radians64(upper: Tensor, rest: readonly Tensor[]): Pick<Quarters, 'high' | 'low'> {
  const [a, b, c] = rest.map(toFloat64)
  const first = mul(sub(toFloat64(add(upper, 1n << 31n)), 2 ** 31), 2 ** -30)
  const second = mul(a!, 2 ** -62)
  const sum = add(first, second)
  const lost = add(sub(second, sub(sum, first)), add(mul(b!, 2 ** -94), mul(c!, 2 ** -126)))
  const high = add(sum, lost)
  const low = sub(lost, sub(high, sum))
  const product = mul(high, Math.PI / 2)
  const [upperHalf, lowerHalf] = [1.5707963109016418, 1.5893254712295857e-8]
  const head = fromBits(float64, bitwiseAnd(toBits(float64, high), -(1n << 27n)))
  const tail = sub(high, head)
  const crossed = add(add(sub(mul(head, upperHalf), product), mul(head, lowerHalf)), mul(tail, upperHalf))
  const error = add(crossed, mul(tail, lowerHalf))
  const small = add(error, add(mul(high, 6.123233995736766e-17), mul(low, Math.PI / 2)))
  const result = add(product, small)
  return { high: result, low: sub(small, sub(result, product)) }
}
