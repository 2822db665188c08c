/** The target that needs no toolchain: each call evaluates the graph exactly. */
import { NDArray } from '../runtime/array.ts'
import type { Binding } from '../runtime/binding.ts'
import { evaluateShape } from '../runtime/dims.ts'
import type { BufferPlan, Manifest, Port } from '../runtime/manifest.ts'
import { byteWidth } from '../runtime/manifest.ts'
import { createProgram, type Program } from '../runtime/program.ts'
import { Store } from '../runtime/store.ts'
import { dimMul, dimProduct } from './dims.ts'
import { evaluate } from './evaluate.ts'
import type { Graph } from './graph.ts'
import { boundDims } from './kernel/bound.ts'
import type { BuildOptions, Target } from './kernel/target.ts'
import type { SharedAttrs } from './leaf.ts'
import type { Tensor } from './tensor.ts'

/** The exact oracle as a target: slow, for debugging and where there is neither compiler nor artifact. */
export function interpreter(): Target {
  return { name: 'interpreter', build: async (graph, _lower, options) => build(graph, options) }
}

function build(graph: Graph, { store = new Store() }: BuildOptions): Program {
  const manifest = portsOnly(graph)
  const weights = new Map(graph.state.map(({ name, tensor }) => [name, (tensor.attrs as SharedAttrs).initial]))
  const run = (binding: Binding): number => {
    const status = runGraph(graph, manifest, store, binding)
    binding.header[0] = status
    binding.commit()
    return status
  }
  return createProgram({ manifest, store, weights, executor: { sync: true, run } })
}

/** A manifest of nothing but inputs, outputs and state. */
function portsOnly(graph: Graph): Manifest {
  const buffers: BufferPlan[] = []
  const port = (name: string, { dtype, shape }: Tensor, role: BufferPlan['role']): Port => {
    const bytes = dimMul(dimProduct(shape), byteWidth[dtype])
    return { name, dtype, shape, buffer: buffers.push({ role, bytes, from: -1, to: 0 }) - 1 }
  }
  return {
    format: 1,
    name: graph.name,
    producer: 'damo interpreter',
    dims: boundDims(graph),
    constraints: graph.constraints,
    inputs: graph.inputs.map(({ name, tensor, binds, below, reason }) => ({
      ...port(name, tensor, 'input'),
      ...(binds !== undefined && { binds }),
      ...(below !== undefined && { below }),
      ...(reason !== undefined && { reason }),
    })),
    outputs: graph.outputs.map(({ name, tensor }) => port(name, tensor, 'output')),
    state: graph.state.map(({ name, tensor, next }) => ({
      ...port(name, tensor, 'state'),
      updated: next !== undefined,
    })),
    buffers,
    steps: [],
    checks: (graph.guards ?? []).map(({ message }) => message),
    code: {},
  }
}

function runGraph(graph: Graph, manifest: Manifest, store: Store, binding: Binding): number {
  const values = new Map<Tensor, NDArray>()
  graph.inputs.forEach(({ tensor }, i) => {
    values.set(tensor, new NDArray(tensor.dtype, binding.inputShapes[i]!, binding.inputs[i]!.slice() as never))
  })
  const cells = graph.state.map(({ tensor }, i) => {
    const shape = evaluateShape(tensor.shape, binding.dims)
    const size = shape.reduce((total, n) => total * n, 1)
    const view = store.view(tensor.dtype, binding.offsets[manifest.state[i]!.buffer]!, size)
    values.set(tensor, new NDArray(tensor.dtype, shape, view.slice() as never))
    return view
  })
  const updates = graph.state.flatMap(({ next }, i) => (next ? [{ next, view: cells[i]! }] : []))
  const roots = [...graph.outputs.map(({ tensor }) => tensor), ...updates.map(({ next }) => next)]
  const guards = graph.guards ?? []
  const results = evaluate([...guards.map(({ flag }) => flag), ...roots], values, binding.dims)
  const failed = results.splice(0, guards.length).findIndex(flag => flag.item() !== 0)
  if (failed >= 0) return failed + 1
  const places = [...binding.outputs, ...updates.map(({ view }) => view)]
  for (const [i, view] of places.entries()) view.set(results[i]!.data as never)
  return 0
}
