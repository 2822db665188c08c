/** Reading and writing of the WebAssembly binary format, as far as a linked module must be understood and changed. */

const decoder = new TextDecoder()

/** One section: its id, and its content without the id and length. */
export interface Section {
  readonly id: number
  readonly content: Uint8Array
}

/** Section ids of the core specification. */
export const sectionId = { custom: 0, import: 2, function: 3, table: 4, export: 7, start: 8, code: 10 } as const

/** A cursor over bytes; every read moves it on and throws RangeError past the end. */
export class Reader {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get done(): boolean {
    return this.position >= this.bytes.length
  }

  byte(): number {
    const value = this.bytes[this.position]
    if (value === undefined) throw new RangeError('unexpected end')
    this.position++
    return value
  }

  /** An unsigned LEB128 integer below 2^32. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('integer too long')
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    const end = this.position + length
    if (end > this.bytes.length) throw new RangeError('unexpected end')
    const taken = this.bytes.subarray(this.position, end)
    this.position = end
    return taken
  }

  name(): string {
    return decoder.decode(this.take(this.u32()))
  }
}

/** The sections of a module in order; throws RangeError when the bytes are no module. */
export function readSections(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes)
  const header = reader.take(8)
  if (!magic.every((byte, i) => header[i] === byte)) throw new RangeError('not a WebAssembly module')
  const sections: Section[] = []
  while (!reader.done) {
    const id = reader.byte()
    sections.push({ id, content: reader.take(reader.u32()) })
  }
  return sections
}

/** A module of these sections. */
export function writeSections(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const out: number[] = [...magic]
  const parts: Uint8Array[] = [Uint8Array.from(out)]
  for (const { id, content } of sections) parts.push(Uint8Array.from([id, ...u32(content.length)]), content)
  return concat(parts)
}

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = []
  do {
    const low = value % 128
    value = Math.floor(value / 128)
    bytes.push(value > 0 ? low | 0x80 : low)
  } while (value > 0)
  return bytes
}

/** A name: its length in bytes, then UTF-8. */
export function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text)
  return [...u32(bytes.length), ...bytes]
}

/** The bytes of all parts, one after another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let position = 0
  for (const part of parts) {
    whole.set(part, position)
    position += part.length
  }
  return whole
}

/** `\0asm`, version 1. */
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
