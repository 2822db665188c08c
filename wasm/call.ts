/** Calls of routines as C++: a loop over the batch around a function of `include/routines`. */
import type { Index } from '../frontend/dims.ts'
import type { RoutineArray, RoutineCall, UnaskedArray } from '../frontend/kernel/ir.ts'
import { indexText, storedType, typeName } from './cpp.ts'
import type { KernelFunction } from './emit.ts'

/** The C++ function of a call: `name([frame,] K, buffers…, scratch…, dims…)`, called as those of kernels are. */
export function emitCall(call: RoutineCall, name: string): KernelFunction {
  const { routine, check, buffers, scratch, dims, batch } = call
  const index = (value: Index) => indexText(value, dim => `n${dims.indexOf(dim)}`)
  const place = (array: RoutineArray | UnaskedArray) =>
    array.buffer === undefined ? 'nullptr' : `b${array.buffer} + ${from(array.offset)}i * ${index(array.size)}`
  const from = (offset: Index) => (offset === 0 ? '' : `${index(offset)} + `)
  const arrays = [...call.operands, ...call.results]
  const args = [...arrays.map(place), ...scratch.map((_, i) => `s${i}`), ...call.numbers.map(index)].join(', ')
  const applied = `${routine.cpp.name}<${arrays.map(({ dtype }) => typeName[dtype]).join(', ')}>(${args})`
  const fails = check !== undefined
  const params = [
    ...(fails ? ['i32* frame'] : []),
    'const u32* K',
    ...buffers.map(({ dtype, access }, i) => `${access === 'read' ? 'const ' : ''}${storedType(dtype)}* b${i}`),
    ...scratch.map(({ dtype }, i) => `${storedType(dtype)}* s${i}`),
    ...dims.map((_, i) => `i32 n${i}`),
  ]
  const text = [
    `DAMO_NOINLINE ${fails ? 'i32' : 'void'} ${name}(${params.join(', ')}) {`,
    `  for (i32 i = 0, count = ${index(batch)}; i < count; i++) {`,
    fails ? `    if (${applied}) return fail(frame, ${check + 1}, i, count);` : `    ${applied};`,
    '  }',
    ...(fails ? ['  return 0;'] : []),
    '}',
    '',
  ].join('\n')
  return { name, fails, text }
}
