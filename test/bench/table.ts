/** Results as rows that are kept, and rows as text. */

import { rows } from './rows/index.ts'
import type { Result } from './run.ts'

/** A row as `--json` writes it. Figures are medians in the row's unit. */
export interface Entry {
  row: string
  unit: string
  ours: number | null
  peers: Record<string, number>
  /** The best peer's figure; null without peers. */
  best: number | null
  /** How many times as fast as the best peer damo is; null without peers. */
  ratio: number | null
  /** Native code on the same machine. */
  anchors: Record<string, number>
}

/** Significant digits are three. */
const rounded = (figure: number) => Number(figure.toPrecision(3))

export function entryOf({ row, times }: Result, isNative: (name: string) => boolean): Entry {
  const own = times.get('damo')
  const others = [...times].filter(([name]) => name !== 'damo')
  const figures = (native: boolean) =>
    Object.fromEntries(
      others
        .filter(([name]) => isNative(name) === native)
        .map(([name, { median }]) => [name, rounded(row.figure(median))]),
    )
  const peers = others.filter(([name]) => !isNative(name)).map(([, { median }]) => median)
  const fastest = Math.min(...peers)
  return {
    row: row.name,
    unit: row.unit,
    ours: own ? rounded(row.figure(own.median)) : null,
    peers: figures(false),
    best: peers.length > 0 ? rounded(row.figure(fastest)) : null,
    ratio: own && peers.length > 0 ? rounded(fastest / own.median) : null,
    anchors: figures(true),
  }
}

/** What a row aims for, and whether it is there. */
export function verdict({ row: name, ours, ratio }: Entry): string {
  const row = rows.find(each => each.name === name)
  if (row?.atLeast !== undefined && ratio !== null) return judged(ratio >= row.atLeast, `at least ${row.atLeast}x`)
  if (row?.atMost !== undefined && ours !== null) return judged(ours <= row.atMost, `at most ${row.atMost} ${row.unit}`)
  return ''
}

const judged = (met: boolean, target: string) => `${met ? 'meets' : 'MISSES'} ${target}`

/** One line for the terminal. */
export function line(entry: Entry): string {
  const { row, unit, ours, peers, ratio, anchors } = entry
  const others = [...Object.entries(peers), ...Object.entries(anchors)].map(([name, figure]) => `${name} ${figure}`)
  const ahead = ratio === null ? '' : `  ${ratio}x`
  return `${row.padEnd(44)} ${String(ours ?? '-').padStart(8)} ${unit}${ahead}  ${verdict(entry)}\n    ${others.join('  ')}`
}

/** A table in Markdown. */
export function markdown(entries: readonly Entry[]): string {
  const names = (pick: (entry: Entry) => Record<string, number>) => [
    ...new Set(entries.flatMap(entry => Object.keys(pick(entry)))),
  ]
  const [peers, anchors] = [names(entry => entry.peers), names(entry => entry.anchors)]
  const head = ['row', 'unit', 'damo', 'ratio', ...peers, ...anchors.map(name => `*${name}*`)]
  const lines = entries.map(({ row, unit, ours, peers: figures, ratio, anchors: native }) => [
    row.replaceAll('*', '\\*'),
    unit,
    ours ?? '',
    ratio === null ? '' : `**${ratio}**`,
    ...peers.map(name => figures[name] ?? ''),
    ...anchors.map(name => native[name] ?? ''),
  ])
  const cells = (list: readonly unknown[]) => `| ${list.join(' | ')} |`
  return [cells(head), cells(head.map((_, i) => (i < 2 ? '---' : '---:'))), ...lines.map(cells)].join('\n')
}
