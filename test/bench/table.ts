/** Results as rows that are kept, and rows as text. */

import { alone } from './contender.ts'
import type { Memory } from './engines/engine.ts'
import { rows } from './rows/index.ts'
import { inferenceOnly } from './rows/row.ts'
import type { Result } from './run.ts'

/** A row as `--json` writes it. Figures are medians in the row's unit. */
export interface Comparison {
  row: string
  unit: string
  ours: number | null
  peers: Record<string, number>
  /** The best peer's figure; null without peers. */
  best: number | null
  /** How many times as fast as the best peer damo is; null without peers. */
  ratio: number | null
}

/** A row with all that is kept of it. */
export interface Entry extends Comparison {
  /** How many times as fast as with one thread damo is with several. */
  ofOne?: number
  /** Native code on the same machine. */
  anchors: Record<string, number>
  /** Bytes that a call of a model takes besides its parameters: at most at once, and those of all its arrays together. */
  memory?: Memory
  /** The same of native code, where it tells. */
  anchorMemory?: Record<string, Memory>
  /** Whose result differs and by how much, and who failed. */
  notes?: readonly string[]
}

/** Significant digits are three. */
const rounded = (figure: number) => Number(figure.toPrecision(3))

export function entryOf({ row, times, notes, memory }: Result, isNative: (name: string) => boolean): Entry {
  const own = times.get('damo')
  const others = [...times].filter(([name]) => name !== 'damo' && name !== alone)
  const figures = (native: boolean) =>
    Object.fromEntries(
      others
        .filter(([name]) => isNative(name) === native)
        .map(([name, { median }]) => [name, rounded(row.figure(median))]),
    )
  const peers = others.filter(([name]) => !isNative(name)).map(([, { median }]) => median)
  const fastest = Math.min(...peers)
  const single = times.get(alone)
  const taken = memory.get('damo')
  const native = [...memory].filter(([name]) => isNative(name))
  return {
    row: row.name,
    unit: row.unit,
    ours: own ? rounded(row.figure(own.median)) : null,
    peers: figures(false),
    best: peers.length > 0 ? rounded(row.figure(fastest)) : null,
    ratio: own && peers.length > 0 ? rounded(fastest / own.median) : null,
    ...(own && single && { ofOne: rounded(single.median / own.median) }),
    anchors: figures(true),
    ...(taken && { memory: taken }),
    ...(native.length > 0 && { anchorMemory: Object.fromEntries(native) }),
    ...(notes.length > 0 && { notes }),
  }
}

/** What `--json` writes of a row. */
export const comparisonOf = ({ row, unit, ours, peers, best, ratio }: Entry): Comparison => ({
  row,
  unit,
  ours,
  peers,
  best,
  ratio,
})

/** What a row aims for, and whether it is there. */
export function verdict({ row: name, unit, ours, peers, anchors }: Entry): string {
  const row = rows.find(each => each.name === name)
  if (!row || ours === null) return ''
  /** How many times as fast: rates are better when larger, times when smaller. */
  const times = (figure: number) => rounded(unit === 'GFLOP/s' ? ours / figure : figure / ours)
  const engines = Object.entries(peers).flatMap(([peer, figure]) => (peer === inferenceOnly ? [] : times(figure)))
  const others = Object.entries({ ...peers, ...anchors }).flatMap(([contender, figure]) => {
    const wanted = row.atLeastOf?.[contender]
    return wanted === undefined ? [] : judged(times(figure), wanted, ` of ${contender}`)
  })
  return [
    ...(row.atLeast !== undefined && engines.length > 0 ? [judged(Math.min(...engines), row.atLeast)] : []),
    ...others,
    ...(row.atMost !== undefined ? [`${ours <= row.atMost ? 'meets' : 'MISSES'} at most ${row.atMost} ${unit}`] : []),
  ].join(', ')
}

const judged = (ratio: number, wanted: number, of = '') =>
  `${ratio >= wanted ? 'meets' : 'MISSES'} ${wanted}x${of} (${ratio}x)`

/** One line for the terminal. */
export function line(entry: Entry): string {
  const { row, unit, ours, peers, ratio, ofOne, anchors } = entry
  const others = [...Object.entries(peers), ...Object.entries(anchors)].map(([name, figure]) => `${name} ${figure}`)
  const taken = entry.memory ? `\n    memory: ${memoryText(entry)}` : ''
  const ahead = `${ofOne === undefined ? '' : `  ${ofOne}x of one thread`}${ratio === null ? '' : `  ${ratio}x`}`
  return `${row.padEnd(44)} ${String(ours ?? '-').padStart(8)} ${unit}${ahead}  ${verdict(entry)}\n    ${others.join('  ')}${taken}`
}

const megabytes = (bytes: number) => `${rounded(bytes / 1e6)} MB`

/** Bytes that a call takes as people read them, and what native code does with. */
export function memoryText({ memory, anchorMemory = {} }: Entry): string {
  if (!memory) return ''
  const text = ({ peak, sum }: Memory) => `${megabytes(peak)} at once of ${megabytes(sum)} of arrays`
  return [text(memory), ...Object.entries(anchorMemory).map(([name, taken]) => `${name} ${text(taken)}`)].join(', ')
}

/** A table in Markdown. */
export function markdown(entries: readonly Entry[]): string {
  const names = (pick: (entry: Entry) => Record<string, number>) => [
    ...new Set(entries.flatMap(entry => Object.keys(pick(entry)))),
  ]
  const [peers, anchors] = [names(entry => entry.peers), names(entry => entry.anchors)]
  const threaded = entries.some(({ ofOne }) => ofOne !== undefined)
  const ofOne = threaded ? ['of one thread'] : []
  const head = ['row', 'unit', 'damo', ...ofOne, 'ratio', ...peers, ...anchors.map(name => `*${name}*`), 'aim']
  const lines = entries.map(entry => {
    const { row, unit, ours, peers: figures, ratio, anchors: native } = entry
    return [
      row.replaceAll('*', '\\*'),
      unit,
      ours ?? '',
      ...(threaded ? [entry.ofOne ?? ''] : []),
      ratio === null ? '' : `**${ratio}**`,
      ...peers.map(name => figures[name] ?? ''),
      ...anchors.map(name => native[name] ?? ''),
      verdict(entry),
    ]
  })
  const cells = (list: readonly unknown[]) => `| ${list.join(' | ')} |`
  return [
    cells(head),
    cells(head.map((_, i) => (i < 2 || i === head.length - 1 ? '---' : '---:'))),
    ...lines.map(cells),
  ].join('\n')
}
