/** A case as a program: its graph, the values that go in, and what has to come out. */
import { add, type DType, grad, mul, type NDArray, shared, sum, type Tensor, tensor } from 'damo'
import type { Program, Runner } from '../laws/executors.ts'
import { type Case, type Inputs, inPrecision, type Params, type Translation, toArray } from './case.ts'
import { difference, type Tolerance } from './compare.ts'
import { documented } from './documented.ts'

export type Precision = 'float64' | 'float32'

/** A case of training: the value of each step, and what the step makes of the inputs that are state. */
export interface Training {
  /** Inputs that are shared variables, in the order in which the case records their last values. */
  state: readonly (keyof Inputs)[]
  /** How many steps, when `params` does not say. */
  steps?: number
  step(inputs: Inputs, params: Params): { value: Tensor; updates: readonly (readonly [Tensor, Tensor])[] }
}

/** A case that is ready to run, together with others in one program: names begin with its prefix. */
export interface Exercise {
  case: Case
  program: Program
  values: Record<string, NDArray>
  steps: number
  /** Takes what a step gave. */
  observe(step: number, results: Readonly<Record<string, NDArray>>, runner: Runner): void
  /** After all steps: what is wrong, or undefined. */
  problem(): string | undefined
}

export function exercise(
  item: Case,
  translation: Translation | Training,
  precision: Precision,
  prefix: string,
): Exercise {
  return typeof translation === 'function'
    ? evaluation(item, translation, precision, prefix)
    : training(item, translation, precision, prefix)
}

function evaluation(item: Case, translate: Translation, precision: Precision, prefix: string): Exercise {
  const symbols: Record<string, Tensor> = {}
  const program = { inputs: {} as Record<string, Tensor>, outputs: {} as Record<string, Tensor> }
  const values: Record<string, NDArray> = {}
  const give = (
    name: string,
    recorded: { shape: readonly number[]; data: readonly (number | string)[] },
    dtype: DType,
  ) => {
    const symbol = tensor(`${prefix}${name}`, { dtype, shape: recorded.shape })
    program.inputs[`${prefix}${name}`] = symbol
    values[`${prefix}${name}`] = toArray(recorded, dtype)
    return symbol
  }
  for (const input of item.inputs) symbols[input.name] = give(input.name, input, inPrecision(input.dtype, precision))
  const outputs = translate(symbols as Inputs, item.params ?? {})
  outputs.forEach((output, k) => {
    program.outputs[`${prefix}out${k}`] = output
  })
  const cotangents = item.cotangents.map(
    (recorded, k) => recorded && give(`cotangent${k}`, recorded, outputs[k]!.dtype),
  )
  gradients(item, outputs, cotangents, symbols as Inputs).forEach((gradient, i) => {
    program.outputs[`${prefix}grad${i}`] = gradient
  })
  let results: Readonly<Record<string, NDArray>> = {}
  return {
    case: item,
    program,
    values,
    steps: 1,
    observe: (_, given) => {
      results = given
    },
    problem: () =>
      outputProblem(item, precision, k => results[`${prefix}out${k}`]!) ??
      gradientProblem(item, precision, i => results[`${prefix}grad${i}`]!),
  }
}

/** The gradients that the case asks for, of the sum of outputs times cotangents. */
function gradients(
  item: Case,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
  symbols: Inputs,
): Tensor[] {
  if (item.grads.length === 0) return []
  const terms = outputs.flatMap((output, k) => (cotangents[k] ? [sum(mul(output, cotangents[k]))] : []))
  const wrt = item.grads.map(({ wrt }) => symbols[wrt])
  return grad(
    terms.reduce((a, b) => add(a, b)),
    wrt,
    { disconnectedInputs: 'ignore' },
  )
}

function training(item: Case, { state, step, ...rest }: Training, precision: Precision, prefix: string): Exercise {
  const symbols: Record<string, Tensor> = {}
  const inputs: Record<string, Tensor> = {}
  const values: Record<string, NDArray> = {}
  for (const input of item.inputs) {
    const name = `${prefix}${input.name}`
    const dtype = inPrecision(input.dtype, precision)
    const initial = toArray(input, dtype)
    if (state.includes(input.name)) symbols[input.name] = shared(initial, name)
    else {
      symbols[input.name] = inputs[name] = tensor(name, { dtype, shape: input.shape })
      values[name] = initial
    }
  }
  const params = item.params ?? {}
  const { value, updates } = step(symbols as Inputs, params)
  const steps = params.steps ?? rest.steps ?? 1
  const seen: NDArray[] = []
  let last: NDArray[] = []
  return {
    case: item,
    program: { inputs, outputs: { [`${prefix}value`]: value }, updates },
    values,
    steps,
    observe(at, results, runner) {
      if (at < steps) seen.push(results[`${prefix}value`]!)
      if (at === steps - 1) last = state.map(name => runner.state(symbols[name]!))
    },
    problem: () => outputProblem(item, precision, k => (k === 0 ? stacked(seen) : last[k - 1]!)),
  }
}

/** Scalars as one vector. */
function stacked(scalars: readonly NDArray[]): NDArray {
  const { dtype } = scalars[0]!
  return toArray({ shape: [scalars.length], data: scalars.map(x => String(x.data[0])) }, dtype)
}

function outputProblem(item: Case, precision: Precision, output: (k: number) => NDArray): string | undefined {
  for (const [k, recorded] of item.outputs.entries()) {
    const dtype = inPrecision(documented[item.id]?.dtypes[k] ?? recorded.dtype, precision)
    const problem = difference(output(k), recorded, dtype, tolerance(item, dtype === 'float32' ? 'float32' : precision))
    if (problem) return `output ${k}: ${problem}`
  }
  return undefined
}

/** What is wrong with the gradients under every convention that the case allows: of the first, in words. */
function gradientProblem(item: Case, precision: Precision, gradient: (i: number) => NDArray): string | undefined {
  const conventions = [item.grads, ...(item.alt_grads ?? []).map(({ grads }) => grads)]
  const problems = conventions.map(grads => {
    for (const [i, recorded] of grads.entries()) {
      const problem = difference(gradient(i), recorded, gradient(i).dtype, tolerance(item, precision))
      if (problem) return `gradient of ${recorded.wrt}: ${problem}`
    }
    return undefined
  })
  return problems.includes(undefined) ? undefined : problems[0]
}

/** The case's tolerance; a documented float32 in a case for float64 alone may be off by its rounding. */
function tolerance(item: Case, precision: Precision): Tolerance {
  if (precision === 'float64') return { rtol: item.rtol, atol: item.atol }
  return { rtol: item.rtol_f32 ?? Math.max(item.rtol, 2 ** -23), atol: item.atol_f32 ?? item.atol }
}
