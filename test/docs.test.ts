/** The code in docs/indexing.md: every line that says what it logs logs that. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { root } from '../.tools/setup.mjs'

const text = readFileSync(join(root, 'docs', 'indexing.md'), 'utf8')
const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), match => match[1]!)

// Below the repository, so that `damo` is found there.
const folder = join(root, '.cache', `docs-${process.pid}`)
const notes: [unknown, string][] = []

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  vi.stubGlobal('note', (actual: unknown, expected: string) => notes.push([actual, expected]))
})
afterAll(() => {
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

test.each(blocks.map((code, i) => [i, code] as const))('block %i logs what it says', async (i, code) => {
  const path = join(folder, `block${i}.ts`)
  const noted = code.replaceAll(/^console\.log\((.*)\) \/\/ (.*)$/gm, "note($1, '$2')")
  writeFileSync(path, noted)
  notes.length = 0
  await import(path)
  expect(notes.length).toBe(code.split('console.log').length - 1)
  expect(notes.length).toBeGreaterThan(0)
  expect(notes.map(([value]) => inspect(value, { breakLength: Infinity }))).toEqual(notes.map(([, said]) => said))
})
