import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runVitest } from '../.tools/checks.mjs'
import { root } from '../.tools/setup.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damo-checks-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs vitest over files of the given texts. */
function run(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), `import { beforeAll, describe, expect, test } from 'vitest'\n${text}`)
  }
  return runVitest(['--root', folder], { quiet: true })
}

test('what passed, failed and was skipped is counted by name', () => {
  const summary = run({
    'a.test.js': `
      test('good', () => {})
      test('bad', () => expect(1).toBe(2))
      test.skip('left out', () => {})
      test('without a GPU', context => context.skip('no adapter'))
      describe('hook', () => { beforeAll(() => { throw new Error('not ready') }); test('waits', () => {}) })`,
    'b.test.js': "throw new Error('cannot be read')",
    'c.test.js':
      "test('good', () => { setTimeout(() => { throw new Error('late') }); return new Promise(done => setTimeout(done, 50)) })",
  })
  expect(summary.passed).toBe(2)
  expect(summary.failed.sort()).toEqual([
    'a.test.js > bad',
    'a.test.js > hook: not ready',
    'b.test.js: cannot be read',
    'unhandled error: late',
  ])
  expect(summary.skipped.sort()).toEqual([
    'a.test.js > hook > waits',
    'a.test.js > left out',
    'a.test.js > without a GPU (no adapter)',
  ])
})

test('a vitest that does not start, finds nothing, or loses a worker has failed', () => {
  expect(run({}).failed).toEqual([expect.stringMatching(/^vitest \(code 1/)])
  expect(
    run({ 'a.test.js': "test('good', () => {})", 'b.test.js': "test('x', () => process.kill(process.pid, 'SIGKILL'))" })
      .failed,
  ).not.toEqual([])
  expect(run({ 'vitest.config.js': "throw new Error('broken')" }).failed).toEqual([
    expect.stringMatching(/before its end/),
  ])
})
