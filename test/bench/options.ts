/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { nodeOfRecord } from './install.ts'

export const usage = `npm run bench -- [options] [filter...]
  Measures the rows whose names hold one of the filters (all without a filter), damo and its peers in turns.
  --json FILE       write the rows as JSON
  --docs            keep these rows in docs/bench.json and write docs/bench.md
  --node VERSION    the Node that runs damo and the peers: a version from npm or a path; ${nodeOfRecord} unless given
  --threads N       threads of each engine that has them, beside damo with one; 1 unless given
  --only A,B        of the engines and anchors only these, besides damo
  --rounds N        rounds, in turns; 7 unless given
  --list            print the names of the rows`

export interface Options {
  json?: string
  docs: boolean
  node: string
  threads: number
  only?: readonly string[]
  rounds: number
  list: boolean
  filters: readonly string[]
}

/** The options of a command line; `contenders` may be asked for by name. Throws for what there is not. */
export function readOptions(args: readonly string[], contenders: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
      node: { type: 'string', default: nodeOfRecord },
      threads: { type: 'string', default: '1' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      list: { type: 'boolean', default: false },
    },
  })
  const { json, docs, node, list } = values
  const only = values.only?.split(',')
  const unknown = only?.find(name => name !== 'damo' && !contenders.includes(name))
  if (unknown !== undefined) throw new Error(`--only: there is no '${unknown}'; there are ${contenders.join(', ')}`)
  return {
    ...(json !== undefined && { json }),
    ...(only && { only }),
    docs,
    node,
    list,
    threads: count('--threads', values.threads),
    rounds: count('--rounds', values.rounds),
    filters: positionals,
  }
}

function count(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option}: expected a positive integer, got ${text}`)
  return value
}
