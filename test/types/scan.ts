/** What the editor knows of loops: elements, carries and outputs in the arrangement that was given. */
import { foldl, map, matrix, scan, type Tensor, vector } from 'damo'
import { exactly } from './exactly.ts'

const x = matrix('x')
const y = vector('y', { dtype: 'int32' })
const h = vector('h', { dtype: 'float64' })

/** Never called: it is only there to be checked. */
export function checked(): void {
  const { carry, outputs } = scan(
    ({ state, count }, [row, n]) => {
      exactly<Tensor<'float64', 1>>()(state)
      exactly<Tensor>()(count)
      exactly<Tensor<'float32', 1>>()(row)
      exactly<Tensor<'int32', 0>>()(n)
      return { carry: { state: state.mul(2), count: count.add(n) }, output: { n, row } }
    },
    { initial: { state: h, count: 0 }, sequences: [x, y] },
  )
  exactly<Tensor<'float64', 1>>()(carry.state)
  exactly<Tensor<'int32', 1>>()(outputs.n)
  exactly<Tensor<'float32', 2>>()(outputs.row)

  const single = scan((state, row) => ({ carry: state, output: row }), { initial: h, sequences: x })
  exactly<Tensor<'float64', 1>>()(single.carry)
  exactly<Tensor<'float32', 2>>()(single.outputs)

  exactly<Tensor<'float32', 2>>()(map(row => row, x))
  exactly<Tensor<'float64', 1>>()(foldl((state, n) => state.mul(n.astype('float64')), y, h))

  // @ts-expect-error a carry that was not given
  scan(() => ({ carry: { other: h } }), { initial: { state: h }, steps: 3 })
}
