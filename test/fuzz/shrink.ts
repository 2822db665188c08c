/** A failing graph made small: nodes are taken out as long as it still fails. */
import { type NDArray, type Tensor, tensor } from 'damo'
import { substitute, topological } from '../../frontend/graph.ts'
import { isInput } from '../../frontend/leaf.ts'
import { type Arrays, type Executor, oracle } from '../laws/executors.ts'

/** One output of a program, and a call of it. */
export interface Failure {
  output: Tensor
  values: ReadonlyMap<Tensor, NDArray>
}

/** What is wrong with an executor's result: undefined when nothing is. */
export type Judge = (actual: NDArray, expected: NDArray) => string | undefined

/** What an executor makes of a failure: what is wrong, or undefined when it is right or means nothing. */
export async function judge(
  executor: Executor,
  { output, values }: Failure,
  differs: Judge,
): Promise<string | undefined> {
  const inputs = [...values.keys()].filter(x => topological([output]).includes(x))
  const program = { inputs: Object.fromEntries(inputs.map(x => [x.name!, x])), outputs: { output } }
  const given: Arrays = Object.fromEntries(inputs.map(x => [x.name!, values.get(x)!]))
  let expected: NDArray
  try {
    expected = (await (await oracle.compile(program)).run(given)).output!
  } catch {
    return undefined
  }
  try {
    return differs((await (await executor.compile(program)).run(given)).output!, expected)
  } catch (error) {
    return `throws ${(error as Error).message}`
  }
}

/**
 * The failure with as few nodes as it takes: the output gives way to one of its operands, or a node inside to an input
 * with its value, while the executor still fails. At most `attempts` programs are tried.
 */
export async function shrink(executor: Executor, failure: Failure, differs: Judge, attempts = 60): Promise<Failure> {
  let best = failure
  let left = attempts
  for (let smaller: Failure | undefined = best; smaller && left > 0; ) {
    smaller = undefined
    for (const candidate of candidates(best)) {
      if (left-- <= 0) break
      if ((await judge(executor, candidate, differs)) === undefined) continue
      best = smaller = candidate
      break
    }
  }
  return best
}

/** Smaller failures that may fail the same way, the smallest first. */
function candidates({ output, values }: Failure): Failure[] {
  const nodes = topological([output])
  const computed = nodes.filter(node => node.inputs.length > 0)
  const inner = computed.filter(node => node !== output).reverse()
  const operands = output.inputs.filter(input => !isInput(input)).map(input => ({ output: input, values }))
  const all = [...operands, ...inner.flatMap(node => cut(output, node, values) ?? [])]
  const sizeOf = (failure: Failure) => topological([failure.output]).length
  return all.filter(candidate => sizeOf(candidate) < nodes.length).sort((a, b) => sizeOf(a) - sizeOf(b))
}

/** The output with an input in place of a node, which has the value that the node had. */
function cut(output: Tensor, node: Tensor, values: ReadonlyMap<Tensor, NDArray>): Failure | undefined {
  const name = `cut${values.size}`
  const input = tensor(name, { dtype: node.dtype, shape: node.shape })
  const value = evaluated(node, values)
  if (value === undefined) return undefined
  return { output: substitute([output], new Map([[node, input]]))[0]!, values: new Map([...values, [input, value]]) }
}

function evaluated(node: Tensor, values: ReadonlyMap<Tensor, NDArray>): NDArray | undefined {
  try {
    return node.eval(values as never)
  } catch {
    return undefined
  }
}
