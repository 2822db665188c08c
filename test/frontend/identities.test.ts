/** Identities of derivatives are gone once a program is compiled: no rule and no kernel meets them. */
import {
  compile,
  disconnectedGrad,
  gradClip,
  gradScale,
  interpreter,
  log,
  scan,
  sigmoid,
  type Tensor,
  vector,
  zeroGrad,
} from 'damo'
import { expect, test } from 'vitest'
import { passesOf, toGraph } from '../../frontend/compile.ts'
import { topologicalWithin } from '../../frontend/graph.ts'
import { rootsOf } from '../../frontend/settle.ts'
import { loopInterpreter } from '../targets.ts'

const x = vector('x', { shape: [3] })
const wrapped = (y: Tensor) => gradScale(gradClip(zeroGrad(disconnectedGrad(y)), -1, 1), 2)

test('none is left after the passes, inside loops too', () => {
  const { carry } = scan((h: Tensor) => ({ carry: wrapped(h.mul(0.5)) }), { initial: wrapped(x), steps: 3 })
  const graph = toGraph({ inputs: { x }, outputs: { carry } })
  const roots = passesOf(graph).reduce<readonly Tensor[]>((list, pass) => pass.run(list), rootsOf(graph))
  const left = topologicalWithin(roots).filter(({ op }) => op.kind === 'elementwise' && op.transparent)
  expect(left.map(({ op }) => op.name)).toEqual([])
})

test.each([interpreter(), loopInterpreter()])('stability rules see through them on the $name', async target => {
  const f = await compile({ inputs: { x }, outputs: log(wrapped(sigmoid(x))) }, { target })
  expect(f.runSync({ x: [-1000, 0, 1000] }).tolist()).toEqual(
    [-1000, Math.fround(-Math.LN2), 0].map(v => expect.closeTo(v, 5)),
  )
})

test('an input may be given back through one', async () => {
  const f = await compile({ inputs: { x }, outputs: zeroGrad(x) }, { target: loopInterpreter() })
  expect(f.runSync({ x: [1, 2, 3] }).tolist()).toEqual([1, 2, 3])
})
