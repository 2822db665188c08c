/** Calls of routines: how they are lowered, what they are as text, and what must be true of them. */
import type { RoutineOp, RoutineType } from '../define.ts'
import { dimNames, dimProduct, dimText, type Index } from '../dims.ts'
import { itemIndex } from '../item.ts'
import { applicationOf } from '../routine.ts'
import type { Tensor } from '../tensor.ts'
import { memoryOf } from './anchors.ts'
import { hashText } from './build.ts'
import type { KernelBuffer, RoutineArray, RoutineCall, UnaskedArray } from './ir.ts'
import type { Context, LoweredWork } from './lower.ts'
import { type Place, placeOf } from './place.ts'
import { InvalidKernel } from './verify.ts'

/** The call of a routine for the items of it that are needed. */
export function lowerCall(node: Tensor, items: readonly Tensor[], { places, check }: Context): LoweredWork {
  const op = node.op as RoutineOp
  const { batch, operands, results } = applicationOf(op, node.inputs, node.attrs)
  const asked = results.map((_, i) => items.find(item => itemIndex(item) === i))
  const buffers: (KernelBuffer & { of: Tensor })[] = []
  const inMemory = (type: RoutineType, access: 'read' | 'write', { of, size, offset }: Place): RoutineArray => {
    const buffer = buffers.push({ of, dtype: type.dtype, size, access }) - 1
    return { dtype: type.dtype, buffer, offset, size: dimProduct(type.shape) }
  }
  const failure = op.failure?.(node.attrs) === undefined ? undefined : check(node)
  const parts = {
    routine: op,
    batch: dimProduct(batch),
    operands: operands.map((type, i) => inMemory(type, 'read', placeOf(memoryOf(node.inputs[i]!), places))),
    results: results.map((type, i) => {
      const item = asked[i]
      return item ? inMemory(type, 'write', placeOf(item, places)) : { dtype: type.dtype }
    }),
    numbers: op.numbers(operands, node.attrs),
    scratch: (
      op.scratch?.(
        operands,
        node.attrs,
        asked.map(item => item !== undefined),
      ) ?? []
    ).map((array, i) => ({
      name: `scratch${i}`,
      ...array,
    })),
    ...(failure !== undefined && { check: failure }),
    origins: node.origins,
    label: op.name,
  }
  const work = { ...parts, buffers: buffers.map(({ of: _, ...buffer }) => buffer) }
  const call = { ...work, dims: dimsOf(work), name: '' }
  const name = `r${hashText(callIdentity(call))}`
  return { run: { ...call, name }, values: buffers.map(({ of }) => of) }
}

type Unnamed = Omit<RoutineCall, 'name' | 'dims'>

/** The dims that a call refers to, in order of appearance. */
function dimsOf(call: Unnamed): string[] {
  const names = new Set<string>()
  for (const index of indicesOf(call)) dimNames(index, names)
  return [...names]
}

const indicesOf = ({ batch, numbers, buffers, scratch, operands, results }: Unnamed): Index[] => [
  batch,
  ...numbers,
  ...[...buffers, ...scratch].map(({ size }) => size),
  ...[...operands, ...results].flatMap(array => (array.buffer !== undefined ? [array.offset, array.size] : [])),
]

/** What a call computes, as text: equal for no two that differ. */
export const callIdentity = (call: RoutineCall): string =>
  `${call.routine.cpp.header} ${call.routine.cpp.name} ${callText(call)}`

/** A call as text for people: goldens, `explain`, traces. Equal texts compute the same. */
export function callText(call: RoutineCall): string {
  const array = (x: RoutineArray | UnaskedArray) =>
    x.buffer !== undefined ? `${x.dtype}[${dimText(x.size)}] of b${x.buffer} from ${dimText(x.offset)}` : '-'
  const fails = call.check === undefined ? [] : [`  fails with ${call.check}`]
  return `${[
    `call ${call.name}(${call.dims.join(', ')})  // ${call.label}`,
    ...call.buffers.map(({ dtype, size, access }, i) => `  b${i}: ${access} ${dtype}[${dimText(size)}]`),
    ...call.scratch.map(({ name, dtype, size }) => `  ${name}: ${dtype}[${dimText(size)}]`),
    `  for each of ${dimText(call.batch)}`,
    `    ${call.results.map(array).join(', ')} =`,
    `      ${call.routine.name}(${[...call.operands.map(array), ...call.numbers.map(dimText)].join(', ')})`,
    ...fails,
  ].join('\n')}\n`
}

/** Throws `InvalidKernel` unless names and buffers of a call fit together. */
export function verifyCall(call: RoutineCall): void {
  const must = (condition: boolean, message: string) => {
    if (!condition) throw new InvalidKernel(`call ${call.name}: ${message}`)
  }
  must(new Set(call.dims).size === call.dims.length, 'two dims of one name')
  for (const index of indicesOf(call))
    for (const name of dimNames(index)) must(call.dims.includes(name), `unknown name ${name}`)
  const check = (array: RoutineArray, access: string) => {
    const buffer = call.buffers[array.buffer]
    must(buffer?.dtype === array.dtype, `${array.dtype} in buffer ${array.buffer} of ${buffer?.dtype}`)
    must(buffer!.access === access, `${access} of a buffer to ${buffer!.access}`)
  }
  must(call.operands.length === call.routine.ranks.length, `${call.operands.length} operands`)
  for (const operand of call.operands) check(operand, 'read')
  for (const result of call.results) if (result.buffer !== undefined) check(result, 'write')
}
