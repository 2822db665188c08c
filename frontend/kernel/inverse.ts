/**
 * Readers that have the elements of what they read in another order. A reader says where each of its elements comes from; to
 * be computed in the loops of what it reads, it has to say where each of those goes. Positions are taken apart into digits by
 * reshapes and put together again, so the inverse of an index is found by its digits, and then held to be one by algebra.
 */
import {
  type DimExpr,
  dimAdd,
  dimEqual,
  dimFloorDiv,
  dimLinear,
  dimMod,
  dimMul,
  dimProduct,
  dimSubstitute,
  type Extents,
  type Index,
} from '../dims.ts'
import { flatIndex } from '../ops/move.ts'
import type { Shape } from '../type.ts'

/** Where a reader reads, over its axes `$0`, `$1`, …, and the place of what is computed there, over loops `$0`, `$1`, …. */
export interface Reading {
  from: readonly Index[]
  at: readonly Index[]
}

/**
 * The index of a reader's element at each step of loops over these extents, in which all it reads is computed, or undefined
 * where it is not an element for each step or no such index is found. `guesses` are tried first.
 */
export function inverseOf(
  shape: Shape,
  loops: Shape,
  readings: readonly Reading[],
  guesses: readonly (readonly Index[])[],
): readonly Index[] | undefined {
  if (readings.length === 0 || !dimEqual(dimProduct(shape), dimProduct(loops))) return undefined
  const extents: Extents = name => loops[Number(name.slice(1))]
  const isInverse = (own: readonly Index[]) =>
    readings.every(({ from, at }) =>
      from.every((index, axis) =>
        dimEqual(
          dimSubstitute(index, name => valueAt(own, name), extents),
          at[axis]!,
        ),
      ),
    )
  return guesses.find(isInverse) ?? [byDigits(shape, loops, readings[0]!)].find(own => own && isInverse(own))
}

const valueAt = (values: readonly Index[], name: string) =>
  name.startsWith('$') ? values[Number(name.slice(1))] : undefined

/**
 * Whether elements are stored in even steps along each loop, and one after the other along the last, along which lanes run.
 * Lanes along another would cost convolutions their minimal filtering (3x3 of 64 at 56x56 with channels last takes 5.5 ms in
 * place of 2.5 ms and a pass that transposes), and stores in wider steps gain and lose as much as that pass.
 */
export function isStoredEvenly(shape: Shape, own: readonly Index[], loops: Shape): boolean {
  const place = flatIndex(shape, own)
  const steps = loops.map((_, loop) => dimLinear(place, `$${loop}`)?.coefficient)
  return steps.every(step => step !== undefined) && steps.at(-1) === 1
}

/** A part of an index: `factor (name // step % size)`, without the last where it goes to the end of the axis. */
interface Digit {
  factor: Index
  name: string
  step: Index
  size: Index
}

/** The inverse of a reading whose places are loops themselves. */
function byDigits(shape: Shape, loops: Shape, { from, at }: Reading): Index[] | undefined {
  const own: Index[] = shape.map(() => 0)
  const extents: Extents = name => loops[Number(name.slice(1))]
  for (const [axis, index] of from.entries()) {
    const loop = at[axis]!
    if (loop === 0) continue
    for (const part of termsOf(index)) {
      const digit = digitOf(part, shape)
      if (!digit) return undefined
      const { factor, name, step, size } = digit
      const value = dimMod(dimFloorDiv(loop, factor, extents), size, extents)
      own[Number(name.slice(1))] = dimAdd(own[Number(name.slice(1))]!, dimMul(step, value))
    }
  }
  return own
}

const termsOf = (index: Index): readonly Index[] =>
  typeof index === 'object' && index[0] === '+' ? (index.slice(1) as DimExpr[]) : [index]

function digitOf(part: Index, shape: Shape): Digit | undefined {
  const factors = typeof part === 'object' && part[0] === '*' ? (part.slice(1) as DimExpr[]) : [part]
  const isDigit = (factor: Index) =>
    typeof factor === 'object' || (typeof factor === 'string' && factor.startsWith('$'))
  const [digit, ...others] = factors.filter(isDigit)
  if (digit === undefined || others.length > 0) return undefined
  const factor = dimProduct(factors.filter(each => !isDigit(each)))
  const [divided, modulus] = partsOf(digit, '%')
  const [name, step = 1] = partsOf(divided, '//')
  if (typeof name !== 'string') return undefined
  const size = modulus ?? dimFloorDiv(shape[Number(name.slice(1))]!, step)
  return { factor, name, step, size }
}

/** The operands of an operation, or what is none of it. */
const partsOf = (index: Index, op: '%' | '//'): [Index, Index?] =>
  typeof index === 'object' && index[0] === op ? [index[1]!, index[2]!] : [index]

/** The index of a tensor whose axes run along loops, over those. */
export function alongLoops(shape: Shape, axes: readonly number[]): Index[] {
  return shape.map((_, axis) => (axes.includes(axis) ? `$${axes.indexOf(axis)}` : 0))
}
