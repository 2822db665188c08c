/**
 * The vocabulary of the whole project and the format of an artifact: dtypes, dim expressions, and the manifest that a
 * compiled program travels with. Types only describe; `validate.ts` checks what came from outside.
 */

/** Element types, by NumPy's names. */
export type DType =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'

/** Bytes of one element in memory; bool is one byte. */
export const byteWidth: Readonly<Record<DType, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
}

/** Operators of a dim expression; `//` and `%` floor, as Python's do. */
export type DimOp = '+' | '*' | '//' | '%' | 'min' | 'max'

/**
 * An integer expression over dim names, in prefix form: `["*", "batch", 784]`. `+`, `*`, `min` and `max` take two or
 * more operands, `//` and `%` exactly two, the second positive.
 */
export type DimExpr = number | string | readonly [DimOp, ...DimExpr[]]

/** What is known of a dim besides its name. */
export interface DimFacts {
  /** The dim is a multiple of this. */
  multipleOf?: number
  /** The least value allowed; 0 when absent. */
  atLeast?: number
}

/** Two dim expressions that must be equal, or left at most right, when a call's dims are bound. */
export interface DimConstraint {
  left: DimExpr
  right: DimExpr
  /** How they must relate; equal when absent. */
  relation?: '<='
  /** Who asked for it, in the user's words: `"add: x and y"`. */
  reason: string
  /** The reason says all that there is to say: the two expressions mean nothing to the user. */
  complete?: true
}

/** A named array that enters a program, leaves it or stays in it; `buffer` indexes `Manifest.buffers`. */
export interface Port {
  name: string
  dtype: DType
  shape: readonly DimExpr[]
  buffer: number
}

/**
 * An input; an integer scalar with `binds` is read on the host and bound to that dim before anything is placed. With `below`
 * it may be negative: the one dim is how far it is above 0, the other how far below.
 */
export interface InputPort extends Port {
  binds?: string
  below?: string
  /** Who asked for the sizes that its shape shares with others, in the user's words. */
  reason?: string
}

/** A state port: a shared variable that the program reads, writes or both. Its initial value is a tensor of that name in the weights file. */
export interface StatePort extends Port {
  /** True when the program stores a new value into it. */
  updated: boolean
}

/**
 * A piece of memory. `state` and `constant` live as long as the store; `input`, `output` and `temporary` live in the
 * arena from step `from` to step `to`, both included (inputs from -1, outputs to `steps.length`).
 */
export interface BufferPlan {
  role: 'input' | 'output' | 'temporary' | 'state' | 'constant'
  /** Size in bytes. */
  bytes: DimExpr
  /** Every thread that runs the program has another one of so many bytes, side by side. */
  perThread?: true
  from: number
  to: number
  /** Set when this buffer shares the memory of that one (a carry in place, an output that is an input). */
  aliases?: number
  /** For a constant: the name of its tensor in the weights file. For a temporary: what it holds, in words. */
  name?: string
}

/** One step: a kernel over buffers, or a loop around steps whose kernels see `repeat` as a dim counting from 0. */
export type Step =
  | { run: string; buffers: readonly number[] }
  | { repeat: string; count: DimExpr; steps: readonly Step[] }

/** One compiled module: what its bytes are and what it needs when instantiated. Its file's name derives from the manifest's. */
export interface CodeVariant {
  /** Hash of the module, in lower case hexadecimal. */
  sha256: string
  /** Size of the module in bytes. */
  bytes: number
  /** Static data that the module wants at `__memory_base`. */
  data: { bytes: number; align: number }
  /** Of a variant for threads: how many kernels have loops to share. Without any, workers are not started. */
  shared?: number
}

/** Names of the wasm variants that a program may carry: with relaxed SIMD or not, for several threads or for one. */
export const wasmVariants = ['simd128', 'relaxed', 'threads', 'relaxed-threads'] as const
export type WasmVariant = (typeof wasmVariants)[number]

/** A WGSL kernel: its entry point, what it binds and the workgroups to dispatch along x, y and z. */
export interface WgslKernel {
  entry: string
  /** By binding number: the position of the buffer in the step's list, and whether the kernel writes into it. */
  bindings: readonly { buffer: number; writes: boolean }[]
  workgroups: readonly [DimExpr, DimExpr, DimExpr]
}

/**
 * What a compiled program is, without its code: everything the runtime needs to bind dims, place buffers, call and
 * read back. The frame that a wasm program's `run` receives is i32 words: `frameHeader` words of status detail, then
 * the value of each dim in the order of `dims`, then the byte offset of each buffer in the order of `buffers`.
 */
export interface Manifest {
  format: 1
  name: string
  /** `damo` and its version. */
  producer: string
  /** Free dims, in frame order; each is bound by an input's shape or by an input with `binds`. */
  dims: Readonly<Record<string, DimFacts>>
  constraints: readonly DimConstraint[]
  inputs: readonly InputPort[]
  outputs: readonly Port[]
  state: readonly StatePort[]
  buffers: readonly BufferPlan[]
  steps: readonly Step[]
  /** What a failing call reports: the frame's check number n means `checks[n - 1]`, where `{index}` and `{size}` are filled in. */
  checks: readonly string[]
  code: {
    wasm?: Partial<Record<WasmVariant, CodeVariant>>
    wgsl?: { sha256: string; bytes: number; kernels: Readonly<Record<string, WgslKernel>> }
  }
}

/** Words at the start of a frame that a failing program fills: check number, then details (index, size, position). */
export const frameHeader = 4

/** The names of all loops around steps, in order of appearance: they follow the dims in a frame of WGSL kernels. */
export function repeatNames(steps: readonly Step[]): string[] {
  return [...new Set(steps.flatMap(step => ('run' in step ? [] : [step.repeat, ...repeatNames(step.steps)])))]
}
