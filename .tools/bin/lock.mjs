// npm run lock: run after each change of a dependency; completes package-lock.json for all platforms.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLock } from '../lock.mjs'
import { root } from '../setup.mjs'

const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
lock.packages = completeLock(lock.packages)
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
