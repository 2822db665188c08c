/** Scalars of long expressions, which are cut, in the lanes of a loop: each keeps its own value. */
import { add, arcsinh, compile, exp, gt, interpreter, log, mul, scalar, type Tensor, tanh, vector, where } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'

test('two of them in the lanes of one loop', async () => {
  const inputs = { s: scalar('s', { dtype: 'float64' }), x: vector('x', { dtype: 'float64' }) }
  const { s, x } = inputs
  const first = tanh(log(exp(tanh(s))))
  const second = arcsinh(add(mul(first, 2.7), tanh(exp(first))))
  const spread = (value: Tensor) => where(gt(x, 0), value, mul(value, x))
  const outputs = { first: spread(first), second: spread(second) }
  const given = { s: -1.76, x: [1, 2, 3, 4, -1, 5, 6, 0.5, -2] }
  const [expected, ...others] = await Promise.all(
    [interpreter(), wasm(), wasm({ numerics: 'reproducible' })].map(async target => {
      const result = await (await compile({ inputs, outputs }, { target }))(given)
      return [result.first, result.second].map(each => [...each.data].map(value => value.toFixed(12)))
    }),
  )
  for (const actual of others) expect(actual).toEqual(expected)
})
