/** What must hold of a scan: its carries keep their types, and parameters have those of what they stand for. */
import { topological } from '../graph.ts'
import { isConstant, isParameter, type ParameterAttrs } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, type Shape, unify } from '../type.ts'
import { scanAttrs } from './node.ts'

/** What is wrong with the node of a scan, if anything is. */
export function scanComplaint(node: Tensor): string | undefined {
  const { sequences: n, carries: m, results, steps } = scanAttrs(node)
  if (node.inputs.length < n + m || results.length < m) return 'inputs or results are missing'
  const wrongLength = node.inputs.slice(0, n).findIndex(({ shape }) => unify(shape[0]!, steps) === 'differ')
  if (wrongLength >= 0) return `sequence ${wrongLength} has another length`
  for (const inner of topological(results).filter(({ op }) => op.kind === 'leaf')) {
    if (isConstant(inner)) continue
    if (!isParameter(inner)) return `reads ${inner.op.name} that is outside`
    const { index } = inner.attrs as ParameterAttrs
    const input = node.inputs[index]
    if (!input) return `parameter ${index} stands for nothing`
    const { dtype, shape } = input
    if (!sameType(inner, { dtype, shape: index < n ? shape.slice(1) : shape }))
      return `parameter ${index} has another type`
  }
  const changed = results.slice(0, m).findIndex((result, i) => !sameType(result, node.inputs[n + i]!))
  return changed < 0 ? undefined : `carry ${changed} changes its type`
}

const sameType = (a: Tensor, b: { dtype: DType; shape: Shape }) =>
  a.dtype === b.dtype &&
  a.ndim === b.shape.length &&
  a.shape.every((dim, axis) => unify(dim, b.shape[axis]!) !== 'differ')
