import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'

/** Tells `npm test` what a run came to, by the file that DAMO_TEST_SUMMARY names. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]) {
    const file = process.env.DAMO_TEST_SUMMARY
    if (file !== undefined) writeFileSync(file, JSON.stringify(summarize(modules, unhandledErrors)))
  }
}

function summarize(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]) {
  let passed = 0
  const failed = unhandledErrors.map(error => `unhandled error: ${error.message}`)
  const skipped: string[] = []
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed += 1
      else if (state === 'failed') failed.push(nameOf(test))
      else skipped.push(nameOf(test))
    }
    failed.push(...brokenParts(module))
  }
  return { passed, failed, skipped }
}

/** A file that cannot be read, or a suite whose hook fails, has errors of its own beside those of its tests. */
function brokenParts(module: TestModule): string[] {
  const parts = [module, ...module.children.allSuites()]
  return parts.flatMap(part => {
    const name = part.type === 'module' ? part.relativeModuleId : `${part.module.relativeModuleId} > ${part.fullName}`
    return part.errors().map(error => `${name}: ${error.message.split('\n')[0]}`)
  })
}

function nameOf(test: TestCase): string {
  const result = test.result()
  const reason = 'note' in result && result.note ? ` (${result.note})` : ''
  return `${test.module.relativeModuleId} > ${test.fullName}${reason}`
}
