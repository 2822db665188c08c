/** Threads in other engines than the one that runs the tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { matrix, softmax } from 'damo'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inBun, inChromium, inDeno, inNode } from '../../examples/mnist/engines.ts'
import { lowered } from '../../frontend/compile.ts'
import { buildArtifact } from '../../wasm/index.ts'
import type { Answer } from './elsewhere.ts'

const folder = mkdtempSync(join(tmpdir(), 'damo-elsewhere-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What makes a page cross-origin isolated. */
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

beforeAll(async () => {
  const x = matrix('x', { shape: [70, 90] })
  const y = softmax(x.matmul(x.transpose()).mul(0.1))
  const { manifest, modules } = await buildArtifact(
    lowered({ name: 'elsewhere', inputs: { x }, outputs: { y } }),
    { threads: 'auto' },
    ['threads'],
  )
  const text = Buffer.from(modules.threads!).toString('base64')
  const call = `await answer(${JSON.stringify(manifest)}, '${text}')`
  await build({
    entryPoints: [fileURLToPath(new URL('elsewhere.ts', import.meta.url))],
    ...{ bundle: true, format: 'esm', target: 'es2022', external: ['node:*'] },
    outfile: join(folder, 'elsewhere.js'),
  })
  const head = "import { answer } from './elsewhere.js'\n"
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'program.js'), `${head}console.log(JSON.stringify(${call}))\n`)
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><pre></pre><script type="module">
    ${head}
    const pre = document.querySelector('pre')
    try { pre.textContent = JSON.stringify(${call}) } catch (error) { pre.textContent = JSON.stringify({ error: String(error) }) }
    </script>`,
  )
})

test.for([
  ['Node', () => inNode<Answer>(folder)],
  ['Deno', () => inDeno<Answer>(folder)],
  ['Bun', () => inBun<Answer>(folder)],
  ['Chromium', () => inChromium<Answer>(folder, isolated)],
] as const)('two threads give the bits of one in %s', async ([name, engine], context) => {
  const verdict = await engine()
  if ('absent' in verdict) return context.skip(`${name}: ${verdict.absent}`)
  expect(verdict.answer).toEqual({ here: 1, different: 0 })
})
