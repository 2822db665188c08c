/** The laws' programs: every op of the registry, on every dtype it accepts, over symbolic dims. */
import { DamoError, type DType, type NDArray, type Tensor, tensor } from 'damo'
import { type ElementwiseOp, type ExampleInput, type Op, type ReductionOp, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { folds } from '../../frontend/folds.ts'
import { topological } from '../../frontend/graph.ts'
import { reduce } from '../../frontend/ops/reduce.ts'
import { allTypes } from '../../frontend/type.ts'
import { evaluateShape } from '../../runtime/dims.ts'
import type { Arrays, Program } from './executors.ts'
import type { Examples } from './functions.ts'
import { argumentLists, ordinary, type Scalar, special, toArray, uniform } from './values.ts'

/** One op applied to one list of dtypes: a program, what it is called with, and how well results must agree. */
export interface Law {
  op: string
  /** Unique; names of inputs and outputs begin with it. */
  name: string
  program: Program
  calls: readonly Arrays[]
  /** Units in the last place that executors may be off: of the result, or of 1 where the result is smaller. */
  ulps: number
  near?: 'result' | 'one'
}

/** Sizes at which vectors end early, after the one that takes all arguments. */
const tails = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Every op of the registry except leaves, which nothing computes, and loops, which `frontend/scan.test.ts` is about. */
export const ops = [...registry.values()].filter(({ kind }) => !['leaf', 'region', 'item'].includes(kind))

/** The laws of an op on one dtype: its values, its examples, or its folds over axes. */
export function lawsOf(op: Op, dtype: DType): Law[] {
  if (op.accepts && !op.accepts.includes(dtype)) return []
  if (op.kind === 'elementwise') return valueLaws(op, dtype)
  if (op.kind === 'reduction') return foldLaws(op, dtype)
  return exampleLaws(op, dtype)
}

// ------------------------------------------------------------------------------------------------- elementwise ops

function valueLaws(op: ElementwiseOp, dtype: DType): Law[] {
  return (op.sampleAttrs ?? [undefined]).flatMap((attrs, i) => {
    const given = Array.from({ length: op.arity }, () => dtype)
    const typing = op.typing(given, attrs)
    // What is cast to another dtype first is that dtype's law and the cast's.
    if (!typing?.operands.includes(dtype)) return []
    const name = `${op.name}_${dtype}_${i}_`
    const symbols = typing.operands.map((own, k) => tensor(`${name}${k}`, { dtype: own, shape: [`${name}n`] }))
    const seed = 1 + name.length
    // A part of another op is only asked for what that op leaves to it.
    const lists = op.internal
      ? typing.operands.map((own, k) => ordinary(own, op.domain[k]!, 64, seed + k))
      : argumentLists(typing.operands, op.domain, seed)
    const output = applyElementwise(op, symbols, attrs)
    return [{ op: op.name, name, ...vectorProgram(name, symbols, output, lists), ulps: op.ulp?.wasm ?? 0 }]
  })
}

function vectorProgram(
  name: string,
  symbols: readonly Tensor[],
  output: Tensor,
  lists: readonly Scalar[][],
): Pick<Law, 'program' | 'calls'> {
  const lengths = [lists[0]!.length, ...tails]
  return {
    program: { inputs: Object.fromEntries(symbols.map(x => [x.name!, x])), outputs: { [`${name}out`]: output } },
    calls: lengths.map(length =>
      Object.fromEntries(symbols.map((x, k) => [x.name!, toArray(x.dtype, lists[k]!.slice(0, length))])),
    ),
  }
}

/** Operands of different shapes, one program for each way to broadcast; dtypes are the first that the op accepts. */
export function broadcastLaws(op: ElementwiseOp): Law[] {
  if (op.arity < 2) return []
  const shapes = [
    [['n'], [1]],
    [
      ['m', 1],
      [1, 'n'],
    ],
    [[], ['n']],
    [['n'], []],
    [['m', 'n'], ['n']],
    [
      ['n', 1],
      ['n', 4],
    ],
  ]
  const dtype = op.accepts.find(candidate => candidate.startsWith('float')) ?? op.accepts[0]!
  const operands = op.typing(new Array<DType>(op.arity).fill(dtype), op.sampleAttrs?.[0])!.operands
  return shapes.map((pair, i) => {
    const name = `${op.name}_broadcast${i}_`
    const inputs = operands.map((own, k) => tensor(`${name}${k}`, { dtype: own, shape: pair[k % 2]! }))
    const output = applyElementwise(op, inputs, op.sampleAttrs?.[0])
    const ranges = new Map(inputs.map((x, k) => [x, op.domain[k]!]))
    return { op: op.name, name, ...sizedProgram(name, inputs, [output], ranges), ulps: op.ulp?.wasm ?? 0 }
  })
}

// ------------------------------------------------------------------------------------------------------ all others

/** m and n of each call of the laws on whole tensors. */
const sizes = [
  { m: 5, n: 7 },
  { m: 1, n: 1 },
  { m: 3, n: 0 },
  { m: 0, n: 4 },
  { m: 9, n: 16 },
]

type Range = readonly [number, number] | undefined

function exampleLaws(op: Op, dtype: DType): Law[] {
  const moves = op.kind === 'movement' || op.kind === 'gather' || op.kind === 'position'
  const ulps = op.kind === 'routine' ? (op.ulp?.wasm ?? 0) : moves ? 0 : 16
  const range = op.kind === 'contraction' || op.kind === 'scatter' ? positive(dtype) : undefined
  return op.examples ? lawsOfExamples(op.name, op.examples, dtype, ulps, range) : []
}

/** The laws of a function that is made of ops, on one dtype; none where it refuses the dtype. */
export function functionLaws(name: string, examples: Examples, dtype: DType): Law[] {
  try {
    return lawsOfExamples(`${name}.`, examples, dtype, 16)
  } catch (error) {
    if (error instanceof DamoError && error.code === 'D001') return []
    throw error
  }
}

function lawsOfExamples(name: string, examples: Examples, dtype: DType, ulps: number, common?: Range): Law[] {
  const prefix = `${name}_${dtype}_`
  const inputs = new Map<Tensor, Range>()
  const declare: ExampleInput = (shape, own = dtype, range) => {
    const x = tensor(`${prefix}${inputs.size}`, { dtype: own, shape })
    inputs.set(x, range ?? (own === dtype || own.startsWith('float') ? common : undefined))
    return x
  }
  return examples(declare).map((output, i) => {
    const leaves = new Set(topological([output]))
    const used = [...inputs.keys()].filter(x => leaves.has(x))
    // What depends on no input has its dims from the first one that the examples declare.
    const needed = used.length > 0 ? used : [...inputs.keys()].slice(0, 1)
    const program = sizedProgram(`${prefix}${i}_`, needed, [output], inputs)
    return { op: name, name: `${prefix}${i}_`, ...program, ulps, near: 'one' as const }
  })
}

/** The axes of an operand of rank 3 that folds are tried over. */
export const foldedAxes = [[0], [1], [0, 2], [0, 1, 2], [2]]

function foldLaws(op: ReductionOp, dtype: DType): Law[] {
  const adds = op.fold === 'add' || op.fold === 'mul'
  // What has no value over nothing is tried there by `nothing.test.ts`.
  const some = folds[op.fold].needsElements ? sizes.filter(({ m, n }) => m * n > 0) : sizes
  return foldedAxes.map((axes, i) => {
    const name = `${op.name}_${dtype}_${i}_`
    const x = tensor(`${name}0`, { dtype, shape: ['m', 3, 'n'] })
    const range = new Map([[x, adds ? positive(dtype) : undefined]])
    const program = sizedProgram(name, [x], [reduce(op, x, axes)], range, some)
    return { op: op.name, name, ...program, ulps: !adds ? 0 : dtype === 'float64' ? 256 : 1 }
  })
}

/** Sums differ by the order of additions, but nothing cancels in this range. */
const positive = (dtype: DType): Range => (dtype.startsWith('float') ? [0.5, 1.5] : [-3, 3])

/** A program over m and n with arguments for each of the sizes. Without a range, values may be special ones. */
function sizedProgram(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  ranges: ReadonlyMap<Tensor, Range>,
  called = sizes,
): Pick<Law, 'program' | 'calls'> {
  return {
    program: {
      inputs: Object.fromEntries(inputs.map(x => [x.name!, x])),
      outputs: Object.fromEntries(outputs.map((output, k) => [`${name}out${k}`, output])),
    },
    calls: called.map(({ m, n }, call) => {
      const dims = new Map(Object.entries({ m, n }))
      return Object.fromEntries(
        inputs.map((x, k) => [x.name!, argument(x, evaluateShape(x.shape, dims), ranges.get(x), 17 * call + k + 1)]),
      )
    }),
  }
}

function argument(x: Tensor, shape: readonly number[], range: Range, seed: number): NDArray {
  const count = shape.reduce((total, size) => total * size, 1)
  const common = ordinary(x.dtype, range ?? [-9, 9], count, seed)
  if (range) return toArray(x.dtype, common, shape)
  const [odd, random] = [special(x.dtype), uniform(seed)]
  const mixed = common.map(value => (random() < 0.3 ? odd[Math.floor(random() * odd.length)]! : value))
  return toArray(x.dtype, mixed, shape)
}

/** Ops that no law speaks of: none may be left over. */
export function withoutLaws(): string[] {
  return ops.filter(op => allTypes.every(dtype => lawsOf(op, dtype).length === 0)).map(op => op.name)
}
