/** The C++ of a program, which need not be printed where the cache knows what it comes to. */

import { join } from 'node:path'
import { identityOf } from '../../frontend/kernel/build.ts'
import { callIdentity } from '../../frontend/kernel/call.ts'
import { isCall, type Work } from '../../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep } from '../../frontend/kernel/program.ts'
import type { WasmVariant } from '../../runtime/manifest.ts'
import type { EmittedVariants } from '../variants.ts'
import { defaultCacheDir, hashOf, readEntry, writeEntry } from './cache.ts'

/** C++ by its hash; the text is printed when asked for. */
export interface Source {
  readonly hash: string
  readonly text: () => string
}

export const sourceOf = (text: string): Source => ({ hash: hashOf(text), text: () => text })

/** What of a variant is its own: its source, and how many of its kernels have loops that threads share. */
interface Variant<S> {
  readonly source: S
  readonly shared: number
}

/** The sources of a program by variants, and the frame that all of them run on. */
export interface Emission extends Omit<EmittedVariants, 'variants'> {
  readonly variants: ReadonlyMap<WasmVariant, Variant<Source>>
}

/** An entry of the cache: an emission with hashes for its sources. */
interface Kept extends Omit<EmittedVariants, 'variants'> {
  readonly variants: readonly (readonly [WasmVariant, Variant<string>])[]
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
  print: () => EmittedVariants,
  { revision, choices, cacheDir = defaultCacheDir() }: EmissionOptions,
): Promise<Emission> {
  if (revision === undefined) return emissionFrom(print())
  const file = join(cacheDir, 'emissions', hashOf(revision, choices, emissionKey(program)))
  const entry = readEntry(file)
  if (entry !== undefined) {
    const { variants, ...frame }: Kept = JSON.parse(new TextDecoder().decode(entry))
    const found = variants.map(([variant, { source, shared }]) => {
      const text = () => print().variants.get(variant)!.source
      return [variant, { source: { hash: source, text }, shared }] as const
    })
    return { ...frame, variants: new Map(found) }
  }
  const emission = emissionFrom(print())
  const hashes = [...emission.variants].map(
    ([variant, { source, shared }]) => [variant, { source: source.hash, shared }] as const,
  )
  const kept: Kept = { ...emission, variants: hashes }
  await writeEntry(file, new TextEncoder().encode(JSON.stringify(kept)))
  return emission
}

function emissionFrom({ variants, ...frame }: EmittedVariants): Emission {
  const sources = [...variants].map(
    ([variant, { source, shared }]) => [variant, { source: sourceOf(source), shared }] as const,
  )
  return { ...frame, variants: new Map(sources) }
}

/**
 * All of a program that its text depends on, besides the code that prints it: what kernels and calls compute, in their order,
 * with the buffers that they share. Names do not do: of all that a cache ever sees, two may be alike.
 */
export function emissionKey({ dims, buffers, steps }: KernelProgram): string {
  const identity = (run: Work) => (isCall(run) ? callIdentity(run) : identityOf(run))
  const told = (step: KernelStep): unknown =>
    'run' in step ? [identity(step.run), step.buffers] : [step.repeat, step.count, step.steps.map(told)]
  return JSON.stringify([Object.keys(dims), buffers, steps.map(told)])
}
