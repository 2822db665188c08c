/** What the editor knows of derivatives and of compiled functions: names, dtypes and arrangement. */
import {
  type Compiled,
  compile,
  exp,
  grad,
  interpreter,
  matrix,
  type NDArray,
  Rop,
  shared,
  type Tensor,
  vector,
} from 'damo'
import { exactly } from './exactly.ts'

const x = matrix('x')
const y = vector('y', { dtype: 'int32' })
const z = vector('z', { dtype: 'float64' })
const w = shared(0, 'w')
const cost = exp(x).sum()

/** Never called: it is only there to be checked. */
export async function checked(): Promise<void> {
  exactly<Tensor<'float32', 2>>()(grad(cost, x))
  const [gx, gz] = grad(cost, [x, z])
  exactly<Tensor<'float32', 2>>()(gx)
  exactly<Tensor<'float64', 1>>()(gz)
  exactly<Tensor[]>()(grad(cost, [x, z] as Tensor[]))
  Rop(cost, x, x)

  const target = interpreter()
  const named = await compile({ inputs: { x, y }, outputs: { e: exp(x), z }, updates: [[w, w.add(1)]] }, { target })
  const results = await named({ x: [[1, 2]], y: Int32Array.of(1) })
  exactly<NDArray<'float32'>>()(results.e)
  exactly<NDArray<'float64'>>()(results.z)
  exactly<Float32Array>()(results.e.data)

  const single = await compile({ inputs: { z }, outputs: z }, { target })
  exactly<NDArray<'float64'>>()(await single({ z: [1] }))
  exactly<NDArray<'float64'>>()(single.runSync({ z: [1] }))

  const listed = await compile({ inputs: { x }, outputs: [x, exp(x)] }, { target })
  const [first, second] = await listed({ x: [[1]] })
  exactly<NDArray<'float32'>>()(first)
  exactly<NDArray<'float32'>>()(second)
  const sub: Compiled = named as unknown as Compiled
  sub.state.get('w').item()

  // @ts-expect-error: an input is missing
  await named({ x: [[1, 2]] })
  // @ts-expect-error: an input of another name
  await named({ x: [[1, 2]], y: [1], t: 1 })
  // @ts-expect-error: strings are no values
  await named({ x: 'x', y: [1] })
  // @ts-expect-error: an output of another name
  results.t.item()
  // @ts-expect-error: no target
  await compile({ inputs: { x }, outputs: x })
  // @ts-expect-error: an array is no output
  await compile({ outputs: { x: [1, 2] } }, { target })
  // @ts-expect-error: an update is a pair
  await compile({ updates: [[w]] }, { target })
  // @ts-expect-error: one of three words
  await compile({ inputs: { x }, outputs: x, onUnusedInput: 'error' }, { target })
  // @ts-expect-error: a number is not what derivatives are taken of
  grad(1, x)
  // @ts-expect-error: nor with respect to
  grad(cost, 1)
  // @ts-expect-error: one of three words
  grad(cost, x, { disconnectedInputs: 'zero' })
}
