/** Laws of derivatives, for every op that is registered: gradients, forward mode, second derivatives. */
import * as d from 'damo'
import { verifyGrad, verifyGradOf } from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { type ElementwiseOp, type Op, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { topological } from '../../frontend/graph.ts'
import { sharedFrom } from '../../frontend/leaf.ts'
import { reduce } from '../../frontend/ops/reduce.ts'
import { isFloat } from '../../frontend/type.ts'
import { evaluateShape } from '../../runtime/dims.ts'
import { uniform } from './values.ts'

const ops = [...registry.values()]
const ofKind = <K extends Op['kind']>(kind: K) => ops.filter((op): op is Extract<Op, { kind: K }> => op.kind === kind)

/** What elementwise ops are applied with, where they need more than operands. */
const attrs: Record<string, unknown> = { cast: { dtype: 'float64' }, bitcast: { dtype: 'int64' } }

/** The dtypes of float64 operands as the op takes them: conditions stay bool. Undefined when no float comes out. */
function signature(op: ElementwiseOp) {
  const typing = op.typing(new Array(op.arity).fill('float64'), attrs[op.name])
  return typing && isFloat(typing.result) && typing.operands.some(isFloat) ? typing : undefined
}

// Ops that are identities to values alone are no derivatives of themselves; they have their own tests.
const elementwise = ofKind('elementwise').filter(
  op => !op.transparent && !op.internal && op.accepts.includes('float64') && signature(op),
)

/** The op as a function of its float operands; conditions are drawn once. */
function applied(op: ElementwiseOp, draw: () => number): (...args: d.Tensor[]) => d.Tensor {
  const { operands } = signature(op)!
  const conditions = operands.map(dtype => (isFloat(dtype) ? undefined : d.constant(draw() < 0.5, 'bool')))
  return (...args) => {
    let next = 0
    return applyElementwise(
      op,
      conditions.map(condition => condition ?? args[next++]!),
      attrs[op.name],
    )
  }
}

/** Ordinary arguments for the float operands. */
function sample(op: ElementwiseOp, draw: () => number): number[] {
  const { operands } = signature(op)!
  return operands.flatMap((dtype, i) => {
    const [low, high] = op.domain[i]!
    return isFloat(dtype) ? [low + (high - low) * draw()] : []
  })
}

/** Random numbers that a name determines. */
const random = (name: string) => uniform([...name].reduce((hash, c) => Math.imul(hash, 31) + c.codePointAt(0)!, 7))

const points = 5

/** Operands by which an op has a first derivative but no second one. */
const once: Readonly<Record<string, readonly number[]>> = { gammainc: [0], gammaincc: [0], betainc: [0, 1] }

/** The pieces of approximations that a derivative would have to go through, and that have none. */
function barriers(op: ElementwiseOp): string[] {
  if (op.partials ?? op.pullback) return []
  const body = typeof op.body === 'function' ? op.body : op.body?.float64
  if (!body) return op.internal ? [op.name] : []
  const args = signature(op)!.operands.map((dtype, i) => d.scalar(`x${i}`, { dtype }))
  return topological([body(...args)]).flatMap(({ op, dtype }) =>
    op.kind === 'elementwise' && isFloat(dtype) ? barriers(op) : [],
  )
}

test.each(elementwise.map(op => [op.name, op] as const))('%s has a derivative of every part', (_, op) => {
  expect(barriers(op)).toEqual([])
})

describe.each(elementwise.map(op => [op.name, op] as const))('%s', (name, op) => {
  test('has the gradient that differences give', () => {
    const draw = random(name)
    for (let i = 0; i < points; i++) verifyGrad(applied(op, draw), sample(op, draw))
  })

  test('has a second derivative, where it has a gradient and says nothing else', () => {
    const draw = random(name)
    const twice = <T>(args: readonly T[]) => args.filter((_, k) => !once[name]?.includes(k))
    for (let i = 0; i < points; i++) {
      const f = applied(op, draw)
      const point = sample(op, draw)
      const weights = point.map(() => 0.5 + draw())
      verifyGrad(
        (...args) =>
          d
            .grad(f(...args), twice(args), { disconnectedInputs: 'ignore' })
            .map((g, k) => d.mul(g, weights[k]!))
            .reduce((a, b) => d.add(a, b)),
        point,
        { rtol: 1e-6, atol: 1e-8 },
      )
    }
  })

  test.each(once[name] ?? [])('has no second derivative by operand %i, and says so', k => {
    const args = op.domain.map((_, i) => d.scalar(`x${i}`, { dtype: 'float64' }))
    const first = d.grad(applied(op, random(name))(...args), args[k]!)
    expect(() => d.grad(first, args[k]!)).toThrow(/D121/)
  })

  test('has the same derivative in forward mode, broadcast too', () => {
    const draw = random(name)
    const f = applied(op, draw)
    const shapes = [[2, 1], [3], []].slice(0, sample(op, draw).length)
    const args = shapes.map((shape, i) => d.tensor(`x${i}`, { dtype: 'float64', shape }))
    const values = new Map(args.map((x, i) => [x, filled(shapes[i]!, () => sample(op, draw)[i]!)]))
    modesAgree(f(...args), values, draw)
  })

  const narrow = (['float32', 'float16'] as const).filter(dtype => op.accepts.includes(dtype))
  test.each(narrow)('has gradients of its operands’ types in %s', dtype => {
    const args = op.domain.slice(0, sample(op, random(name)).length).map((_, i) => d.vector(`x${i}`, { dtype }))
    const y = applied(op, random(name))(...args)
    const gradients = d.grad(d.sum(y), args, { disconnectedInputs: 'ignore' })
    expect(gradients.map(g => g.dtype)).toEqual(args.map(() => dtype))
    expect(gradients.map(g => g.ndim)).toEqual(args.map(() => 1))
  })
})

describe.each(ofKind('reduction').map(op => [op.name, op] as const))('%s', (name, op) => {
  const axes = [[0], [1], [0, 2], [0, 1, 2], []]
  if (!isFloat(op.typing('float64')?.result ?? 'bool')) {
    test('has no derivative, and says so', () => {
      const x = d.tensor3('x', { dtype: 'float64' })
      expect(() => d.grad(d.sum(d.cast(reduce(op, x, [0]), 'float64')), x)).toThrow(/no derivative leads to 'x'/)
    })
    return
  }
  test.each(axes.map(over => [over]))('over axes %j', over => {
    const draw = random(name)
    const x = d.tensor3('x', { dtype: 'float64', shape: ['m', 'n', 2] })
    structureHolds(reduce(op, x, over), new Map([[x, valueFor(x, draw, [0.3, 2.3])]]), draw)
  })
})

const others = (['movement', 'contraction', 'gather', 'scatter', 'derived', 'routine'] as const).flatMap(kind =>
  ofKind(kind),
)

test('every op that is not elementwise or a reduction has examples for these laws', () => {
  expect(others.filter(op => !op.examples).map(op => op.name)).toEqual([])
})

describe.each(others.map(op => [op.name, op] as const))('%s', (name, op) => {
  const values = new Map<d.Tensor, d.NDArray>()
  const draw = random(name)
  const examples = op.examples!((shape, dtype = 'float64', range = [0.3, 2.3]) => {
    const x = d.tensor(`x${values.size}`, { dtype, shape })
    values.set(x, valueFor(x, draw, range))
    return x
  })
  const floats = examples.filter(({ dtype }) => isFloat(dtype))
  if (floats.length === 0) {
    test('has none, as its results are no floats', () => expect(op.pullback ?? op.pushforward).toBeUndefined())
    return
  }
  test.each(floats.map((example, i) => [i, example] as const))('example %i', (_, example) => {
    const used = new Set(topological([example]))
    structureHolds(example, new Map([...values].filter(([x]) => used.has(x))), draw)
  })
})

/** m and n of the examples. */
const dims = new Map([
  ['m', 2],
  ['n', 3],
])

function valueFor(x: d.Tensor, draw: () => number, [low, high]: readonly [number, number]): d.NDArray {
  const one = () => low + (high - low) * draw()
  return filled(evaluateShape(x.shape, dims), isFloat(x.dtype) ? one : () => Math.round(one()), x.dtype)
}

function filled(shape: readonly number[], one: () => number, dtype: d.DType = 'float64'): d.NDArray {
  const numbers = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, one)
  return d.array(numbers, { dtype, shape })
}

/** The laws for a graph of whole tensors, of which elements that are infinite by themselves are left out. */
function structureHolds(whole: d.Tensor, values: ReadonlyMap<d.Tensor, d.NDArray>, draw: () => number): void {
  const wrt = floatsOf(values)
  const [value] = d.evaluate([whole], values)
  const y = value!.data.some(x => Math.abs(Number(x)) === Infinity) ? d.where(d.isfinite(whole), whole, 0) : whole
  verifyGradOf(y, values)
  // Squaring makes the second derivative of linear ops something.
  const gradients = d.grad(d.sum(d.square(y)), wrt)
  verifyGradOf(
    gradients.map(g => d.sum(d.mul(g, g))).reduce((a, b) => d.add(a, b)),
    values,
    { rtol: 1e-6, atol: 1e-7 },
  )
  modesAgree(y, values, draw)
}

const floatsOf = (values: ReadonlyMap<d.Tensor, d.NDArray>) => [...values.keys()].filter(x => x.dtype === 'float64')

/** A tensor of the type of x that holds random numbers. */
function randomLike(x: d.Tensor, shape: readonly number[], draw: () => number): d.Tensor {
  return sharedFrom(
    filled(shape, () => draw() - 0.5),
    'random',
    x.shape,
  )
}

/** Cotangent · (Jacobian · tangent) is the same from forward mode, from reverse mode, and by the whole Jacobian. */
function modesAgree(y: d.Tensor, values: ReadonlyMap<d.Tensor, d.NDArray>, draw: () => number): void {
  const wrt = floatsOf(values)
  const tangents = wrt.map(x => randomLike(x, values.get(x)!.shape, draw))
  const cotangent = randomLike(y, d.evaluate([y], values)[0]!.shape, draw)
  const product = (a: d.Tensor, b: d.Tensor) => d.sum(d.mul(a, b))
  const total = (terms: readonly d.Tensor[]) => terms.reduce((a, b) => d.add(a, b))
  const back = d.Lop(y, wrt, cotangent, { disconnectedInputs: 'ignore' })
  const whole = wrt.filter(x => x.ndim + y.ndim <= 6)
  const rows = d.jacobian(y, whole, { disconnectedInputs: 'ignore' })
  const [forward, reverse, ...perRow] = d
    .evaluate(
      [
        product(d.Rop(y, wrt, tangents), cotangent),
        total(back.map((g, i) => product(g, tangents[i]!))),
        ...rows.map((matrix, i) => product(d.tensordot(cotangent, matrix, y.ndim), tangents[wrt.indexOf(whole[i]!)]!)),
        ...whole.map(x => product(back[wrt.indexOf(x)]!, tangents[wrt.indexOf(x)]!)),
      ],
      values,
    )
    .map(x => x.item())
  expectClose(forward!, reverse!)
  for (let i = 0; i < whole.length; i++) expectClose(perRow[i]!, perRow[i + whole.length]!)
}

function expectClose(a: number, b: number): void {
  expect(Math.abs(a - b), `${a} and ${b}`).toBeLessThanOrEqual(1e-12 + 1e-10 * Math.max(Math.abs(a), Math.abs(b)))
}
