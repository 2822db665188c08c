/** Index expressions compiled to functions of a position, and the tensors that are computed from positions alone. */
import { type Dims, evaluate as dimValue } from '../../runtime/dims.ts'
import type { DimOp } from '../../runtime/manifest.ts'
import { dimNames, dimSubstitute, type Index } from '../dims.ts'
import type { PositionAttrs } from '../ops/create.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, emptyBlock } from './block.ts'

/** The name of an axis of the result in index expressions. */
export const axisName = (axis: number): string => `$${axis}`

/** The axes that an expression speaks of. */
export const axesIn = (expr: Index): number[] =>
  [...dimNames(expr)].filter(name => name.startsWith('$')).map(name => Number(name.slice(1)))

/** The expression with all dims as numbers: only axes are left as names. */
export function bound(expr: Index, dims: Dims): Index {
  return dimSubstitute(expr, name => (name.startsWith('$') ? undefined : dimValue(name, dims)))
}

/** The value of a bound index expression as a function of the position. */
export function compileIndex(expr: Index): (at: ArrayLike<number>) => number {
  if (typeof expr === 'number') return () => expr
  if (typeof expr === 'string') {
    const axis = Number(expr.slice(1))
    return at => at[axis]!
  }
  const operator = operators[expr[0]]
  const args = expr.slice(1).map(arg => compileIndex(arg as Index))
  return args.reduce((a, b) => at => operator(a(at), b(at)))
}

const operators: Readonly<Record<DimOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '*': (a, b) => a * b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  min: Math.min,
  max: Math.max,
}

/** Calls `visit` with every position of a shape, in row-major order; the array is the same one each time. */
export function forEachPosition(shape: readonly number[], visit: (at: Int32Array, position: number) => void): void {
  const at = new Int32Array(shape.length)
  const count = shape.reduce((total, size) => total * size, 1)
  for (let position = 0; position < count; position++) {
    visit(at, position)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]! += 1
      if (at[axis] !== shape[axis]) break
      at[axis] = 0
    }
  }
}

/** The values of an expression along the one axis it speaks of. */
export function tabulate(expr: Index, axis: number, size: number): Int32Array {
  const value = compileIndex(expr)
  const at = new Int32Array(axis + 1)
  return Int32Array.from({ length: size }, (_, i) => {
    at[axis] = i
    return value(at)
  })
}

/** Whole numbers computed from their own position. */
export function evaluatePosition(node: Tensor, _: readonly Block[], shape: readonly number[], dims: Dims): Block {
  const result = emptyBlock(node.dtype, shape)
  const expr = bound((node.attrs as PositionAttrs).value, dims)
  const value = compileIndex(expr)
  const convert = node.dtype === 'int64' ? BigInt : (x: number) => x
  forEachPosition(shape, (at, i) => {
    result.cells[i] = convert(value(at))
  })
  return result
}
