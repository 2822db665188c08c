/** What a function becomes: its kernels as nests of loops, and what a target makes of them. */
import { namedOptions } from './arguments.ts'
import { lowered, type Spec } from './compile.ts'
import type { Target } from './kernel/target.ts'
import { programText } from './kernel/text.ts'

/** The kernels of a function in order, with where their buffers are; with a target also its loops or code. */
export function explain(spec: Spec, options: { target?: Target } = {}): string {
  namedOptions('explain', options, ['target'])
  const program = lowered(spec)
  return [programText(program), ...(options.target?.explain ? [options.target.explain(program)] : [])].join('\n')
}
