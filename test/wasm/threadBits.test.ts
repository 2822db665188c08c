/** Convolutions in every form, products and sums: the bits of one thread on two, three and eight, in both variants. */
import { array, compile, grad, Lop, maximum, mean, softmax, square, type Tensor, tanh, tensor } from 'damo'
import { categoricalCrossentropy, conv2d, pool2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { hasRelaxed } from '../../runtime/relaxed.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/models.ts'
import { sharedLoops } from '../targets.ts'
import '../relaxed.ts'

const images = tensor('images', { shape: [6, 16, 30, 30] })
const filters = tensor('filters', { shape: [16, 16, 3, 3] })
const wide = tensor('wide', { shape: [12, 16, 5, 5] })
const deep = tensor('deep', { shape: [16, 1, 3, 3] })
const labels = tensor('labels', { dtype: 'int32', shape: [6] })
const small = tensor('small', { shape: [35, 12, 6, 6] })
const around = tensor('around', { shape: [16, 12, 3, 3] })
const seen = tensor('seen', { shape: [35, 16, 4, 4] })
const weights = tensor('weights', { shape: [12 * 13 * 13, 10] })

/** What a layer gives, and its gradients with respect to what goes in. */
function layer(name: string, y: Tensor, wrt: readonly Tensor[]): Record<string, Tensor> {
  const gradients = grad(mean(square(y)), [...wrt]) as Tensor[]
  return { [name]: y, ...Object.fromEntries(gradients.map((g, i) => [`${name}Gradient${i}`, g])) }
}

const padded = conv2d(images, filters, { padding: 1 })
const pooled = pool2d(tanh(conv2d(images, wide)), 2)
const ofSmall = Lop(conv2d(small, around), small, seen)
const loss = categoricalCrossentropy(softmax(pooled.reshape([6, 12 * 13 * 13]).matmul(weights)), labels).mean()
const outputs = {
  ...layer('winograd', padded, [images, filters]),
  ...layer('rectified', maximum(padded, 0), [images, filters]),
  ...layer('direct', conv2d(images, wide, { stride: 2 }), [images, wide]),
  ...layer('depthwise', conv2d(images, deep, { padding: 1, groups: 16 }), [images, deep]),
  ...layer('pooled', pooled, [images, wide]),
  ofSmall,
  loss,
  step: grad(loss, weights),
  total: padded.sum(),
  perChannel: padded.sum({ axis: [0, 2, 3] }),
}
const inputs = { images, filters, wide, deep, small, around, seen, labels, weights }
const given = {
  ...Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }], seed) => {
      const size = (shape as number[]).reduce((a, b) => a * b, 1)
      return [name, array(noise(size, 1, seed + 1), { shape: shape as number[] })]
    }),
  ),
  labels: Int32Array.of(0, 3, 9, 1, 4, 4),
}

test.each([
  ['convolutions', padded],
  ['gradients of filters', grad(padded.sum(), filters)],
  ['gradients of small images', ofSmall],
])('there are fewer products than terms in %s', (_, result) => {
  const program = lowered({ inputs: Object.values(inputs), outputs: { result }, onUnusedInput: 'ignore' })
  const kernels = program.steps.flatMap(step => ('run' in step && !('routine' in step.run) ? [step.run] : []))
  const texts = (termByTerm: boolean) => kernels.map(kernel => JSON.stringify(schedule(kernel, { termByTerm }).body))
  expect(texts(false)).not.toEqual(texts(true))
})

test.for(['threads', 'relaxed-threads'] as const)('in the variant %s', async (variant, context) => {
  if (variant === 'relaxed-threads' && !hasRelaxed()) return context.skip('this engine has no relaxed SIMD')
  const results = async (target: ReturnType<typeof wasm>) => {
    const f = await compile({ inputs, outputs, onUnusedInput: 'ignore' }, { target })
    const once = f.runSync(given as never)
    const hex = Object.entries(once).map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('hex')])
    f.close()
    return hex
  }
  const one = await results(sharedLoops(1, variant))
  if (!hasRelaxed()) expect(await results(wasm())).toEqual(one)
  for (const threads of [2, 3, 8]) expect(await results(sharedLoops(threads, variant)), `${threads}`).toEqual(one)
})
