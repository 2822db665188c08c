import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeLock } from '../.tools/lock.mjs'
import { root } from '../.tools/setup.mjs'

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const { version, dependencies, devDependencies, engines } = JSON.parse(read('package.json'))
const lock = JSON.parse(read('package-lock.json'))

test('every tool is pinned to one version, and the package needs none', () => {
  for (const [name, range] of Object.entries(devDependencies)) expect(range, name).toMatch(/^\d+\.\d+\.\d+$/)
  expect(dependencies).toBeUndefined()
})

test('the lock file is that of package.json and names no registry', () => {
  expect(lock.packages[''].devDependencies).toEqual(devDependencies)
  expect([lock.version, lock.packages[''].engines]).toEqual([version, engines])
  expect(read('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/)
})

test('the lock file has every platform, after `npm run lock`', () => {
  expect(lock.packages).toEqual(completeLock(lock.packages))
})

test('`npm run lock` adds the platforms that a registry does not serve', () => {
  const parent = {
    version: '1.2.3',
    optionalDependencies: { '@p/linux-x64-musl': '1.2.3', '@p/darwin-arm64': '1.2.3' },
  }
  const known = { version: '1.2.3', os: ['darwin'] }
  expect(completeLock({ 'node_modules/p': parent, 'node_modules/@p/darwin-arm64': known })).toEqual({
    'node_modules/@p/darwin-arm64': known,
    'node_modules/@p/linux-x64-musl': {
      version: '1.2.3',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/p': parent,
  })
})
