import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './setup.mjs'

/**
 * Prints the size of each bundle, and what the runtime alone costs in a page: what `damo/runtime` exports, without the
 * code that only the compiler uses, minified, and compressed as servers send it.
 */
export async function printSizes() {
  const folder = join(root, 'dist')
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.js')) console.log(`${`dist/${name}`.padEnd(28)}${kilobytes(statSync(join(folder, name)).size)}`)
  }
  const code = await minifiedRuntime()
  const sizes = `${kilobytes(code.length)} minified, ${kilobytes(gzipSync(code).length)} gzipped`
  console.log(`${'damo/runtime alone'.padEnd(28)}${sizes}`)
}

/** @returns {Promise<Uint8Array>} */
async function minifiedRuntime() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(root, '.cache', 'build', 'runtime', 'index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    write: false,
  })
  return /** @type {import('esbuild').OutputFile} */ (outputFiles[0]).contents
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
