/** Products that add nothing up are arithmetic like any other: no kernel stores them for the next one. */
import { add, einsum, exp, matrix, outer, sub, sum, type Tensor, vector } from 'damo'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'

const inputs = { a: vector('a', { shape: [5] }), b: vector('b', { shape: [7] }), w: matrix('w', { shape: [5, 7] }) }
const { a, b, w } = inputs

test.each<[string, Tensor, string]>([
  ['a sum of them', sum(exp(outer(a, b))), 'sum'],
  ['an update of rank one', sub(w, outer(a, b)), 'sub'],
  ['axes turned', add(einsum('i,j->ji', b, a), w), 'add'],
  ['a batch', add(einsum('ij,i->ij', w, a), 1), 'add'],
])('%s: one kernel', (_, r, label) => {
  const { steps } = lowered({ inputs, outputs: { r }, onUnusedInput: 'ignore' })
  expect(steps.map(step => 'run' in step && step.run.label)).toEqual([label])
})
