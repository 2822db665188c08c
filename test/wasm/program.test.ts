/** What compiled programs consist of, read back from their modules. */
import { compile, exp, matrix, type Spec, softmax, sum, tanh, vector } from 'damo'
import { wasm } from 'damo/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { buildArtifact, type WasmArtifact } from '../../wasm/index.ts'
import { network } from '../bench/models.ts'
import { exportNames, functions, imports } from './inspect.ts'

const x = vector('x')
const m = matrix('m')

/** Programs, and the instructions that their hot loops must hold together. */
const programs: Record<string, { spec: Spec; hot: readonly (readonly string[])[] }> = {
  elementwise: {
    spec: { inputs: { x }, outputs: { y: tanh(exp(x).mul(x)) } },
    hot: [['v128.load', 'f32x4.mul', 'v128.store']],
  },
  reduction: {
    spec: { inputs: { x }, outputs: { y: sum(x.mul(x)) } },
    hot: [['v128.load', 'f32x4.mul', 'f64x2.promote_low_f32x4', 'f64x2.add']],
  },
  rows: {
    spec: { inputs: { m }, outputs: { y: softmax(m) } },
    hot: [
      ['v128.load', 'f32x4.sub', 'f64x2.add'],
      ['f32x4.div', 'v128.store'],
    ],
  },
  training: {
    spec: network([784, 64, 10]).train,
    hot: [['v128.load', 'v128.load32_splat', 'f32x4.mul', 'f32x4.add']],
  },
}

/** The instructions of each loop that holds no other. */
function innermostLoops(body: readonly string[]): Set<string>[] {
  const found: Set<string>[] = []
  const open: { kind: string; names: Set<string>; inner: boolean }[] = []
  for (const name of body) {
    if (name === 'block' || name === 'loop' || name === 'if') {
      if (name === 'loop') for (const outer of open) outer.inner = false
      open.push({ kind: name, names: new Set(), inner: true })
    } else if (name === 'end') {
      const closed = open.pop()
      if (closed?.kind === 'loop' && closed.inner) found.push(closed.names)
    } else for (const outer of open) outer.names.add(name)
  }
  return found
}

const allowed = ['env.memory', 'env.__memory_base', 'env.__stack_pointer', 'env.__table_base']

describe.each(Object.entries(programs))('%s', (_, { spec, hot }) => {
  let artifact: WasmArtifact

  beforeAll(async () => {
    artifact = await buildArtifact(lowered(spec))
  })

  test('SIMD instructions stand in the hot loops', async () => {
    const loops = [...(await functions(artifact.modules.simd128!)).values()].flatMap(innermostLoops)
    for (const wanted of hot) expect(loops.some(loop => wanted.every(name => loop.has(name)))).toBe(true)
  })

  test('imports and exports are those of the ABI', async () => {
    for (const bytes of Object.values(artifact.modules)) {
      for (const name of await imports(bytes)) expect(allowed).toContain(name)
      expect(await exportNames(bytes)).toEqual(['run'])
    }
  })

  test('relaxed instructions stand in the relaxed variant alone, and in contractions alone', async context => {
    const relaxed = async (bytes: Uint8Array) =>
      [...(await functions(bytes)).values()].flat().filter(name => name.includes('relaxed'))
    expect(await relaxed(artifact.modules.simd128!)).toEqual([])
    if (!artifact.modules.relaxed) return context.skip('no compiler here knows relaxed SIMD')
    const contracts = lowered(spec).steps.some(
      step => 'run' in step && step.run.stages.some(stage => stage.contraction),
    )
    expect((await relaxed(artifact.modules.relaxed)).length > 0).toBe(contracts)
  })
})

test('the same graph gives the same artifact', async () => {
  const [a, b] = [
    await buildArtifact(lowered(network([20, 8, 3]).train)),
    await buildArtifact(lowered(network([20, 8, 3]).train)),
  ]
  expect(a.manifest).toEqual(b.manifest)
  expect(a.modules).toEqual(b.modules)
})

test('programs compiled one after the other are not told apart from programs compiled at once', async () => {
  const specs = Object.values(programs).map(({ spec }) => spec)
  const together = await Promise.all(specs.map(spec => compile(spec, { target: wasm() })))
  for (const [i, spec] of specs.entries()) {
    const alone = await compile(spec, { target: wasm() })
    expect(alone.manifest).toEqual(together[i]!.manifest)
  }
})
