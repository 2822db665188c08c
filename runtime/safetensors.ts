/**
 * Weights in the safetensors format: eight bytes with the header's length, a JSON header with dtype, shape and byte
 * range of each tensor, then the tensors. Format: https://huggingface.co/docs/safetensors
 */
import { dataOf, NDArray } from './array.ts'
import { byteWidth, type DType } from './manifest.ts'
import { badTensors } from './messages.ts'

const tags: Readonly<Record<DType, string>> = {
  bool: 'BOOL',
  int8: 'I8',
  uint8: 'U8',
  int16: 'I16',
  uint16: 'U16',
  int32: 'I32',
  uint32: 'U32',
  int64: 'I64',
  float16: 'F16',
  float32: 'F32',
  float64: 'F64',
}
const dtypes = new Map(Object.entries(tags).map(([dtype, tag]) => [tag, dtype as DType]))

/** A safetensors file with these arrays, in this order, each as it lies in memory. */
export function writeTensors(tensors: ReadonlyMap<string, NDArray>): Uint8Array {
  let end = 0
  const header = Object.fromEntries(
    [...tensors].map(([name, { dtype, shape, data }]) => {
      if (name === '__metadata__') throw badTensors(`a tensor cannot be named '${name}'`)
      const begin = end
      end += data.byteLength
      return [name, { dtype: tags[dtype], shape, data_offsets: [begin, end] }]
    }),
  )
  const json = new TextEncoder().encode(JSON.stringify(header))
  const start = 8 + Math.ceil(json.length / 8) * 8
  const file = new Uint8Array(start + end).fill(0x20, 8, start)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true)
  file.set(json, 8)
  let at = start
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

/**
 * The arrays of a safetensors file, each a copy. Throws when the file is cut, has bytes to spare, or its header does
 * not describe what is there, or has a dtype that is none of ours.
 */
export function readTensors(file: Uint8Array): Map<string, NDArray> {
  const length =
    file.length < 8 ? Number.NaN : Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  if (!(length <= file.length - 8)) throw badTensors(`cut off in the header: ${file.length} bytes`)
  const body = file.subarray(8 + length)
  const tensors = new Map<string, NDArray>()
  let end = 0
  for (const [name, entry] of Object.entries(parse(file.subarray(8, 8 + length)))) {
    if (name === '__metadata__') continue
    const { dtype, shape, begin, bytes } = describe(name, entry)
    if (begin + bytes > body.length)
      throw badTensors(`'${name}' is cut off: ${begin + bytes} bytes of data, got ${body.length}`)
    end = Math.max(end, begin + bytes)
    const data = body.slice(begin, begin + bytes)
    tensors.set(name, new NDArray(dtype, shape, new dataOf[dtype](data.buffer, 0, bytes / byteWidth[dtype])))
  }
  if (end !== body.length) throw badTensors(`${body.length - end} bytes belong to no tensor`)
  return tensors
}

function parse(bytes: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header
  } catch {}
  throw badTensors('the header is not a JSON object')
}

function describe(name: string, entry: unknown) {
  const { dtype: tag, shape, data_offsets: range } = (entry ?? {}) as Record<string, unknown>
  const dtype = dtypes.get(tag as string)
  if (!dtype) throw badTensors(`'${name}' has dtype ${String(tag)}, which is not supported`)
  if (!isCounts(shape)) throw badTensors(`'${name}' has no shape`)
  if (!isCounts(range) || range.length !== 2) throw badTensors(`'${name}' has no data_offsets`)
  const bytes = shape.reduce((total, size) => total * size, byteWidth[dtype])
  const [begin, end] = range as [number, number]
  if (end - begin !== bytes) throw badTensors(`'${name}' needs ${bytes} bytes, but has ${end - begin}`)
  return { dtype, shape, begin, bytes }
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0)
