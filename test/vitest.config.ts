import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  root,
  cacheDir: '.cache/vitest',
  resolve: { alias: sourcesOfEntries() },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

/** `damo`, `damo/nn` ... as package.json's condition `damo-source` maps them, so that tests need no build. */
function sourcesOfEntries() {
  const { name, exports } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    name: string
    exports: Record<string, string | Record<string, string>>
  }
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' || target['damo-source'] === undefined
      ? []
      : [{ find: new RegExp(`^${name}${entry.slice(1)}$`), replacement: `${root}${target['damo-source'].slice(2)}` }],
  )
}
