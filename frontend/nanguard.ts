/**
 * `nanGuard`: a call that would give NaN fails instead, with the state as it was. Compiled code tests what leaves it;
 * where the NaN came from is found afterwards, by evaluating the same graph on the same inputs node by node.
 */
import type { ArrayValue, NDArray } from '../runtime/array.ts'
import { DamoError } from '../runtime/errors.ts'
import type { CallOptions, Inputs, Outputs, Program } from '../runtime/program.ts'
import { nanFound } from './compile/errors.ts'
import { hasItems } from './define.ts'
import { cast } from './elementwise.ts'
import { lineOf, nameOf } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { type Graph, topological } from './graph.ts'
import { isnan } from './ops/comparison.ts'
import { any } from './ops/reduce.ts'
import type { Tensor } from './tensor.ts'
import { isFloat } from './type.ts'

/** How the messages of guards begin: calls that fail so are looked into. */
const mark = 'nanGuard'

/** The graph with a guard for each float output and new state value. */
export function withNanGuards(graph: Graph): Graph {
  const updates = graph.state.flatMap(({ name, next }) => (next ? [{ what: `the new '${name}'`, tensor: next }] : []))
  const outputs = graph.outputs.map(({ name, tensor }) => ({ what: `output '${name}'`, tensor }))
  const guards = [...outputs, ...updates]
    .filter(({ tensor }) => isFloat(tensor.dtype))
    .map(({ what, tensor }) => ({
      flag: cast(any(isnan(tensor)), 'int32'),
      message: `${mark}: NaN in ${what} (${place(tensor)})`,
    }))
  return { ...graph, guards }
}

/** The program with failures of guards explained by the op and line that made the first NaN. */
export function explainNans(program: Program, graph: Graph): Program {
  const explain = (error: unknown, inputs: Inputs): unknown => {
    if (!(error instanceof DamoError) || !error.message.startsWith(mark)) return error
    const culprit = firstNan(graph, inputs, program)
    return culprit ? nanFound(error.message, place(culprit), culprit) : error
  }
  const call = async (inputs: Inputs = {}, options?: CallOptions): Promise<Outputs> => {
    try {
      return await program(inputs, options)
    } catch (error) {
      throw explain(error, inputs)
    }
  }
  const runSync = (inputs: Inputs = {}, options?: CallOptions): Outputs => {
    try {
      return program.runSync(inputs, options)
    } catch (error) {
      throw explain(error, inputs)
    }
  }
  return Object.assign(call, { ...program, runSync })
}

function place(node: Tensor): string {
  const line = lineOf(node.origins)
  return line ? `${nameOf(node)} at ${line}` : nameOf(node)
}

/** The node that made the NaN that left the graph: it has NaN in its value and none in what it is computed from. */
function firstNan(graph: Graph, inputs: Inputs, { state }: Program): Tensor | undefined {
  const roots = [...graph.outputs.map(({ tensor }) => tensor), ...graph.state.flatMap(({ next }) => next ?? [])]
  const nodes = topological(roots).filter(hasValue)
  const given = new Map<Tensor, ArrayValue>()
  for (const { name, tensor } of graph.inputs) given.set(tensor, inputs[name]!)
  for (const { name, tensor } of graph.state) given.set(tensor, state.get(name))
  const values = new Map(evaluate(nodes, given).map((value, i) => [nodes[i]!, value]))
  const isBad = (node: Tensor) => isFloat(node.dtype) && hasNan(values.get(node)!)
  let node = roots.find(isBad)
  for (let source = node; source; source = operandsOf(source).find(isBad)) node = source
  return node
}

/** Regions and routines have no value but those of their items. */
const hasValue = (node: Tensor) => !hasItems(node.op)

const operandsOf = (node: Tensor) => (node.op.kind === 'item' ? node.inputs[0]! : node).inputs

const hasNan = ({ data }: NDArray) =>
  (data as ArrayLike<number>).length > 0 && Array.prototype.some.call(data, x => x !== x)
