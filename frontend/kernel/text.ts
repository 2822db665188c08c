/** A whole program as text. */
import { callText } from './call.ts'
import { isCall, type Work } from './ir.ts'
import { kernelText } from './print.ts'
import type { KernelProgram, KernelStep } from './program.ts'

/** A kernel or call as text. */
export const workText = (work: Work): string => (isCall(work) ? callText(work) : kernelText(work))

/** The steps of a program as text. */
export function programText(program: KernelProgram): string {
  const places = program.buffers.map(({ role, aliases }, i) => `${role} ${aliases ?? i}`)
  const stepText = (step: KernelStep, indent: string): string => {
    if ('repeat' in step) {
      const inner = step.steps.map(each => stepText(each, `${indent}  `))
      return [`${indent}repeat ${step.repeat}`, ...inner].join('\n')
    }
    const text = `${workText(step.run)}  on ${step.buffers.map(buffer => places[buffer]).join(', ')}`
    return text.replaceAll(/^/gm, indent)
  }
  return program.steps.map(step => stepText(step, '')).join('\n')
}
