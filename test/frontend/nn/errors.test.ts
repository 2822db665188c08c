/** What update rules and initializers say of what is not for them. */
import { array, dim, matrix, scalar, shared, sum } from 'damo'
import { adam, glorotUniform, momentum, sgd, uniform } from 'damo/nn'
import { expect, test } from 'vitest'

const W = shared(array([1, 2, 3]), 'W')
const count = shared(array([1], { dtype: 'int32' }), 'count')
const cost = sum(W)
const x = matrix('x', { shape: [dim('batch'), 3] })

const provocations: Readonly<Record<string, () => unknown>> = {
  'a rule without options': () => sgd(cost, [W], undefined as never),
  'a rule without its rate': () => momentum(cost, [W], {} as never),
  'a rate that is text': () => adam(cost, [W], { learningRate: '0.1' as never }),
  'options that are a number': () => sgd(cost, [W], 0.1 as never),
  'one parameter alone': () => sgd(cost, W as never, { learningRate: 1 }),
  'a parameter that is an input': () => sgd(sum(x), [x], { learningRate: 1 }),
  'a parameter of integers': () => sgd(cost, [count], { learningRate: 1 }),
  'a cost that is a number': () => sgd(1 as never, [W], { learningRate: 1 }),
  'too many gradients': () => sgd([W, W], [W], { learningRate: scalar('rate') }),
  'a shape without fans': () => glorotUniform([3], { seed: 1 }),
  'no seed': () => glorotUniform([3, 3], undefined as never),
  'a seed that is a fraction': () => uniform([3], { seed: 0.5 }),
}

test('messages say what is wrong', async () => {
  const texts = Object.entries(provocations).map(([name, provoke]) => {
    try {
      provoke()
      return `# ${name}\nno error\n`
    } catch (error) {
      return `# ${name}\n${(error as Error).message.replace(/(errors\.test\.ts):\d+/g, '$1:LINE')}\n`
    }
  })
  expect(texts.filter(text => text.endsWith('no error\n'))).toEqual([])
  await expect(texts.join('\n')).toMatchFileSnapshot('../../golden/frontend/nn-errors.txt')
})
