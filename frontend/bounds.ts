/** What sizes have to satisfy for a graph to mean anything: no dim below 0, no slice beyond its axis, no extreme of nothing. */
import type { SizeBound } from './define.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimMul, dimSub } from './dims.ts'
import type { Tensor } from './tensor.ts'

/** The bounds of a node that do not hold for all values of its dims, without terms that are subtracted. */
export function boundsOf(node: Tensor, resolve: (dim: DimExpr) => DimExpr): SizeBound[] {
  const sizes = node.shape.flatMap(dim => (typeof dim === 'object' ? [{ left: 0, right: dim }] : []))
  const own = 'bounds' in node.op ? (node.op.bounds?.(node) ?? []) : []
  return [...sizes, ...own].flatMap(({ left, right, ...words }) => {
    const gap = resolve(dimSub(right, left))
    return dimAtLeast(gap, 0) ? [] : [{ ...positive(gap), ...words }]
  })
}

/** `0 <= gap` with the terms that are subtracted on the other side. */
function positive(gap: DimExpr): SizeBound {
  const terms = typeof gap === 'object' && gap[0] === '+' ? (gap.slice(1) as DimExpr[]) : [gap]
  const sum = (list: readonly DimExpr[]) => list.reduce(dimAdd, 0)
  return {
    left: dimMul(-1, sum(terms.filter(isNegative))),
    right: sum(terms.filter(term => !isNegative(term))),
  }
}

function isNegative(term: DimExpr): boolean {
  if (typeof term === 'number') return term < 0
  return typeof term === 'object' && term[0] === '*' && typeof term[1] === 'number' && term[1] < 0
}
