/**
 * `npm run accuracy [-- name... --step=N --workers=N]`: measures float32 functions on all 2^32 arguments (every N-th with
 * `--step`), on as many processes as there are cores, and writes docs/accuracy.md. About a minute and a half for each
 * function and core.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Worst } from './bench.ts'
import { claims } from './claims.ts'
import { measureFloat64 } from './float64.ts'
import { measurePow } from './pairs.ts'
import { unaryReferences } from './reference.ts'
import { allPatterns } from './sweep.ts'
import { updatePage } from './table.ts'
import type { Answer, Task } from './worker.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    step: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    float64: { type: 'boolean', default: false },
  },
})
const step = Number(values.step)
const workers = Array.from({ length: Number(values.workers) }, () =>
  fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] }),
)

const wanted = (name: string) => positionals.length === 0 || positionals.includes(name)

if (!values.float64) {
  for (const name of unaryReferences.filter(wanted)) await measure(name)
  if (wanted('pow')) report('pow', await measurePow(10_000_000), '10,000,000 pairs')
}
for (const worker of workers) worker.disconnect()
for await (const row of measureFloat64(positionals, 100_000)) updatePage([row])

async function measure(name: string): Promise<void> {
  const worst = await sweepTogether(name)
  report(name, worst, step === 1 ? 'all' : Math.ceil(allPatterns / step).toLocaleString('en'))
}

function report(name: string, worst: Worst, covered: string): void {
  const cells = [worst.ulps.toFixed(3), ...[worst.argument, worst.got, worst.want].map(show)]
  console.log(`${name.padEnd(10)} ${cells.join('  ')}`)
  updatePage([{ name, dtype: 'float32', cells: [...cells, covered] }])
  if (worst.ulps <= (claims[name] ?? 0)) return
  console.error(`${name}: ${claims[name]} ulp are claimed`)
  process.exitCode = 1
}

/** Every worker takes the next range as soon as it has finished one. */
async function sweepTogether(name: string): Promise<Worst> {
  const size = allPatterns / 256
  let next = 0
  let worst: Worst = { ulps: 0, argument: 0, got: 0, want: 0 }
  await Promise.all(
    workers.map(async worker => {
      while (next < allPatterns) {
        const from = Math.ceil(next / step) * step
        next += size
        const answer = await ask(worker, { name, from, to: next, step })
        if ('error' in answer) throw new Error(`${name}: ${answer.error}`)
        if (answer.worst.ulps > worst.ulps) worst = answer.worst
      }
    }),
  )
  return worst
}

function ask(worker: ChildProcess, task: Task): Promise<Answer> {
  return new Promise(resolve => {
    worker.once('message', answer => resolve(answer as Answer))
    worker.send(task)
  })
}

/** A float32 with as many digits as tell it from others. */
function show(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(9))) : String(x)
}
