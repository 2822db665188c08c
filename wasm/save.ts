/** Writing an artifact: the files that `damo/runtime` loads, and an ES module with types that loads them. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest, Port } from '../runtime/manifest.ts'
import { writeTensors } from '../runtime/safetensors.ts'
import { artifactName } from './errors.ts'
import type { WasmArtifact } from './index.ts'

/**
 * Writes `path.json`, `path.wasm`, the other variants' `path.VARIANT.wasm` (where there are some), `path.safetensors` (where
 * there are weights), `path.js` and `path.d.ts`. Each file appears whole or not at all; the manifest comes last.
 */
export async function saveArtifact({ manifest, modules, weights }: WasmArtifact, path: string | URL): Promise<void> {
  const target = typeof path === 'string' && !path.startsWith('file:') ? path : fileURLToPath(path)
  const [folder, name] = [dirname(target), basename(target).replace(/\.json$/, '')]
  if (!/^[\w.-]+$/.test(name)) throw artifactName(name)
  const files: [string, string | Uint8Array][] = Object.entries(modules).map(([variant, bytes]) => [
    `${name}${variant === 'simd128' ? '' : `.${variant}`}.wasm`,
    bytes,
  ])
  if (weights.size > 0) files.push([`${name}.safetensors`, writeTensors(weights)])
  files.push([`${name}.js`, loaderText(name)], [`${name}.d.ts`, typesText(manifest)])
  files.push([`${name}.json`, `${manifestText(manifest)}\n`])
  await mkdir(folder, { recursive: true })
  for (const [file, content] of files) {
    const partial = join(folder, `.${file}.${process.pid}.partial`)
    await writeFile(partial, content)
    await rename(partial, join(folder, file))
  }
}

/** JSON with a line for each entry of each list, so that people can read it and diffs are small. */
function manifestText(manifest: Manifest): string {
  const lines = Object.entries(manifest).map(([key, value]) => {
    const wide = Array.isArray(value) && value.length > 0
    const text = wide
      ? `[\n${value.map(entry => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`
      : JSON.stringify(value)
    return `  ${JSON.stringify(key)}: ${text}`
  })
  return `{\n${lines.join(',\n')}\n}`
}

const loaderText = (name: string) => `import { load } from 'damo/runtime'

/** Loads the program; see damo/runtime for the options. */
export default options => load(new URL('./${name}.json', import.meta.url), options)
`

function typesText({ inputs, outputs }: Manifest): string {
  const field = (port: Port, type: string) => `  ${JSON.stringify(port.name)}: ${type}`
  const shape = ({ dtype, shape }: Port) =>
    `  /** ${dtype}[${shape.map(dim => JSON.stringify(dim).replaceAll('"', '')).join(', ')}] */\n`
  return `import type { ArrayValue, LoadOptions, NDArray, Program } from 'damo/runtime'

export type Inputs = {
${inputs.map(port => shape(port) + field(port, 'ArrayValue')).join('\n')}
}

export type Outputs = {
${outputs.map(port => shape(port) + field(port, `NDArray<'${port.dtype}'>`)).join('\n')}
}

/** Loads the program; see damo/runtime for the options. */
export default function load(options?: LoadOptions): Promise<Program<Inputs, Outputs>>
`
}
