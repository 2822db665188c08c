/**
 * `npm run bench [-- --json FILE] [FILTER...]`: medians over interleaved rounds, so that what else the machine does
 * falls on all rows alike. Only with nothing else running do the figures mean much.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { measure } from 'mitata'
import { type Row, rows } from './rows.ts'

const rounds = 7

const holds = (target: NonNullable<Row['target']>, figure: number) =>
  'most' in target ? figure <= target.most : figure >= target.least

const targetText = (target: NonNullable<Row['target']>) =>
  'most' in target ? `at most ${target.most}` : `at least ${target.least}`

const text = (figure: number) => figure.toFixed(figure < 10 ? 2 : 1).padStart(8)

const [options, filters] = split(process.argv.slice(2))
const chosen = rows.filter(({ name }) => filters.length === 0 || filters.some(filter => name.includes(filter)))
const prepared = await inOrder(chosen, async row => ({ row, run: await row.prepare(), times: [] as number[] }))
for (let round = 0; round < rounds; round++) {
  for (const { row, run, times } of prepared) times.push(await timed(row, run))
}
const results = prepared.map(({ row, times }) => ({
  row,
  ours: row.figure(median(times)),
  best: row.figure(Math.min(...times)),
}))

console.log(`${cpus()[0]?.model}, node ${process.version}, ${rounds} interleaved rounds`)
for (const { row, ours, best } of results) {
  const met = row.target ? `  ${holds(row.target, ours) ? 'meets' : 'MISSES'} ${targetText(row.target)}` : ''
  console.log(`${row.name.padEnd(36)} median ${text(ours)}  best ${text(best)} ${row.unit}${met}`)
}
if (options.json) {
  const table = results.map(({ row, ours, best }) => ({ row: row.name, unit: row.unit, ours, best, peers: {} }))
  writeFileSync(options.json, `${JSON.stringify(table, undefined, 2)}\n`)
}

/** Seconds of one call: the median that mitata finds for short ones, one plain call for long ones. */
async function timed({ calls = 1 }: Row, run: () => unknown): Promise<number> {
  if (calls === 1) {
    const start = performance.now()
    await run()
    return (performance.now() - start) / 1e3
  }
  const { p50 } = await measure(run, { min_samples: calls, min_cpu_time: 2e7 })
  return p50 / 1e9
}

async function inOrder<A, B>(list: readonly A[], f: (a: A) => Promise<B>): Promise<B[]> {
  const made: B[] = []
  for (const a of list) made.push(await f(a))
  return made
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

function split(args: readonly string[]): [{ json?: string }, string[]] {
  const at = args.indexOf('--json')
  if (at < 0) return [{}, [...args]]
  return [{ json: args[at + 1]! }, args.filter((_, i) => i !== at && i !== at + 1)]
}
