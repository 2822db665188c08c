/** Routines in the interpreter: the host function of the record, one application after the other. */
import type { TypedArray } from '../../runtime/array.ts'
import { type Dims, evaluate, evaluateShape } from '../../runtime/dims.ts'
import type { RoutineOp } from '../define.ts'
import { rounding } from '../host.ts'
import { routineFailed } from '../ops/errors.ts'
import { applicationOf } from '../routine.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, countOf, emptyBlock } from './block.ts'

/** The values of the results that are asked for; others stay undefined. */
export function evaluateRoutine(
  node: Tensor,
  args: readonly Block[],
  asked: ReadonlySet<number>,
  dims: Dims,
): (Block | undefined)[] {
  const op = node.op as RoutineOp
  const { batch, operands, results } = applicationOf(op, node.inputs, node.attrs)
  const lead = evaluateShape(batch, dims)
  const blocks = results.map(({ dtype, shape }, i) =>
    asked.has(i) ? emptyBlock(dtype, [...lead, ...evaluateShape(shape, dims)]) : undefined,
  )
  const [takes, gives] = [operands, results].map(list => list.map(({ shape }) => countOf(evaluateShape(shape, dims))))
  const numbers = op.numbers(operands, node.attrs).map(number => evaluate(number, dims))
  const count = countOf(lead)
  for (let i = 0; i < count; i++) {
    const status = op.js(
      args.map((arg, k) => part(arg, i, takes![k]!)),
      blocks.map((block, k) => block && part(block, i, gives![k]!)),
      numbers,
    )
    const failure = status ? op.failure?.(node.attrs) : undefined
    if (failure) throw routineFailed(node, failure, i, count)
  }
  for (const block of blocks) if (block?.dtype === 'float16') roundAll(block)
  return blocks
}

const part = ({ cells }: Block, i: number, size: number): TypedArray =>
  (cells as TypedArray).subarray(i * size, (i + 1) * size)

/** float16 values are numbers that float16 has. */
function roundAll({ dtype, cells }: Block): void {
  const round = rounding(dtype)
  for (let i = 0; i < cells.length; i++) cells[i] = round(cells[i]!)
}
