/**
 * What ships: this file and damo/runtime, bundled, beside the artifact. Node, Deno, Bun and browsers run it as it is; no
 * compiler is near.
 */
import { load } from 'damo/runtime'

const pixels = 28 * 28
const many = 1000

/** What reading all test images came to. */
export interface Answer {
  right: number
  /** Hashes of all figures, and of all probabilities. */
  figures: string
  probabilities: string
  /** Milliseconds from the call to the first answer, and to the last. */
  first: number
  last: number
}

/** Reads all test images with the artifact. The folder holds `reader.json` and its neighbours, `images` and `labels`. */
export async function classify(folder: string): Promise<Answer> {
  const started = performance.now()
  const read = await load(new URL('reader.json', folder), { numerics: 'reproducible' })
  const images = (await bytes(new URL('images', folder))).subarray(16)
  const labels = (await bytes(new URL('labels', folder))).subarray(8)
  await read({ images: images.subarray(0, pixels) })
  const first = performance.now() - started
  const figures = new Int32Array(labels.length)
  const probabilities = new Float32Array(labels.length * 10)
  for (let i = 0; i < labels.length; i += many) {
    const batch = await read({ images: images.subarray(i * pixels, (i + many) * pixels) })
    figures.set(batch.figures!.data as Int32Array, i)
    probabilities.set(batch.probabilities!.data as Float32Array, i * 10)
  }
  const last = performance.now() - started
  const right = figures.reduce((sum, figure, i) => sum + Number(figure === labels[i]), 0)
  return { right, figures: await hash(figures), probabilities: await hash(probabilities), first, last }
}

async function bytes(url: URL): Promise<Uint8Array> {
  if (url.protocol !== 'file:') return new Uint8Array(await (await fetch(url)).arrayBuffer())
  const { readFile } = await import('node:fs/promises')
  return readFile(url)
}

/** The first eight bytes of an array's SHA-256, in hexadecimal. */
export async function hash(array: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', array))
  return Array.from(digest.subarray(0, 8), byte => byte.toString(16).padStart(2, '0')).join('')
}
