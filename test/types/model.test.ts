/** What a model costs `tsc`: its time is in docs/bench.md, and the types that take it are counted alike on every machine. */
import { expect, test } from 'vitest'
import { writeModel } from '../bench/types.ts'
import { programOf } from '../declared.ts'

test('a model of 300 lines takes few types', () => {
  const model = writeModel(300)
  const program = programOf([model])
  const file = program.getSourceFile(model)!
  expect(file.getLineStarts().length).toBeGreaterThanOrEqual(300)
  expect(program.getSemanticDiagnostics(file)).toEqual([])
  // There are 26 150.
  expect(program.getInstantiationCount()).toBeLessThan(40_000)
})
