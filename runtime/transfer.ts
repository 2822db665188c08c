/**
 * Elements between host and GPU. WGSL has 32-bit scalars alone, so on the device every element takes four bytes:
 * float32 as f32, signed integers as i32, unsigned ones and bool as u32.
 */
import type { TypedArray } from './array.ts'
import type { DType } from './manifest.ts'

/** The typed array of each dtype on the device; none for dtypes that WGSL cannot hold. */
const arrays: Partial<Record<DType, Float32ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor>> = {
  bool: Uint32Array,
  uint8: Uint32Array,
  uint16: Uint32Array,
  uint32: Uint32Array,
  int8: Int32Array,
  int16: Int32Array,
  int32: Int32Array,
  float32: Float32Array,
}

type Elements = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** Whether elements of this dtype can be on a device. */
export const isOnDevice = (dtype: DType): boolean => arrays[dtype] !== undefined

/** Bytes that so many elements take on the device. */
export const deviceBytes = (length: number): number => 4 * length

/** Elements as the device has them: the same array where that is how the host has them too. */
export function toDevice(dtype: DType, data: TypedArray): Elements {
  const DeviceArray = arrays[dtype]!
  return (data instanceof DeviceArray ? data : new DeviceArray(data as Int32Array)) as Elements
}

/** Fills `target` with elements that lie in `bytes` as the device has them. */
export function fromDevice(dtype: DType, bytes: ArrayBuffer, offset: number, target: TypedArray): void {
  const elements = new arrays[dtype]!(bytes, offset, target.length)
  // One element type at a time: `set` of the union takes neither numbers nor bigints.
  ;(target as Float32Array).set(elements as Float32Array)
}
