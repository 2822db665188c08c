/** Types of tensors: dtypes with their promotion, ranks, and the shapes that broadcasting gives. */
import { byteWidth, type DimExpr, type DType } from '../runtime/manifest.ts'
import { dimDifference, dimEqual, dimMod, dimNames } from './dims.ts'

export type { DimExpr, DType } from '../runtime/manifest.ts'
export type { MaxRank, Next, Previous, Rank } from './rank.ts'

export type Float = 'float16' | 'float32' | 'float64'
export type SignedInteger = 'int8' | 'int16' | 'int32' | 'int64'
export type UnsignedInteger = 'uint8' | 'uint16' | 'uint32'
export type Integer = SignedInteger | UnsignedInteger

export type Numeric = Integer | Float

/** Sets of dtypes that ops declare. */
export const floats: readonly Float[] = ['float16', 'float32', 'float64']
export const integers: readonly Integer[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64']
export const numbers: readonly Numeric[] = [...integers, ...floats]
export const allTypes: readonly DType[] = ['bool', ...numbers]

const isOf =
  <T extends DType>(set: readonly DType[]) =>
  (dtype: DType): dtype is T =>
    set.includes(dtype)

export const isFloat = isOf<Float>(floats)
export const isInteger = isOf<Integer>(integers)
export const isNumeric = isOf<Numeric>(numbers)
/** Integers and truth values of less than 32 bits. */
export const isSmall = (dtype: DType): boolean => !isFloat(dtype) && byteWidth[dtype] < byteWidth.int32

const order = allTypes

/** A row of the promotion table, in the order of `allTypes`. */
const row = <const T extends readonly DType[]>(...types: T) => types

/**
 * The dtype of an operation between two arrays. Integers promote as in NumPy; an integer with a float gives that
 * float; of two floats the wider; bool gives the other. Rows and columns:
 * bool int8 uint8 int16 uint16 int32 uint32 int64 float16 float32 float64.
 */
const promotions = {
  bool: row('bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float16', 'float32', 'float64'),
  int8: row('int8', 'int8', 'int16', 'int16', 'int32', 'int32', 'int64', 'int64', 'float16', 'float32', 'float64'),
  uint8: row('uint8', 'int16', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float16', 'float32', 'float64'),
  int16: row('int16', 'int16', 'int16', 'int16', 'int32', 'int32', 'int64', 'int64', 'float16', 'float32', 'float64'),
  uint16: row(
    'uint16',
    'int32',
    'uint16',
    'int32',
    'uint16',
    'int32',
    'uint32',
    'int64',
    'float16',
    'float32',
    'float64',
  ),
  int32: row('int32', 'int32', 'int32', 'int32', 'int32', 'int32', 'int64', 'int64', 'float16', 'float32', 'float64'),
  uint32: row(
    'uint32',
    'int64',
    'uint32',
    'int64',
    'uint32',
    'int64',
    'uint32',
    'int64',
    'float16',
    'float32',
    'float64',
  ),
  int64: row('int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'float16', 'float32', 'float64'),
  float16: row(
    'float16',
    'float16',
    'float16',
    'float16',
    'float16',
    'float16',
    'float16',
    'float16',
    'float16',
    'float32',
    'float64',
  ),
  float32: row(
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float32',
    'float64',
  ),
  float64: row(
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
    'float64',
  ),
} as const satisfies Record<DType, readonly DType[]>

interface Column {
  bool: 0
  int8: 1
  uint8: 2
  int16: 3
  uint16: 4
  int32: 5
  uint32: 6
  int64: 7
  float16: 8
  float32: 9
  float64: 10
}

/** The dtype that two dtypes promote to, in the editor. */
export type Promote<A extends DType, B extends DType> = (typeof promotions)[A][Column[B]]

/** The dtype that two dtypes promote to. */
export function promote(a: DType, b: DType): DType {
  return promotions[a][order.indexOf(b)]!
}

/** The dtype of functions that need a float: floats stay, everything else becomes float32. */
export type ToFloat<D extends DType> = D extends Float ? D : 'float32'

/** Dims from the first axis to the last. */
export type Shape = readonly DimExpr[]

/** Two dims that have to be equal when a call binds them; which operands asked is said by the node that carries it. */
export interface Equality {
  left: DimExpr
  right: DimExpr
}

/** What a call must hold sizes to: two dims that have to be equal, or left at most right. */
export interface SizeCheck extends Equality {
  relation?: '<='
  /** What does not hold otherwise, as messages go on after the name of the function. */
  why?: string
}

/** Dims that were left open: their names start with this, and they become whatever they are compared with. */
export const unknownMark = '?'

/**
 * Between what a dim is called that has the value of an input and the number of that input: the dim `n#7` of `n`. Where the
 * value may be below 0 there are two: `n#7+`, how far it is above 0, and `n#7-`, how far below.
 */
export const valueMark = '#'

/** A dim as people read it: an open one as its mark alone, the value of an input as that input is called. */
export const dimLabel = (text: string): string =>
  text
    .replace(/\?[\w.]*/g, unknownMark)
    .replace(/(\w+)#\d+\+/g, 'max($1, 0)')
    .replace(/(\w+)#\d+-/g, 'max(-$1, 0)')
    .replace(/#\d+/g, '')

/** What the input is called whose value a dim has. */
export const inputOfDim = (name: string): string => name.replace(/#\d+[+-]?$/, '')

const isUnknown = (dim: DimExpr) => [...dimNames(dim)].some(name => name.startsWith(unknownMark))

/** True where the value of an input decides. */
export const isValueDim = (dim: DimExpr): boolean => [...dimNames(dim)].some(name => name.includes(valueMark))

/**
 * The dim that two equal dims have in common: `'differ'` when they cannot be equal, otherwise the better known one,
 * with an equality to check at call time where the two are not the same expression.
 */
export function unify(a: DimExpr, b: DimExpr): { dim: DimExpr; check?: Equality } | 'differ' {
  if (dimEqual(a, b)) return { dim: a }
  if (dimDifference(a, b) !== undefined) return 'differ'
  const loose = (dim: DimExpr) => (isUnknown(dim) ? 2 : isValueDim(dim) ? 1 : 0)
  if (loose(a) + loose(b) > 0) return { dim: loose(a) > loose(b) ? b : a, check: { left: a, right: b } }
  const simple = (dim: DimExpr) => typeof dim !== 'object'
  // Two declared names, or a name and a number, are different by declaration.
  return simple(a) && simple(b) ? 'differ' : { dim: a, check: { left: a, right: b } }
}

/** What a call must hold a dim to so that it is a multiple of `by`: nothing where it is one; `'differ'` where it never is. */
export function divides(by: number, dim: DimExpr): Equality[] | 'differ' {
  const rest = dimMod(dim, by)
  if (typeof rest === 'number') return rest === 0 ? [] : 'differ'
  return [{ left: rest, right: 0 }]
}

/** The shape of two operands broadcast together, or the axis (from the end, 1-based) where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): { shape: DimExpr[]; checks: Equality[] } | { axis: number } {
  const rank = Math.max(a.length, b.length)
  const shape: DimExpr[] = new Array(rank)
  const checks: Equality[] = []
  for (let axis = 1; axis <= rank; axis++) {
    const left = a[a.length - axis] ?? 1
    const right = b[b.length - axis] ?? 1
    if (left === 1 || right === 1) {
      shape[rank - axis] = left === 1 ? right : left
      continue
    }
    const unified = unify(left, right)
    if (unified === 'differ') return { axis }
    if (unified.check) checks.push(unified.check)
    shape[rank - axis] = unified.dim
  }
  return { shape, checks }
}
