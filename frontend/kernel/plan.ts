/**
 * From a graph to a program of kernels: every value that outlives its kernel gets a buffer, and steps get an order in
 * which state is read before it is replaced. Where a kernel may write over what it reads is decided here, last, and
 * nowhere else.
 */
import type { NDArray } from '../../runtime/array.ts'
import { byteWidth, type InputPort, type Port, type StatePort } from '../../runtime/manifest.ts'
import { dimEqual, dimMul, dimProduct } from '../dims.ts'
import { failureOf } from '../failures.ts'
import type { Graph } from '../graph.ts'
import { constant, constantValue, type SharedAttrs } from '../leaf.ts'
import { gather } from '../ops/gather.ts'
import { broadcastShape } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import { isPlaced } from './anchors.ts'
import { boundDims, usualDims, usualSizeOf } from './bound.ts'
import { aliasTemporaries, writesInPlace } from './inplace.ts'
import { copyKernel, type LoweredWork } from './lower.ts'
import { unlike } from './names.ts'
import { orderSteps, type Tenant } from './order.ts'
import { type Place, placeOf } from './place.ts'
import type { KernelProgram, KernelStep, ProgramBuffer } from './program.ts'
import { type LoweredStep, lowerValues, workOf } from './steps.ts'
import { canFail } from './walk.ts'

/** The program of a rewritten graph. Derived ops must have been expanded. Without `indexChecks` no index fails a call. */
export function lowerGraph(graph: Graph, { indexChecks = true }: { indexChecks?: boolean } = {}): KernelProgram {
  return new Planner(graph, indexChecks).program()
}

/** A step before it has its place in the order. */
interface Step {
  lowered: LoweredStep
  work: readonly LoweredWork[]
  /** It can fail, so it has to run before any state is replaced. */
  fails: boolean
}

class Planner {
  readonly #graph: Graph
  readonly #indexChecks: boolean
  readonly #dims: ReadonlySet<string>
  readonly #steps: Step[] = []
  /** The steps that compute a value, one after the other. */
  readonly #writers = new Map<Tensor, number[]>()
  /** The step that replaces each state. */
  readonly #replacedBy = new Map<Tensor, number>()
  readonly #buffers: ProgramBuffer[] = []
  readonly #bufferOf = new Map<Tensor, number>()
  /** Values that lie in the memory of others. */
  readonly #places = new Map<Tensor, Place>()
  readonly #checks: string[] = []
  /** What the check of a guard says. */
  readonly #messages = new Map<Tensor, string>()
  readonly #weights = new Map<string, NDArray>()

  constructor(graph: Graph, indexChecks: boolean) {
    this.#graph = graph
    this.#indexChecks = indexChecks
    this.#dims = new Set(Object.keys(boundDims(graph)))
  }

  program(): KernelProgram {
    const { name, outputs, state, constraints } = this.#graph
    const inputs = this.#graph.inputs.map(
      ({ name, tensor, binds, below, reason }): InputPort => ({
        ...this.#port(name, tensor, this.#leafBuffer(tensor, 'input')),
        ...(binds !== undefined && { binds }),
        ...(below !== undefined && { below }),
        ...(reason !== undefined && { reason }),
      }),
    )
    const states = state.map(({ name, tensor, next }) => this.#statePort(name, tensor, next !== undefined))
    const updates = state.flatMap(({ tensor, next }) => (next && next !== tensor ? [{ tensor, next }] : []))
    this.#addKernels([...updates.map(({ next }) => next), ...outputs.map(({ tensor }) => tensor), ...this.#guards()])
    for (const { tensor, next } of updates) this.#replace(tensor, next)
    const outputPorts = outputs.map(({ name, tensor }) => this.#port(name, tensor, this.#outputBuffer(tensor)))
    const steps = this.#schedule()
    return {
      name,
      dims: boundDims(this.#graph),
      constraints,
      inputs,
      outputs: outputPorts,
      state: states,
      buffers: aliasTemporaries(this.#withLifetimes(steps), steps),
      steps,
      checks: this.#checks,
      weights: this.#weights,
    }
  }

  /** Guards as values that cannot be computed when their flag is set: the element at the flag of an array of one. */
  #guards(): Tensor[] {
    return (this.#graph.guards ?? []).map(({ flag, message }) => {
      const value = gather(constant([0]), [flag], { axes: [null], indices: [[]], fromStart: true })
      this.#messages.set(value, message)
      return value
    })
  }

  #port(name: string, tensor: Tensor, buffer: number): Port {
    return { name, dtype: tensor.dtype, shape: tensor.shape, buffer }
  }

  #statePort(name: string, tensor: Tensor, updated: boolean): StatePort {
    this.#weights.set(name, (tensor.attrs as SharedAttrs).initial)
    return { ...this.#port(name, tensor, this.#leafBuffer(tensor, 'state')), updated }
  }

  #addBuffer(tensor: Tensor, role: ProgramBuffer['role'], name?: string): number {
    const bytes = dimMul(dimProduct(tensor.shape), byteWidth[tensor.dtype])
    return (
      this.#buffers.push({ role, bytes, from: 0, to: 0, dtype: tensor.dtype, ...(name !== undefined && { name }) }) - 1
    )
  }

  #leafBuffer(tensor: Tensor, role: ProgramBuffer['role'], name?: string): number {
    const buffer = this.#addBuffer(tensor, role, name)
    this.#bufferOf.set(tensor, buffer)
    return buffer
  }

  /** The buffer of a value, made when first asked for. */
  #buffer(value: Tensor): number {
    const known = this.#bufferOf.get(value)
    if (known !== undefined) return known
    if (!isPlaced(value)) return this.#leafBuffer(value, 'temporary')
    let name = `constant ${this.#weights.size}`
    while (this.#weights.has(name)) name += '_'
    this.#weights.set(name, constantValue(value))
    return this.#leafBuffer(value, 'constant', name)
  }

  #addKernels(roots: readonly Tensor[]): void {
    const known = new Map<string, number>()
    const check = (node: Tensor, index?: number) => {
      const asked = this.#messages.has(node) || this.#indexChecks || node.op.kind !== 'gather'
      if (!asked) return undefined
      const message = this.#messages.get(node) ?? failureOf(node, index)
      if (!known.has(message)) known.set(message, this.#checks.push(message) - 1)
      return known.get(message)!
    }
    const dims = this.#dims
    const counterName = (depth: number) => unlike(dims, `step${depth === 0 ? '' : depth}`)
    const context = { check, dims, places: this.#places, counters: new Map(), counterName }
    for (const lowered of lowerValues(roots, context)) this.#addStep(lowered)
  }

  #addStep(lowered: LoweredStep): number {
    const work = workOf(lowered)
    const at = this.#steps.push({ lowered, work, fails: work.some(({ run }) => canFail(run)) }) - 1
    for (const value of new Set(this.#written(at))) this.#writers.set(value, [...(this.#writers.get(value) ?? []), at])
    return at
  }

  #written(step: number): Tensor[] {
    return this.#used(step, access => access !== 'read')
  }

  #reads(step: number, value: Tensor): boolean {
    return this.#used(step, access => access !== 'write').includes(value)
  }

  /** The tensors whose memory a step uses in certain ways. */
  #used(step: number, how: (access: 'read' | 'write' | 'readwrite') => boolean): Tensor[] {
    return this.#steps[step]!.work.flatMap(({ run, values }) => values.filter((_, i) => how(run.buffers[i]!.access)))
  }

  /** A step that copies a value to a place of its own. */
  #copy(value: Tensor): { copied: Tensor; step: number } {
    const copied = copyOf(value)
    return { copied, step: this.#addStep(copyKernel(value, copied, { dims: this.#dims, places: this.#places })) }
  }

  /** True for what is in memory already and stays there. */
  #hasPlace(value: Tensor): boolean {
    return isPlaced(value) || this.#bufferOf.has(value) || this.#places.has(value)
  }

  /** Makes `next` the value of a state: its kernel writes the state itself if nothing can tell, otherwise it is copied at the end. */
  #replace(state: Tensor, next: Tensor): void {
    const value = this.#memoryOf(next)
    if (this.#hasPlace(value)) {
      this.#replace(state, this.#copy(next).copied)
      return
    }
    const writers = this.#writers.get(value)!
    const inPlace = writers.every(writer => {
      const { lowered, fails } = this.#steps[writer]!
      return 'run' in lowered && writesInPlace(lowered, value, state) && !fails
    })
    const [first] = writers as [number]
    if (inPlace && this.#order(new Map([...this.#replacedBy, [state, first]]))) this.#store(state, value, first)
    else {
      const { copied, step } = this.#copy(next)
      this.#store(state, copied, step)
    }
  }

  /** The tensor whose memory a value has to itself: another one's, where it was made of that in place. */
  #memoryOf(value: Tensor): Tensor {
    const { of, size, offset } = placeOf(value, this.#places)
    return offset === 0 && dimEqual(size, dimProduct(value.shape)) ? of : value
  }

  /** Lets the step that computes a value store it as the new value of a state. */
  #store(state: Tensor, value: Tensor, writer: number): void {
    this.#bufferOf.set(value, this.#bufferOf.get(state)!)
    this.#replacedBy.set(state, writer)
  }

  #outputBuffer(tensor: Tensor): number {
    if (!this.#hasPlace(tensor)) return this.#leafBuffer(tensor, 'output')
    return this.#leafBuffer(this.#copy(tensor).copied, 'output')
  }

  /** An order of the steps in which all that read a state, and all that can fail, run before the step that replaces it. */
  #order(replacedBy: ReadonlyMap<Tensor, number>, tenants: readonly Tenant[] = []): number[] | undefined {
    const data = this.#steps.flatMap((_, at) =>
      this.#used(at, () => true).flatMap((value): [number, number][] => {
        const writers = this.#writers.get(value) ?? []
        const before = writers.includes(at) ? writers[writers.indexOf(at) - 1] : writers.at(-1)
        return before === undefined ? [] : [[before, at]]
      }),
    )
    const hazards = [...replacedBy].flatMap(([state, writer]) =>
      this.#steps.flatMap((step, at): [number, number][] =>
        at !== writer && (step.fails || this.#reads(at, state)) ? [[at, writer]] : [],
      ),
    )
    return orderSteps(this.#steps.length, [...data, ...hazards], tenants)
  }

  /** What the steps have in memory that they share, at sizes that stand for all. */
  #tenants(): Tenant[] {
    const dims = usualDims(boundDims(this.#graph))
    const users = new Map<Tensor, number[]>()
    this.#steps.forEach((_, at) => {
      for (const value of this.#used(at, () => true)) {
        if (!users.has(value)) users.set(value, [])
        users.get(value)!.push(at)
      }
    })
    return [...users].flatMap(([value, steps]) => {
      const known = this.#bufferOf.get(value)
      const role = known !== undefined ? this.#buffers[known]!.role : isPlaced(value) ? 'constant' : 'temporary'
      if (role === 'state' || role === 'constant') return []
      const bytes = usualSizeOf(dimProduct(value.shape), dims) * byteWidth[value.dtype]
      return [{ bytes, users: steps, given: role === 'input', kept: role === 'output' }]
    })
  }

  #schedule(): KernelStep[] {
    const order = this.#order(this.#replacedBy, this.#tenants())
    if (!order) throw new Error('steps wait for each other')
    return order.flatMap(at => this.#inMemory(this.#steps[at]!.lowered)).filter(step => !copiesOntoItself(step))
  }

  /** A lowered step with the buffers of what it uses. */
  #inMemory(step: LoweredStep): KernelStep[] {
    if ('run' in step) return [{ ...step, buffers: step.values.map(value => this.#buffer(value)) }]
    const [before, steps] = [step.before, step.steps].map(list => list.flatMap(inner => this.#inMemory(inner)))
    return [...before!, { repeat: step.repeat, count: step.count, steps: steps! }]
  }

  /** Inputs live from before the first step, outputs until after the last, temporaries from their first use to their last. */
  #withLifetimes(steps: readonly KernelStep[]): ProgramBuffer[] {
    const first = new Map<number, number>()
    const last = new Map<number, number>()
    steps.forEach((step, at) => {
      for (const buffer of buffersOf(step)) {
        if (!first.has(buffer)) first.set(buffer, at)
        last.set(buffer, at)
      }
    })
    return this.#buffers.map((buffer, i) => ({
      ...buffer,
      from: buffer.role === 'input' ? -1 : (first.get(i) ?? 0),
      to: buffer.role === 'output' ? steps.length : (last.get(i) ?? (buffer.role === 'input' ? -1 : 0)),
    }))
  }
}

/** True for a step that stores every element where it is. */
function copiesOntoItself(step: KernelStep): boolean {
  if (!('run' in step) || !('stages' in step.run)) return false
  const [stage, ...others] = step.run.stages
  const [store, ...more] = stage?.stores ?? []
  if (!store || others.length > 0 || more.length > 0 || store.value.kind !== 'load') return false
  const { buffer, at, lookups } = store.value
  return step.buffers[buffer] === step.buffers[store.buffer] && !lookups && dimEqual(at, store.at)
}

/** The buffers that a step uses: those inside a loop are in use as long as it runs. */
const buffersOf = (step: KernelStep): readonly number[] =>
  'run' in step ? step.buffers : step.steps.flatMap(buffersOf)

/** Another tensor of the same value, for a second place of it. */
const copyOf = (x: Tensor): Tensor => broadcastShape(x, x.shape)
