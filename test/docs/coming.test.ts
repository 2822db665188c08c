/** The code in docs/coming-from.md: type checked, run, and held to what it says that it logs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runTool } from '../../.tools/build.mjs'
import { root } from '../../.tools/setup.mjs'

const text = readFileSync(join(root, 'docs', 'coming-from.md'), 'utf8')
const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), match => match[1]!)
const folder = join(root, '.cache', `coming-${process.pid}`)
const notes: [actual: string, expected: string][] = []

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  vi.stubGlobal('note', (values: unknown[], expected: string) => notes.push([values.map(String).join(' '), expected]))
})
afterAll(() => {
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

/** Every `console.log(values) // expected` as a call that notes both. */
const noting = (code: string) => code.replaceAll(/^console\.log\((.*)\) \/\/ (.*)$/gm, "note([$1], '$2')")

test.each(blocks.map((block, i) => [i, block] as const))('block %i logs what it says', async (i, block) => {
  const path = join(folder, `block${i}.ts`)
  writeFileSync(path, noting(block))
  notes.length = 0
  await import(path)
  expect(notes.length).toBeGreaterThan(0)
  expect(notes.map(([actual]) => actual)).toEqual(notes.map(([, expected]) => expected))
})

test('all of it type checks', () => {
  const files = blocks.map((block, i) => {
    writeFileSync(join(folder, `checked${i}.ts`), block)
    return `checked${i}.ts`
  })
  const compilerOptions = { rootDir: root, noUnusedLocals: false }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  expect(runTool('typescript/bin/tsc', ['--noEmit', '-p', folder])).toBe(0)
})
