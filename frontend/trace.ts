/** `DAMO_TRACE=graph,rules,kernels,loops,code`: what compile prints of its levels as it goes. */

/** Levels that can be printed. */
export type TraceLevel = 'graph' | 'rules' | 'kernels' | 'loops' | 'code'

/** Prints the text of a level to the error output when the environment asks for that level. */
export function trace(level: TraceLevel, text: () => string): void {
  const wanted = globalThis.process?.env?.DAMO_TRACE?.split(',') ?? []
  if (wanted.includes(level)) console.error(`-- ${level}\n${text()}`)
}
