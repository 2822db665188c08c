/** Every level has a printer and a verifier. */
import { debugprint, dim, explain, grad, log, matrix, mean, pick, shared, softmax, Tensor, vector, zeros } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test, vi } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { expandDerived } from '../../frontend/expand.ts'
import { rewrite } from '../../frontend/rewrite.ts'
import { InvalidGraph, verifyGraph } from '../../frontend/verify.ts'

/** Softmax regression with its training step. */
function regression() {
  const batch = dim('batch')
  const x = matrix('x', { shape: [batch, 784] })
  const y = vector('y', { dtype: 'int32', shape: [batch] })
  const [W, b] = [shared(zeros([784, 10]), 'W'), shared(zeros([10]), 'b')]
  const loss = mean(log(pick(softmax(x.matmul(W).add(b)), y)).neg())
  const [gW, gb] = grad(loss, [W, b])
  const updates = [
    [W, W.sub(gW!.mul(0.1))],
    [b, b.sub(gb!.mul(0.1))],
  ] as const
  return { inputs: { x, y }, outputs: { loss }, updates }
}

test('debugprint shows a node once, with attributes, types and lines', async () => {
  const x = matrix('x', { shape: [dim('n'), 3] })
  const s = softmax(x.mul(2))
  const text = debugprint([s.mul(s), s], { lines: true })
  await expect(text).toMatchFileSnapshot('../golden/frontend/debugprint.txt')
  expect(debugprint(s, { depth: 0 })).not.toContain('\n')
})

test('debugprint does not recurse', () => {
  let x: Tensor = vector('x')
  for (let i = 0; i < 20_000; i++) x = x.add(1)
  expect(debugprint(x).split('\n')).toHaveLength(40_001)
})

test('explain prints kernels and loops', async () => {
  await expect(explain(regression(), { target: wasm() })).toMatchFileSnapshot('../golden/frontend/explain.txt')
})

test('DAMO_TRACE prints the levels it names', () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.stubEnv('DAMO_TRACE', 'graph,rules')
  lowered(regression())
  vi.unstubAllEnvs()
  const printed = print.mock.calls.map(([text]) => String(text).split('\n')[0])
  print.mockRestore()
  expect(printed).toEqual(['-- graph', '-- rules', '-- rules'])
})

test('every pass keeps graphs valid', () => {
  const { outputs, updates } = regression()
  const roots = [outputs.loss, ...updates.map(([, next]) => next)]
  verifyGraph(roots)
  const rewritten = rewrite(roots).roots
  verifyGraph(rewritten)
  verifyGraph(rewrite(expandDerived(rewritten), { phases: ['canonical', 'special'] }).roots)
})

test('the verifier of graphs finds a wrong dtype and a wrong shape', () => {
  const x = vector('x', { shape: [3] })
  const sum = x.add(x)
  const wrong = (type: { dtype: 'float32' | 'float64'; shape: number[] }) =>
    new Tensor(sum.op, sum.inputs, sum.attrs, type)
  expect(() => verifyGraph([wrong({ dtype: 'float64', shape: [3] })])).toThrow(InvalidGraph)
  expect(() => verifyGraph([wrong({ dtype: 'float32', shape: [4] })])).toThrow(InvalidGraph)
})
