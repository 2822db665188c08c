/** Routines as nodes: how one is applied to tensors, and what an application of one is. */
import { type RoutineOp, type RoutineType, register } from './define.ts'
import { dimsDiffer, dtypeRefused, rankRefused } from './errors.ts'
import { itemOf, typeless } from './item.ts'
import { Tensor } from './tensor.ts'
import { type Equality, type Shape, unify } from './type.ts'

/** Declares a routine and adds it to the list of ops. */
export const routine = (spec: Omit<RoutineOp, 'kind'>): RoutineOp => register({ kind: 'routine', ...spec })

/** A node taken apart: the batch, and what one application takes and gives. */
export interface Application {
  batch: Shape
  operands: readonly RoutineType[]
  results: readonly RoutineType[]
}

/** What a routine is applied to in each step of the batch, and what comes out. */
export function applicationOf(op: RoutineOp, inputs: readonly RoutineType[], attrs: unknown): Application {
  const lead = inputs[0]!.shape.length - op.ranks[0]!
  const operands = inputs.map(({ dtype, shape }, i) => ({ dtype, shape: shape.slice(shape.length - op.ranks[i]!) }))
  return { batch: inputs[0]!.shape.slice(0, lead), operands, results: op.results(operands, attrs) }
}

/** The results of a routine of operands that have equal leading axes. */
export function applyRoutine(op: RoutineOp, inputs: readonly Tensor[], attrs?: unknown): Tensor[] {
  if (!op.accepts.includes(inputs[0]!.dtype)) throw dtypeRefused(op.name, [inputs[0]!], op.accepts)
  inputs.forEach((x, i) => {
    const rank = op.ranks[i]!
    if (x.ndim < rank) throw rankRefused(op.name, [x], `at least ${rank} ${rank === 1 ? 'axis' : 'axes'}`)
    if (x.ndim - rank !== inputs[0]!.ndim - op.ranks[0]!) throw rankRefused(op.name, inputs, 'equal leading axes')
  })
  const { batch } = applicationOf(op, inputs, attrs)
  const checks = inputs.flatMap(x => batch.flatMap((dim, axis) => equality(op, inputs, axis, dim, x.shape[axis]!)))
  return resultsOf(new Tensor(op, inputs, attrs, typeless, checks))
}

function equality(op: RoutineOp, inputs: readonly Tensor[], axis: number, a: Shape[number], b: Shape[number]) {
  const unified = unify(a, b)
  if (unified === 'differ') throw dimsDiffer(op.name, inputs, axis, a, b)
  return unified.check ? [unified.check satisfies Equality] : []
}

/** All results of the node of a routine. */
export function resultsOf(node: Tensor): Tensor[] {
  const { batch, results } = applicationOf(node.op as RoutineOp, node.inputs, node.attrs)
  return results.map(({ dtype, shape }, i) => itemOf(node, i, { dtype, shape: [...batch, ...shape] }))
}

/** What is wrong with the node of a routine, if anything is. */
export function routineComplaint(node: Tensor): string | undefined {
  const { ranks } = node.op as RoutineOp
  if (node.inputs.length !== ranks.length) return `${node.inputs.length} operands, not ${ranks.length}`
  const { batch } = applicationOf(node.op as RoutineOp, node.inputs, node.attrs)
  const clash = node.inputs.findIndex(
    (x, i) => x.ndim !== batch.length + ranks[i]! || batch.some((dim, axis) => unify(dim, x.shape[axis]!) === 'differ'),
  )
  return clash < 0 ? undefined : `operand ${clash} has other leading axes`
}
