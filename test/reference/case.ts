/** The reference cases: values and gradients computed independently with NumPy, SciPy and PyTorch. */
import { readFileSync } from 'node:fs'
import { array, type DType, type NDArray, type Tensor } from 'damo'

/** Numbers as JSON holds them: NaN, infinities and large integers are strings. */
type Element = number | string

/** An array of a case; `data` is flat, in C order. */
export interface Recorded {
  shape: readonly number[]
  dtype: DType
  data: readonly Element[]
}

export interface Gradient extends Omit<Recorded, 'dtype'> {
  wrt: Name
}

export interface Case {
  id: string
  group: string
  description: string
  inputs: readonly (Recorded & { name: Name })[]
  outputs: readonly Recorded[]
  /** One for each output, null where nothing can flow back; empty for a case without gradients. */
  cotangents: readonly (Recorded | null)[]
  /** d/d wrt of the sum of outputs times cotangents. */
  grads: readonly Gradient[]
  /** Conventions at ties and kinks that are as right as `grads`. */
  alt_grads?: readonly { convention: string; grads: readonly Gradient[] }[] | null
  rtol: number
  atol: number
  /** For the same data in float32; null where that means nothing. */
  rtol_f32: number | null
  atol_f32: number | null
  params?: Params | null
}

/** Every name that an input of a translated case has. */
export type Name = (typeof names)[number]

const names = [
  ...['X', 'W', 'W1', 'W2', 'U', 'V', 'K', 'a', 'b', 'b1', 'b2', 'c', 'data', 'h0', 'idx', 'kb', 'm', 'r'],
  ...['k', 't', 'p', 'q', 'gamma', 'beta', 'mean', 'var', 'rm', 'rv', 'mask', 'acts', 'labels', 'lengths'],
  ...['target', 'u', 'v', 'vb', 'w', 'x', 'y', 'z', 'A', 'a0', 'c0', 'e', 's0', 'vals', 'x0', 'S', 'd', 'l', 's'],
  ...['t', 'i', 'j', 'k', 'indices', 'indptr'],
] as const

/** The inputs of a case as symbols. Each translation takes those that its case has. */
export type Inputs = Readonly<Record<Name, Tensor>>

/** What some cases say besides their inputs. */
export interface Params {
  axes?: readonly (number | readonly number[] | null)[]
  keepdims?: boolean
  depth?: number
  expand_to?: number
  optimizer?: string
  lr?: number
  steps?: number
  k?: number
  locs?: readonly (readonly number[])[]
  shape?: readonly number[]
  truncate_gradient?: number
  /** Of convolutions and pooling. */
  border_mode?: 'valid' | 'half' | 'full' | number | readonly (number | readonly [number, number])[]
  subsample?: readonly number[]
  filter_dilation?: readonly number[]
  num_groups?: number
  filter_flip?: boolean
  input_shape?: readonly number[]
  ws?: readonly number[]
  stride?: readonly number[]
  pad?: readonly number[]
  ignore_border?: boolean
  mode?: string
}

/** A case as a damo graph: its outputs from its inputs. */
export type Translation = (inputs: Inputs, params: Params) => readonly Tensor[]

/** Translations by case id. */
export type Translations = Readonly<Record<string, Translation>>

/** All cases, in their order. */
export function readCases(): Case[] {
  return JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as Case[]
}

/** The recorded values as an array of their own dtype, or of another. */
export function toArray(recorded: Omit<Recorded, 'dtype'>, dtype: DType): NDArray {
  const values = recorded.data.map(x => (dtype === 'int64' ? BigInt(x) : Number(x)))
  return array(values, { dtype, shape: recorded.shape })
}

/** float64 becomes the precision under test; other dtypes stay. */
export function inPrecision(dtype: DType, precision: 'float64' | 'float32'): DType {
  return dtype === 'float64' ? precision : dtype
}
