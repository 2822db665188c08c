/** float16 as IEEE 754 binary16 bits: conversion from and to numbers, round to nearest, ties to even. */

/** The binary16 bits of the float16 nearest to `x`; beyond 65520 it is an infinity. */
export function toHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const size = Math.abs(x)
  if (size !== size) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(size)), -14)
  // Adding and subtracting 2^52 rounds to an integer, ties to even; a carry into the exponent is then right as it falls.
  const significand = size / 2 ** (exponent - 10) + 2 ** 52 - 2 ** 52
  return sign | (((exponent + 14) << 10) + significand)
}

/** The number that these binary16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 0x3ff
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24)
}
