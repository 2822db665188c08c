/** Slices whose start, stop and step a call tells: Python's, whatever their signs. */
import {
  add,
  compile,
  grad,
  incSubtensor,
  interpreter,
  mul,
  neg,
  scalar,
  setSubtensor,
  slice,
  square,
  sum,
  type Tensor,
  vector,
  zeros,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

/** The places that `start:stop:step` means of `size`, as Python's `range(*slice(...).indices(size))`. */
function places(size: number, start: number | null, stop: number | null, step: number): number[] {
  const [low, high] = step < 0 ? [-1, size - 1] : [0, size]
  const held = (bound: number) => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high)
  const from = start === null ? (step < 0 ? high : low) : held(start)
  const to = stop === null ? (step < 0 ? low : high) : held(stop)
  const found: number[] = []
  for (let at = from; step < 0 ? at > to : at < to; at += step) found.push(at)
  return found
}

const x = vector('x', { dtype: 'float64' })
const [i, j, k] = ['i', 'j', 'k'].map(name => scalar(name, { dtype: 'int64' })) as [Tensor, Tensor, Tensor]
const part = x.at(slice(i, j, k))
const inputs = { x, i, j, k }
const outputs = {
  part,
  gradient: grad(sum(square(part)), x),
  second: grad(sum(mul(grad(sum(mul(square(part), part)), x), x)), x),
  set: setSubtensor(part, 7),
  inc: incSubtensor(part, 7),
  whole: x.at(slice(null, null, k)),
  from: x.at(slice(i, null, k)),
  to: x.at(slice(null, i, k)),
  computed: x.at(slice(add(i, 1), neg(j))),
  inside: x.at(slice(null, null, -1)).at(slice(i, j, k)),
  outside: x.at(slice(i, j, k)).at(slice(null, null, -2)),
}

function wanted(xs: readonly number[], i: number, j: number, k: number): Record<keyof typeof outputs, number[]> {
  const taken = (...range: [number | null, number | null, number]) => places(xs.length, ...range).map(at => xs[at]!)
  const own = places(xs.length, i, j, k)
  const each = (f: (value: number, isIn: boolean) => number) => xs.map((value, at) => f(value, own.includes(at)))
  return {
    part: taken(i, j, k),
    gradient: each((value, isIn) => (isIn ? 2 * value : 0)),
    second: each((value, isIn) => (isIn ? 9 * value ** 2 : 0)),
    set: each((value, isIn) => (isIn ? 7 : value)),
    inc: each((value, isIn) => (isIn ? value + 7 : value)),
    whole: taken(null, null, k),
    from: taken(i, null, k),
    to: taken(null, i, k),
    computed: taken(i + 1, -j, 1),
    inside: places(xs.length, i, j, k).map(at => xs[xs.length - 1 - at]!),
    outside: taken(i, j, k)
      .reverse()
      .filter((_, at) => at % 2 === 0),
  }
}

describe.each([interpreter(), loopInterpreter(), wasm()])('$name', target => {
  test('every sign, beyond the ends and beyond 32 bits', async () => {
    const f = await compile({ inputs, outputs }, { target })
    for (const size of [0, 5])
      for (const i of [-(2 ** 31), -3, -1, 0, 2, 5])
        for (const j of [-6, -1, 3, 2 ** 40])
          for (const k of [-(2 ** 40), -2, 1, 3]) {
            const xs = Array.from({ length: size }, (_, at) => at + 1)
            const results = await f({ x: new Float64Array(xs), i, j, k })
            const found = Object.fromEntries(Object.entries(results).map(([name, y]) => [name, y.tolist()]))
            expect(found, `x[${i}:${j}:${k}] of ${size}`).toEqual(wanted(xs, i, j, k))
          }
  })

  test('a step of 0 is refused by the call, also by that of the gradient alone', async () => {
    const f = await compile({ inputs, outputs: part }, { target })
    await expect(f({ x: [1, 2], i: 0, j: 1, k: 0 })).rejects.toThrow(
      /at steps\.test\.ts:\d+ takes no slice whose step is 0/,
    )
    const g = await compile({ inputs, outputs: grad(sum(part), x) }, { target })
    await expect(g({ x: [1, 2], i: 0, j: 1, k: 0 })).rejects.toThrow(/takes no slice whose step is 0/)
    expect((await g({ x: [1, 2], i: 0, j: 1, k: 1 })).tolist()).toEqual([1, 0])
  })

  test('what is a size elsewhere is not below 0', async () => {
    const n = scalar('n', { dtype: 'int32' })
    const f = await compile({ inputs: { x, n }, outputs: [x.at(slice(n)), zeros([n])] }, { target })
    expect((await f({ x: [1, 2, 3], n: 2 })).map(y => y.tolist())).toEqual([
      [1, 2],
      [0, 0],
    ])
    await expect(f({ x: [1, 2, 3], n: -2 })).rejects.toThrow(/'n': expected a non-negative integer/)
  })
})

test('evaluate tells bounds and steps by the names of inputs', () => {
  expect(part.eval({ x: [1, 2, 3], i: -1, j: -10, k: -2 }).tolist()).toEqual([3, 1])
  expect(() => part.eval({ x: [1, 2, 3], i: 0, j: 1, k: 0 })).toThrow(/takes no slice whose step is 0/)
  expect(() => part.eval({ x: [1, 2, 3], i: 0, j: 1 })).toThrow(/no value for input 'k', which is a size/)
  expect(`${x.at(slice(i, j))}`.length).toBeLessThan(60)
})
