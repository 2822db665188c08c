/**
 * `npm run bench`: damo against its peers, row by row. Every contender has a process of its own and they take turns, so that
 * what else the machine does falls on all alike. Only with nothing else running do the figures mean much.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { alone, type Contender, type EngineName, engine } from './contender.ts'
import { keep } from './docs.ts'
import { findNode, installPeers } from './install.ts'
import { anchorNames, nativeAnchors } from './native/index.ts'
import { readOptions, usage } from './options.ts'
import { rows } from './rows/index.ts'
import { runRow } from './run.ts'
import { comparisonOf, type Entry, entryOf, line } from './table.ts'

const peerNames: readonly EngineName[] = ['jax-js', 'tfjs', 'onnxruntime-web', 'litert.js']

const options = commandLine([...peerNames, ...anchorNames])
const { filters, threads, rounds, only } = options
const chosen = rows.filter(({ name }) => filters.length === 0 || filters.some(filter => name.includes(filter)))
if (options.list || chosen.length === 0) {
  console.log(options.list ? chosen.map(({ name }) => name).join('\n') : `no row matches ${filters.join(' ')}`)
  process.exit(options.list ? 0 : 1)
}

const node = findNode(options.node)
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${version}, ${threads} thread${threads === 1 ? '' : 's'}`
const wanted = (name: string) => name === 'damo' || !only || only.includes(name)
const rivals = peerNames.filter(wanted)
const peers = rivals.length > 0 ? installPeers() : ''
const engines = (['damo', ...rivals] as const).map(name => engine(name, { threads, peers }, node))
const single = threads > 1 ? [engine('damo', { threads: 1, peers }, node, alone)] : []
const contenders: Contender[] = [...engines, ...single, ...nativeAnchors(threads, wanted)]
console.log(`${machine}; medians of ${rounds} rounds in turns`)

const entries: Entry[] = []
try {
  const working = await started(contenders)
  for (const row of chosen) {
    const result = await runRow(row, working, rounds)
    const entry = entryOf(result, name => contenders.some(each => each.name === name && each.native))
    entries.push(entry)
    console.log(line(entry))
    for (const note of result.notes) console.log(`    ${note}`)
  }
} finally {
  for (const contender of contenders) contender.end()
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(entries.map(comparisonOf), undefined, 2)}\n`)
if (options.docs) keep(entries, machine)
const wrong = entries.filter(({ ours }) => ours === null)
if (wrong.length > 0) {
  console.error(`damo has no right result in: ${wrong.map(({ row }) => row).join(', ')}`)
  process.exitCode = 1
}

/** Those that start; without damo there is nothing to compare. */
async function started(all: readonly Contender[]): Promise<Contender[]> {
  const replies = await Promise.all(all.map(each => each.ask({ do: 'start' })))
  return all.filter(({ name }, i) => {
    const { failed } = replies[i]!
    if (failed && name === 'damo') throw new Error(`damo does not start: ${failed}`)
    if (failed) console.log(`without ${name}: ${failed}`)
    return !failed
  })
}

function commandLine(contenders: readonly string[]) {
  try {
    return readOptions(process.argv.slice(2), contenders)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(1)
  }
}
