/** Every error of the runtime, one function each; the code is for good, the text may improve. */
import { DamoError } from './errors.ts'
import type { DimConstraint, DType } from './manifest.ts'

const list = (items: readonly unknown[]): string => `[${items.join(', ')}]`
const names = (items: readonly string[]): string => items.map(name => `'${name}'`).join(', ') || 'none'

// Arrays

/** Nested arrays of unequal length; `path` are the indices that lead to the odd one. */
export const raggedArray = (what: string, path: readonly number[], expected: string, got: string): DamoError =>
  new DamoError('R001', `${what}: ragged nesting: element [${path.join('][')}] is ${got}, expected ${expected}`)

/** A shape that does not hold as many elements as were given. */
export const wrongSize = (what: string, shape: readonly number[], length: number): DamoError =>
  new DamoError('R002', `${what}: shape ${list(shape)} needs ${product(shape)} elements, got ${length}`)

/** Something that is not a number, boolean, bigint, typed array, NDArray or nested array of these. */
export const notAnArray = (what: string, got: string): DamoError =>
  new DamoError('R003', `${what}: expected numbers, nested arrays, a typed array or an NDArray, got ${got}`)

/** A number that its dtype cannot hold. */
export const notRepresentable = (what: string, value: number | bigint, dtype: DType): DamoError =>
  new DamoError('R004', `${what}: ${value} is not one of ${dtype}'s values`)

/** A shape with something else than non-negative integers. */
export const badShape = (what: string, shape: readonly unknown[]): DamoError =>
  new DamoError('R005', `${what}: a shape has non-negative integers only, got ${list(shape)}`)

/** A dtype that there is not. */
export const unknownDtype = (what: string, dtype: unknown, known: readonly string[]): DamoError =>
  new DamoError('R009', `${what}: '${String(dtype)}' is not a dtype; there are ${known.join(', ')}`)

/** `item()` of an array with another number of elements than one. */
export const notOneElement = (shape: readonly number[]): DamoError =>
  new DamoError('R006', `item: expected an array of one element, got shape ${list(shape)}`)

/** The dtype and the typed array's class do not go together. */
export const wrongData = (dtype: DType, expected: string, got: string): DamoError =>
  new DamoError('R007', `NDArray: ${dtype} lies in ${expected}, got ${got}`)

/** An int64 beyond 2^53 that was to become a number. */
export const unsafeInteger = (value: bigint): DamoError =>
  new DamoError('R008', `${value} is beyond the integers that a number holds; read it from data as a bigint`)

// Calls

/** Inputs that were not given, or are not the program's. */
export const wrongInputs = (
  missing: readonly string[],
  unknown: readonly string[],
  given: readonly string[],
  known: readonly string[],
): DamoError =>
  missing.length > 0
    ? new DamoError('R010', `missing input ${names(missing)}; got ${names(given)}`)
    : new DamoError('R011', `unknown input ${names(unknown)}; the inputs are ${names(known)}`)

/** Inputs that are no record, such as a list or an array alone. */
export const unnamedInputs = (known: readonly string[]): DamoError =>
  new DamoError('R025', `inputs are given by name, { ${known.map(name => `${name}: …`).join(', ')} }`)

/** A typed array whose values the input's or state's dtype does not all hold. */
export const lossyInput = (what: string, dtype: DType, got: DType, className: string): DamoError =>
  new DamoError(
    'R012',
    `${what} is ${dtype}, got ${got}, which may lose values; pass ${className}, or array(data, { dtype: '${dtype}' })`,
  )

/** A shape that does not fit; `expected` has the dim names and their values, `why` where the values come from. */
export const wrongShape = (input: string, expected: string, got: readonly number[], why: string): DamoError =>
  new DamoError('R013', `input '${input}': expected ${expected}, got ${list(got)}${why && `; ${why}`}`)

/** A flat typed array of the wrong length. */
export const wrongElements = (input: string, expected: string, got: number, why: string): DamoError =>
  new DamoError('R014', `input '${input}': expected ${expected}, got ${got} elements${why && `; ${why}`}`)

/** A flat typed array whose length leaves dims open. */
export const ambiguousLength = (input: string, expected: string, got: number, open: readonly string[]): DamoError =>
  new DamoError(
    'R015',
    `input '${input}': ${got} elements do not tell ${names(open)} of ${expected}; pass array(data, { shape })`,
  )

/** A dim that breaks what was declared of it. */
export const brokenFact = (dim: string, value: number, input: string, fact: string): DamoError =>
  new DamoError('R016', `dim '${dim}' is ${value} by input '${input}', but must be ${fact}`)

/** Sizes for which an op means nothing: two that had to be equal, or one that had to be at most the other. */
export const brokenConstraint = (
  { reason, relation, complete }: Pick<DimConstraint, 'reason' | 'relation' | 'complete'>,
  left: string,
  right: string,
): DamoError => {
  if (complete) return new DamoError('R017', reason)
  const wanted = /^\d+$/.test(left) ? `${right} to be at least ${left}` : `${left} to be at most ${right}`
  return new DamoError(
    'R017',
    relation ? `${reason}: wants ${wanted}` : `${reason}: sizes differ: ${left} and ${right}`,
  )
}

/** The same of a size that had to be a multiple. */
export const notAMultiple = (reason: string, size: string, of: string): DamoError =>
  new DamoError('R017', `${reason}: ${size} has to be a multiple of ${of}`)

/** A dim that no input tells. */
export const unboundDim = (dim: string): DamoError => new DamoError('R018', `no input tells the size of dim '${dim}'`)

/** A dim expression with a divisor of 0, or beyond 2^53. */
export const dimOverflow = (expr: string, dims: ReadonlyMap<string, number>): DamoError =>
  new DamoError(
    'R019',
    `${expr} has no exact value with ${[...dims].map(([name, value]) => `${name} = ${value}`).join(', ')}`,
  )

/** An input that binds a dim with something else than a count. */
export const badCount = (input: string, got: unknown): DamoError =>
  new DamoError('R020', `input '${input}': expected a non-negative integer below 2^31, got ${String(got)}`)

/** An array for an output that does not fit. */
export const wrongOut = (output: string, expected: string, got: string): DamoError =>
  new DamoError('R021', `out '${output}': expected ${expected}, got ${got}`)

/** A check inside the program failed; `text` is the manifest's. */
export const checkFailed = (text: string, index: number, size: number): DamoError => {
  const filled = text.replaceAll('{index}', String(index)).replaceAll('{size}', String(size))
  return new DamoError(
    'R022',
    filled === text && text.includes('index') ? `${text}: index ${index}, size ${size}` : filled,
  )
}

/** The program stopped where no check was: a defect in damo or a damaged module. */
export const trapped = (program: string, cause: unknown): DamoError =>
  withCause(
    new DamoError('R023', `'${program}' stopped unexpectedly: ${String(cause)}; its state may be half updated`),
    cause,
  )

/** `runSync` on a target that cannot. */
export const notSync = (program: string): DamoError =>
  new DamoError('R024', `'${program}' cannot run synchronously on its target; await the call instead`)

// Store and state

/** Touching a store under an asynchronous call. */
export const storeBusy = (what: string): DamoError =>
  new DamoError('R030', `${what}: an asynchronous call is under way on this store; await it first`)

/** The host has no more memory, or 4 GiB is not enough. */
export const outOfMemory = (bytes: number, cause: unknown): DamoError =>
  withCause(new DamoError('R031', `cannot grow the memory to ${bytes} bytes: ${String(cause)}`), cause)

/** An array that is larger than code can address. */
export const arrayTooLarge = (what: string, bytes: number, most: number): DamoError =>
  new DamoError('R035', `${what} takes ${bytes} bytes, and an array has at most ${most}`)

/** A shared variable of another type. */
export const wrongState = (name: string, expected: string, got: string): DamoError =>
  new DamoError('R032', `state '${name}': expected ${expected}, got ${got}`)

/** A name that is not one of the program's shared variables. */
export const unknownState = (name: string, known: readonly string[]): DamoError =>
  new DamoError('R033', `unknown state '${name}'; the program has ${names(known)}`)

/** A constant or a new shared variable without a value. */
export const missingWeight = (name: string): DamoError =>
  new DamoError('R034', `'${name}' has no value in the weights, and the store does not have it yet`)

// Files

/** A manifest with something that cannot be. */
export const badManifest = (path: string, expected: string, got: string): DamoError =>
  new DamoError('R040', `manifest: ${path}: expected ${expected}, got ${got}`)

/** A manifest of another format version. */
export const wrongFormat = (got: unknown): DamoError =>
  new DamoError('R041', `manifest: format ${String(got)}, but this runtime reads format 1; use the runtime that fits`)

/** A safetensors file that is damaged. */
export const badTensors = (why: string): DamoError => new DamoError('R042', `safetensors: ${why}`)

/** A module that is not the one the manifest tells of. */
export const wrongModule = (what: string, expected: string, got: string): DamoError =>
  new DamoError('R043', `${what}: expected ${expected}, got ${got}; it is damaged or belongs to another manifest`)

/** A file that cannot be read. */
export const unreadable = (url: string, cause: unknown): DamoError =>
  withCause(
    new DamoError('R044', `cannot read ${url}: ${cause instanceof Error ? cause.message : String(cause)}`),
    cause,
  )

/** A source for `load` that is none. */
export const badSource = (got: string): DamoError =>
  new DamoError('R045', `load: expected the URL of a name.json, or an object with manifest and wasm, got ${got}`)

/** A module that asks for what the runtime does not give. */
export const unknownImport = (name: string): DamoError =>
  new DamoError('R046', `the module imports ${name}, which is not part of damo's interface`)

/** No module that this host can run. */
export const noVariant = (program: string, wanted: string): DamoError =>
  new DamoError('R047', `'${program}' has no ${wanted} module`)

/** An option of `load` that is none, or that cannot be had here. */
export const wrongOption = (name: string, wanted: string, got: unknown): DamoError =>
  new DamoError('R049', `${name}: expected ${wanted}, got ${typeof got === 'string' ? `'${got}'` : String(got)}`)

/** An option that a function does not have, or no record of options. */
export const unknownOption = (
  what: string,
  name: string | undefined,
  known: readonly string[],
  got: unknown,
): DamoError =>
  new DamoError(
    'R051',
    name === undefined
      ? `${what}: expected a record of options: ${known.join(', ')}, got ${String(got)}`
      : `${what}: there is no option '${name}'; there are ${known.join(', ')}`,
  )

/** A worker died, be it in the middle of a call or between two. */
export const threadsDied = (program: string): DamoError =>
  new DamoError(
    'R050',
    `'${program}' has lost a thread; the call it took part in, and its state, may be half done: load or compile it again`,
  )

/** Modules that the engine refuses. */
export const unusableModule = (program: string, cause: unknown): DamoError =>
  withCause(new DamoError('R048', `this engine refuses the module of '${program}': ${String(cause)}`), cause)

// WebGPU

/** No WebGPU here, or none that works. */
export const noAdapter = (missing: boolean): DamoError =>
  new DamoError(
    'R060',
    missing
      ? 'webgpu: this host has no WebGPU; pass webgpu({ gpu }) or webgpu({ device }) where a package brings it'
      : 'webgpu: no adapter is available: no graphics device of this machine can be used',
  )

/** The device is gone, with all that was on it; the host has the state of the last call that ended. */
export const deviceLost = (program: string, reason: string): DamoError =>
  new DamoError('R061', `'${program}' has lost its WebGPU device: ${reason}; compile or load it on a new one`)

/** A shader module or pipeline that the device refuses. */
export const shaderRefused = (program: string, why: string): DamoError =>
  new DamoError('R062', `WebGPU refuses the shader of '${program}': ${why}`)

/** A call or an allocation that the device refuses. */
export const deviceFailed = (program: string, why: string): DamoError =>
  new DamoError('R063', `WebGPU failed in '${program}': ${why}`)

const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

function withCause(error: DamoError, cause: unknown): DamoError {
  error.cause = cause
  return error
}
