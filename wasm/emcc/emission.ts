/** The C++ of a program, which need not be printed where the cache knows what it comes to. */

import { join } from 'node:path'
import type { KernelProgram, KernelStep } from '../../frontend/kernel/program.ts'
import type { EmittedProgram } from '../program.ts'
import { defaultCacheDir, hashOf, readEntry, writeEntry } from './cache.ts'

/** C++ by its hash; the text is printed when asked for. */
export interface Source {
  readonly hash: string
  readonly text: () => string
}

export const sourceOf = (text: string): Source => ({ hash: hashOf(text), text: () => text })

/** A program printed for one thread and, unless it is for one alone, for several. */
export interface Printed {
  readonly plain: EmittedProgram
  readonly threads?: EmittedProgram | undefined
}

/** The sources of a program, and what the frame has to hold for both: with threads it holds more scratch memory. */
export interface Emission extends Omit<EmittedProgram, 'source'> {
  readonly plain: Source
  readonly threads?: Source | undefined
}

/** An entry of the cache: an emission with hashes for its sources. */
interface Kept extends Omit<EmittedProgram, 'source'> {
  readonly plain: string
  readonly threads?: string | undefined
}

export interface EmissionOptions {
  /** Of damo's code; without one nothing is kept. */
  revision: string | undefined
  /** What else the text depends on, as text: how the target schedules and shares. */
  choices: string
  cacheDir?: string | undefined
}

/** What a program is printed as: from the cache by `emissionKey`, else by `print`. */
export async function emissionOf(
  program: KernelProgram,
  print: () => Printed,
  { revision, choices, cacheDir = defaultCacheDir() }: EmissionOptions,
): Promise<Emission> {
  if (revision === undefined) return emissionFrom(print())
  const file = join(cacheDir, 'emissions', hashOf(revision, choices, emissionKey(program)))
  const entry = readEntry(file)
  if (entry !== undefined) {
    const { plain, threads, ...frame }: Kept = JSON.parse(new TextDecoder().decode(entry))
    const inThreads = threads === undefined ? undefined : { hash: threads, text: () => print().threads!.source }
    return { ...frame, plain: { hash: plain, text: () => print().plain.source }, threads: inThreads }
  }
  const emission = emissionFrom(print())
  const kept: Kept = { ...emission, plain: emission.plain.hash, threads: emission.threads?.hash }
  await writeEntry(file, new TextEncoder().encode(JSON.stringify(kept)))
  return emission
}

function emissionFrom({ plain, threads }: Printed): Emission {
  const { source: _, ...frame } = threads ?? plain
  return { ...frame, plain: sourceOf(plain.source), threads: threads && sourceOf(threads.source) }
}

/**
 * All of a program that its text depends on, besides the code that prints it: kernels and calls by their names, which are
 * hashes of what they compute, in their order, with the buffers that they share.
 */
export function emissionKey({ dims, buffers, steps }: KernelProgram): string {
  const named = (step: KernelStep): unknown =>
    'run' in step ? [step.run.name, step.buffers] : [step.repeat, step.count, step.steps.map(named)]
  return JSON.stringify([Object.keys(dims), buffers, steps.map(named)])
}
