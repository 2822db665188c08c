import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildIfStale } from '../.tools/build.mjs'
import { root } from '../.tools/setup.mjs'
import { importsOf } from './imports.ts'

const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = Object.keys(exports).filter(entry => entry !== './package.json')

beforeAll(async () => expect(await buildIfStale()).toBe(0))

test('every entry loads in Node by its public name', () => {
  const load = entries.map(entry => `await import('${name}${entry.slice(1)}')`).join('\n')
  execFileSync(process.execPath, ['--input-type=module', '--eval', load], { cwd: root })
})

test('the runtime is one file, and imports node: modules only when it needs them', () => {
  const imports = importsOf('runtime.js', readFileSync(join(root, 'dist', 'runtime.js'), 'utf8'))
  expect(imports.filter(each => !(each.dynamic && each.specifier.startsWith('node:')))).toEqual([])
})

test('the code knows its revision, a hash of what it was bundled from', () => {
  const texts = readdirSync(join(root, 'dist'))
    .filter(each => each.endsWith('.js'))
    .map(each => readFileSync(join(root, 'dist', each), 'utf8'))
  expect(texts.filter(text => /const revision = '[0-9a-f]{64}';/.test(text))).toHaveLength(1)
})

test('the C++ headers are shipped beside the code that reads them', () => {
  const folder = join(root, 'wasm', 'include')
  const headers = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  for (const header of headers.filter(each => each.endsWith('.hpp'))) {
    expect(existsSync(join(root, 'dist', 'include', header)), header).toBe(true)
  }
})

test('each entry has its declarations, which name no file that is not shipped', () => {
  for (const entry of entries) {
    const types: string = exports[entry].types
    const text = readFileSync(join(root, types), 'utf8')
    for (const { specifier } of importsOf(types, text)) {
      if (!specifier.startsWith('.')) continue
      expect(existsSync(join(root, 'dist', specifier.replace(/\.js$/, '.d.ts'))), specifier).toBe(true)
    }
  }
})
