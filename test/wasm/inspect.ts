/** Looking into compiled modules: what they import, and which instructions stand in each function. */

import createWabt from 'wabt'

const features = {
  simd: true,
  relaxed_simd: true,
  bulk_memory: true,
  mutable_globals: true,
  sign_extension: true,
  sat_float_to_int: true,
  threads: true,
}

/** Imports as `env.memory`, in order. */
export async function imports(bytes: Uint8Array): Promise<string[]> {
  return [...(await text(bytes)).matchAll(/^ {2}\(import "([^"]*)" "([^"]*)"/gm)].map(
    ([, module, name]) => `${module}.${name}`,
  )
}

/** Exports by name. */
export async function exportNames(bytes: Uint8Array): Promise<string[]> {
  return [...(await text(bytes)).matchAll(/^ {2}\(export "([^"]*)"/gm)].map(([, name]) => name!)
}

/**
 * The instruction names of each function, as `f32x4.add`, in order; nested blocks are flattened. A function goes by the
 * name it is exported under, else by its index, as `#3`.
 */
export async function functions(bytes: Uint8Array): Promise<Map<string, string[]>> {
  const wat = await text(bytes)
  const exported = new Map([...wat.matchAll(/^ {2}\(export "([^"]*)" \(func (\d+)\)\)/gm)].map(m => [m[2], m[1]]))
  const found = new Map<string, string[]>()
  for (const [, index, body] of wat.matchAll(/^ {2}\(func \(;(\d+);\)(.*(?:\n {4}.*)*)/gm)) {
    const lines = body!
      .split('\n')
      .slice(1)
      .map(line => line.trim().replace(/\)+$/, ''))
    const names = lines.map(line => line.split(' ')[0]!).filter(name => name !== '' && !name.startsWith('('))
    found.set(exported.get(index) ?? `#${index}`, names)
  }
  return found
}

/** All instruction names of a module. */
export async function instructions(bytes: Uint8Array): Promise<Set<string>> {
  return new Set([...(await functions(bytes)).values()].flat())
}

/** The WebAssembly text of a module, one instruction a line. */
export async function text(bytes: Uint8Array): Promise<string> {
  const wabt = await createWabt()
  // readWasm reads the whole backing buffer, so it gets a copy of its own.
  const module = wabt.readWasm(Uint8Array.from(bytes), features)
  try {
    return module.toText({ foldExprs: false, inlineExport: false })
  } finally {
    module.destroy()
  }
}
