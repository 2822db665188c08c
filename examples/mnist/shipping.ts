/** Makes the folder that would be published: the artifact, and one JavaScript file that uses it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { testFiles } from './digits.ts'
import type { Network } from './network.ts'

/** A whole program for Node, Deno and Bun. */
const program = `import { classify } from './application.js'
console.log(JSON.stringify(await classify(import.meta.url)))
`

const page = `<!doctype html>
<meta charset="utf-8">
<title>Digits</title>
<pre></pre>
<script type="module">
  import { classify } from './application.js'
  document.querySelector('pre').textContent = JSON.stringify(await classify(location.href))
</script>
`

/** A published file: its name, and its size as it is and as servers send it. */
export interface Shipped {
  name: string
  bytes: number
  compressed: number
}

/** Fills the folder, and tells what an application would publish of it. */
export async function ship({ read }: Network, folder: string): Promise<Shipped[]> {
  mkdirSync(folder, { recursive: true })
  await read.save(join(folder, 'reader'))
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('application.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    write: false,
  })
  writeFileSync(join(folder, 'application.js'), outputFiles[0]!.contents)
  const published = readdirSync(folder).filter(name => /^(application\.js|reader\.(json|wasm|safetensors))$/.test(name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'program.js'), program)
  writeFileSync(join(folder, 'index.html'), page)
  copyFileSync(testFiles.images, join(folder, 'images'))
  copyFileSync(testFiles.labels, join(folder, 'labels'))
  return published.map(name => measure(folder, name))
}

function measure(folder: string, name: string): Shipped {
  const path = join(folder, name)
  return { name, bytes: statSync(path).size, compressed: gzipSync(readFileSync(path)).length }
}
