/** The verifier of graphs: every node has the type that its op gives it. Passes are held to it in tests. */
import type { Einsum, ElementwiseOp, Indexing, Op, ReductionOp } from './define.ts'
import { topologicalWithin } from './graph.ts'
import { itemIndex } from './item.ts'
import type { ReduceAttrs } from './ops/reduce.ts'
import { resultsOf, routineComplaint } from './routine.ts'
import { scanComplaint } from './scan/verify.ts'
import type { Tensor } from './tensor.ts'
import { broadcastShapes, type DType, isInteger, type Shape, unify } from './type.ts'

/** A node that breaks an invariant: a defect in damo, not in what the user wrote. */
export class InvalidGraph extends Error {}

/** Throws `InvalidGraph` at the first node whose dtype or shape does not follow from its op and inputs. */
export function verifyGraph(roots: readonly Tensor[]): void {
  for (const node of topologicalWithin(roots)) {
    const complaint = complaints[node.op.kind](node)
    if (complaint) throw new InvalidGraph(`${node.op.name}: ${complaint}`)
  }
}

const nothing = () => undefined

/** What is wrong with a node, by the family of its op. */
const complaints: Record<Op['kind'], (node: Tensor) => string | undefined> = {
  leaf: nothing,
  position: nothing,
  derived: nothing,
  region: scanComplaint,
  routine: routineComplaint,
  item(node) {
    const [of] = node.inputs as [Tensor]
    if (of.op.kind !== 'routine') return undefined
    const result = resultsOf(of)[itemIndex(node)]
    return result ? (dtypeIs(node, result.dtype) ?? shapeIs(node, result.shape)) : 'is none of the results'
  },
  elementwise(node) {
    const op = node.op as ElementwiseOp
    const dtypes = node.inputs.map(input => input.dtype)
    const typing = op.typing(dtypes, node.attrs)
    if (node.inputs.length !== op.arity) return `${node.inputs.length} operands, not ${op.arity}`
    if (!typing) return `takes no ${dtypes.join(', ')}`
    if (typing.operands.some((dtype, i) => dtype !== dtypes[i])) return `operands are ${dtypes}, not ${typing.operands}`
    return dtypeIs(node, typing.result) ?? shapeIs(node, together(node.inputs.map(input => input.shape)))
  },
  movement(node) {
    const wrong = node.inputs.find(input => input.dtype !== node.dtype)
    return wrong ? `moves ${wrong.dtype} to ${node.dtype}` : undefined
  },
  scatter(node) {
    const [base, values] = node.inputs as [Tensor, Tensor, ...Tensor[]]
    if (values.dtype !== base.dtype) return `puts ${values.dtype} into ${base.dtype}`
    return (
      chooses(node, values.shape, [base, ...node.inputs.slice(2)]) ??
      dtypeIs(node, base.dtype) ??
      shapeIs(node, base.shape)
    )
  },
  gather: node => chooses(node, node.shape, node.inputs) ?? dtypeIs(node, node.inputs[0]!.dtype),
  reduction(node) {
    const { axes } = node.attrs as ReduceAttrs
    const { shape, dtype } = node.inputs[0]!
    const typing = (node.op as ReductionOp).typing(dtype)
    if (typing?.operand !== dtype) return `reduces ${dtype}`
    return (
      dtypeIs(node, typing.result) ??
      shapeIs(
        node,
        shape.filter((_, axis) => !axes.includes(axis)),
      )
    )
  },
  contraction(node) {
    const { left, right, out } = node.attrs as Einsum
    const [a, b] = node.inputs as [Tensor, Tensor]
    const clash = left.find(
      (label, axis) => right.includes(label) && differ(a.shape[axis]!, b.shape[right.indexOf(label)]!),
    )
    if (clash !== undefined) return `label ${clash} has two sizes`
    const dimOf = (label: number) =>
      left.includes(label) ? a.shape[left.indexOf(label)]! : b.shape[right.indexOf(label)]!
    return dtypeIs(node, a.dtype) ?? shapeIs(node, out.map(dimOf))
  },
}

/** What is wrong with how indices choose places of the first operand; `over` are the sizes of labels. */
function chooses(node: Tensor, over: Shape, operands: readonly Tensor[]): string | undefined {
  const { axes, indices } = node.attrs as Indexing
  const labels = [axes, ...indices]
  const chosen = operands.slice(1)
  if (axes.filter(axis => axis === null).length !== chosen.length) return `${chosen.length} indices`
  if (operands.some((operand, k) => operand.ndim !== labels[k]!.length)) return 'labels do not fit their operands'
  const wrong = chosen.find(({ dtype }) => !isInteger(dtype))
  if (wrong) return `chooses by ${wrong.dtype}`
  const clash = operands.find((operand, k) =>
    operand.shape.some((dim, axis) => {
      const label = labels[k]![axis]!
      return label !== null && differ(dim, over[label]!)
    }),
  )
  return clash && `an operand [${clash.shape}] has other sizes than [${over}]`
}

const differ = (a: Shape[number], b: Shape[number]) => unify(a, b) === 'differ'

const dtypeIs = (node: Tensor, dtype: DType) => (node.dtype === dtype ? undefined : `is ${node.dtype}, not ${dtype}`)

function shapeIs(node: Tensor, shape: Shape | undefined): string | undefined {
  if (!shape) return 'operands do not broadcast'
  const same = shape.length === node.ndim && shape.every((dim, axis) => !differ(dim, node.shape[axis]!))
  return same ? undefined : `has shape [${node.shape}], not [${shape}]`
}

function together(shapes: readonly Shape[]): Shape | undefined {
  let shape: Shape = []
  for (const other of shapes) {
    const both = broadcastShapes(shape, other)
    if ('axis' in both) return undefined
    shape = both.shape
  }
  return shape
}
