/** Writes models for LiteRT: as much of TensorFlow Lite's FlatBuffers schema (version 3) as they need. */
import type { Values } from '../tasks.ts'

/** The part of the npm package `flatbuffers` that is used; it is installed with the peers. */
export interface Builder {
  startObject(fields: number): void
  endObject(): number
  addFieldInt8(field: number, value: number, standard: number): void
  addFieldInt32(field: number, value: number, standard: number): void
  addFieldOffset(field: number, value: number, standard: number): void
  startVector(size: number, count: number, alignment: number): void
  endVector(): number
  addInt8(value: number): void
  addInt32(value: number): void
  addOffset(value: number): void
  createString(text: string): number
  createByteVector(bytes: Uint8Array): number
  finish(root: number, identifier: string): void
  asUint8Array(): Uint8Array
}

/** A tensor of a model: with values it is a constant. */
export interface LiteTensor {
  shape: readonly number[]
  data?: Values['data']
}

export interface LiteOperation {
  op: keyof typeof operations
  inputs: readonly string[]
  output: string
  options?: Readonly<Record<string, number>>
}

/** Codes of builtin operations, and how each writes its table of options: the union's type, its fields, their values. */
const operations = {
  CONV_2D: { code: 3, union: 1, fields: 7, write: window },
  DEPTHWISE_CONV_2D: {
    code: 4,
    union: 2,
    fields: 7,
    write(b: Builder, options: Options) {
      b.addFieldInt8(0, options.valid ?? 0, 0)
      b.addFieldInt32(1, options.stride ?? 1, 0)
      b.addFieldInt32(2, options.stride ?? 1, 0)
      b.addFieldInt32(3, 1, 0)
    },
  },
  FULLY_CONNECTED: {
    code: 9,
    union: 8,
    fields: 5,
    write: (b: Builder, { relu = 0 }: Options) => b.addFieldInt8(0, relu, 0),
  },
  MAX_POOL_2D: {
    code: 17,
    union: 5,
    fields: 6,
    write(b: Builder) {
      b.addFieldInt8(0, 1, 0)
      for (const field of [1, 2, 3, 4]) b.addFieldInt32(field, 2, 0)
    },
  },
  RESHAPE: { code: 22, union: 0, fields: 0, write() {} },
  TANH: { code: 28, union: 0, fields: 0, write() {} },
  BATCH_MATMUL: { code: 126, union: 101, fields: 3, write() {} },
} as const

type Options = Readonly<Record<string, number>>

function window(b: Builder, options: Options): void {
  b.addFieldInt8(0, options.valid ?? 0, 0)
  b.addFieldInt32(1, options.stride ?? 1, 0)
  b.addFieldInt32(2, options.stride ?? 1, 0)
}

/** A model of one subgraph. */
export function liteModel(
  b: Builder,
  tensors: Readonly<Record<string, LiteTensor>>,
  list: readonly LiteOperation[],
  inputs: readonly string[],
  output: string,
): Uint8Array {
  const names = Object.keys(tensors)
  const place = (name: string) => names.indexOf(name)
  const integers = (values: readonly number[]) => {
    b.startVector(4, values.length, 4)
    for (const value of [...values].reverse()) b.addInt32(value)
    return b.endVector()
  }
  const offsets = (values: readonly number[]) => {
    b.startVector(4, values.length, 4)
    for (const value of [...values].reverse()) b.addOffset(value)
    return b.endVector()
  }
  const table = (fields: number, write: () => void) => {
    b.startObject(fields)
    write()
    return b.endObject()
  }

  // Buffer 0 is the empty one that tensors without values name.
  const constants = names.filter(name => tensors[name]!.data)
  const buffers = offsets([
    table(3, () => {}),
    ...constants.map(name => {
      const { buffer, byteOffset, byteLength } = tensors[name]!.data!
      const bytes = alignedBytes(b, new Uint8Array(buffer, byteOffset, byteLength))
      return table(3, () => b.addFieldOffset(0, bytes, 0))
    }),
  ])
  const tensorTable = offsets(
    names.map(name => {
      const { shape, data } = tensors[name]!
      const [dims, label] = [integers(shape), b.createString(name)]
      return table(10, () => {
        b.addFieldOffset(0, dims, 0)
        b.addFieldInt8(1, data instanceof Int32Array ? 2 : 0, 0)
        b.addFieldInt32(2, constants.indexOf(name) + 1, 0)
        b.addFieldOffset(3, label, 0)
        b.addFieldInt8(8, 1, 0)
      })
    }),
  )
  const used = [...new Set(list.map(({ op }) => op))]
  const codes = offsets(
    used.map(op =>
      table(4, () => {
        b.addFieldInt8(0, operations[op].code, 0)
        b.addFieldInt32(2, 1, 1)
        b.addFieldInt32(3, operations[op].code, 0)
      }),
    ),
  )
  const steps = offsets(
    list.map(({ op, inputs: from, output: to, options = {} }) => {
      const { union, fields, write } = operations[op]
      const [ins, outs] = [integers(from.map(place)), integers([place(to)])]
      const extra = union === 0 ? 0 : table(fields, () => write(b, options))
      return table(12, () => {
        b.addFieldInt32(0, used.indexOf(op), 0)
        b.addFieldOffset(1, ins, 0)
        b.addFieldOffset(2, outs, 0)
        b.addFieldInt8(3, union, 0)
        if (union !== 0) b.addFieldOffset(4, extra, 0)
      })
    }),
  )
  const [ins, outs, label] = [integers(inputs.map(place)), integers([place(output)]), b.createString('main')]
  const graph = table(5, () => {
    for (const [field, offset] of [tensorTable, ins, outs, steps, label].entries()) b.addFieldOffset(field, offset, 0)
  })
  const [graphs, description] = [offsets([graph]), b.createString('damo bench')]
  const model = table(8, () => {
    b.addFieldInt32(0, 3, 0)
    for (const [field, offset] of [codes, graphs, description, buffers].entries()) {
      b.addFieldOffset(field + 1, offset, 0)
    }
  })
  b.finish(model, 'TFL3')
  return b.asUint8Array()
}

/** Constants lie on 16 bytes, as the schema asks. */
function alignedBytes(b: Builder, bytes: Uint8Array): number {
  b.startVector(1, bytes.length, 16)
  for (let i = bytes.length - 1; i >= 0; i--) b.addInt8(bytes[i]!)
  return b.endVector()
}
