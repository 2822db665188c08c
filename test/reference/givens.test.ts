/**
 * The case `train/minibatch_givens` as a Theano user writes it: one cost of a batch `x`, and functions of the whole data
 * that are given its slices for it. `train.ts` writes the same case without givens, for all executors.
 */
import { readFileSync } from 'node:fs'
import { array, at, compile, dot, grad, interpreter, matrix, mean, mul, slice, square, tanh, vector } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'

interface Case {
  id: string
  inputs: { name: string; shape: number[]; data: number[] }[]
  outputs: { data: number[] }[]
  cotangents: { data: number[] }[]
  grads: { wrt: string; data: number[] }[]
}

const cases = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as Case[]
const { inputs, outputs, cotangents, grads } = cases.find(({ id }) => id === 'train/minibatch_givens')!
const given = Object.fromEntries(
  inputs.map(({ name, shape, data }) => [name, array(data, { dtype: 'float64', shape })] as const),
)

test.each([interpreter(), wasm()])('minibatches by givens on $name', async target => {
  const [x, w] = [matrix('x', { dtype: 'float64', shape: [4, 3] }), vector('w', { dtype: 'float64', shape: [3] })]
  const data = matrix('data', { dtype: 'float64', shape: [12, 3] })
  const cost = mean(square(tanh(dot(x, w))))
  const total = [0, 0, 0]
  for (const i of [0, 1, 2]) {
    const batch = at(data, slice(4 * i, 4 * i + 4))
    const f = await compile(
      {
        name: `batch${i}`,
        inputs: { data, w },
        outputs: { cost, slope: mul(grad(cost, w), cotangents[0]!.data[i]!) },
        givens: [[x, batch]],
      },
      { target },
    )
    const result = await f(given as { data: (typeof given)[string]; w: (typeof given)[string] })
    expect(result.cost.item()).toBeCloseTo(outputs[0]!.data[i]!, 9)
    for (const k of total.keys()) total[k]! += result.slope.data[k] as number
  }
  const slope = grads.find(({ wrt }) => wrt === 'w')!.data
  for (const [k, value] of total.entries()) expect(value).toBeCloseTo(slope[k]!, 9)
})
