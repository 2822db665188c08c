/** The demo, with a small network and few images: the whole way, in the seconds that a test may take. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adam } from 'damo/nn'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildIfStale } from '../../.tools/build.mjs'
import { hash } from '../../examples/mnist/application.ts'
import { testDigits, trainingDigits } from '../../examples/mnist/digits.ts'
import { inChromium, inDeno, inNode } from '../../examples/mnist/engines.ts'
import { countRight, learn, type Progress, readAll } from '../../examples/mnist/learning.ts'
import { build, type Network } from '../../examples/mnist/network.ts'
import { ship } from '../../examples/mnist/shipping.ts'

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
  const folder = mkdtempSync(join(tmpdir(), 'damo-mnist-test-'))

  beforeAll(async () => {
    expect(await buildIfStale()).toBe(0)
    network = await build({ name: 'small', sizes: [784, 16, 10], rule: adam })
    const lessons = { epochs: 2, batchSize: 64, learningRate: 0.01 }
    await learn(network, trainingDigits(2000), lessons, each => progress.push(each))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

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
    let figures: string
    let probabilities: string | undefined

    beforeAll(async () => {
      const files = await ship(network, folder)
      expect(files.map(({ name }) => name)).toEqual([
        'application.js',
        'reader.json',
        'reader.safetensors',
        'reader.wasm',
      ])
      figures = await hash(await readAll(network, testDigits()))
    })

    test.for([
      { name: 'Node', engine: inNode },
      { name: 'Deno', engine: inDeno },
      { name: 'Chromium', engine: inChromium },
    ])('reads the same in $name, bit for bit', async ({ engine }, context) => {
      const verdict = await engine(folder)
      if ('absent' in verdict) return context.skip(`${verdict.engine}: ${verdict.absent}`)
      expect(verdict.answer.figures).toBe(figures)
      probabilities ??= verdict.answer.probabilities
      expect(verdict.answer.probabilities).toBe(probabilities)
    })
  })
})
