/** docs/bench.md: the last figures of every row. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rows } from './rows/index.ts'
import { type Entry, markdown, memoryText } from './table.ts'

const dataPath = fileURLToPath(new URL('../../docs/bench.json', import.meta.url))
const textPath = fileURLToPath(new URL('../../docs/bench.md', import.meta.url))

/** A table of one machine, engine and number of threads, with the day of each row. */
interface Table {
  machine: string
  entries: (Entry & { date: string })[]
}

/** Puts rows in the place of their former figures and writes both files. */
export function keep(entries: readonly Entry[], machine: string): void {
  const date = new Date().toISOString().slice(0, 10)
  const tables: Table[] = existsSync(dataPath) ? JSON.parse(readFileSync(dataPath, 'utf8')) : []
  const table = tables.find(each => each.machine === machine) ?? { machine, entries: [] }
  if (!tables.includes(table)) tables.push(table)
  const newest = new Map(
    [...table.entries, ...entries.map(entry => ({ ...entry, date }))].map(each => [each.row, each]),
  )
  table.entries = rows.flatMap(({ name }) => newest.get(name) ?? [])
  writeFileSync(dataPath, `${JSON.stringify(tables, undefined, 1)}\n`)
  writeFileSync(textPath, text(tables))
}

const text = (tables: readonly Table[]) => `# Benchmarks

Written by \`npm run bench -- --docs\`. Every row is one run in which damo, its peers and native code took turns, each in a
process of its own; figures are medians of at least five rounds, of fewer for what takes half a second a call. Results are
compared before anything is timed. **ratio** is the time of the best peer over damo's: above 1 damo is faster. Native code
(*in italics*) is no peer but what the hardware allows.
**aim** is what the project set itself: a ratio to the best of jax-js, TensorFlow.js and onnxruntime-web, or to the one that is
named. LiteRT.js, the fastest at inference and unable to train, has an aim of its own. **of one thread** is the time of damo with one
thread, which took its turns too, over that with several.

Arrays lie in each engine's own memory. Networks are called with a batch of the caller's and their result is read.
onnxruntime-web copies results out on every call: its interface. jax-js has threads on pages alone: Node gives it
what it takes for a page's workers. TensorFlow.js has none outside of one.

Theano's expressions of 2010 at 1e7 elements are arrays of 80 MB: there the memory's bandwidth is the limit, which is the
same for vectors of any width, as C shows. At 1e5 they lie in caches, at 1e3 the call itself counts.
${tables.map(section).join('')}`

function section({ machine, entries }: Table): string {
  const dates = entries.map(({ date }) => date).sort()
  const [first, last] = [dates[0], dates.at(-1)]
  return `\n## ${machine}\n\nMeasured ${first === last ? first : `${first} to ${last}`}.\n\n${markdown(entries)}\n${memoryOf(entries)}${notesOf(entries)}`
}

/** What models take of memory while they run. */
function memoryOf(entries: readonly Entry[]): string {
  const lines = entries.flatMap(entry => (entry.memory ? `- ${entry.row}: ${memoryText(entry)}` : []))
  if (lines.length === 0) return ''
  return `\nMemory of a call besides the parameters, at most at once, beside the sum of all its arrays:\n\n${lines.join('\n')}\n`
}

function notesOf(entries: readonly Entry[]): string {
  const notes = entries.flatMap(entry => entry.notes ?? [])
  return notes.length === 0 ? '' : `\n${notes.map(note => `- ${note.replaceAll('*', '\\*')}`).join('\n')}\n`
}
