import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
