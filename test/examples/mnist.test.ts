/** The demo, with a small network and few images: the whole way, in the seconds that a test may take. */
import { adam } from 'damo/nn'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { buildIfStale } from '../../.tools/build.mjs'
import { hash } from '../../examples/mnist/application.ts'
import { testDigits, trainingDigits } from '../../examples/mnist/digits.ts'
import { countRight, learn, type Progress, readAll } from '../../examples/mnist/learning.ts'
import { build, type Network } from '../../examples/mnist/network.ts'
import { prove } from '../../examples/mnist/proof.ts'

test('the digits are those of MNIST', () => {
  const [{ count, images, labels }, tested] = [trainingDigits(), testDigits()]
  expect([count, images.length, labels.length, [...labels.subarray(0, 5)]]).toEqual([
    60_000,
    60_000 * 784,
    60_000,
    [5, 0, 4, 1, 9],
  ])
  expect([tested.count, tested.images.length, [...tested.labels.subarray(0, 5)]]).toEqual([
    10_000,
    7_840_000,
    [7, 2, 1, 0, 4],
  ])
  expect(images.reduce((sum, gray) => sum + gray, 0) / images.length / 255).toBeCloseTo(0.1307, 4)
})

describe('a small network', () => {
  let network: Network
  const progress: Progress[] = []

  beforeAll(async () => {
    expect(await buildIfStale()).toBe(0)
    network = await build({ name: 'small', sizes: [784, 16, 10], rule: adam })
    const lessons = { epochs: 2, batchSize: 64, learningRate: 0.01 }
    await learn(network, trainingDigits(2000), lessons, each => progress.push(each))
  })

  test('learns, and tells of every step, the last short batch included', () => {
    expect(progress.length).toBe(2 * Math.ceil(2000 / 64))
    expect(progress.filter(({ seen }) => seen === 2000).map(({ epoch }) => epoch)).toEqual([1, 2])
    expect(progress.at(-1)!.loss).toBeLessThan(progress[10]!.loss / 2)
  })

  test('reads most figures', async () => {
    const digits = testDigits()
    expect(countRight(await readAll(network, digits), digits)).toBeGreaterThan(8000)
  })

  describe('shipped', () => {
    let proof: Awaited<ReturnType<typeof prove>>

    beforeAll(async () => {
      const said = vi.spyOn(console, 'log').mockImplementation(() => {})
      proof = await prove(network, await hash(await readAll(network, testDigits())))
      expect(said.mock.calls.flat().join('\n')).toMatch(/application\.js[\s\S]+reader\.wasm[\s\S]+Node/)
      said.mockRestore()
    })

    test.for(['Node', 'Deno', 'Bun', 'Chromium'])('answers in %s', (name, context) => {
      const verdict = proof.verdicts.find(({ engine }) => engine.startsWith(name))!
      if ('absent' in verdict) return context.skip(`${name}: ${verdict.absent}`)
      expect(verdict.answer.right).toBeGreaterThan(8000)
    })

    test('answers alike, to the last bit', () => expect(proof.problems).toEqual([]))
  })
})
