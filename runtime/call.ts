/** One call of a program: check the inputs, copy them in, run, copy the outputs out. */
import {
  type ArrayValue,
  castInto,
  checkOptions,
  type DataConstructor,
  dataOf,
  NDArray,
  type TypedArray,
} from './array.ts'
import { Binding } from './binding.ts'
import { bindDims, shapeText } from './dims.ts'
import type { DType, Manifest } from './manifest.ts'
import { checkFailed, unnamedInputs, wrongInputs, wrongOut } from './messages.ts'
import type { Store } from './store.ts'
import { boundOf, countOf, toValue } from './value.ts'

/** Inputs by name: typed arrays, nested arrays, numbers or NDArrays. */
export type Inputs = Readonly<Record<string, ArrayValue>>

/** Outputs by name: fresh arrays that belong to the caller. */
export type Outputs = Readonly<Record<string, NDArray>>

export interface CallOptions {
  /** Arrays that take outputs in place of fresh ones, by the outputs' names; of the right dtype and length. */
  out?: Readonly<Record<string, NDArray | TypedArray>>
}

/** What runs a program's steps over a store's memory. */
export interface Executor {
  /** Whether `run` is always done when it returns. */
  readonly sync: boolean
  /** How many threads run the steps; 1 when absent. */
  readonly threads?: number
  /**
   * Runs all steps on what lies at the binding's places. Returns 0, or what is not 0 after a failed check, with the
   * check's number and details in `binding.header`, and all state as it was.
   */
  run(binding: Binding): number | Promise<number>
  /** Ends what it started besides; it can still run. */
  close?(): void
}

/** Signatures that are remembered: a call that repeats one is not checked again. */
const remembered = 8

/** Inputs that are known to be right, and the binding that they mean. */
interface Signature {
  binding: Binding
  /** Elements of each input. */
  lengths: number[]
  /** Whether a typed array alone is right for each input. */
  flat: boolean[]
  /** The values of inputs that bind dims. */
  counts: (number | undefined)[]
}

/** What the hot path needs of an input. */
interface Slot {
  name: string
  dtype: DType
  Data: DataConstructor
  /** Which numbers the input takes as they are; undefined when it is no scalar. */
  takes: ((value: number) => boolean) | undefined
  /** What the value of one means that binds a dim. */
  binds: typeof countOf | undefined
}

/** Numbers that a scalar of this dtype takes without conversion; others are converted or refused on the checked path. */
const plainNumbers: Partial<Record<DType, (value: number) => boolean>> = {
  float32: () => true,
  float64: () => true,
  int32: value => (value | 0) === value,
}

/** The calls of one program on its store. */
export class Calls {
  readonly #manifest: Manifest
  readonly #store: Store
  readonly #executor: Executor
  readonly #fixed: ReadonlyMap<number, number>
  readonly #slots: readonly Slot[]
  /** Most recent first. */
  readonly #signatures: Signature[] = []

  /** `fixed` has the byte offset of each state and constant buffer. */
  constructor(manifest: Manifest, store: Store, executor: Executor, fixed: ReadonlyMap<number, number>) {
    this.#manifest = manifest
    this.#store = store
    this.#executor = executor
    this.#fixed = fixed
    this.#slots = manifest.inputs.map(({ name, dtype, shape, binds, below }) => ({
      name,
      dtype,
      Data: dataOf[dtype],
      takes: shape.length === 0 ? plainNumbers[dtype] : undefined,
      binds: binds === undefined ? undefined : below === undefined ? countOf : boundOf,
    }))
  }

  /** Runs the program; a promise when the executor gives one. Throws, or rejects, without having changed anything. */
  run(given: Inputs | null, options: CallOptions | undefined): Outputs | Promise<Outputs> {
    if (options !== undefined) checkOptions(`call of '${this.#manifest.name}'`, options, ['out'])
    const inputs = given ?? {}
    const binding = this.#known(inputs) ?? this.#check(inputs)
    const out = options?.out
    if (out) this.#checkOut(binding, out)
    const status = this.#executor.run(binding)
    return typeof status === 'number'
      ? this.#finish(binding, status, out)
      : status.then(code => this.#finish(binding, code, out))
  }

  /** The binding of a signature that these inputs repeat, placed and with the inputs copied in. */
  #known(inputs: Inputs): Binding | undefined {
    const signatures = this.#signatures
    for (let i = 0; i < signatures.length; i++) {
      const signature = signatures[i]!
      if (!this.#repeats(signature, inputs)) continue
      for (let j = i; j > 0; j--) signatures[j] = signatures[j - 1]!
      signatures[0] = signature
      const { binding } = signature
      binding.place()
      for (let k = 0; k < this.#slots.length; k++) copyIn(binding.inputs[k]!, this.#slots[k]!, inputs)
      return binding
    }
    return undefined
  }

  #repeats({ binding, lengths, flat, counts }: Signature, inputs: Inputs): boolean {
    const slots = this.#slots
    for (let i = 0; i < slots.length; i++) {
      const { name, dtype, Data, takes, binds } = slots[i]!
      const value = inputs[name]
      if (typeof value === 'number') {
        if (binds ? value !== counts[i] : !takes?.(value)) return false
      } else if (value instanceof NDArray) {
        if (binds || value.dtype !== dtype || value.data.length !== lengths[i]) return false
        if (!sameShape(value.shape, binding.inputShapes[i]!)) return false
      } else if (binds || !flat[i] || !(value instanceof Data) || (value as TypedArray).length !== lengths[i])
        return false
    }
    let given = 0
    for (const _ in inputs) given++
    return given === slots.length
  }

  /** The binding that these inputs mean, placed and with the inputs copied in; throws when they are not right. */
  #check(inputs: Inputs): Binding {
    const names = this.#slots.map(({ name }) => name)
    if (typeof inputs !== 'object' || Array.isArray(inputs)) throw unnamedInputs(names)
    const given = Object.keys(inputs).filter(name => inputs[name] !== undefined)
    const unknown = given.filter(name => !names.includes(name))
    const missing = names.filter(name => !Object.hasOwn(inputs, name) || inputs[name] === undefined)
    if (missing.length + unknown.length > 0) throw wrongInputs(missing, unknown, given, names)
    const values = this.#slots.map(({ name, dtype }) => toValue(`input '${name}'`, dtype, inputs[name]!))
    const counts = values.map((value, i) => this.#slots[i]!.binds?.(names[i]!, value))
    const dims = bindDims(
      this.#manifest,
      values.map(({ shape, data }, i) => ({ shape, length: data.length, value: counts[i] })),
    )
    const binding = this.#bindingOf(dims)
    binding.place()
    for (const [i, { dtype, data }] of values.entries()) {
      const { name, dtype: wanted } = this.#slots[i]!
      castInto(binding.inputs[i]!, wanted, data, dtype, `input '${name}'`)
    }
    const flat = values.map(({ shape }, i) => !shape || this.#manifest.inputs[i]!.shape.every(isNumber))
    this.#remember({ binding, lengths: values.map(({ data }) => data.length), flat, counts })
    return binding
  }

  /** Puts a signature first, in place of an equal or the oldest one. */
  #remember(signature: Signature): void {
    const signatures = this.#signatures
    const isSame = ({ binding, flat }: Signature): boolean =>
      binding === signature.binding && flat.every((is, i) => is === signature.flat[i])
    const same = signatures.findIndex(isSame)
    if (same >= 0) signatures.splice(same, 1)
    signatures.unshift(signature)
    signatures.length = Math.min(signatures.length, remembered)
  }

  /** The binding of these dims: a remembered one, or a new one. */
  #bindingOf(dims: ReadonlyMap<string, number>): Binding {
    const known = this.#signatures.find(({ binding }) =>
      [...dims].every(([name, value]) => binding.dims.get(name) === value),
    )
    return known?.binding ?? new Binding(this.#manifest, this.#store, this.#fixed, dims, this.#executor.threads)
  }

  #checkOut(binding: Binding, out: NonNullable<CallOptions['out']>): void {
    for (const [name, array] of Object.entries(out)) {
      const i = this.#manifest.outputs.findIndex(port => port.name === name)
      if (i < 0) throw wrongOut(name, 'the name of an output', 'another')
      const { dtype } = this.#manifest.outputs[i]!
      const data = array instanceof NDArray ? array.data : array
      const same = array instanceof NDArray ? array.dtype === dtype : data instanceof dataOf[dtype]
      const expected = binding.outputs[i]!.length
      if (same && data.length === expected) continue
      const text =
        array instanceof NDArray
          ? `${array.dtype}${shapeText(array.shape)}`
          : `${data.constructor.name}(${data.length})`
      throw wrongOut(name, `${dtype}${shapeText(binding.outputShapes[i]!)}`, text)
    }
  }

  #finish(binding: Binding, status: number, out: CallOptions['out']): Outputs {
    if (status !== 0) {
      const [check, index, size] = binding.header as unknown as [number, number, number]
      throw checkFailed(this.#manifest.checks[check - 1] ?? `check ${check} failed`, index, size)
    }
    const ports = this.#manifest.outputs
    const result: Record<string, NDArray> = {}
    for (let i = 0; i < ports.length; i++) {
      const { name, dtype } = ports[i]!
      const data = binding.outputs[i]!
      const target = out?.[name]
      // One element type at a time: `set` of the union takes neither numbers nor bigints.
      if (target) ((target instanceof NDArray ? target.data : target) as Float32Array).set(data as Float32Array)
      result[name] =
        target instanceof NDArray ? target : new NDArray(dtype, binding.outputShapes[i]!, target ?? copyOf(data))
    }
    return result
  }
}

/** Elements up to which constructing an array from another is the quicker copy (20 against 30 ns on V8). */
const short = 64

/** A copy; never in memory that threads share. */
function copyOf(data: TypedArray): TypedArray {
  if (data.length > short) return data.slice()
  const Data = data.constructor as new (data: TypedArray) => TypedArray
  return new Data(data)
}

/** Copies an input whose signature is known. */
function copyIn(target: TypedArray, slot: Slot, inputs: Inputs): void {
  const value = inputs[slot.name]
  if (typeof value === 'number') target[0] = slot.dtype === 'int64' ? BigInt(value) : value
  else {
    const data = value instanceof NDArray ? value.data : (value as TypedArray)
    if (slot.dtype === 'bool') castInto(target, 'bool', data, 'bool', '')
    // One element type at a time: `set` of the union takes neither numbers nor bigints.
    else (target as Float32Array).set(data as Float32Array)
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
