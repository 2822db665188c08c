import { cast, compile, gammaln, incSubtensor, matrix, sort, type Tensor, tensor, vector, zeros } from 'damo'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { schedule } from '../../webgpu/schedule.ts'

/** What compiling says; no adapter is asked for before. */
async function messageOf(inputs: Record<string, Tensor>, y: Tensor): Promise<string> {
  const gpu = { requestAdapter: () => Promise.reject(new Error('an adapter was asked for')) } as unknown as GPU
  const error = await compile({ inputs, outputs: { y } }, { target: webgpu({ gpu }) }).catch(error => error)
  return (error as Error).message
}

test('dtypes that WGSL lacks are refused at the line that brought them in', async () => {
  const x = vector('x')
  const doubled = cast(x, 'float64').mul(2)
  const labels = tensor('labels', { dtype: 'int64', shape: [3] })
  const special = gammaln(matrix('m', { shape: [2, 3] }))
  const messages = [
    await messageOf({ x }, cast(doubled, 'float32')),
    await messageOf({ labels }, labels.add(1)),
    await messageOf({ m: special.inputs[0]! }, special),
    await messageOf({ x }, sort(x)),
  ]
  await expect(`${messages.join('\n\n')}\n`).toMatchFileSnapshot('../golden/webgpu/errors.txt')
})

test('sums into places that are looked up, which the target makes other sums of, are not scheduled', () => {
  const [x, places] = [vector('x'), vector('places', { dtype: 'int32' })]
  const { steps } = lowered({ inputs: { x, places }, outputs: incSubtensor(zeros([10]).at(places), x) })
  const kernels = steps.flatMap(step => ('run' in step && 'stages' in step.run ? [step.run] : []))
  expect(() => kernels.map(schedule)).toThrow(expect.objectContaining({ code: 'G002' }))
})
