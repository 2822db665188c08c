/**
 * The two lower levels. A **Kernel** is the mathematics of one loop nest: outer loops and an ordered list of stages that
 * share them, no order of execution inside. A **Loops** program is that kernel scheduled: statements that a printer
 * writes down and an interpreter executes without deciding anything.
 */
import type { DType } from '../../runtime/manifest.ts'
import type { ElementwiseOp, RoutineOp } from '../define.ts'
import type { Condition, Index } from '../dims.ts'
import type { FoldOp } from '../folds.ts'
import type { Origin } from '../origin.ts'

/** A value computed by the kernel (an int32, uint32 or int64) that an index refers to by name; it must lie in [0, size). */
export interface Lookup {
  name: string
  value: Expr
  size: Index
  /** The name stands for `value + size` where the value is negative. */
  fromEnd?: true
  /** Index into the program's checks, when out of range has to be an error; absent where it is known to be in range. */
  check?: number
}

/** A scalar expression at one point of the loops. Expressions are interned per kernel: shared nodes are one object. */
export type Expr =
  | { kind: 'const'; dtype: DType; value: number | bigint }
  /** The element at `at` (in elements, row-major) of a buffer. */
  | { kind: 'load'; dtype: DType; buffer: number; at: Index; lookups?: readonly Lookup[] }
  /** An index or dim as data. */
  | { kind: 'index'; dtype: DType; value: Index; lookups?: readonly Lookup[] }
  /** An elementwise op: a primitive that back ends spell, or a named function whose body is a graph of them. */
  | { kind: 'apply'; dtype: DType; op: ElementwiseOp; args: readonly Expr[] }
  /** The result of an earlier stage's fold, by the fold's name. */
  | { kind: 'fold'; dtype: DType; fold: string }
  /** `then` where all conditions hold, `otherwise` elsewhere; the side not taken is not evaluated (its loads may be out of bounds). */
  | { kind: 'guard'; dtype: DType; when: readonly Condition[]; then: Expr; otherwise: Expr }

export interface Loop {
  name: string
  extent: Index
}

/** One reduction over its stage's loops. */
export interface Fold {
  name: string
  op: FoldOp
  /** dtype of the accumulator: float64 for sums and products of float32, the value's own otherwise. */
  accumulate: DType
  /** dtype of the result. */
  dtype: DType
  body: Expr
}

/** `buffer[at] = value`; with `accumulate`, `buffer[at] += value`. */
export interface Store {
  buffer: number
  at: Index
  value: Expr
  accumulate?: boolean
  lookups?: readonly Lookup[]
  /** Loops of the stage along which places may meet: they run one step after the other, in their order. */
  serial?: readonly string[]
}

/**
 * Inner loops with folds, or inner loops with stores. A stage with one `add` fold whose body is a product of an
 * expression free of one group of the outer loops and one free of another is a contraction (`contraction` is set).
 */
export interface Stage {
  /**
   * The loops of a later stage, if it runs at each step of those, and its folds are results of that step: a convolution is
   * within the windows of what pools it.
   */
  within?: readonly Loop[]
  loops: readonly Loop[]
  folds: readonly Fold[]
  stores: readonly Store[]
  /** For a contraction: which loops outside belong to the left operand alone (rows), the right alone (columns). */
  contraction?: { rows: readonly string[]; columns: readonly string[]; left: Expr; right: Expr }
}

/** A buffer as a kernel sees it. */
export interface KernelBuffer {
  dtype: DType
  /** Number of elements. */
  size: Index
  access: 'read' | 'write' | 'readwrite'
}

export interface Kernel {
  /** A hash of what it computes: equal kernels have equal names. */
  name: string
  /** Dims (and names of enclosing repeats) that it refers to, in parameter order. */
  dims: readonly string[]
  buffers: readonly KernelBuffer[]
  /** Loops shared by all stages; every iteration is independent of the others. */
  loops: readonly Loop[]
  stages: readonly Stage[]
  origins: readonly Origin[]
  /** What a person would call it: the names of the fused ops, e.g. `matmul add relu`. */
  label: string
}

/** An array that a routine takes or gives: application i has the elements from `offset + i * size` on of a buffer. */
export interface RoutineArray {
  dtype: DType
  buffer: number
  offset: Index
  size: Index
}

/** A result of a routine that no one asks for. */
export interface UnaskedArray {
  dtype: DType
  buffer?: undefined
}

/** A routine applied to a batch of rows or matrices. It has no loops of its own to schedule. */
export interface RoutineCall {
  /** A hash of what it computes: equal calls have equal names. */
  name: string
  /** Dims (and names of enclosing repeats) that it refers to, in parameter order. */
  dims: readonly string[]
  buffers: readonly KernelBuffer[]
  routine: RoutineOp
  /** How many applications. */
  batch: Index
  operands: readonly RoutineArray[]
  results: readonly (RoutineArray | UnaskedArray)[]
  /** What the routine is given besides arrays. */
  numbers: readonly Index[]
  /** Scratch that the C++ function wants from the arena, appended to the buffers in order. */
  scratch: readonly { name: string; dtype: DType; size: Index }[]
  /** Index into the program's checks, when an application can fail. */
  check?: number
  origins: readonly Origin[]
  label: string
}

/** What a step runs. */
export type Work = Kernel | RoutineCall

export const isCall = (work: Work): work is RoutineCall => 'routine' in work

// ---------------------------------------------------------------------------------------------------------- Loops

/** Lanes of a vector value; a wider dtype is several v128. */
export const vectorLanes = 4

/** A named value of loop code: one scalar (`lanes` 1) or a vector of `vectorLanes`. Comparisons give bool. */
export interface Register {
  name: string
  dtype: DType
  lanes: number
}

/** What a `let` or `assign` computes. Operands are names of registers: nested code is flattened by the schedule. */
export type Operation =
  | { kind: 'const'; value: number | bigint }
  /** Elements of `from` (a kernel buffer's number or a local array's name) at `at`; vectors take `at + lane * stride` (stride 0 is a splat). */
  | { kind: 'load'; from: number | string; at: Index; stride: Index }
  /** `value + lane * step` as data. */
  | { kind: 'index'; value: Index; step: Index }
  | { kind: 'apply'; op: ElementwiseOp; args: readonly string[] }
  /** a * b + c: rounded once in variants that have it, twice elsewhere. Sums of products alone. */
  | { kind: 'fma'; args: readonly [string, string, string] }
  /** Of int32, whose halves are signed integers of 16 bits: low(a) * low(b) + high(a) * high(b) + c. */
  | { kind: 'dot'; args: readonly [string, string, string] }
  /**
   * Of int32, whose bytes are signed integers, those of b from 0 to 127: the sum of all four products and c, by one
   * instruction (`joined`) or by several. Only where the machine has them, as `dotWay` tells.
   */
  | { kind: 'dotBytes'; joined: boolean; args: readonly [string, string, string] }
  /** An int32, which of `DotWay` is the machine's. */
  | { kind: 'dotWay' }
  /** `op(args)` in lanes where `when` holds, `otherwise` elsewhere; the op is computed only when some lane asks. */
  | { kind: 'rare'; when: string; op: ElementwiseOp; args: readonly string[]; otherwise: string }
  | { kind: 'splat'; arg: string }
  | { kind: 'lane'; arg: string; lane: number }
  /** A vector of as many scalars as it has lanes. */
  | { kind: 'pack'; args: readonly string[] }
  /** Of two vectors, the lanes of one half in turn: a0 b0 a1 b1 (`low`), or a2 b2 a3 b3. */
  | { kind: 'zip'; half: 'low' | 'high'; args: readonly [string, string] }
  /** Of three vectors, a third of their lanes in turn: a0 b0 c0 a1, b1 c1 a2 b2, or c2 a3 b3 c3. */
  | { kind: 'zip3'; third: 0 | 1 | 2; args: readonly [string, string, string] }
  /** One step of a fold: the accumulator combined with a value. `argmax` and `argmin` are `better` and `select`. */
  | { kind: 'combine'; op: FoldOp; args: readonly [string, string] }
  /**
   * For `argmax` and `argmin`, of a value with its position and another with its own: whether the second comes first.
   * It does when it is larger (less), or NaN where the first is not, or as good with a lower position.
   */
  | { kind: 'better'; op: FoldOp; args: readonly [string, string, string, string] }
  /** WGSL's `select(no, yes, mask)`. */
  | { kind: 'select'; args: readonly [string, string, string] }
  | { kind: 'convert'; arg: string }
  | { kind: 'copy'; arg: string }

/** How a machine best sums products of bytes: it cannot, by one instruction, or by several. */
export const DotWay = { none: 0, joined: 1, apart: 2 } as const

/** An index that is in a register; where it is negative it counts from the end of `fromEnd`. */
export interface Looked {
  register: string
  fromEnd?: Index
}

export type Statement =
  | { kind: 'let'; register: Register; operation: Operation }
  /** A register that is assigned again. */
  | { kind: 'var'; register: Register; operation: Operation }
  | { kind: 'assign'; register: Register; operation: Operation }
  | { kind: 'store'; to: number | string; at: Index; stride: Index; value: Register; accumulate?: boolean }
  /** `for (name = from; name < to; name += step)`. */
  | {
      kind: 'for'
      mode: 'serial' | 'vector' | 'parallel' | 'workgroup'
      name: string
      from: Index
      to: Index
      step: Index
      body: readonly Statement[]
    }
  | { kind: 'if'; when: readonly Condition[]; then: readonly Statement[]; otherwise: readonly Statement[] }
  /**
   * A named index, computed once: an int32 from an index expression, or from a register (a lookup). An `opaque` one is
   * hidden from what compiles the code: LLVM makes a loop of known length count up to 0, with an addition for every
   * address on every turn.
   */
  | { kind: 'name'; name: string; value: Index | Looked; opaque?: boolean }
  /** Fails the call with check number `check` unless 0 <= index < size; `fromEnd`: a negative one was below -size. */
  | { kind: 'check'; index: string; size: Index; check: number; fromEnd?: true }
  /** A local array of the kernel: `local` on the stack (constant size), `scratch` in the arena, `shared` in a workgroup. */
  | { kind: 'array'; name: string; dtype: DType; size: Index; scope: 'local' | 'scratch' | 'shared' }
  | { kind: 'barrier' }

/** A scheduled kernel. */
export interface LoopProgram {
  kernel: Kernel
  /** Scratch bytes that it wants from the arena, appended to its buffers in order. */
  scratch: readonly { name: string; dtype: DType; size: Index }[]
  body: readonly Statement[]
}
