/** The dims of a program: those that the shapes of its inputs, or their values, bind, with what is known of them. */
import type { DimFacts } from '../../runtime/manifest.ts'
import { dimNames } from '../dims.ts'
import type { Graph } from '../graph.ts'
import type { InputAttrs } from '../leaf.ts'

/** Every name that inputs bind, in order of appearance, with the facts declared for it. */
export function boundDims(graph: Graph): Record<string, DimFacts> {
  const dims: Record<string, DimFacts> = {}
  for (const { tensor, binds } of graph.inputs) {
    if (binds !== undefined) dims[binds] = {}
    const { facts } = tensor.attrs as InputAttrs
    for (const name of tensor.shape.flatMap(dim => [...dimNames(dim)])) dims[name] = { ...dims[name], ...facts[name] }
  }
  return dims
}
