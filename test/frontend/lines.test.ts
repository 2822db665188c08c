/** Every node that a public function makes, however deep inside, knows the user's line: errors of running programs name it. */
import { DamoError, type DType, tensor } from 'damo'
import { expect, test } from 'vitest'
import type { ExampleInput } from '../../frontend/define.ts'
import { topological } from '../../frontend/graph.ts'
import { userLine } from '../../frontend/origin.ts'
import { type Examples, functions } from '../laws/functions.ts'

/** The examples of the first dtype that the function takes. */
function applied(examples: Examples): ReturnType<Examples> {
  for (const dtype of ['float32', 'int32', 'bool'] satisfies DType[]) {
    const input: ExampleInput = (shape, own = dtype) => tensor('x', { dtype: own, shape })
    try {
      return examples(input)
    } catch (error) {
      if (!(error instanceof DamoError)) throw error
    }
  }
  throw new Error('takes no dtype')
}

test.each(Object.entries(functions))('%s', (_, examples) => {
  const without = topological(applied(examples)).filter(node => !node.origins.some(userLine))
  expect(without.map(String)).toEqual([])
})
