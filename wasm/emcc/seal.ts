/**
 * The last step of linking: a position-independent module as wasm-ld leaves it becomes one that the ABI describes.
 *
 * - `dylink.0`, which says what static data the module wants, is read and dropped, with all other custom sections.
 * - The imported function table becomes the module's own, of one empty entry (the null pointer) and its functions.
 * - Relocations of static data are applied by the start function: LLVM 14 links it so, LLVM 15 and later export
 *   `__wasm_apply_data_relocs` and expect the loader to call it.
 * - `run` stays as the only export, and in a module for threads `work`.
 */

import { moduleBreaksAbi } from '../errors.ts'
import { concat, name, Reader, readSections, type Section, sectionId, u32, writeSections } from './binary.ts'

/** What a module wants from whoever instantiates it. */
export interface ModuleMemory {
  /** Bytes of static data at `__memory_base`. */
  readonly dataBytes: number
  /** The alignment of `__memory_base` in bytes, a power of two. */
  readonly dataAlign: number
  /** Functions in the module's own table, from entry 1 on; only to know, nothing has to be done. */
  readonly tableSize: number
}

/** A module that obeys the ABI. */
export interface SealedModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly memory: ModuleMemory
}

/** The entry of the table where a module's functions start: `__table_base`. Entry 0 is the null pointer. */
export const tableBase = 1

/** Turns what wasm-ld linked into a module that obeys the ABI; throws W006 when that cannot be. */
export function seal(linked: Uint8Array): SealedModule {
  const all = readSections(linked)
  const memory = readDylink(all)
  const sections = new Map(all.filter(s => s.id !== sectionId.custom).map(s => [s.id, s.content]))
  const functions = takeTable(sections)
  const exported = takeExports(sections)
  // A worker calls what it is told, if the program tells it of anything.
  if (functions > 0 || exported.has('work')) sections.set(sectionId.table, ownTable(functions))
  startWith(sections, exported.get('__wasm_apply_data_relocs'))
  const ordered: Section[] = sectionOrder.flatMap(id => {
    const content = sections.get(id)
    return content === undefined ? [] : [{ id, content }]
  })
  return { bytes: writeSections(ordered), memory }
}

/** The order of sections in a module: by id, but for tags and the data count. */
const sectionOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

/** What the module may import, with the kinds of the binary format. */
const importKinds: Readonly<Record<string, number>> = {
  memory: 2,
  __indirect_function_table: 1,
  __stack_pointer: 3,
  __memory_base: 3,
  __table_base: 3,
}

/** The subsection `WASM_DYLINK_MEM_INFO` of the tool conventions: size and log2 alignment of data, then of the table. */
function readDylink(sections: readonly Section[]): ModuleMemory {
  for (const { id, content } of sections) {
    const reader = new Reader(content)
    if (id !== sectionId.custom || reader.name() !== 'dylink.0') continue
    while (!reader.done) {
      const kind = reader.byte()
      const info = new Reader(reader.take(reader.u32()))
      if (kind === 1) return { dataBytes: info.u32(), dataAlign: 2 ** info.u32(), tableSize: info.u32() }
    }
  }
  throw moduleBreaksAbi('it is not position-independent')
}

/** One entry of the import section, with its bytes. */
interface Import {
  readonly module: string
  readonly field: string
  readonly kind: number
  /** The least size of a memory or table. */
  readonly minimum: number
  readonly bytes: Uint8Array
}

/** The imports that the ABI does not know, as `env.name`: what the program uses and nothing defines. */
export function foreignImports(linked: Uint8Array): string[] {
  const section = readSections(linked).find(({ id }) => id === sectionId.import)
  const foreign = readImports(section?.content).filter(i => i.module !== 'env' || importKinds[i.field] !== i.kind)
  return foreign.map(({ module, field }) => `${module}.${field}`)
}

/** Removes the table from the imports and returns how many functions it holds. */
function takeTable(sections: Map<number, Uint8Array>): number {
  const imports = readImports(sections.get(sectionId.import))
  const kept = imports.filter(({ kind }) => kind !== importKinds.__indirect_function_table)
  sections.set(sectionId.import, concat([Uint8Array.from(u32(kept.length)), ...kept.map(({ bytes }) => bytes)]))
  return imports.find(({ kind }) => kind === importKinds.__indirect_function_table)?.minimum ?? 0
}

function readImports(section: Uint8Array | undefined): Import[] {
  const reader = new Reader(section ?? Uint8Array.of(0))
  const imports: Import[] = []
  for (let left = reader.u32(); left > 0; left--) {
    const from = reader.position
    const module = reader.name()
    const field = reader.name()
    const kind = reader.byte()
    const minimum = readImportType(reader, kind)
    imports.push({ module, field, kind, minimum, bytes: reader.bytes.subarray(from, reader.position) })
  }
  return imports
}

/** Passes over the type of an import; returns the least size of a memory or table. */
function readImportType(reader: Reader, kind: number): number {
  if (kind === importKinds.memory) return readLimits(reader)
  if (kind === importKinds.__indirect_function_table) {
    reader.byte()
    return readLimits(reader)
  }
  if (kind === importKinds.__memory_base) reader.take(2)
  else reader.u32()
  return 0
}

/** Reads limits and returns the lower one. */
function readLimits(reader: Reader): number {
  const hasMaximum = (reader.byte() & 1) === 1
  const minimum = reader.u32()
  if (hasMaximum) reader.u32()
  return minimum
}

/** A table section with one table of function references. */
function ownTable(functions: number): Uint8Array {
  const size = u32(tableBase + functions)
  return Uint8Array.from([1, 0x70, 1, ...size, ...size])
}

/** Reduces the exports to `run` and `work`; returns the index of each exported function. */
function takeExports(sections: Map<number, Uint8Array>): Map<string, number> {
  const reader = new Reader(sections.get(sectionId.export) ?? Uint8Array.of(0))
  const functions = new Map<string, number>()
  for (let left = reader.u32(); left > 0; left--) {
    const field = reader.name()
    const kind = reader.byte()
    const index = reader.u32()
    if (kind === 0) functions.set(field, index)
  }
  if (!functions.has('run')) throw moduleBreaksAbi('it does not export run')
  const kept = ['run', 'work'].filter(field => functions.has(field))
  const entries = kept.flatMap(field => [...name(field), 0, ...u32(functions.get(field)!)])
  sections.set(sectionId.export, Uint8Array.from([kept.length, ...entries]))
  return functions
}

/** Makes function `index` (of no parameters and results) run on instantiation, after what already does. */
function startWith(sections: Map<number, Uint8Array>, index: number | undefined): void {
  if (index === undefined || isEmptyFunction(sections, index)) return
  const start = sections.get(sectionId.start)
  const first = start === undefined ? undefined : new Reader(start).u32()
  const chosen = first === undefined ? index : appendCalls(sections, first, index)
  sections.set(sectionId.start, Uint8Array.from(u32(chosen)))
}

/** True when the body of a function is nothing but its end; LLVM 15 to 19 export such a relocation function. */
function isEmptyFunction(sections: ReadonlyMap<number, Uint8Array>, index: number): boolean {
  const reader = new Reader(sections.get(sectionId.code) ?? Uint8Array.of(0))
  reader.u32()
  for (let skipped = 0; skipped < index; skipped++) reader.take(reader.u32())
  return reader.take(reader.u32()).length === 2
}

/** Appends a function that calls `first`, then `second`; returns its index. No function is imported, so indices are positions. */
function appendCalls(sections: Map<number, Uint8Array>, first: number, second: number): number {
  const types = new Reader(sections.get(sectionId.function) ?? Uint8Array.of(0))
  const count = types.u32()
  const typesFrom = types.position
  for (let skipped = 0; skipped < first; skipped++) types.u32()
  const type = u32(types.u32())
  const body = [0, 0x10, ...u32(first), 0x10, ...u32(second), 0x0b]
  sections.set(sectionId.function, grown(types.bytes, count, typesFrom, type))
  const code = new Reader(sections.get(sectionId.code) ?? Uint8Array.of(0))
  code.u32()
  sections.set(sectionId.code, grown(code.bytes, count, code.position, [...u32(body.length), ...body]))
  return count
}

/** A vector of `count` entries, the first at `from`, with one more entry at its end. */
function grown(bytes: Uint8Array, count: number, from: number, entry: readonly number[]): Uint8Array {
  return concat([Uint8Array.from(u32(count + 1)), bytes.subarray(from), Uint8Array.from(entry)])
}
