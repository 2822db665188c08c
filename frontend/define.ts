/**
 * What an op is. Each op is one record of one of these families, declared once; evaluation, derivatives, rewriting,
 * lowering, documentation and the law tests iterate over records and ask the family, never the name.
 */
import type { TypedArray } from '../runtime/array.ts'
import type { DType } from '../runtime/manifest.ts'
import type { Condition, DimExpr, Extents, Index } from './dims.ts'
import type { FoldOp } from './folds.ts'
import type { Tensor } from './tensor.ts'
import type { Shape } from './type.ts'

export type { FoldOp } from './folds.ts'

/** A gradient or tangent: undefined is a structural zero (nothing flows). */
export type Maybe<T> = T | undefined

/** A partial derivative, or what throws where it is asked for and not defined. */
export type PartialDerivative = Maybe<Tensor> | (() => never)

/** Declares an argument of an example; its dims may be the names `m` and `n`, its values lie in `range` where given. */
export type ExampleInput = (shape: Shape, dtype?: DType, range?: readonly [number, number]) => Tensor

interface OpCommon {
  name: string
  /** One line for the table of ops. */
  doc: string
  /**
   * Applications that the laws of ops are tried on; families whose applications follow from their records need none.
   * Arguments without a dtype are of the one on trial. Right for m and n from 0 on.
   */
  examples?(input: ExampleInput): readonly Tensor[]
  /** dtypes that operands may have; all when absent. */
  accepts?: readonly DType[]
  /** Its name in Theano and NumPy where that differs from `name`. */
  theano?: string
  numpy?: string
}

/** What derivatives are built from besides the ops that their own module can see. */
export interface Calculus {
  /** The sum over the axes along which `shape` was broadcast to the tensor's shape. */
  sumTo(x: Tensor, shape: Shape): Tensor
  /** Zeros of the type of x. */
  zeroLike(x: Tensor): Tensor
}

/** The derivative of a family's op as a graph; absent where nothing flows. */
interface Derivatives {
  /** Reverse mode: the cotangent of each input from that of the result. */
  pullback?(result: Tensor, cotangent: Tensor, calculus: Calculus): readonly Maybe<Tensor>[]
  /** Forward mode: the tangent of the result from those of the inputs. */
  pushforward?(result: Tensor, tangents: readonly Maybe<Tensor>[], calculus: Calculus): Maybe<Tensor>
}

/** An input, shared variable, constant: a tensor that nothing in the graph computes. */
export interface LeafOp extends OpCommon {
  kind: 'leaf'
}

/** How dtypes enter and leave an elementwise op: what each operand is cast to, and the result; undefined refuses. */
export type Typing = (
  dtypes: readonly DType[],
  attrs: unknown,
) => { operands: readonly DType[]; result: DType } | undefined

/** Text of a primitive over atoms: names or literals of the operands, read by C++ (scalar and SIMD) and WGSL alike. */
export type Code = (...args: string[]) => string

/** A scalar function in host arithmetic; int64 values are bigint, bool values are 0 and 1. */
// biome-ignore lint/suspicious/noExplicitAny: one formula serves number and bigint, which share no type with operators
export type HostFunction = (...args: any[]) => number | bigint | boolean

/** A function of each element of its operands, which broadcast. Operands have the dtypes that `typing` gave. */
export interface ElementwiseOp extends OpCommon {
  kind: 'elementwise'
  arity: number
  typing: Typing
  /** dtypes that operands may have, for documentation and law tests. */
  accepts: readonly DType[]
  /** The exact function, rounded to the result's dtype by whoever calls it. */
  js: HostFunction
  /** What it is of whole numbers that a call tells before it runs, by which slices may be bounded. */
  whole?(...args: DimExpr[]): DimExpr | undefined
  /** Like `js` where 32-bit integers need care (products wrap). */
  int?: HostFunction
  /** Like `js` where int64 needs its own formula. */
  big?: HostFunction
  /** In place of `js` where the function depends on the dtypes of operands and result (`cast`, `bitcast`). */
  jsFor?(operands: readonly DType[], result: DType): HostFunction
  /**
   * A primitive: how back ends spell it, for the dtypes that have no `body`; `header` is the file of `wasm/include` that
   * has what C++ calls. One of `code`, `body` and `converts` is present.
   */
  code?: Code | { cpp: Code; wgsl: Code; header?: string }
  /** A primitive that the dtypes alone define: the value in the result's dtype (`cast`), or the same bits read so (`bitcast`). */
  converts?: 'value' | 'bits'
  /** A derived op: a graph of primitives, by dtype of the first operand where approximations differ. */
  body?: Body | Partial<Record<DType, Body>>
  /** Derivative with respect to each operand, from the result and the operands; undefined where nothing flows. */
  partials?(result: Tensor, ...args: Tensor[]): readonly PartialDerivative[]
  /** In place of `partials` where the derivative is no plain factor (selection); shapes may still be the result's. */
  pullback?(result: Tensor, cotangent: Tensor, ...args: Tensor[]): readonly Maybe<Tensor>[]
  pushforward?(result: Tensor, tangents: readonly Maybe<Tensor>[], ...args: Tensor[]): Maybe<Tensor>
  commutes?: boolean
  /** Work of one element relative to an addition; fusion recomputes only what is cheap. */
  cost: number
  /** Attributes that laws are tried with, of an op that needs some. */
  sampleAttrs?: readonly unknown[]
  /** Ordinary arguments, a range for each operand. */
  domain: readonly (readonly [number, number])[]
  /** Worst error in units in the last place that targets promise, where not exact. */
  ulp?: { wasm: number; webgpu: number | ((x: number) => number) }
  /** True for identities that matter to derivatives alone; lowering reads through them. */
  transparent?: boolean
  /** With `transparent`: nothing connects the operand to the result, as if it came from elsewhere. */
  disconnects?: boolean
  /** No result is below 0, whatever the operands; it may be NaN. */
  nonNegative?: true
  /** A selection: the second operand where the first holds, the third elsewhere. */
  selects?: boolean
  /** A piece of another op's approximation, and not for users. Its derivative is asked for where that of a body is. */
  internal?: boolean
  /** `whereRare`: the second operand is computed only when some element asks for it. */
  rare?: boolean
}

/** The graph of a derived op over its operands. */
export type Body = (...args: Tensor[]) => Tensor

/** Where an element of a movement's result comes from: input `input` at `index`, when all conditions hold. */
export interface Source {
  input: number
  index: readonly Index[]
  when: readonly Condition[]
}

/** What must hold of sizes, left <= right, for an op to mean anything; `why` says what does not where they do not. */
export interface SizeBound {
  left: Index
  right: Index
  why?: string
  /** `why` says it all: the two sizes mean nothing to the user. */
  complete?: true
}

/** Elements moved without change, from the first source whose conditions hold. Where none do stands what `outside` says, or 0. */
export interface MovementOp extends OpCommon, Derivatives {
  kind: 'movement'
  /** True when the result has the elements of its one input in the same row-major order. */
  keepsOrder?: boolean
  sources(result: Tensor, index: readonly Index[], extents: Extents): readonly Source[]
  outside?(result: Tensor): number | bigint
  /** What must hold of sizes where an element's source may lie outside its input. */
  bounds?(result: Tensor): readonly SizeBound[]
  /** The same movement at each step of a new first axis, which all these inputs have. */
  batched?(result: Tensor, inputs: readonly Tensor[]): Tensor
}

/** A value computed from the position alone: `attrs.value` is an index expression over `$0`, `$1`, … and dims. */
export interface PositionOp extends OpCommon {
  kind: 'position'
}

/** Elements of the first input, in places that the other inputs name: `attrs` is an `Indexing`. */
export interface GatherOp extends OpCommon, Derivatives {
  kind: 'gather'
}

/**
 * How integer tensors choose places of a tensor. Both sides are spoken of by the axes of what is chosen: for each axis
 * of the tensor the one that runs along it, or null where the next index decides; for each index the ones that its own
 * axes run along. So `out[i, j] = x[i, index[j, i]]` is `{ axes: [0, null], indices: [[1, 0]] }`.
 */
export interface Indexing {
  axes: readonly (number | null)[]
  indices: readonly (readonly number[])[]
  /** Negative indices are out of range; otherwise they count from the end. */
  fromStart?: true
}

/**
 * The first input with the elements of the second written in the places that the others name: `attrs` is a `Scatter`,
 * which speaks of the axes of the second. Every index is one of its axis.
 */
export interface ScatterOp extends OpCommon, Derivatives {
  kind: 'scatter'
}

/** Where and how values are written: set, the last of several staying, or added up in their order. */
export interface Scatter extends Indexing {
  mode: 'set' | 'add'
}

/** A fold over the axes in `attrs.axes`, which disappear. */
export interface ReductionOp extends OpCommon, Derivatives {
  kind: 'reduction'
  fold: FoldOp
  accepts: readonly DType[]
  /** dtypes by that of the operand: what it is cast to element by element, what accumulates, what results. */
  typing(dtype: DType): { operand: DType; accumulate: DType; result: DType } | undefined
  /** What must hold of sizes where a fold over nothing has no result. */
  bounds?(result: Tensor): readonly SizeBound[]
}

/** A sum of products by labels: `attrs` is an `Einsum`. */
export interface ContractionOp extends OpCommon, Derivatives {
  kind: 'contraction'
}

/** Labels of the axes of both operands and of the result; a label that is not in `out` is summed over. */
export interface Einsum {
  left: readonly number[]
  right: readonly number[]
  out: readonly number[]
}

/**
 * A function of whole tensors that is made of other ops: it stays one node while rules look for it, derivatives are
 * declared or those of its expansion, and lowering and evaluation expand it.
 */
export interface DerivedOp extends OpCommon, Derivatives {
  kind: 'derived'
  expand(result: Tensor): Tensor
  /** What must hold of sizes for the result to mean anything. */
  bounds?(result: Tensor): readonly SizeBound[]
  /** In place of a reduction of the result over axes, where that can be computed without it. */
  reduced?(result: Tensor, op: ReductionOp, axes: readonly number[]): Maybe<Tensor>
  /** What the result is chosen from, where how many are chosen along some of the axes is data. */
  chosen?(result: Tensor, axes: readonly number[]): Maybe<Chosen>
  /** An elementwise function of results and of other tensors, where that can be computed without the results. */
  mapped?(operands: readonly Tensor[], apply: (operands: readonly Tensor[]) => Tensor): Tensor
  /** What to say where the size of the result is asked for, which is data. */
  unsized?(result: Tensor): Error
}

/** A tensor from which a condition chooses, over axes. */
export interface Chosen {
  /** The tensor with `fill` in place of what is not chosen. */
  whole(fill: number | bigint): Tensor
  /** Its axes in place of those that were asked for. */
  axes: readonly number[]
  /** How many elements are chosen over these axes. */
  count(dtype: DType): Tensor
}

/**
 * A loop around a closed graph: `attrs` is a `Region` and more. It has several results, which `item` nodes pick; its own
 * dtype and shape mean nothing.
 */
export interface RegionOp extends OpCommon {
  kind: 'region'
  /** Reverse mode: the cotangent of each input that is wanted, from those of the results by item. */
  pullback(
    node: Tensor,
    cotangents: readonly Maybe<Tensor>[],
    wanted: readonly boolean[],
    calculus: ReverseCalculus,
  ): readonly Maybe<Tensor>[]
  /** Forward mode: the tangent of each result by item, from those of the inputs. */
  pushforward(node: Tensor, tangents: readonly Maybe<Tensor>[], calculus: ForwardCalculus): readonly Maybe<Tensor>[]
}

/**
 * The graph inside a region. It is closed: `parameter` leaves stand for the region's inputs, by position, and besides
 * constants nothing else is read. So equal bodies are equal graphs, and whatever holds of a node holds inside a region too.
 */
export interface Region {
  results: readonly Tensor[]
}

/** Reverse mode through the graph inside a region. */
export interface ReverseCalculus extends Calculus {
  /** The cotangents of `wrt` from those of the results; undefined where nothing flows. */
  reverse(
    results: readonly Tensor[],
    cotangents: readonly Maybe<Tensor>[],
    wrt: readonly Tensor[],
  ): readonly Maybe<Tensor>[]
  /** True when derivatives may flow through a node. */
  connects(node: Tensor): boolean
}

/** Forward mode through the graph inside a region. */
export interface ForwardCalculus extends Calculus {
  /** The tangents of the results from those of `wrt`; undefined where nothing flows. */
  forward(results: readonly Tensor[], wrt: readonly Tensor[], tangents: readonly Tensor[]): readonly Maybe<Tensor>[]
  /** True when derivatives may flow through a node. */
  connects(node: Tensor): boolean
}

/** An operand or result of a routine as one application sees it: its dtype, and the trailing axes that are taken whole. */
export interface RoutineType {
  dtype: DType
  shape: Shape
}

/**
 * One application of a routine in host arithmetic: whole rows or matrices in row-major order, float16 as float32. It fills
 * the results that are there (those that no one asks for are not) and gives 0 when it succeeded.
 */
export type RoutineFunction = (
  operands: readonly TypedArray[],
  results: readonly (TypedArray | undefined)[],
  numbers: readonly number[],
) => number

/**
 * A function of whole rows or matrices that loops and folds do not express: sorting, factorizations. It is applied to the
 * trailing axes of its operands; leading axes are a batch, the same for all. It fuses with nothing: what it takes and what
 * it gives is in memory. It has several results, or one, which `item` nodes pick; its own dtype and shape mean nothing.
 */
export interface RoutineOp extends OpCommon {
  kind: 'routine'
  /** dtypes of the first operand, for documentation and law tests. */
  accepts: readonly DType[]
  /** How many trailing axes of each operand one application takes. */
  ranks: readonly number[]
  /** What one application gives. */
  results(operands: readonly RoutineType[], attrs: unknown): readonly RoutineType[]
  /** Whole numbers that the functions are given besides arrays: sizes and settings. */
  numbers(operands: readonly RoutineType[], attrs: unknown): readonly DimExpr[]
  /** Memory that the C++ function works in; `asked` says which results are wanted. */
  scratch?(
    operands: readonly RoutineType[],
    attrs: unknown,
    asked: readonly boolean[],
  ): readonly { dtype: DType; size: DimExpr }[]
  js: RoutineFunction
  /**
   * The C++ function template in `wasm/include`, of the dtypes of operands and results: it takes pointers to the operands, the
   * results (null for those that no one asks for) and scratch, then the numbers, and returns a status like `js`.
   */
  cpp: { header: string; name: string }
  /**
   * What a call says that fails because some application did; `{index}` and `{size}` become its number and how many there
   * are. Without one the status means nothing.
   */
  failure?(attrs: unknown): string | undefined
  /** Worst distance of targets from `js` in units in the last place, where not exact. */
  ulp?: { wasm: number }
  /** Reverse mode: the cotangent of each operand that is wanted, from those of the results by item. */
  pullback?(
    node: Tensor,
    cotangents: readonly Maybe<Tensor>[],
    wanted: readonly boolean[],
    calculus: Calculus,
  ): readonly Maybe<Tensor>[]
  /** Forward mode: the tangent of each result by item, from those of the operands. */
  pushforward?(node: Tensor, tangents: readonly Maybe<Tensor>[], calculus: Calculus): readonly Maybe<Tensor>[]
}

/** True for ops whose nodes have their results picked by items. */
export const hasItems = (op: Op): op is RegionOp | RoutineOp => op.kind === 'region' || op.kind === 'routine'

/** One result of a region or routine: `attrs.index` says which. */
export interface ItemOp extends OpCommon {
  kind: 'item'
}

export interface ItemAttrs {
  index: number
}

export type Op =
  | LeafOp
  | ElementwiseOp
  | MovementOp
  | PositionOp
  | GatherOp
  | ScatterOp
  | ReductionOp
  | ContractionOp
  | DerivedOp
  | RegionOp
  | RoutineOp
  | ItemOp

/** The built-in ops by name, in order of declaration. Identity of an op is its record; this is only the list. */
export const registry: Map<string, Op> = new Map()

/** Adds an op to the list and returns it. */
export function register<T extends Op>(op: T): T {
  if (registry.has(op.name)) throw new Error(`two ops are called ${op.name}`)
  registry.set(op.name, op)
  return op
}
