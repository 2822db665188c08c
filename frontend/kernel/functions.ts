/** Derived ops as scalar functions: the graph of an op's body, flattened to one list of steps per op and dtypes. */
import type { DType } from '../../runtime/manifest.ts'
import type { Body, ElementwiseOp, LeafOp } from '../define.ts'
import { topologicalUntil } from '../graph.ts'
import { scalarValue } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { primitive, type Scalar, type ScalarOperation } from './scalar.ts'

/** One step of a function. Operands are numbers of values: first the parameters, then the steps. */
export type FunctionStep =
  | { kind: 'const'; dtype: DType; value: Scalar }
  | { kind: 'apply'; dtype: DType; op: ElementwiseOp; args: readonly number[] }
  /** `op(args)` where value `when` holds, value `otherwise` elsewhere; computed only where some lane asks. */
  | { kind: 'rare'; dtype: DType; when: number; op: ElementwiseOp; args: readonly number[]; otherwise: number }

/** A derived op for operands of certain dtypes, in terms of primitives and other derived ops. */
export interface ScalarFunction {
  op: ElementwiseOp
  params: readonly DType[]
  dtype: DType
  steps: readonly FunctionStep[]
  /** The value that it returns. */
  result: number
}

const parameter: LeafOp = { kind: 'leaf', name: 'parameter', doc: 'A parameter of a body.' }
const cache = new WeakMap<ElementwiseOp, Map<string, ScalarFunction>>()

/** The function of a derived op for operands of these dtypes; float16 is float32 in registers. Throws for a primitive. */
export function functionOf(op: ElementwiseOp, dtypes: readonly DType[]): ScalarFunction {
  const operands = dtypes.map(dtype => (dtype === 'float16' ? 'float32' : dtype))
  const byType = cache.get(op) ?? new Map<string, ScalarFunction>()
  cache.set(op, byType)
  const key = operands.join()
  const made = byType.get(key) ?? build(op, operands)
  byType.set(key, made)
  return made
}

/** The body of an op for a dtype of its first operand. */
function bodyOf(op: ElementwiseOp, dtype: DType | undefined): Body {
  const body = typeof op.body === 'function' ? op.body : dtype && op.body?.[dtype]
  if (!body) throw new Error(`${op.name} has no body for ${dtype}`)
  return body
}

function build(op: ElementwiseOp, operands: readonly DType[]): ScalarFunction {
  const params = operands.map(dtype => new Tensor(parameter, [], undefined, { dtype, shape: [] }, [], []))
  const root = bodyOf(op, operands[0])(...params)
  const numbers = new Map<Tensor, number>(params.map((param, i) => [param, i]))
  const steps: FunctionStep[] = []
  for (const node of topologicalUntil([root], numbers)) {
    if (numbers.has(node)) continue
    const args = node.inputs.map(input => numbers.get(input)!)
    if (node.op.kind === 'elementwise' && node.op.transparent) numbers.set(node, args[0]!)
    else numbers.set(node, params.length + steps.push(stepOf(op, node, args, steps, params.length)) - 1)
  }
  return { op, params: operands, dtype: root.dtype, ...pruned(steps, params.length, numbers.get(root)!) }
}

function stepOf(
  owner: ElementwiseOp,
  node: Tensor,
  args: number[],
  steps: FunctionStep[],
  offset: number,
): FunctionStep {
  const { op, dtype } = node
  const constant = scalarValue(node)
  if (constant !== undefined) return { kind: 'const', dtype, value: constant }
  if (op.kind !== 'elementwise')
    throw new Error(`the body of ${owner.name} contains ${op.name}, which is not elementwise`)
  const rare = op.rare ? steps[args[1]! - offset] : undefined
  if (rare?.kind === 'apply')
    return { kind: 'rare', dtype, when: args[0]!, op: rare.op, args: rare.args, otherwise: args[2]! }
  return { kind: 'apply', dtype, op, args }
}

/** The steps that the result needs, renumbered: a rare operand's own step is dropped when nothing else uses it. */
function pruned(
  steps: readonly FunctionStep[],
  offset: number,
  result: number,
): { steps: FunctionStep[]; result: number } {
  const used = new Set([result])
  for (let i = steps.length - 1; i >= 0; i--) {
    if (used.has(offset + i)) for (const value of operandsOf(steps[i]!)) used.add(value)
  }
  const kept: FunctionStep[] = []
  const renamed = new Map<number, number>()
  const rename = (value: number) => (value < offset ? value : renamed.get(value)!)
  steps.forEach((step, i) => {
    if (!used.has(offset + i)) return
    renamed.set(offset + i, offset + kept.length)
    kept.push(renumbered(step, rename))
  })
  return { steps: kept, result: rename(result) }
}

function operandsOf(step: FunctionStep): readonly number[] {
  if (step.kind === 'const') return []
  return step.kind === 'rare' ? [step.when, step.otherwise, ...step.args] : step.args
}

function renumbered(step: FunctionStep, rename: (value: number) => number): FunctionStep {
  if (step.kind === 'const') return step
  const args = step.args.map(rename)
  return step.kind === 'rare'
    ? { ...step, args, when: rename(step.when), otherwise: rename(step.otherwise) }
    : { ...step, args }
}

/** The dtype of a value of a function: of a parameter or of a step. */
export function valueType(f: ScalarFunction, value: number): DType {
  return value < f.params.length ? f.params[value]! : f.steps[value - f.params.length]!.dtype
}

/** True for ops that are computed by a function for these operands, rather than spelled by a back end. */
export function isDerived(op: ElementwiseOp, operands: readonly DType[]): boolean {
  const [first] = operands
  return typeof op.body === 'function' || op.body?.[first === 'float16' ? 'float32' : first!] !== undefined
}

/** An op on single elements, exactly as compiled code computes it: primitives round, derived ops run their body. */
export function scalarOperation(op: ElementwiseOp, operands: readonly DType[], result: DType): ScalarOperation {
  return isDerived(op, operands) ? evaluator(functionOf(op, operands)) : primitive(op, operands, result)
}

const evaluators = new WeakMap<ScalarFunction, ScalarOperation>()

function evaluator(f: ScalarFunction): ScalarOperation {
  const made = evaluators.get(f) ?? compileFunction(f)
  evaluators.set(f, made)
  return made
}

/** A function as a closure. Bodies do not call themselves, so values may be kept in one array. */
function compileFunction(f: ScalarFunction): ScalarOperation {
  const offset = f.params.length
  const values: Scalar[] = new Array(offset + f.steps.length)
  const actions: (() => void)[] = []
  f.steps.forEach((step, i) => {
    const at = offset + i
    if (step.kind === 'const') values[at] = step.value
    else actions.push(stepAction(f, step, values, at))
  })
  return (...args) => {
    for (let i = 0; i < offset; i++) values[i] = args[i]!
    for (let i = 0; i < actions.length; i++) actions[i]!()
    return values[f.result]!
  }
}

function stepAction(
  f: ScalarFunction,
  step: FunctionStep & { op: ElementwiseOp; args: readonly number[] },
  values: Scalar[],
  at: number,
): () => void {
  const call = scalarOperation(
    step.op,
    step.args.map(arg => valueType(f, arg)),
    step.dtype,
  )
  const [a, b, c] = step.args as [number, number, number]
  if (step.kind === 'rare') {
    const { when, otherwise, args } = step
    return () => {
      values[at] = values[when] ? call(...args.map(arg => values[arg]!)) : values[otherwise]!
    }
  }
  const store = (value: Scalar) => {
    values[at] = value
  }
  if (step.args.length === 1) return () => store(call(values[a]!))
  if (step.args.length === 2) return () => store(call(values[a]!, values[b]!))
  if (step.args.length === 3) return () => store(call(values[a]!, values[b]!, values[c]!))
  return () => store(call(...step.args.map(arg => values[arg]!)))
}
