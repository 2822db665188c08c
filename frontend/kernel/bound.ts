/** The dims of a program: those that the shapes of its inputs, or their values, bind, with what is known of them. */
import { type Dims, evaluate } from '../../runtime/dims.ts'
import type { DimExpr, DimFacts } from '../../runtime/manifest.ts'
import { dimNames } from '../dims.ts'
import type { Graph } from '../graph.ts'
import type { InputAttrs } from '../leaf.ts'

/** Every name that inputs bind, in order of appearance, with the facts declared for it. */
export function boundDims(graph: Graph): Record<string, DimFacts> {
  const dims: Record<string, DimFacts> = {}
  for (const { tensor, binds, below } of graph.inputs) {
    for (const name of [binds, below]) if (name !== undefined) dims[name] = {}
    const { facts } = tensor.attrs as InputAttrs
    for (const name of tensor.shape.flatMap(dim => [...dimNames(dim)])) dims[name] = { ...dims[name], ...facts[name] }
  }
  return dims
}

/** The size of a dim of which nothing is known, where sizes are only compared. */
const usualSize = 64

/** A size for each dim, one that its facts allow: for choices that are right for most sizes, and never wrong. */
export function usualDims(dims: Readonly<Record<string, DimFacts>>): Map<string, number> {
  return new Map(
    Object.entries(dims).map(([name, { multipleOf = 1, atLeast = 1 }]) => [
      name,
      multipleOf * Math.ceil(Math.max(usualSize, atLeast) / multipleOf),
    ]),
  )
}

/** A size at usual dims; 0 where it has none: a divisor may be 0 at just these, and a product beyond what is exact. */
export function usualSizeOf(size: DimExpr, dims: Dims): number {
  try {
    return Math.max(evaluate(size, dims), 0)
  } catch {
    return 0
  }
}
