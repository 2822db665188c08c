/** einsum and its relatives against sums written out, and the order in which products are taken. */
import {
  array,
  batchedDot,
  dim,
  dot,
  einsum,
  evaluate,
  grad,
  inner,
  kron,
  matrix,
  matrixDot,
  type NDArray,
  outer,
  sum,
  type Tensor,
  tensor,
  tensordot,
  vector,
} from 'damo'
import { verifyGrad } from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { topological } from '../../frontend/graph.ts'
import { contractionOrder } from '../../frontend/ops/linalg/order.ts'
import { uniform } from '../laws/values.ts'

const random = (shape: readonly number[], seed: number): NDArray => {
  const draw = uniform(seed)
  return array(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw() - 0.5),
    { dtype: 'float64', shape },
  )
}

const elementOf = ({ shape, data }: NDArray, index: readonly number[]): number =>
  Number(data[shape.reduce((at, size, axis) => at * size + (size === 1 ? 0 : index[axis]!), 0)])

/** The sum over all values of all letters, as the definition has it; ellipses are spelt out. */
function writtenOut(terms: readonly string[], out: string, xs: readonly NDArray[]): number[] {
  const sizes = new Map<string, number>()
  terms.forEach((term, i) => {
    ;[...term].forEach((letter, axis) => {
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, xs[i]!.shape[axis]!))
      if (xs[i]!.shape[axis] === 0) sizes.set(letter, 0)
    })
  })
  const letters = [...out, ...[...sizes.keys()].filter(letter => !out.includes(letter))]
  const total = letters.reduce((count, letter) => count * sizes.get(letter)!, 1)
  const result = new Array<number>([...out].reduce((count, letter) => count * sizes.get(letter)!, 1)).fill(0)
  for (let flat = 0; flat < total; flat++) {
    const value = new Map<string, number>()
    let rest = flat
    for (const letter of [...letters].reverse()) {
      value.set(letter, rest % sizes.get(letter)!)
      rest = Math.floor(rest / sizes.get(letter)!)
    }
    const at = [...out].reduce((place, letter) => place * sizes.get(letter)! + value.get(letter)!, 0)
    result[at]! += xs.reduce(
      (p, x, i) =>
        p *
        elementOf(
          x,
          [...terms[i]!].map(letter => value.get(letter)!),
        ),
      1,
    )
  }
  return result
}

const cases: readonly [text: string, spelt: string, ...shapes: (readonly number[])[]][] = [
  ['ij,jk->ik', 'ij,jk->ik', [2, 3], [3, 4]],
  ['ij,jk', 'ij,jk->ik', [2, 3], [3, 4]],
  ['ba', 'ba->ab', [2, 3]],
  ['ii', 'ii->', [3, 3]],
  ['ii->i', 'ii->i', [3, 3]],
  ['iji->j', 'iji->j', [3, 2, 3]],
  ['iii->i', 'iii->i', [2, 2, 2]],
  ['ij->', 'ij->', [2, 3]],
  ['i,j,k->kij', 'i,j,k->kij', [2], [3], [4]],
  [',ij', ',ij->ij', [], [2, 3]],
  ['...ij,...jk', 'abij,bjk->abik', [2, 3, 2, 4], [3, 4, 2]],
  ['i...->...', 'iab->ab', [2, 3, 4]],
  ['...i,i...->...', 'abi,iab->ab', [2, 3, 4], [4, 2, 3]],
  ['ab,bc,cd,da', 'ab,bc,cd,da->', [2, 3], [3, 4], [4, 2], [2, 2]],
  ['ab,ac,ad->bcd', 'ab,ac,ad->bcd', [4, 2], [4, 3], [4, 2]],
  ['ii,ij,jk->k', 'ii,ij,jk->k', [3, 3], [3, 2], [2, 4]],
  ['ij,ij->i', 'ij,ij->i', [2, 1], [1, 3]],
  ['ij,jk->ik', 'ij,jk->ik', [2, 0], [0, 3]],
  ['ij , jk -> ik', 'ij,jk->ik', [0, 2], [2, 3]],
  ['ij,k->k', 'ij,k->k', [2, 3], [4]],
  ['abc,cd,de,ef,fg->abg', 'abc,cd,de,ef,fg->abg', [2, 2, 3], [3, 2], [2, 3], [3, 2], [2, 2]],
]

describe.each(cases)('%s', (text, spelt, ...shapes) => {
  const [terms, out] = spelt.split('->') as [string, string]
  const values = shapes.map((shape, i) => random(shape, i + 3))
  const expected = writtenOut(terms.split(','), out, values)

  test.each(['known', 'open'])('over %s dims is what the sums written out are', kind => {
    const open = (size: number) => (size === 1 || kind === 'known' ? size : null)
    const xs = shapes.map((shape, i) => tensor(`x${i}`, { dtype: 'float64', shape: shape.map(open) }))
    const [result] = evaluate([einsum(text, ...xs)], new Map(xs.map((x, i) => [x, values[i]!])))
    expect(result!.data.length).toBe(expected.length)
    expected.forEach((value, i) => {
      expect(Number(result!.data[i])).toBeCloseTo(value, 12)
    })
  })

  test('has the gradient that differences give', () => {
    verifyGrad((...xs: Tensor[]) => einsum(text, ...xs), values)
  })
})

test('integers stay what they are', () => {
  const x = matrix('x', { dtype: 'int32', shape: [2, 2] })
  expect(einsum('ij->', x).dtype).toBe('int32')
  expect(
    einsum('ij,jk', x, x)
      .eval({
        x: [
          [1, 2],
          [3, 4],
        ],
      })
      .tolist(),
  ).toEqual([
    [7, 10],
    [15, 22],
  ])
})

test('a chain of matrices is multiplied from its cheap end', () => {
  const [a, b] = [matrix('a', { shape: [100, 100] }), matrix('b', { shape: [100, 100] })]
  const c = vector('c', { shape: [100] })
  const left = einsum('ij,jk,k->i', a, b, c)
  // b c first: no matrix of 100 by 100 arises.
  expect(
    topological([left])
      .filter(x => x.op.kind === 'contraction')
      .every(x => x.ndim === 1),
  ).toBe(true)
  const batch = dim('batch')
  const open = matrixDot(
    matrix('x', { shape: [batch, 3] }),
    matrix('y', { shape: [3, 4] }),
    matrix('z', { shape: [4, 2] }),
  )
  expect(open.shape).toEqual(['batch', 2])
})

describe('the order of contractions', () => {
  const sizes = (dims: readonly number[]) => (label: number) => dims[label]

  test('is the cheapest where sizes are known', () => {
    // (10 x 1000)(1000 x 5)(5 x 800): the left pair first costs 50,000 + 40,000, the right one first 12,000,000.
    expect(
      contractionOrder(
        [
          [0, 1],
          [1, 2],
          [2, 3],
        ],
        [0, 3],
        sizes([10, 1000, 5, 800]),
      ),
    ).toEqual([
      [0, 1],
      [0, 1],
    ])
    // The other way around: the result of the right pair stands last.
    expect(
      contractionOrder(
        [
          [0, 1],
          [1, 2],
          [2, 3],
        ],
        [0, 3],
        sizes([800, 5, 1000, 10]),
      ),
    ).toEqual([
      [1, 2],
      [0, 1],
    ])
  })

  test('ends for more tensors than can be tried, and for open sizes', () => {
    const chain = Array.from({ length: 30 }, (_, i) => [i, i + 1])
    expect(contractionOrder(chain, [0, 30], () => 3)).toHaveLength(29)
    expect(contractionOrder(chain, [0, 30], () => undefined)).toHaveLength(29)
  })
})

describe('products by name', () => {
  const a = random([2, 3], 5)
  const b = random([2, 2], 6)
  const [x, y] = [matrix('x', { dtype: 'float64', shape: [2, 3] }), matrix('y', { dtype: 'float64', shape: [2, 2] })]
  const value = (z: Tensor) =>
    z.eval(
      new Map([
        [x, a],
        [y, b],
      ]),
    )

  test('kron has every product in its place', () => {
    const result = value(kron(y, x))
    expect(result.shape).toEqual([4, 6])
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 6; j++)
        expect(elementOf(result, [i, j])).toBe(elementOf(b, [i >> 1, Math.floor(j / 3)]) * elementOf(a, [i % 2, j % 3]))
    expect(kron(vector('v', { shape: [2] }), x).shape).toEqual([2, 6])
    expect(kron(x, 2).shape).toEqual([2, 3])
    verifyGrad((p: Tensor, q: Tensor) => kron(p, q), [a, b])
  })

  test('dot and inner of a scalar scale', () => {
    expect(value(dot(2, x)).tolist()).toEqual(value(x.mul(2)).tolist())
    expect(value(inner(x, 2)).tolist()).toEqual(value(x.mul(2)).tolist())
  })

  test('inner sums over last axes, outer flattens', () => {
    expect(value(inner(x, x)).tolist()).toEqual(value(x.matmul(x.transpose())).tolist())
    expect(outer(x, y).shape).toEqual([6, 4])
  })

  test('batchedDot takes vectors, matrices and scalars', () => {
    const [v, m] = [matrix('v', { shape: ['n', 3] }), tensor('m', { shape: ['n', 3, 4] })]
    expect(batchedDot(v, v).shape).toEqual(['n'])
    expect(batchedDot(v, m).shape).toEqual(['n', 4])
    expect(batchedDot(vector('s', { shape: ['n'] }), m).shape).toEqual(['n', 3, 4])
  })
})

describe('what cannot be is refused', () => {
  const x = matrix('x', { shape: [2, 3] })
  test.each([
    ['ij', [x, x], /names one operand, and there are 2/],
    ['ijk', [x], /has 2 axes, not 3/],
    ['i$', [x], /no label/],
    ['ij->k', [x], /no operand has 'k'/],
    ['ij->ii', [x], /twice/],
    ['ij->i->j', [x], /more than one arrow/],
    ['ii', [x], /sizes 2 and 3/],
    ['...ij...', [x], /more than one ellipsis/],
    ['...->', [x], /no ellipsis/],
  ] as const)('%s', (text, operands, message) => {
    expect(() => einsum(text, ...operands)).toThrow(message)
  })

  test('axes that are not there, or not paired', () => {
    // @ts-expect-error: fewer axes of ranks 2 and 2
    expect(() => tensordot(x, x, 3)).toThrow(/axis 3 is out of range/)
    expect(() => tensordot(x, x, [[0, 1], [0]])).toThrow(/as many axes/)
    expect(() =>
      tensordot(x, x, [
        [0, 0],
        [0, 1],
      ]),
    ).toThrow(/each axis once/)
    // @ts-expect-error: rank 2 has no axis 2
    expect(() => tensordot(x, x, [2, 0])).toThrow(/axis 2 is out of range/)
    expect(() => kron(tensor('t', { shape: [1, 2, 3, 4, 5] }), x)).toThrow(/rank 10/)
    expect(() => matrixDot(x, x)).toThrow(/inner dimensions differ/)
  })
})

test('gradients flow through einsum of open dims', () => {
  const [p, q] = [matrix('p'), matrix('q')]
  const g = grad(sum(einsum('ij,kj->ik', p, q)), p)
  expect(g.shape).toEqual(p.shape)
})
