/** Systems in place of inverses, and logarithms of determinants without the determinants. */
import type { Einsum } from '../define.ts'
import { type DimExpr, dimAtLeast, dimProduct, dimSub } from '../dims.ts'
import { opOf } from '../elementwise.ts'
import { itemIndex } from '../item.ts'
import { tensor } from '../leaf.ts'
import { tanh } from '../ops/activation.ts'
import { abs, add, mul } from '../ops/arithmetic.ts'
import { contract, contraction } from '../ops/contract.ts'
import { log } from '../ops/exponential.ts'
import { det, detOp, logAbsDet, logDet } from '../ops/linalg/det.ts'
import { flipped } from '../ops/linalg/matrix.ts'
import { invertStack, invOp, solveStack } from '../ops/linalg/systems.ts'
import { permute, reshapeTo } from '../ops/move.ts'
import { eye } from '../ops/triangle.ts'
import { type ProcedureOptions, procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'

const options = (samples: (x: (...shape: number[]) => Tensor) => Tensor[]): ProcedureOptions => ({
  ...{ phase: 'stable', holds: 'stable', scale: 1, tags: ['stability', 'linalg'], domain: [-1, 1] },
  samples: (dtype: DType) =>
    ['float32', 'float64'].includes(dtype) ? samples((...shape) => tensor('x', { dtype, shape })) : [],
})

/** A matrix far from a singular one, whatever the elements: its diagonal outweighs the rest of each row. */
const regular = (x: Tensor): Tensor => add(tanh(x), mul(eye(x.shape[x.ndim - 1]!, { dtype: x.dtype }), 5))

const isInverse = (x: Tensor): boolean => x.op.kind === 'item' && x.inputs[0]!.op === invOp && itemIndex(x) === 0

/** A product with an inverse as a system; nothing where it has more columns than rows, which the inverse serves faster. */
function asSystem(
  inverse: Tensor,
  labels: readonly number[],
  b: Tensor,
  other: readonly number[],
  out: readonly number[],
) {
  const batch = labels.slice(0, -2)
  const [row, column] = labels.slice(-2) as [number, number]
  const [summed, kept] = out.includes(row) ? [column, row] : [row, column]
  const free = other.filter(label => label !== summed && !batch.includes(label))
  const dims = new Map(other.map((label, axis) => [label, b.shape[axis]!]))
  const fits =
    other.includes(summed) &&
    !other.includes(kept) &&
    !out.includes(summed) &&
    [...batch, kept, ...free].every(label => out.includes(label)) &&
    batch.every(label => other.includes(label))
  const size = inverse.shape[inverse.ndim - 1]!
  const columns = dimProduct(free.map(label => dims.get(label)!))
  if (!fits || !dimAtLeast(dimSub(size, columns), 0)) return undefined
  const a = inverse.inputs[0]!.inputs[0]!
  const order = [...batch, summed, ...free]
  const arranged = permute(
    b,
    order.map(label => other.indexOf(label)),
  )
  const lead: DimExpr[] = batch.map(label => dims.get(label)!)
  const x = solveStack(summed === column ? a : flipped(a), reshapeTo(arranged, [...lead, size, columns]))
  const apart = reshapeTo(x, [...lead, size, ...free.map(label => dims.get(label)!)])
  const labelled = [...batch, kept, ...free]
  return permute(
    apart,
    out.map(label => labelled.indexOf(label)),
  )
}

export const systems: readonly Rule[] = [
  procedure(
    {
      ...options(x => {
        const inverse = (...shape: number[]) => invertStack(regular(x(...shape)))
        // Solutions are as exact as their largest element, so all are of one size.
        const sides = (...shape: number[]) => tanh(x(...shape))
        return [
          contract(inverse(4, 4), [0, 1], sides(4), [1], [0]),
          contract(inverse(4, 4), [0, 1], sides(3, 4), [2, 1], [0, 2]),
          contract(sides(2, 3), [0, 1], inverse(3, 3), [1, 2], [0, 2]),
          contract(inverse(2, 3, 3), [0, 1, 2], sides(2, 3, 2), [0, 2, 3], [0, 3, 1]),
        ]
      }),
      roots: [contraction],
    },
    'A⁻¹ b = solve(A, b)',
    node => {
      const { left, right, out } = node.attrs as Einsum
      const [a, b] = node.inputs as [Tensor, Tensor]
      const found = isInverse(a) ? asSystem(a, left, b, right, out) : undefined
      return found ?? (isInverse(b) ? asSystem(b, right, a, left, out) : undefined)
    },
  ),
  procedure(
    {
      ...options(x => [log(abs(det(regular(x(3, 3))))), log(abs(det(mul(regular(x(2, 4, 4)), -1))))]),
      roots: [opOf(log)],
    },
    'log |det A| = slogdet A',
    node => {
      const inner = node.inputs[0]!
      const determinant = inner.op === opOf(abs) ? inner.inputs[0]! : undefined
      return determinant?.op === detOp ? logAbsDet(determinant.inputs[0]!) : undefined
    },
  ),
  procedure(
    { ...options(x => [log(det(regular(x(3, 3)))), log(det(mul(regular(x(2, 3, 3)), -1)))]), roots: [opOf(log)] },
    'log det A = slogdet A where it is positive',
    node => (node.inputs[0]!.op === detOp ? logDet(node.inputs[0]!.inputs[0]!) : undefined),
  ),
]
