/** Sums that an earlier pass adds up: which passes are left, and that they give what the passes as written do. */
import {
  abs,
  array,
  compile,
  type DType,
  dim,
  grad,
  interpreter,
  matrix,
  mean,
  mul,
  type Target,
  type Tensor,
  vector,
} from 'damo'
import { batchNormalizationTrain, layerNorm } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { addedEarlier } from '../../wasm/earlier.ts'
import { randomFrom } from '../kernel/random.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

const [n, m] = [dim('n'), dim('m')]

type Normalize = (x: Tensor<DType, 2>, gamma: Tensor<DType, 1>, beta: Tensor<DType, 1>) => Tensor

/** The gradients of something normalized, weighed, by what it is of, its factors and what is added. */
function problem(dtype: 'float32' | 'float64', normalize: Normalize) {
  const x = matrix('x', { dtype, shape: [n, m] })
  const weight = matrix('weight', { dtype, shape: [n, m] })
  const gamma = vector('gamma', { dtype, shape: [m] })
  const beta = vector('beta', { dtype, shape: [m] })
  const [dx, dGamma, dBeta] = grad(mul(normalize(x, gamma, beta), weight).sum(), [x, gamma, beta])
  return { inputs: { x, weight, gamma }, outputs: { dx: dx!, dGamma: dGamma!, dBeta: dBeta! } }
}

const ofBatch: Normalize = (x, gamma, beta) => batchNormalizationTrain(x, gamma, beta).output
const ofLayer: Normalize = (x, gamma, beta) => layerNorm(x, { gamma, beta })

const kernelsOf = (spec: Parameters<typeof lowered>[0]): Kernel[] =>
  lowered(spec).steps.flatMap(step => ('run' in step && 'stages' in step.run ? [step.run] : []))

const passes = ({ stages }: Kernel) => stages.filter(({ loops }) => loops.length > 0).length

test('the gradients of batch normalization take a pass less, those of layer normalization would need another sum', () => {
  const [ofBatches, ofLayers] = [ofBatch, ofLayer].map(normalize => kernelsOf(problem('float32', normalize))[0]!)
  expect([passes(ofBatches!), passes(addedEarlier(ofBatches!))]).toEqual([4, 3])
  expect(addedEarlier(ofLayers!)).toBe(ofLayers)
})

test('float64 is added up as it is written, and what has no such factors too', () => {
  const x = matrix('x', { shape: [n, m] })
  const spread = abs(x.sub(mean(x, { axis: 1, keepdims: true }))).sum({ axis: 1 })
  const [wide, plain] = [kernelsOf(problem('float64', ofBatch)), kernelsOf({ inputs: { x }, outputs: { spread } })]
  for (const kernel of [...wide, ...plain]) expect(addedEarlier(kernel)).toBe(kernel)
})

const targets: [string, Target][] = [
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['two threads', sharedLoops(2)],
]

test.each(targets)('values by %s', async (_, target) => {
  const next = randomFrom(5)
  for (const normalize of [ofBatch, ofLayer]) {
    const f = await compile(problem('float32', normalize), { target })
    const exact = await compile(problem('float64', normalize), { target: interpreter() })
    for (const [rows, columns] of [
      [6, 3],
      [5, 4],
      [37, 19],
      [0, 5],
      [3, 0],
    ] as const) {
      const drawn = (shape: number[]) => {
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 3 + next())
        return (dtype: 'float32' | 'float64') =>
          array(dtype === 'float32' ? data : Float64Array.from(data), { dtype, shape })
      }
      const [x, weight, gamma] = [drawn([rows, columns]), drawn([rows, columns]), drawn([columns])]
      const by = (dtype: 'float32' | 'float64') => ({ x: x(dtype), weight: weight(dtype), gamma: gamma(dtype) })
      const [got, wanted] = [f.runSync(by('float32')), exact.runSync(by('float64'))]
      for (const name of ['dx', 'dGamma', 'dBeta'] as const) {
        const right = [...(wanted[name].data as Float64Array)]
        const size = Math.max(1, ...right.filter(Number.isFinite).map(Math.abs))
        const near = (value: number, i: number) =>
          Object.is(value, right[i]) || Math.abs(value - right[i]!) <= 1e-3 * size ? right[i] : value
        expect([...(got[name].data as Float32Array)].map(near)).toEqual(right)
      }
    }
  }
})
