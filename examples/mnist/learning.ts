/** Learning and being tested: everything about data that the compiled functions do not know. */
import { rng } from 'damo/nn'
import { type Digits, pixels } from './digits.ts'
import type { Network } from './network.ts'

export interface Lessons {
  epochs: number
  batchSize: number
  /** The first step's; it falls to 0 along a straight line. */
  learningRate: number
}

/** How far an epoch is, after a step. */
export interface Progress {
  epoch: number
  /** Images seen in this epoch, of how many. */
  seen: number
  of: number
  /** The mean loss of the epoch's steps so far. */
  loss: number
  imagesPerSecond: number
}

/** Goes over the digits `epochs` times, each time in another order, and tells of each step. */
export async function learn({ train }: Network, digits: Digits, lessons: Lessons, tell: (progress: Progress) => void) {
  const { epochs, batchSize, learningRate } = lessons
  const random = rng(2)
  const total = epochs * digits.count
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = random.permutation(digits.count)
    const started = performance.now()
    let losses = 0
    for (let seen = 0; seen < digits.count; ) {
      const batch = take(digits, order.subarray(seen, seen + batchSize))
      const done = (epoch - 1) * digits.count + seen
      const { loss } = await train({ ...batch, learningRate: learningRate * (1 - done / total) })
      losses += loss.item() * batch.labels.length
      seen += batch.labels.length
      const imagesPerSecond = (1000 * seen) / (performance.now() - started)
      tell({ epoch, seen, of: digits.count, loss: losses / seen, imagesPerSecond })
    }
  }
}

/** The digits at these places, as a batch. */
function take({ images, labels }: Digits, places: Uint32Array): { images: Uint8Array; labels: Uint8Array } {
  const batch = new Uint8Array(places.length * pixels)
  places.forEach((place, i) => {
    batch.set(images.subarray(place * pixels, (place + 1) * pixels), i * pixels)
  })
  return { images: batch, labels: Uint8Array.from(places, place => labels[place]!) }
}

/** What the network reads in each image. */
export async function readAll({ read }: Network, { images, count }: Digits): Promise<Int32Array<ArrayBuffer>> {
  const figures = new Int32Array(count)
  const many = 1000
  for (let i = 0; i < count; i += many) {
    const result = await read({ images: images.subarray(i * pixels, (i + many) * pixels) })
    figures.set(result.figures.data as Int32Array, i)
  }
  return figures
}

/** How many of the figures are those of the labels. */
export const countRight = (figures: Int32Array, { labels }: Digits): number =>
  figures.reduce((right, figure, i) => right + Number(figure === labels[i]), 0)
