/** The structure of a program for people: its kernels with the ops that each has fused, what they read and what they write. */
import type { KernelProgram, KernelStep } from '../frontend/kernel/program.ts'
import { isPersistent, layout } from '../runtime/arena.ts'
import type { BufferPlan } from '../runtime/manifest.ts'

/** The names of the ops in each kernel of a program. */
export const labels = ({ steps }: KernelProgram): string[] =>
  steps.map(step => ('run' in step ? step.run.label : 'repeat'))

/** Bytes of the arrays of a program of known dims besides what stays between calls, at most at once and in all. */
export function bytesOf({ buffers }: { buffers: readonly BufferPlan[] }, threads = 1): { peak: number; sum: number } {
  const sizes = buffers.map(({ bytes, perThread }) => (bytes as number) * (perThread ? threads : 1))
  const sum = sizes.reduce((total, size, i) => (isPersistent(buffers[i]!) ? total : total + size), 0)
  return { peak: layout(buffers, sizes, 0).bytes, sum }
}

/** Each kernel in a line: `ops: arrays read -> arrays written`, values between kernels as `#0`, `#1`, … with their size. */
export function structureText(program: KernelProgram): string {
  const names = new Map<number, string>()
  for (const { name, buffer } of [...program.inputs, ...program.state, ...program.outputs]) names.set(buffer, name)
  const nameOf = (buffer: number) => {
    const { role, name, bytes } = program.buffers[buffer]!
    if (!names.has(buffer)) names.set(buffer, name ?? `#${numbered++}`)
    return role === 'temporary' ? `${names.get(buffer)} (${sizeText(bytes as number)})` : names.get(buffer)!
  }
  let numbered = 0
  const line = (step: KernelStep): string => {
    if ('repeat' in step) return ['repeat', ...step.steps.map(inner => `  ${line(inner)}`)].join('\n')
    const used = (how: (access: string) => boolean) =>
      step.buffers.filter((_, i) => how(step.run.buffers[i]!.access)).map(nameOf)
    const [reads, writes] = [used(access => access !== 'write'), used(access => access !== 'read')]
    return `${step.run.label}: ${reads.join(', ')} -> ${writes.join(', ')}`
  }
  return program.steps.map(line).join('\n')
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${Number((bytes / 1e3).toPrecision(3))} kB` : `${Number((bytes / 1e6).toPrecision(3))} MB`
}
