/** The bits of a tensor read as another dtype. */
import { expectTensors } from '../arguments.ts'
import { applyElementwise, elementwiseOp } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank } from '../type.ts'
import { bitsDiffer } from './errors.ts'

const width: Partial<Record<DType, readonly DType[]>> = {
  float32: ['int32', 'uint32'],
  int32: ['float32', 'uint32'],
  uint32: ['float32', 'int32'],
  float64: ['int64'],
  int64: ['float64'],
}

const word = new DataView(new ArrayBuffer(8))

export const bitcastOp = elementwiseOp(
  {
    name: 'bitcast',
    doc: 'The same bits read as another dtype of the same width.',
    numpy: 'view',
    types: ['float32', 'int32', 'uint32', 'float64', 'int64'],
    typing: ([from], attrs) => {
      const { dtype } = attrs as { dtype: DType }
      return width[from!]?.includes(dtype) ? { operands: [from!], result: dtype } : undefined
    },
    js: x => x,
    jsFor:
      ([from], to) =>
      (x: number | bigint) =>
        bitcastValue(x, from!, to),
    converts: 'bits',
    sampleAttrs: (['float32', 'int32', 'uint32', 'float64', 'int64'] as const).map(dtype => ({ dtype })),
  },
  1,
)

/** The same bits as another dtype of the same width (float32, int32 and uint32; float64 and int64). */
export function bitcast<D extends DType, R extends Rank>(x: Tensor<DType, R>, dtype: D): Tensor<D, R>
export function bitcast(x: Tensor, dtype: DType): Tensor {
  expectTensors('bitcast', x)
  if (x.dtype !== dtype && !width[x.dtype]?.includes(dtype)) throw bitsDiffer(x, dtype)
  return x.dtype === dtype ? x : applyElementwise(bitcastOp, [x], { dtype })
}

type Reader = 'Int32' | 'Uint32' | 'Float32' | 'BigInt64' | 'Float64'
const reader: Partial<Record<DType, Reader>> = {
  int32: 'Int32',
  uint32: 'Uint32',
  float32: 'Float32',
  int64: 'BigInt64',
  float64: 'Float64',
}

/** The bits of a host value of one dtype as a host value of another: what `bitcast` computes. */
export function bitcastValue(x: number | bigint, from: DType, to: DType): number | bigint {
  word[`set${reader[from]!}`](0, x as never)
  return word[`get${reader[to]!}`](0)
}
