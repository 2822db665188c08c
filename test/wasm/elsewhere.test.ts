/** The same bits in every engine, at every number of threads; and what happens there when a worker goes silent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  argsort,
  compile,
  cumsum,
  erf,
  exp,
  log,
  matmul,
  matrix,
  mean,
  pow,
  sigmoid,
  sin,
  softmax,
  square,
  std,
  sum,
  tanh,
  tensor4,
} from 'damo'
import { conv2d, layerNorm, pool2d } from 'damo/nn'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inBun, inChromium, inDeno, inNode } from '../../examples/mnist/engines.ts'
import { lowered } from '../../frontend/compile.ts'
import { buildArtifact } from '../../wasm/index.ts'
import { loopInterpreter } from '../targets.ts'
import { compiledByHand, job, silence, turns } from './byhand.ts'
import { type Answer, counts, hashOf, inputsOf, type Made } from './elsewhere.ts'

const folder = mkdtempSync(join(tmpdir(), 'damo-elsewhere-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What makes a page cross-origin isolated. */
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/** Something of everything that computes: products, convolutions, functions, sums, rows, order, scans. */
function spec() {
  const x = matrix('x', { shape: [70, 45] })
  const images = tensor4('images', { shape: [2, 3, 9, 9] })
  const filters = tensor4('filters', { shape: [4, 3, 3, 3] })
  const positive = square(x).add(0.5)
  const outputs = {
    product: matmul(x, x.transpose()),
    rows: softmax(matmul(x, x.transpose()).mul(0.1)),
    normal: layerNorm(x),
    pooled: pool2d(tanh(conv2d(images, filters)), 2),
    functions: sin(x.mul(9)).add(erf(x)).add(sigmoid(x)).add(exp(x)).add(log(positive)).add(pow(positive, 1.7)),
    columns: sum(exp(x), { axis: 0 }),
    total: mean(square(x)),
    spread: std(x, 1),
    double: tanh(x.astype('float64')).div(3),
    order: argsort(x, 1),
    running: cumsum(x, 1),
  }
  return { name: 'elsewhere', inputs: { x, images, filters }, outputs }
}

let made: Made
/** The bits that the kernel interpreter gives, as a hash. */
let expected: number

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

beforeAll(async () => {
  const only = ['simd128', 'threads'] as const
  const { manifest, modules } = await buildArtifact(lowered(spec()), { threads: 'auto' }, { only, least: 0 })
  made = { manifest, modules: { simd128: base64(modules.simd128!), threads: base64(modules.threads!) } }
  const interpreted = await compile(spec(), { target: loopInterpreter() })
  const calls = Array.from({ length: 5 }, (_, call) => interpreted.runSync(inputsOf(manifest, call) as never))
  expected = hashOf(calls.flatMap(result => Object.values(result)))
  const byHand = await compiledByHand(job(turns(200_000_000), silence))
  const silent: Made = { manifest: byHand.manifest, modules: { threads: base64(byHand.bytes) } }
  await build({
    entryPoints: [fileURLToPath(new URL('elsewhere.ts', import.meta.url))],
    ...{ bundle: true, format: 'esm', target: 'es2022', external: ['node:*'] },
    outfile: join(folder, 'elsewhere.js'),
  })
  const head = "import { answer } from './elsewhere.js'\n"
  const call = `await answer(${JSON.stringify(made)}, ${JSON.stringify(silent)})`
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
] as const)(
  'one to four threads give the bits of the interpreter in %s, which tells of a silent worker',
  async ([name, engine], context) => {
    const verdict = await engine()
    if ('absent' in verdict) return context.skip(`${name}: ${verdict.absent}`)
    const { silent, ended, ...bits } = verdict.answer
    expect(ended?.hash).toBe(name === 'Chromium' ? expected : undefined)
    if (ended) expect(ended.milliseconds).toBeLessThan(1000)
    expect(silent).toContain("'made' has lost a thread")
    expect(bits).toEqual({
      alone: expected,
      together: counts.map(threads => ({ threads, here: threads - 1, hash: expected })),
      again: 0,
    })
  },
)
