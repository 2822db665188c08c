import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { cycles, danglingImports, foreignImports, longFiles, type Sources, wrongDirections } from './architecture.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the folders of this repository', () => {
  const sources = readSources(['runtime', 'frontend', 'wasm', 'webgpu'])

  test('are read', () => {
    for (const entry of ['runtime/index.ts', 'frontend/index.ts', 'wasm/index.ts', 'webgpu/index.ts']) {
      expect(sources.has(entry), entry).toBe(true)
    }
  })
  test('import one way: runtime <- frontend <- wasm, webgpu', () => expect(wrongDirections(sources)).toEqual([]))
  test('import files that exist', () => expect(danglingImports(sources)).toEqual([]))
  test('import no package that is not a dependency', () => {
    const { dependencies = {} } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
    expect(foreignImports(sources, Object.keys(dependencies))).toEqual([])
  })
  test('have no cycle', () => expect(cycles(sources)).toEqual([]))
  test('have no file over 400 lines', () => expect(longFiles(sources)).toEqual([]))
})

describe('the check finds', () => {
  test.each([
    ['runtime/a.ts', "import { b } from '../frontend/b.ts'", 'runtime must not know frontend'],
    ['frontend/a.ts', "export * from '../wasm/b.ts'", 'frontend must not know wasm'],
    ['frontend/a.ts', "import type { b } from '../webgpu/b.ts'", 'frontend must not know webgpu'],
    ['wasm/a.ts', "const b = await import('../webgpu/b.ts')", 'wasm must not know webgpu'],
    ['webgpu/a.ts', "type B = import('../wasm/b.ts').B", 'webgpu must not know wasm'],
    ['wasm/a.ts', "import { b } from '../test/b.ts'", 'wasm must not know test'],
  ])('a wrong direction in %s: %s', (path, text, message) => {
    expect(wrongDirections(new Map([[path, text]]))).toEqual([expect.stringContaining(message)])
  })

  test.each([
    ['runtime/a.ts', "import { b } from 'wabt'", 'no dependency of runtime/'],
    ['runtime/a.ts', "import { b } from 'listed'", 'no dependency of runtime/'],
    ['runtime/a.ts', "import { readFile } from 'node:fs/promises'", 'a browser cannot'],
    ['frontend/a.ts', "import '@scope/b/c'", '@scope/b/c, which is no dependency'],
  ])('a foreign import in %s: %s', (path, text, message) => {
    expect(foreignImports(new Map([[path, text]]), ['listed'])).toEqual([expect.stringContaining(message)])
  })

  test('nothing in what is allowed', () => {
    const sources = new Map([
      ['runtime/a.ts', "const fs = await import('node:fs/promises')\nimport type { X } from 'node:fs'"],
      ['frontend/a.ts', "import { a } from '../runtime/a.ts'\nimport { c } from 'listed/sub'"],
      ['wasm/a.ts', "import { a } from '../frontend/a.ts'\nimport { readFileSync } from 'node:fs'"],
      ['webgpu/a.ts', "const text = `\nimport { a } from '../wasm/a.ts'\n` // import '../wasm/a.ts'"],
    ])
    expect(wrongDirections(sources)).toEqual([])
    expect(foreignImports(sources, ['listed'])).toEqual([])
    expect(danglingImports(sources)).toEqual([])
  })

  test('a missing file', () => {
    expect(danglingImports(new Map([['runtime/a.ts', "import './b.ts'"]]))).toEqual([
      'runtime/a.ts:1 imports runtime/b.ts, which does not exist',
    ])
  })

  test('a cycle, but not of types alone', () => {
    const ring = (last: string) =>
      new Map([
        ['runtime/a.ts', "import { b } from './b.ts'\nimport { d } from './d.ts'"],
        ['runtime/b.ts', "import { d } from './d.ts'\nexport { c } from './c.ts'"],
        ['runtime/c.ts', last],
        ['runtime/d.ts', ''],
      ])
    const found = ['runtime/a.ts -> runtime/b.ts -> runtime/c.ts -> runtime/a.ts']
    expect(cycles(ring("import { type B, a } from './a.ts'"))).toEqual(found)
    expect(cycles(ring("import './a.ts'"))).toEqual(found)
    expect(cycles(ring("import { type A, type B } from './a.ts'"))).toEqual([])
    expect(cycles(ring("import type { A } from './a.ts'"))).toEqual([])
    expect(cycles(ring("export const later = () => import('./a.ts')"))).toEqual([])
  })

  test('a long file', () => {
    expect(longFiles(new Map([['wasm/include/a.hpp', 'x\n'.repeat(401)]]))).toHaveLength(1)
    expect(longFiles(new Map([['wasm/include/a.hpp', 'x\n'.repeat(400)]]))).toEqual([])
  })
})

/** The TypeScript and C++ files under folders of the repository. */
function readSources(folders: readonly string[]): Sources {
  const paths = folders.flatMap(folder =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter(path => /\.(ts|hpp|cpp)$/.test(path)),
  )
  return new Map(paths.map(path => [path, readFileSync(`${root}/${path}`, 'utf8')]))
}
