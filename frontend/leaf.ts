/** Tensors that nothing computes: inputs, shared variables and constants. */
import { type ArrayValue, array, convert, decode, NDArray } from '../runtime/array.ts'
import { byteWidth, type DimFacts } from '../runtime/manifest.ts'
import { expectList, namedOptions } from './arguments.ts'
import { register } from './define.ts'
import { dimNames, dimSub } from './dims.ts'
import {
  argumentWrong,
  DamoError,
  dimComputed,
  dimWrong,
  located,
  notATensor,
  rankDiffers,
  rankTooHigh,
  unknownDtype,
  valueRefused,
} from './errors.ts'
import type { DTypeOf, RankIn } from './given.ts'
import { calledAs, named } from './origin.ts'
import { type AxesOf, highestRank, type Length } from './rank.ts'
import { Tensor } from './tensor.ts'
import { type DimExpr, type DType, type Integer, isInteger, type Rank, unknownMark, valueMark } from './type.ts'

const input = register({ kind: 'leaf', name: 'input', doc: 'An array that the caller gives.' })
const sharedVariable = register({
  kind: 'leaf',
  name: 'shared',
  doc: 'An array that stays between calls and that updates replace.',
})
const parameterOp = register({
  kind: 'leaf',
  name: 'parameter',
  doc: 'What a region gives to the graph inside: an element of a sequence, a carried value, a captured tensor.',
})
export const constantOp = register({ kind: 'leaf', name: 'constant', doc: 'A fixed array.' })

/** What an input knows of itself. `id` tells apart inputs of the same name and type. */
export interface InputAttrs {
  name: string
  id: number
  facts: Readonly<Record<string, DimFacts>>
}

/** What a shared variable knows of itself; `compile` names those that have no name. */
export interface SharedAttrs {
  name: string | undefined
  id: number
  initial: NDArray
}

/** Inside a region: which of its inputs a parameter stands for. */
export interface ParameterAttrs {
  index: number
}

export interface ConstantAttrs {
  value: NDArray
}

let identities = 0

/** A named dim: equal to itself, different from every number and other name, never broadcast. */
export class Dim {
  readonly expr: DimExpr
  readonly facts: Readonly<Record<string, DimFacts>>

  constructor(expr: DimExpr, facts: Readonly<Record<string, DimFacts>>) {
    this.expr = expr
    this.facts = facts
  }
}

/** What a dim is called: as people name things, with a number where it is the value of an input, or by the mark and number of an open one. */
const isDimName = /^([A-Za-z_]\w*(#\d+[+-]?)?|\?\d+(\.\w+\.\d+)?)$/

/** Declares a dim by name; `multipleOf` and `atLeast` are promises that each call is checked for. */
export function dim(name: string, facts: DimFacts = {}): Dim {
  if (typeof name !== 'string' || !/^[A-Za-z_]\w*$/.test(name))
    throw dimWrong('dim', name, 'a dim is named by letters, digits and _, no digit first')
  namedOptions('dim', facts, ['multipleOf', 'atLeast'], 'a record of facts: multipleOf, atLeast')
  for (const [fact, least] of [['multipleOf', 1] as const, ['atLeast', 0] as const]) {
    const size = facts[fact]
    if (size !== undefined && !(Number.isSafeInteger(size) && size >= least))
      throw argumentWrong('dim', `${fact} to be a whole number from ${least} on`, size)
  }
  return new Dim(name, Object.keys(facts).length > 0 ? { [name]: facts } : {})
}

/**
 * What may stand in a shape: a size, a dim, an expression of dims, an integer scalar input whose value is the size, or null
 * where the size is left open.
 */
export type DimLike = number | Dim | DimExpr | Tensor<Integer, 0> | null

/** A shape of a rank. */
export type ShapeOf<R extends Rank> = DimForEach<AxesOf[R]>
type DimForEach<A extends readonly 0[]> = { readonly [I in keyof A]: DimLike }

export interface TensorOptions<D extends DType, S extends readonly DimLike[] = readonly DimLike[]> {
  dtype?: D
  /** One entry for each axis; null where nothing is known. */
  shape?: S
}

/** The dim that has the value of an integer scalar input, or undefined for any other tensor. Each call tells it, from 0 on. */
export function valueDim(x: Tensor): string | undefined {
  if (!isInput(x) || x.ndim > 0 || !isInteger(x.dtype)) return undefined
  const { name, id } = x.attrs as InputAttrs
  return `${wordOf(name)}${valueMark}${id}`
}

/** A name as it may stand in that of a dim. */
const wordOf = (name: string): string => name.replace(/\W/g, '_').replace(/^(?![A-Za-z_])/, '_')

/** The axis of an input called `name` whose size an open dim is; undefined for other dims. */
export function openAxisOf(dim: string, name: string): number | undefined {
  const [mark, input, axis] = dim.split('.')
  return mark!.startsWith(unknownMark) && input === wordOf(name) ? Number(axis) : undefined
}

/** How far a whole number is above 0, and how far below: one of the two is 0. */
export interface Parts<D extends DimExpr = DimExpr> {
  above: D
  below: D
}

/** The dims whose difference is the value of an integer scalar input where that may be below 0; undefined for any other tensor. */
export function partsOf(x: Tensor): Parts<string> | undefined {
  const dim = valueDim(x)
  return dim === undefined ? undefined : { above: `${dim}+`, below: `${dim}-` }
}

/** All dims that have the value of an input: from 0 on, how far above 0, how far below. */
export function valueDims(x: Tensor): string[] {
  const parts = partsOf(x)
  return parts ? [valueDim(x)!, parts.above, parts.below] : []
}

/** The whole number that a scalar tensor is, also below 0: the value of an input, a dim as data, a constant, sums and products of such. */
export function wholeOf(x: Tensor): DimExpr | undefined {
  const parts = partsOf(x)
  if (parts) return dimSub(parts.above, parts.below)
  const known = dimOfTensor(x)
  if (known !== undefined || x.op.kind !== 'elementwise' || x.ndim > 0) return known
  // Narrower integers would wrap on the way.
  if (x.dtype !== 'int32' && x.dtype !== 'int64') return undefined
  const operands = x.inputs.map(wholeOf)
  return operands.every(operand => operand !== undefined) ? x.op.whole?.(...operands) : undefined
}

/** The dim that a tensor is: the value of an input, a dim as data, a whole number. Undefined for what is computed. */
export function dimOfTensor(x: Tensor): DimExpr | undefined {
  if (x.op.kind === 'position' && x.ndim === 0) return (x.attrs as { value: DimExpr }).value
  const number = isInteger(x.dtype) ? scalarValue(x) : undefined
  return number === undefined ? valueDim(x) : Number(number)
}

/** The dim expression of an entry of a shape. */
export function toDim(op: string, value: DimLike): DimExpr {
  if (value instanceof Tensor) {
    const dim = dimOfTensor(value)
    if (dim === undefined) throw dimComputed(op, value)
    return typeof dim === 'number' ? toDim(op, dim) : dim
  }
  if (value === null) return `${unknownMark}${identities++}`
  if (value instanceof Dim) return value.expr
  if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) throw dimWrong(op, value)
  if (!isExpression(value)) throw dimWrong(op, value)
  for (const name of dimNames(value as DimExpr)) if (!isDimName.test(name)) throw dimWrong(op, value)
  return value as DimExpr
}

/** True for a number, a name, or an operator before such. */
const isExpression = (value: unknown): boolean =>
  Array.isArray(value)
    ? typeof value[0] === 'string' && value.length > 1 && value.slice(1).every(isExpression)
    : Number.isSafeInteger(value) || typeof value === 'string'

/** The dim expressions of a shape. */
export function toDims(op: string, shape: readonly DimLike[]): DimExpr[] {
  expectList(op, 'a shape', shape)
  return shape.map(value => toDim(op, value))
}

/** Declares an input of the rank that its shape has: `tensor('x', { dtype, shape })`. float32 when no dtype is given. */
export function tensor<const S extends readonly DimLike[], D extends DType = 'float32'>(
  name: string,
  options: TensorOptions<D, S> & { shape: S },
): Tensor<NoInfer<D>, Length<S>> {
  if (typeof name !== 'string') throw argumentWrong('tensor', 'a name', name)
  namedOptions('tensor', options, ['dtype', 'shape'])
  expectList('tensor', 'a shape', options.shape)
  const open = (axis: number): DimExpr => `${unknownMark}${identities++}.${wordOf(name)}.${axis}`
  const shape = options.shape.map((value, axis) => (value === null ? open(axis) : toDim('tensor', value)))
  if (options.shape.length > highestRank) throw rankTooHigh('tensor', options.shape.length)
  const facts = Object.assign({}, ...options.shape.map(d => (d instanceof Dim ? d.facts : {}))) as InputAttrs['facts']
  const attrs: InputAttrs = { name, id: identities++, facts }
  return new Tensor(input, [], attrs, { dtype: options.dtype ?? ('float32' as D), shape })
}

const declare = <R extends Rank>(caller: string, rank: R) =>
  named(
    caller,
    <D extends DType = 'float32'>(name: string, options: TensorOptions<D, ShapeOf<R>> = {}): Tensor<NoInfer<D>, R> => {
      namedOptions(caller, options, ['dtype', 'shape'])
      const shape = options.shape ?? new Array<DimLike>(rank).fill(null)
      const x = tensor(name, { ...options, shape })
      if (x.ndim !== rank) throw rankDiffers(caller, x, rank)
      return x as Tensor<D, R>
    },
  )

/** Declares an input without axes: `scalar('x', { dtype: 'float64' })`. */
export const scalar = declare('scalar', 0)
/** Declares an input of one axis. */
export const vector = declare('vector', 1)
/** Declares an input of two axes: `matrix('x', { dtype: 'float64', shape: [dim('batch'), 784] })`. */
export const matrix = declare('matrix', 2)
/** Declares an input of three axes. */
export const tensor3 = declare('tensor3', 3)
/** Declares an input of four axes. */
export const tensor4 = declare('tensor4', 4)
/** Declares an input of five axes. */
export const tensor5 = declare('tensor5', 5)
/** Declares an input of six axes. */
export const tensor6 = declare('tensor6', 6)
/** Declares an input of seven axes. */
export const tensor7 = declare('tensor7', 7)

const declareLine = (caller: string, shapeOf: (size: DimLike) => ShapeOf<2>) =>
  named(
    caller,
    <D extends DType = 'float32'>(name: string, options: { dtype?: D; size?: DimLike } = {}): Tensor<NoInfer<D>, 2> => {
      const { size = null, ...rest } = namedOptions(caller, options, ['dtype', 'size'])
      return matrix(name, { ...rest, shape: shapeOf(size) })
    },
  )

/** Declares a matrix of one row, which broadcasts along it: `row('x', { size: 784 })`. */
export const row = declareLine('row', size => [1, size])
/** Declares a matrix of one column, which broadcasts along it. */
export const col = declareLine('col', size => [size, 1])

/** A tensor for each of a list of names. */
type EachNamed<N, T> = { -readonly [I in keyof N]: T }

interface DeclaringSeveral<R extends Rank> {
  <const N extends readonly string[]>(...names: N): EachNamed<N, Tensor<'float32', R>>
  <const N extends readonly string[], D extends DType = 'float32'>(
    ...given: [...names: N, options: { dtype?: D }]
  ): EachNamed<N, Tensor<D, R>>
}

const declareSeveral = <R extends Rank>(
  caller: string,
  one: (name: string, options: { dtype?: DType }) => Tensor<DType, R>,
): DeclaringSeveral<R> =>
  named(caller, (...given: readonly (string | { dtype?: DType })[]) => {
    const last = given.at(-1)
    const options = typeof last === 'object' ? namedOptions(caller, last, ['dtype']) : {}
    const names = typeof last === 'object' ? given.slice(0, -1) : given
    return names.map(name => one(name as string, options)) as never
  })

/** Declares several scalars of one dtype at once. */
export const scalars = declareSeveral('scalars', scalar)
/** Declares several vectors of one dtype at once. */
export const vectors = declareSeveral('vectors', vector)
/** Declares several matrices of one dtype at once: `const [x, y] = matrices('x', 'y', { dtype: 'float64' })`. */
export const matrices = declareSeveral('matrices', matrix)
/** Declares several matrices of one row of one dtype at once. */
export const rows = declareSeveral('rows', row)
/** Declares several matrices of one column of one dtype at once. */
export const cols = declareSeveral('cols', col)
/** Declares several inputs of three axes of one dtype at once. */
export const tensor3s = declareSeveral('tensor3s', tensor3)
/** Declares several inputs of four axes of one dtype at once. */
export const tensor4s = declareSeveral('tensor4s', tensor4)
/** Declares several inputs of five axes of one dtype at once. */
export const tensor5s = declareSeveral('tensor5s', tensor5)
/** Declares several inputs of six axes of one dtype at once. */
export const tensor6s = declareSeveral('tensor6s', tensor6)
/** Declares several inputs of seven axes of one dtype at once. */
export const tensor7s = declareSeveral('tensor7s', tensor7)

/** A fixed tensor of a number, nested arrays, typed array or NDArray; float32 when nothing says otherwise. */
export function constant<V extends ArrayValue, D extends DType = DTypeOf<V>>(
  value: V,
  type?: D | { dtype?: D },
): Tensor<NoInfer<D>, RankIn<V>>
export function constant(value: ArrayValue, type?: DType | { dtype?: DType }): Tensor {
  const dtype = typeof type === 'object' ? namedOptions('constant', type, ['dtype']).dtype : type
  if (dtype !== undefined && !(dtype in byteWidth)) throw unknownDtype(dtype)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return scalarConstant(value, dtype)
  const data = arrayFor('constant', value, dtype ? { dtype } : {})
  return new Tensor(constantOp, [], { value: data } satisfies ConstantAttrs, {
    dtype: data.dtype,
    shape: data.shape,
  })
}

/** An array of what the user gave; a message about it names the function that was called, and its line. */
export function arrayFor(op: string, value: ArrayValue, options: { dtype?: DType }): NDArray {
  try {
    return convert(value, options, calledAs(op))
  } catch (error) {
    throw error instanceof DamoError ? located(error) : error
  }
}

function scalarConstant(value: number | bigint | boolean, wanted?: DType): Tensor {
  const dtype = wanted ?? (typeof value === 'boolean' ? 'bool' : typeof value === 'bigint' ? 'int64' : 'float32')
  return new Tensor(constantOp, [], { value: scalarArray(value, dtype) }, { dtype, shape: [] })
}

function scalarArray(value: number | bigint | boolean, dtype: DType): NDArray {
  try {
    return array(value, { dtype })
  } catch {
    throw valueRefused('constant', value, dtype)
  }
}

const isArrayLike = (value: unknown): boolean =>
  ['number', 'bigint', 'boolean'].includes(typeof value) ||
  Array.isArray(value) ||
  value instanceof NDArray ||
  ArrayBuffer.isView(value)

/** A tensor as it is, anything else as a constant. */
export function asTensor(value: Tensor | ArrayValue, op = 'asTensor'): Tensor {
  if (value instanceof Tensor) return value
  if (!isArrayLike(value)) throw notATensor(op, value)
  return constant(value)
}

/** A shared variable around an initial value that is already an array; `shared` takes more. */
export function sharedFrom<D extends DType>(
  initial: NDArray<D>,
  name: string | undefined,
  shape: readonly DimExpr[] = initial.shape,
): Tensor<D> {
  const attrs: SharedAttrs = { name, id: identities++, initial }
  return new Tensor(sharedVariable, [], attrs, { dtype: initial.dtype, shape })
}

/** What stands for a region's input inside of it: its type is that of `like`. */
export const parameterAt = (index: number, like: Tensor): Tensor =>
  new Tensor(parameterOp, [], { index } satisfies ParameterAttrs, like, [], like.origins)

/** A parameter of a graph that is still being built and will become the inside of a region. */
export const placeholder = (name: string, type: { dtype: DType; shape: readonly DimExpr[] }): Tensor =>
  new Tensor(parameterOp, [], { name, id: identities++ }, type)

export const isInput = (x: Tensor): boolean => x.op === input
export const isShared = (x: Tensor): boolean => x.op === sharedVariable
export const isParameter = (x: Tensor): boolean => x.op === parameterOp
export const isConstant = (x: Tensor): boolean => x.op === constantOp

/** The array of a constant. */
export const constantValue = (x: Tensor): NDArray => (x.attrs as ConstantAttrs).value

/** The value of a constant of rank 0 (bool as 0 or 1), otherwise undefined. */
export function scalarValue(x: Tensor): number | bigint | undefined {
  return isConstant(x) && x.ndim === 0 ? decode(x.dtype, constantValue(x).data[0]!) : undefined
}

/** A new identity for a node that must never be taken for another. */
export function freshIdentity(): number {
  return identities++
}

export { NDArray }
