import * as d from 'damo'
import { verifyGrad } from 'damo/testing'
import { describe, expect, test, vi } from 'vitest'

const float64 = { dtype: 'float64' } as const
type Given = [d.Tensor, d.ArrayValue]

const list = (x: d.Tensor, ...values: Given[]) => x.eval(new Map(values)).tolist()

describe('grad', () => {
  test('of a sum of squares, one tensor or several', () => {
    const [x, y] = [d.vector('x'), d.scalar('y')]
    const cost = d.sum(d.mul(d.square(x), y))
    expect(list(d.grad(cost, x), [x, [1, 2]], [y, 3])).toEqual([6, 12])
    const [gx, gy] = d.grad(cost, [x, y])
    expect([gx!.dtype, gx!.ndim, gy!.ndim]).toEqual(['float32', 1, 0])
    expect(list(gy!, [x, [1, 2]], [y, 3])).toBe(5)
  })

  test('sums over the axes that were broadcast', () => {
    const [W, b] = [
      d.shared(
        [
          [1, 2],
          [3, 4],
        ],
        'W',
      ),
      d.shared([1, 1], 'b'),
    ]
    const x = d.matrix('x', { shape: [d.dim('batch'), 2] })
    const gradients = d.grad(d.sum(d.add(d.matmul(x, W), b)), [W, b])
    const values: Given = [
      x,
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]
    expect(gradients.map(g => list(g, values))).toEqual([
      [
        [9, 9],
        [12, 12],
      ],
      [3, 3],
    ])
  })

  test('with respect to intermediate tensors means these objects', () => {
    const x = d.scalar('x', float64)
    const [a, b] = [d.exp(x), d.exp(x)]
    const cost = d.mul(d.square(a), b)
    const [ga, gb, gx] = d.grad(cost, [a, b, x])
    const e = Math.E
    expect(list(ga!, [x, 1])).toBeCloseTo(2 * e * e, 12)
    expect(list(gb!, [x, 1])).toBeCloseTo(e * e, 12)
    expect(list(gx!, [x, 1])).toBeCloseTo(3 * e ** 3, 11)
    expect(list(d.grad(cost, cost), [x, 1])).toBe(1)
  })

  test('can be taken again', () => {
    const x = d.scalar('x', float64)
    let y: d.Tensor = d.sin(d.mul(x, 2))
    for (let i = 0; i < 4; i++) y = d.grad(y, x)
    expect(list(y, [x, 0.3])).toBeCloseTo(16 * Math.sin(0.6), 12)
  })

  test('of a stable form is right where the written one is not', () => {
    const x = d.vector('x', float64)
    const g = d.grad(d.sum(d.log(d.sigmoid(x))), x)
    expect(list(g, [x, [-1000, 0, 1000]])).toEqual([1, 0.5, 0])
  })

  test('counts tied maxima once for maximum, for each in max', () => {
    const x = d.vector('x')
    expect(list(d.grad(d.max(x), x), [x, [3, 1, 3]])).toEqual([1, 0, 1])
    const [a, b] = [d.scalar('a'), d.scalar('b')]
    expect(d.grad(d.maximum(a, b), [a, b]).map(g => list(g, [a, 2], [b, 2]))).toEqual([1, 0])
  })

  test('of a product is right with zeros', () => {
    const x = d.vector('x')
    const g = d.grad(d.prod(x), x)
    expect(list(g, [x, [2, 0, 3]])).toEqual([0, 6, 0])
    expect(list(g, [x, [0, 0, 3]])).toEqual([0, 0, 0])
  })

  test('of mixed precision has each tensor’s dtype', () => {
    const [a, b] = [d.vector('a'), d.vector('b', float64)]
    expect(d.grad(d.sum(d.mul(a, b)), [a, b]).map(g => g.dtype)).toEqual(['float32', 'float64'])
  })
})

describe('what was not selected', () => {
  const x = d.vector('x', float64)
  const values: Given = [x, [-1, 0, 1, 2]]
  const gradient = (y: d.Tensor) => list(d.grad(d.sum(y), x), values)

  test('has no gradient, not NaN', () => {
    expect(gradient(d.where(d.gt(x, 0), d.log(x), 0))).toEqual([0, 0, 1, 0.5])
    expect(gradient(d.where(d.le(x, 0), 0, d.log(x)))).toEqual([0, 0, 1, 0.5])
    expect(gradient(d.where(d.gt(x, 0), d.square(d.log(d.sqrt(x))), 0))).toEqual([0, 0, 0, Math.log(2) / 4])
  })
  test('through a broadcast, a reshape or a reduction', () => {
    const column = d.reshape(d.log(x), [4, 1])
    expect(gradient(d.where(d.reshape(d.gt(x, 0), [4, 1]), d.mul(column, [[1, 1]].length), 0))).toEqual([0, 0, 1, 0.5])
    const total = d.where(d.gt(d.sum(x), 5), d.sum(d.log(x)), 0)
    expect(gradient(total)).toEqual([0, 0, 0, 0])
  })
  test('in selections inside of one another, and in sums of them', () => {
    const inner = d.where(d.gt(x, 0), d.log(x), 0)
    expect(gradient(d.where(d.lt(x, 1.5), inner, 0))).toEqual([0, 0, 1, 0])
    const y = d.log(x)
    const twice = d.add(d.where(d.gt(x, 0), y, 0), d.where(d.gt(x, 1), d.mul(y, 2), 0))
    expect(gradient(twice)).toEqual([0, 0, 1, 1.5])
  })
  test('behind a sign, a factor or a cast', () => {
    expect(gradient(d.where(d.gt(x, 0), d.neg(d.log(x)), 0))).toEqual([0, 0, -1, -0.5])
    expect(gradient(d.where(d.gt(x, 0), d.mul(d.log(x), 3), 0))).toEqual([0, 0, 3, 1.5])
    expect(gradient(d.where(d.gt(x, 0), d.log(d.cast(x, 'float32')), 0))).toEqual([0, 0, 1, 0.5])
    expect(gradient(d.where(d.gt(x, 0), d.cast(d.log(x), 'float32'), 0))).toEqual([0, 0, 1, 0.5])
    expect(gradient(d.where(d.gt(x, 0), d.gradScale(d.log(x), 2), 0))).toEqual([0, 0, 2, 1])
  })
  test('and sums that share terms stay small', () => {
    let y: d.Tensor = d.log(x)
    const selected = d.where(d.gt(x, 0), y, 0)
    y = selected
    for (let i = 0; i < 40; i++) y = d.add(y, y)
    expect(gradient(d.mul(y, 2 ** -40))).toEqual([0, 0, 1, 0.5])
    let inner: d.Tensor = d.log(x)
    for (let i = 0; i < 40; i++) inner = d.add(inner, inner)
    expect(gradient(d.where(d.gt(x, 0), d.mul(inner, 2 ** -40), 0))).toEqual([0, 0, 1, 0.5])
  })
  test('in second derivatives', () => {
    const y = d.where(d.gt(x, 0), d.log(x), 0)
    const g = d.grad(d.sum(y), x)
    expect(list(d.grad(d.sum(g), x), values)).toEqual([0, 0, -1, -0.25])
  })
})

describe('options', () => {
  const [x, y] = [d.scalar('x'), d.scalar('y')]

  test('considerConstant stops at a tensor', () => {
    const a = d.square(x)
    const cost = d.mul(a, x)
    expect(list(d.grad(cost, x, { considerConstant: [a] }), [x, 3])).toBe(9)
    expect(list(d.grad(cost, x), [x, 3])).toBe(27)
    expect(() => d.grad(cost, a, { considerConstant: [a] })).toThrow(/D113/)
  })
  test('knownGrads take the place of what would flow', () => {
    const [a, g] = [d.square(x), d.scalar('g')]
    const known = new Map([[a, g]])
    expect(list(d.grad(null, x, { knownGrads: known }), [x, 3], [g, 10])).toBe(60)
    expect(list(d.grad(d.exp(a), x, { knownGrads: known }), [x, 3], [g, 10])).toBe(60)
  })
  test('disconnectedInputs: warn and ignore give zeros', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    expect(list(d.grad(x, y, { disconnectedInputs: 'ignore' }), [y, 1])).toBe(0)
    expect(warn).not.toHaveBeenCalled()
    expect(list(d.grad(x, y, { disconnectedInputs: 'warn' }), [y, 1])).toBe(0)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("no derivative leads to 'y'"))
    warn.mockRestore()
  })
  test('a gradient of 0 is not disconnected', () => {
    expect(list(d.grad(d.floor(x), x), [x, 1.5])).toBe(0)
    expect(list(d.grad(d.add(d.zeroGrad(x), 1), x), [x, 1.5])).toBe(0)
    expect(() => d.grad(d.add(d.disconnectedGrad(x), 1), x)).toThrow(/D113/)
    expect(() => d.grad(d.cast(d.gt(x, 0), 'float32'), x)).toThrow(/D113/)
  })
})

describe('identities', () => {
  const x = d.scalar('x')
  const gradient = (f: (x: d.Tensor) => d.Tensor) => list(d.grad(d.square(f(x)), x), [x, 3])

  test('change derivatives alone', () => {
    expect(list(d.gradClip(x, -1, 1), [x, 3])).toBe(3)
    expect(gradient(y => d.gradClip(y, -1, 1))).toBe(1)
    expect(gradient(y => d.gradClip(y, -10, 10))).toBe(6)
    expect(gradient(y => d.gradScale(y, 0.5))).toBe(3)
    expect(gradient(y => d.mul(y, d.zeroGrad(y)))).toBe(54)
    expect(gradient(y => d.mul(y, d.disconnectedGrad(y)))).toBe(54)
    expect(gradient(y => d.mul(y, d.considerConstant(y)))).toBe(54)
  })
  test('in forward mode too', () => {
    const tangent = d.constant(1)
    expect(list(d.Rop(d.gradScale(d.square(x), 0.5), x, tangent), [x, 3])).toBe(3)
    expect(list(d.Rop(d.mul(x, d.zeroGrad(x)), x, tangent), [x, 3])).toBe(3)
  })
})

describe('Rop, Lop, jacobian, hessian', () => {
  const x = d.vector('x', float64)
  const values: Given = [x, [1, 2, 3]]
  const f = d.mul(x, d.sum(d.square(x)))

  test('push tangents forward and pull cotangents back', () => {
    const e = d.constant([1, 0, 0], 'float64')
    expect(list(d.Rop(f, x, e), values)).toEqual([16, 4, 6])
    expect(list(d.Lop(f, x, e), values)).toEqual([16, 4, 6])
    expect(d.Rop([f, d.sum(x)], [x], [e]).map(t => list(t, values))).toEqual([[16, 4, 6], 1])
    expect(list(d.Lop([f, d.sum(x)], x, [e, d.constant(2, 'float64')]), values)).toEqual([18, 6, 8])
    expect(list(d.Rop(d.constant(5, 'float64'), x, e))).toBe(0)
  })
  test('give whole matrices of any size', () => {
    expect(list(d.jacobian(f, x), values)).toEqual([
      [16, 4, 6],
      [4, 22, 12],
      [6, 12, 32],
    ])
    expect(list(d.jacobian(d.sum(x), x), values)).toEqual([1, 1, 1])
    expect(list(d.hessian(d.prod(x), x), values)).toEqual([
      [0, 3, 2],
      [3, 0, 1],
      [2, 1, 0],
    ])
    expect(list(d.hessian(d.sum(x), x), values)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
  test('of matrices have the axes of both', () => {
    const W = d.matrix('W', { ...float64, shape: [2, 3] })
    const y = d.matmul(W, x)
    const j = d.jacobian(y, W)
    expect(j.shape).toEqual([2, 2, 3])
    expect(
      list(
        j,
        [
          W,
          [
            [0, 0, 0],
            [0, 0, 0],
          ],
        ],
        values,
      ),
    ).toEqual([
      [
        [1, 2, 3],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [1, 2, 3],
      ],
    ])
    expect(d.jacobian(d.matmul(W, d.transpose(W)), W).shape).toEqual([2, 2, 2, 3])
  })
  test('look through softmax', () => {
    const logits = d.vector('x', { ...float64, shape: [d.dim('n')] })
    const p = list(d.softmax(logits), [logits, [1, 2, 3]]) as number[]
    const rows = list(d.jacobian(d.softmax(logits), logits), [logits, [1, 2, 3]]) as number[][]
    rows.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(p[i]! * ((i === j ? 1 : 0) - p[j]!), 14)
      })
    })
  })
})

describe('verifyGrad', () => {
  test('accepts a gradient and refuses a wrong one', () => {
    verifyGrad(
      (x, y) => d.matmul(d.tanh(x), y),
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0.5, 1.5],
      ],
    )
    expect(() => verifyGrad(x => d.gradScale(d.square(x), 2), [[1, 2]])).toThrow(
      /verifyGrad: the gradient of x0 at \[\d\] is .*, but differences give .* \(2 of 2 elements differ\)/,
    )
    expect(() => verifyGrad(x => d.zeroGrad(x), [1])).toThrow(/D118/)
  })
})

test('a chain of 100,000 nodes builds and differentiates within 60 s and 2 GB', () => {
  const start = process.cpuUsage()
  const x = d.scalar('x', float64)
  let y: d.Tensor = x
  for (let i = 0; i < 50_000; i++) y = d.sin(d.mul(y, 1.0001))
  const g = d.grad(y, x)
  // Of the processor: other work on the machine does not count.
  const seconds = process.cpuUsage(start).user / 1e6
  const gigabytes = process.resourceUsage().maxRSS / 2 ** 20
  console.log(`100,000 nodes: built and differentiated in ${seconds.toFixed(1)} s, ${gigabytes.toFixed(2)} GB at most`)
  expect(list(g, [x, 0.1])).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(60)
  expect(gigabytes).toBeLessThan(2)
})

describe('messages', () => {
  const [x, y, n] = [d.vector('x'), d.scalar('y'), d.vector('n', { dtype: 'int32' })]
  const provocations: Record<string, () => unknown> = {
    // @ts-expect-error: a scalar, not rank 1
    'gradient of a vector': () => d.grad(d.exp(x), x),
    // @ts-expect-error: a float, not int64
    'gradient of an integer': () => d.grad(d.sum(n), x),
    // @ts-expect-error: a float, not int32
    'with respect to an integer': () => d.grad(d.sum(d.mul(x, n)), n),
    'a tensor that is not in the graph': () => d.grad(d.sum(x), y),
    'a tensor behind disconnectedGrad': () => d.grad(d.sum(d.disconnectedGrad(x)), x),
    'neither cost nor knownGrads': () => d.grad(null, x),
    'a known gradient of another type': () => d.grad(null, x, { knownGrads: new Map([[x, y]]) }),
    'a cotangent of another dtype': () => d.Lop(x, x, d.cast(x, 'float64')),
    'a tangent too many': () => d.Rop(x, [x], [x, x]),
    'a jacobian of too many axes': () => d.jacobian(d.tensor5('t'), d.tensor4('t')),
    'a missing value': () => d.add(x, y).eval({ x: [1] }),
    'a value of an unknown name': () => x.eval({ x: [1], z: 1 }),
    'sizes that differ': () => d.add(x, d.vector('z')).eval({ x: [1, 2, 3], z: [1, 2] }),
    'an index out of range': () => d.pick(d.matrix('r'), n).eval({ r: [[1, 2]], n: [2] }),
    'a slice out of range': () => d.at(d.vector('v'), 4).eval({ v: [1, 2] }),
    'a shared variable of an input': () => d.shared(d.exp(x)),
    'a wrong gradient': () => verifyGrad(v => d.gradScale(v, 2), [[1, 2]]),
  }

  test('say what is wrong, and where', async () => {
    const lines = Object.entries(provocations).map(([name, provoke]) => `# ${name}\n${messageOf(provoke)}\n`)
    await expect(lines.join('\n')).toMatchFileSnapshot('../golden/frontend/derivatives.txt')
  })

  function messageOf(provoke: () => unknown): string {
    try {
      provoke()
    } catch (error) {
      expect(error).toBeInstanceOf(d.DamoError)
      // Lines of this file move: only that they are named is golden.
      return (error as Error).message.replace(/(grad\.test\.ts):\d+/g, '$1:LINE')
    }
    return 'no error'
  }
})
