/** What a call costs, and what stands before the first: no peers, except for the call. */
import { microseconds, milliseconds, type Row } from './row.ts'

export const calls: readonly Row[] = [
  { name: 'call of a 4x4 function', task: { kind: 'call' }, atMost: 3, ...microseconds },
  {
    name: 'compile the mlp step, first time',
    task: { kind: 'compile', cached: false },
    atMost: 2000,
    ...milliseconds,
  },
  { name: 'compile the mlp step, cached', task: { kind: 'compile', cached: true }, atMost: 50, ...milliseconds },
  { name: 'frontend, 1000 nodes', task: { kind: 'frontend', nodes: 1000 }, atMost: 1000, ...milliseconds },
  { name: 'frontend, 10000 nodes', task: { kind: 'frontend', nodes: 10_000 }, atMost: 6000, ...milliseconds },
  { name: 'tsc of a 300-line model', task: { kind: 'types', lines: 300 }, atMost: 2000, ...milliseconds },
]
