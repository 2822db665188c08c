/** What the demo shows: headings, progress, and digits drawn with dots. */
import { type Options, SingleBar } from 'cli-progress'
import { type Digits, pixels } from './digits.ts'
import type { Progress } from './learning.ts'

const terminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined

const styled = (code: number) => (text: string) => (terminal ? `\x1b[${code}m${text}\x1b[0m` : text)

export const bold = styled(1)
export const faint = styled(2)
export const green = styled(32)
export const red = styled(31)

export const say = (text = '') => console.log(text)
export const heading = (text: string) => say(`\n${bold(text)}`)

/** 60,000 in place of 60000. */
export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US')

export const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

export const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Shows progress: a bar for each epoch on a terminal, a line for each epoch elsewhere. */
export function progressBars(epochs: number): (progress: Progress) => void {
  let bar: SingleBar | undefined
  return progress => {
    const { epoch, seen, of, loss, imagesPerSecond } = progress
    const last = seen === of
    const numbers = { loss: loss.toFixed(4), rate: grouped(imagesPerSecond).padStart(7) }
    if (process.stdout.isTTY) {
      if (bar === undefined) {
        bar = new SingleBar(barOptions(`  epoch ${epoch}/${epochs}`))
        bar.start(of, 0, numbers)
      }
      bar.update(seen, numbers)
      if (!last) return
      bar.stop()
      bar = undefined
    } else if (last) say(`  epoch ${epoch}/${epochs}   loss ${numbers.loss}   ${numbers.rate} images/s`)
  }
}

const barOptions = (title: string): Options => ({
  format: `${title}  {bar}  loss {loss}  {rate} images/s`,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  barsize: 24,
  hideCursor: true,
  fps: 20,
})

/** Images of digits side by side, each with its caption below. */
export function show({ images }: Digits, places: readonly number[], caption: (place: number) => string) {
  const drawn = places.map(place => draw(images.subarray(place * pixels, (place + 1) * pixels)))
  for (let row = 0; row < 7; row++) say(`  ${drawn.map(rows => rows[row]).join('  ')}`)
  say(`  ${places.map(place => caption(place).padEnd(14)).join('  ')}`)
}

/** 28 x 28 pixels as 7 rows of 14 Braille characters, each 2 dots wide and 4 high. */
function draw(image: Uint8Array): string[] {
  // Unicode numbers the dots of a character in this order: the left column's upper three, the right one's, the last row.
  const dots = [
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 0],
    [3, 1],
  ] as const
  return Array.from({ length: 7 }, (_, row) =>
    Array.from({ length: 14 }, (_, column) => {
      const lit = dots.map(([y, x]) => image[(4 * row + y) * 28 + 2 * column + x]! > 90)
      return String.fromCharCode(0x2800 + lit.reduce((code, on, bit) => code + (Number(on) << bit), 0))
    }).join(''),
  )
}
