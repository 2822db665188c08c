/** The README's code, as it stands there: type checked, and run on each target that the README names. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runTool } from '../.tools/build.mjs'
import { root } from '../.tools/setup.mjs'
import { executors } from './laws/executors.ts'

const text = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), match => match[1]!)
const [ten, loading, op] = blocks as [string, string, string]

/** The block with every `console.log(value) // expected` as a call that notes both. */
const noting = (code: string) => code.replaceAll(/^console\.log\((.*)\) \/\/ (.*)$/gm, "note($1, '$2')")

/** The block for the interpreter in place of wasm, which cannot save. */
const interpreted = (code: string) =>
  code
    .replace("import { wasm } from 'damo/wasm'", "import { interpreter as wasm } from 'damo'")
    .replace(/^await .*save.*$/m, '')

test('there are three blocks of code, and their results are noted', () => {
  expect(blocks.length).toBe(3)
  expect(blocks.map(block => noting(block).split('note(').length - 1)).toEqual([2, 1, 1])
})

describe('the code', () => {
  // Below the repository, so that `damo` is found there.
  const folder = join(root, '.cache', `readme-${process.pid}`)
  const working = mkdtempSync(join(tmpdir(), 'damo-readme-'))
  const home = process.cwd()
  const notes: [unknown, string][] = []

  beforeAll(() => {
    mkdirSync(folder, { recursive: true })
    process.chdir(working)
    vi.stubGlobal('note', (actual: unknown, expected: string) => notes.push([actual, expected]))
  })
  afterAll(() => {
    process.chdir(home)
    vi.unstubAllGlobals()
    for (const path of [folder, working]) rmSync(path, { recursive: true })
  })

  /** Runs a block, and gives what it logged beside what it says that it logs. */
  async function run(name: string, code: string): Promise<[unknown, string][]> {
    const path = join(folder, `${name}.ts`)
    writeFileSync(path, noting(code))
    notes.length = 0
    await import(path)
    return [...notes]
  }

  const allAsSaid = (noted: [unknown, string][], count: number) => {
    expect(noted.map(([actual]) => actual)).toEqual(noted.map(([, expected]) => expected))
    expect(noted.length).toBe(count)
  }

  test('type checks', () => {
    const files = blocks.map((block, i) => {
      writeFileSync(join(folder, `checked${i}.ts`), block)
      return `checked${i}.ts`
    })
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: root, noUnusedLocals: false },
      files,
      include: [],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    expect(runTool('typescript/bin/tsc', ['--noEmit', '-p', folder])).toBe(0)
  })

  test('of ten lines runs on the interpreter', async () => allAsSaid(await run('interpreted', interpreted(ten)), 2))

  test('of ten lines runs on wasm, and what it saves is loaded', async context => {
    const absent = await executors.find(({ name }) => name === 'wasm')?.unavailable()
    if (absent !== undefined) return context.skip(absent)
    allAsSaid(await run('compiled', ten), 2)
    allAsSaid(await run('loaded', loading), 1)
  })

  test('of an op runs', async () => allAsSaid(await run('op', op), 1))
})

test('the commands are those of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const commands = Array.from(text.matchAll(/npm (?:run )?(\w+)/g), match => match[1]!)
  expect(commands.length).toBeGreaterThan(2)
  for (const command of commands) expect(scripts).toHaveProperty(command)
})

test('what it links to exists', () => {
  const links = Array.from(text.matchAll(/\]\(([^)]+)\)/g), match => match[1]!)
  for (const link of links) expect(readFileSync(join(root, link)).length, link).toBeGreaterThan(0)
})
