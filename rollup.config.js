import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dts } from 'rollup-plugin-dts'

/** Bundles what tsc emitted to `.cache/build/`: one file for each entry of the package, and what entries share. */
const entries = {
  damo: 'frontend/index',
  nn: 'frontend/nn/index',
  op: 'frontend/op',
  testing: 'frontend/testing',
  wasm: 'wasm/index',
  webgpu: 'webgpu/index',
  runtime: 'runtime/index',
}

/** @param {string} extension */
function input(extension) {
  return Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, `.cache/build/${path}${extension}`]))
}

const external = [/^node:/]

export default [
  {
    input: { runtime: input('.js').runtime },
    external,
    // The other entries use more of the runtime than it exports; they find it in its own file.
    preserveEntrySignatures: 'allow-extension',
    output: {
      dir: 'dist',
      chunkFileNames: 'internal-[name].js',
      minifyInternalExports: false,
      // All of the runtime in one file that imports nothing, so that it can be shipped alone and exists only once.
      manualChunks: (/** @type {string} */ id) => (id.includes('/.cache/build/runtime/') ? 'runtime' : undefined),
    },
    plugins: [emptyFolder(), otherEntries(), revision(), headers(), runtimeAlone()],
  },
  {
    input: input('.d.ts'),
    external,
    output: {
      dir: 'dist',
      chunkFileNames: (/** @type {{ name: string }} */ { name }) => `internal-${name.replace(/\.d$/, '')}.d.ts`,
    },
    plugins: [dts()],
  },
]

/**
 * Empties `dist/`, so that no file of an earlier build is shipped.
 *
 * @returns {import('rollup').Plugin}
 */
function emptyFolder() {
  return {
    name: 'empty-folder',
    async buildStart() {
      const { rm } = await import('node:fs/promises')
      await rm('dist', { recursive: true, force: true })
    },
  }
}

/**
 * The entries that export what they say and nothing more; what they share goes to files of its own.
 *
 * @returns {import('rollup').Plugin}
 */
function otherEntries() {
  return {
    name: 'other-entries',
    buildStart() {
      for (const [name, id] of Object.entries(input('.js'))) {
        if (name === 'runtime') continue
        this.emitFile({ type: 'chunk', id, name, fileName: `${name}.js`, preserveSignature: 'strict' })
      }
    },
  }
}

/**
 * Puts the hash of all that is bundled where the code asks for its own revision.
 *
 * @returns {import('rollup').Plugin}
 */
function revision() {
  const empty = 'export const revision = undefined;'
  return {
    name: 'revision',
    transform(code, id) {
      if (!id.endsWith('/frontend/producer.js')) return null
      if (!code.includes(empty)) this.error(`${id} has no revision`)
      const hash = createHash('sha256')
      for (const name of readdirSync('.cache/build', { recursive: true, encoding: 'utf8' }).sort())
        if (name.endsWith('.js')) hash.update(`${name}\0`).update(readFileSync(`.cache/build/${name}`))
      return { code: code.replace(empty, `export const revision = '${hash.digest('hex')}';`), map: null }
    },
  }
}

/**
 * Ships the C++ headers that generated code includes, in the same place beside the bundle as beside `wasm/*.ts`.
 *
 * @returns {import('rollup').Plugin}
 */
function headers() {
  return {
    name: 'headers',
    generateBundle() {
      if (!existsSync('wasm/include')) return
      for (const name of readdirSync('wasm/include', { recursive: true, encoding: 'utf8' })) {
        if (!name.endsWith('.hpp')) continue
        this.emitFile({ type: 'asset', fileName: `include/${name}`, source: readFileSync(`wasm/include/${name}`) })
      }
    },
  }
}

/**
 * Holds the promise that `damo/runtime` is one file which imports nothing.
 *
 * @returns {import('rollup').Plugin}
 */
function runtimeAlone() {
  return {
    name: 'runtime-alone',
    generateBundle(_, bundle) {
      const runtime = bundle['runtime.js']
      if (runtime?.type !== 'chunk') this.error('there is no dist/runtime.js')
      else if (runtime.imports.length > 0) this.error(`dist/runtime.js imports ${runtime.imports.join(', ')}`)
    },
  }
}
