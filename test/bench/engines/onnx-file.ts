/** Writes models for onnxruntime: as much of ONNX's protobuf (onnx.proto3, IR version 9, opset 20) as they need. */
import type { Numbers, Values } from '../tasks.ts'

type Attribute = number | string | readonly number[] | { readonly float: number }

/** One operation: its type, the names of what it takes and gives, and its attributes. */
export interface OnnxNode {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, Attribute>>
}

/** A tensor of int64, for shapes and axes. */
export interface Integers {
  readonly shape: readonly number[]
  readonly data: BigInt64Array
}

export const integers = (values: readonly number[]): Integers => ({
  shape: [values.length],
  data: BigInt64Array.from(values.map(BigInt)),
})

export const number = (value: number): Values => ({ shape: [], data: Float32Array.of(value) })

/** ONNX's numbers of dtypes. */
const dtypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float64: 11 } as const
export type OnnxType = keyof typeof dtypes

/** The dtype of an array's elements. */
export const typeOf = (data: Numbers | BigInt64Array): OnnxType =>
  data instanceof BigInt64Array ? 'int64' : (data.constructor.name.replace('Array', '').toLowerCase() as OnnxType)

/** A model with one output, of float32 unless given otherwise. */
export function onnxModel(
  nodes: readonly OnnxNode[],
  inputs: Readonly<Record<string, Values>>,
  output: { name: string; shape: readonly number[]; dtype?: OnnxType },
  initializers: Readonly<Record<string, Values | Integers>> = {},
): Uint8Array {
  const graph = joined(
    ...nodes.map(node => field(1, nodeBytes(node))),
    field(2, 'graph'),
    ...Object.entries(initializers).map(([name, values]) => field(5, tensorBytes(name, values))),
    ...Object.entries(inputs).map(([name, { shape, data }]) => field(11, valueInfo(name, shape, typeOf(data)))),
    field(12, valueInfo(output.name, output.shape, output.dtype)),
  )
  return joined(integer(1, 9), field(7, graph), field(8, joined(field(1, ''), integer(2, 20))))
}

function nodeBytes({ op, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  return joined(
    ...inputs.map(name => field(1, name)),
    ...outputs.map(name => field(2, name)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) => field(5, joined(field(1, name), attributeBytes(value)))),
  )
}

/** The value, and in field 20 its type: 1 float, 2 integer, 3 string, 7 integers. */
function attributeBytes(value: Attribute): Uint8Array {
  if (typeof value === 'number') return joined(integer(3, value), integer(20, 2))
  if (typeof value === 'string') return joined(field(4, value), integer(20, 3))
  if ('float' in value) return joined(float(2, value.float), integer(20, 1))
  return joined(...value.map(each => integer(8, each)), integer(20, 7))
}

function tensorBytes(name: string, { shape, data }: Values | Integers): Uint8Array {
  const type = dtypes[typeOf(data)]
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return joined(...shape.map(n => integer(1, n)), integer(2, type), field(8, name), field(9, raw))
}

function valueInfo(name: string, shape: readonly number[], dtype: OnnxType = 'float32'): Uint8Array {
  const dims = joined(...shape.map(n => field(1, integer(1, n))))
  return joined(field(1, name), field(2, field(1, joined(integer(1, dtypes[dtype]), field(2, dims)))))
}

/** Protobuf: a number in groups of seven bits, low ones first; negative ones as 64 bits. */
function varint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 127n)
    if (rest < 128n) return [...bytes, low]
    bytes.push(low | 128)
  }
}

const integer = (tag: number, value: number) => Uint8Array.from([...varint(tag << 3), ...varint(value)])

const float = (tag: number, value: number) =>
  joined(Uint8Array.from(varint((tag << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer))

function field(tag: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return joined(Uint8Array.from([...varint((tag << 3) | 2), ...varint(bytes.length)]), bytes)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
