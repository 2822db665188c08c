/** What can be found out about a function by applying it: dtypes, shapes, gradient and targets. */
import * as damo from 'damo'
import { DamoError, type DType, type Tensor } from 'damo'
import { type ElementwiseOp, type ExampleInput, type Op, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { typeText } from '../../frontend/errors.ts'
import { topological } from '../../frontend/graph.ts'
import { reduce } from '../../frontend/ops/reduce.ts'
import { allTypes, floats, integers, isFloat, numbers } from '../../frontend/type.ts'
import { refuseTypes } from '../../webgpu/refuse.ts'
import { type Examples, functions } from '../laws/functions.ts'

/** The cells of a row that are found by trying. */
export interface Facts {
  dtypes: string
  /** A result, as `float32[m, n] -> float32[m]`. */
  example: string
  gradient: string
  webgpu: string
}

/** The op behind a public function, if there is one. */
export function opBehind(name: string): Op | undefined {
  const f = (damo as unknown as Record<string, { op?: Op } | undefined>)[name]
  return f?.op ?? registry.get(name)
}

/** Nothing where nobody says how the function is applied. */
export function factsOf(name: string): Facts | undefined {
  const op = opBehind(name)
  const examples = functions[name] ?? (op && examplesOf(op))
  if (!examples) return undefined
  const fixed = functions[name] && fixedType(examples)
  const results = new Map(allTypes.map(dtype => [dtype, attempt(examples, dtype, fixed)]))
  const taken = (op?.accepts ?? allTypes).filter(
    dtype => functions[name] === undefined || results.get(dtype) !== undefined,
  )
  const shown = (attempt(examples, 'float32') ?? [...results.values()].find(result => result !== undefined))!
  return {
    dtypes: setText(taken),
    example: exampleText(shown.results[0]!, shown.inputs),
    gradient: gradientText(attempt(examples, 'float64')),
    webgpu: runsOnWebgpu(shown) ? 'yes' : 'no',
  }
}

function examplesOf(op: Op): Examples | undefined {
  if (op.kind === 'reduction') return input => [reduce(op, input(['m', 'n']), [1])]
  return op.kind === 'elementwise' ? appliedTo(op) : op.examples
}

const appliedTo =
  (op: ElementwiseOp): Examples =>
  input => {
    const shapes = [['m', 'n'], op.arity === 2 ? ['n'] : ['m', 1], ['n']]
    const operands = Array.from({ length: op.arity }, (_, i) => input(shapes[i]!))
    return [applyElementwise(op, operands, op.sampleAttrs?.at(-1))]
  }

interface Attempt {
  inputs: readonly Tensor[]
  results: readonly Tensor[]
}

/** The dtype in place of which others are tried, of examples that say that of every operand: that of the first. */
function fixedType(examples: Examples): DType | undefined {
  const said: (DType | undefined)[] = []
  examples((shape, own) => {
    said.push(own)
    return damo.tensor(`x${said.length}`, { dtype: own ?? 'float32', shape })
  })
  return said.includes(undefined) ? undefined : said[0]
}

/** The examples on one dtype; nothing where the function refuses it. */
function attempt(examples: Examples, dtype: DType, fixed?: DType): Attempt | undefined {
  const inputs: Tensor[] = []
  const declare: ExampleInput = (shape, said = dtype) => {
    const own = said === fixed ? dtype : said
    const x = damo.tensor(`x${inputs.length}`, { dtype: own, shape })
    inputs.push(x)
    return x
  }
  try {
    return { results: examples(declare), inputs }
  } catch (error) {
    if (error instanceof DamoError) return undefined
    throw error
  }
}

const used = (result: Tensor, inputs: readonly Tensor[]) => {
  const nodes = new Set(topological([result]))
  return inputs.filter(input => nodes.has(input))
}

function exampleText(result: Tensor, inputs: readonly Tensor[]): string {
  const operands = used(result, inputs).map(typeText)
  return operands.length === 0 ? typeText(result) : `${operands.join(', ')} → ${typeText(result)}`
}

/** Whether something flows from a float result to a float operand. */
function gradientText(tried: Attempt | undefined): string {
  if (!tried) return '–'
  const flows = tried.results.some(result => {
    const wrt = used(result, tried.inputs).filter(({ dtype }) => isFloat(dtype))
    if (wrt.length === 0 || !isFloat(result.dtype)) return false
    return wrt.some(x => {
      try {
        damo.grad(damo.sum(result), x)
        return true
      } catch (error) {
        if (error instanceof DamoError && error.code === 'D113') return false
        throw error
      }
    })
  })
  return flows ? 'yes' : '–'
}

function runsOnWebgpu({ results, inputs }: Attempt): boolean {
  const named = (tensors: readonly Tensor[]) => tensors.map((tensor, i) => ({ name: `${i}`, tensor }))
  const graph = { name: '', constraints: [], state: [] }
  try {
    const [first] = results
    refuseTypes({ ...graph, inputs: named(used(first!, inputs)), outputs: named([first!]) })
    return true
  } catch (error) {
    if (error instanceof DamoError) return false
    throw error
  }
}

const sets: readonly (readonly [string, readonly DType[]])[] = [
  ['all', allTypes],
  ['numbers', numbers],
  ['floats', floats],
  ['integers', integers],
  ['integers, bool', [...integers, 'bool']],
]

function setText(taken: readonly DType[]): string {
  const same = (set: readonly DType[]) => set.length === taken.length && set.every(dtype => taken.includes(dtype))
  return sets.find(([, set]) => same(set))?.[0] ?? taken.join(', ')
}
