/** Elementwise ops: the host function at every position. */
import type { ElementwiseOp, HostFunction } from '../define.ts'
import { hostFunction, rounding } from '../host.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, type Cells, emptyBlock } from './block.ts'
import { broadcastStrides, forEachRow, type Row } from './strides.ts'

/** The node's op applied to each element of its operands, which broadcast. */
export function evaluateElementwise(node: Tensor, args: readonly Block[], shape: readonly number[]): Block {
  const result = emptyBlock(node.dtype, shape)
  const f = hostFunction(
    node.op as ElementwiseOp,
    args.map(arg => arg.dtype),
    node.dtype,
  )
  const rounded = node.dtype === 'float16' ? then(f, rounding('float16')) : f
  const loop = loops[args.length] ?? anyArity
  const strides = args.map(arg => broadcastStrides(arg.shape, shape))
  forEachRow(
    shape,
    strides,
    loop(
      rounded,
      result.cells,
      args.map(arg => arg.cells),
    ),
  )
  return result
}

const then =
  (f: HostFunction, round: (x: number | bigint) => number | bigint): HostFunction =>
  (...args) =>
    round(f(...args) as number | bigint)

/** A loop over one row, for a number of operands. */
type Loop = (f: HostFunction, out: Cells, args: readonly Cells[]) => Row

const one: Loop = (f, out, [x]) => {
  return (at, [i], size, [di]) => {
    for (let j = 0; j < size; j++) out[at + j] = f(x![i! + j * di!]) as number
  }
}

const two: Loop = (f, out, [x, y]) => {
  return (at, [i, k], size, [di, dk]) => {
    for (let j = 0; j < size; j++) out[at + j] = f(x![i! + j * di!], y![k! + j * dk!]) as number
  }
}

const three: Loop = (f, out, [x, y, z]) => {
  return (at, [i, k, l], size, [di, dk, dl]) => {
    for (let j = 0; j < size; j++) out[at + j] = f(x![i! + j * di!], y![k! + j * dk!], z![l! + j * dl!]) as number
  }
}

const anyArity: Loop = (f, out, args) => {
  return (at, starts, size, steps) => {
    for (let j = 0; j < size; j++) out[at + j] = f(...args.map((x, k) => x[starts[k]! + j * steps[k]!])) as number
  }
}

const loops: readonly (Loop | undefined)[] = [undefined, one, two, three]
