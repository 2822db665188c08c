/** How reductions combine: one record per fold, with what an empty one gives. */
import type { DType } from '../runtime/manifest.ts'

/** How a fold combines; `peak` is `max` that passes NaN over, and `argmax` and `argmin` give the int32 position (first among equals, the first NaN wins). */
export type FoldOp = 'add' | 'mul' | 'max' | 'min' | 'peak' | 'and' | 'or' | 'argmax' | 'argmin'

type Scalar = number | bigint

interface FoldRecord {
  /** The start of every accumulator, and the result over nothing where that has one. */
  identity(dtype: DType): Scalar
  /** Of one element the result is that element, bit for bit. */
  keepsFirst?: true
  /** No element is the extreme of nothing: as in NumPy, there has to be one. */
  needsElements?: true
  combine(a: Scalar, b: Scalar): Scalar
  /** For folds whose result is a position: whether the next element takes the place of the best so far. */
  replaces?(best: Scalar, next: Scalar): boolean
}

/** The least value of each bool and integer dtype. */
export const least: Partial<Record<DType, Scalar>> = {
  bool: 0,
  int8: -128,
  uint8: 0,
  int16: -32768,
  uint16: 0,
  int32: -2147483648,
  uint32: 0,
  int64: -(2n ** 63n),
}

/** The greatest value of each bool and integer dtype. */
export const greatest: Partial<Record<DType, Scalar>> = {
  bool: 1,
  int8: 127,
  uint8: 255,
  int16: 32767,
  uint16: 65535,
  int32: 2147483647,
  uint32: 4294967295,
  int64: 2n ** 63n - 1n,
}

const typed = (value: number) => (dtype: DType) => (dtype === 'int64' ? BigInt(value) : value)

// The first NaN stays, and of equals the first.
const isLarger = (best: Scalar, next: Scalar): boolean => best === best && (next !== next || next > best)
const isSmaller = (best: Scalar, next: Scalar): boolean => best === best && (next !== next || next < best)

// A NaN on either side stays: comparisons with it are false, so each test names the case in which the second wins.
const larger = (a: Scalar, b: Scalar): Scalar =>
  a !== a ? a : b !== b ? b : a < b || (a === 0 && Object.is(a, -0) && b >= 0 && b <= 0) ? b : a
const smaller = (a: Scalar, b: Scalar): Scalar =>
  a !== a ? a : b !== b ? b : b < a || (Object.is(b, -0) && a >= 0 && a <= 0) ? b : a

/** The records. `argmax` and `argmin` combine as `max` and `min` do, with positions carried along by who executes them. */
export const folds: Readonly<Record<FoldOp, FoldRecord>> = {
  add: { identity: typed(0), combine: (a, b) => (a as number) + (b as number) },
  mul: { identity: typed(1), combine: (a, b) => (a as number) * (b as number) },
  max: { identity: dtype => least[dtype] ?? -Infinity, combine: larger, keepsFirst: true, needsElements: true },
  min: { identity: dtype => greatest[dtype] ?? Infinity, combine: smaller, keepsFirst: true, needsElements: true },
  // biome-ignore lint/complexity/useMathMinMax: Math.max makes everything NaN
  peak: { identity: dtype => least[dtype] ?? -Infinity, combine: (a, b) => (b > a ? b : a) },
  and: { identity: typed(1), combine: (a, b) => (a && b ? 1 : 0) },
  or: { identity: typed(0), combine: (a, b) => (a || b ? 1 : 0) },
  argmax: { identity: dtype => least[dtype] ?? -Infinity, combine: larger, replaces: isLarger, needsElements: true },
  argmin: {
    identity: dtype => greatest[dtype] ?? Infinity,
    combine: smaller,
    replaces: isSmaller,
    needsElements: true,
  },
}
