/** Every message of the WebGPU back end, one function each; `code` never changes, the text may improve. */
import { callOf, lineOf, typeText } from '../frontend/errors.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { DamoError } from '../runtime/errors.ts'

/** G001: a value of a dtype that WGSL does not have. */
export function typeMissing(tensor: Tensor): DamoError {
  const line = lineOf(tensor.origins)
  const what = `${tensor.name ?? tensor.op.name} ${typeText(tensor)}`
  return new DamoError(
    'G001',
    `webgpu: WGSL has no ${tensor.dtype}: ${what}${line ? ` built at ${line}` : ''}\n` +
      `  Use ${tensor.dtype.startsWith('float') ? 'float32' : 'int32'} here (cast, or the dtype option), or the target wasm().`,
  )
}

/** G002: additions into memory whose places may meet. */
export function scatterMissing(label: string): DamoError {
  return new DamoError('G002', `webgpu: sums into places that are looked up are not possible yet: ${label}`)
}

/** G003: an op whose approximation needs more bits than float32 has. */
export function bodyTooWide(tensor: Tensor, inside: string): DamoError {
  const line = lineOf(tensor.origins)
  const what = `${tensor.op.name} ${typeText(tensor)}${line ? ` built at ${line}` : ''}`
  return new DamoError(
    'G003',
    `webgpu: ${tensor.op.name} is computed in ${inside}, which WGSL does not have: ${what}\n  Use the target wasm().`,
  )
}

/** G004: a routine, which is written in C++ alone; the function that the user called may be made of it. */
export function routineMissing(node: Tensor): DamoError {
  const { op, inputs, origins } = node
  const line = lineOf(origins)
  const what = `${op.name} of ${inputs.map(typeText).join(' and ')}${line ? ` built at ${line}` : ''}`
  return new DamoError('G004', `webgpu: ${callOf(node)} has no form in WGSL: ${what}\n  Use the target wasm().`)
}
