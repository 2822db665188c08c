import { describe, expect, test } from 'vitest'
import { orderSteps, type Precedence, type Tenant } from '../../frontend/kernel/order.ts'
import { randomFrom } from './random.ts'

describe('the order of steps', () => {
  test('is their own where nothing asks for another', () => {
    expect(orderSteps(4, [])).toEqual([0, 1, 2, 3])
    expect(orderSteps(4, [[3, 1]])).toEqual([0, 2, 3, 1])
    expect(orderSteps(2, [[1, 1]])).toEqual([0, 1])
  })
  test('is none where steps wait for each other', () => {
    expect(
      orderSteps(3, [
        [0, 1],
        [1, 0],
      ]),
    ).toBeUndefined()
  })
  test('what gives memory back comes before what takes more', () => {
    // Step 0 makes a large array; 1 makes another, and 2, its last reader, a number of it.
    const tenants: Tenant[] = [
      { bytes: 1000, users: [0, 2] },
      { bytes: 1000, users: [1, 3] },
      { bytes: 4, users: [2, 3] },
    ]
    const precedences: Precedence = [
      [0, 2],
      [1, 3],
      [2, 3],
    ]
    expect(orderSteps(4, precedences)).toEqual([0, 1, 2, 3])
    expect(orderSteps(4, precedences, tenants)).toEqual([0, 2, 1, 3])
    // An array that is kept is not given back.
    expect(orderSteps(4, precedences, [{ ...tenants[0]!, kept: true }, ...tenants.slice(1)])).toEqual([0, 1, 2, 3])
    // An input is there already, and gone when it has been read.
    const input: Tenant = { bytes: 50, users: [2], given: true }
    const late: Precedence = [[0, 1]]
    expect(orderSteps(3, late, [{ bytes: 10, users: [0, 1] }, input])).toEqual([2, 0, 1])
  })
  test('keeps the precedences of random graphs, whatever is in memory', () => {
    const random = randomFrom(7)
    const draw = (below: number) => Math.floor(random() * below)
    for (let round = 0; round < 100; round++) {
      const count = 2 + draw(40)
      const pairs = Array.from({ length: draw(80) }, () => [draw(count), draw(count)].sort((a, b) => a - b))
      const tenants = Array.from({ length: draw(40) }, () => ({
        bytes: draw(1000),
        users: Array.from({ length: 1 + draw(4) }, () => draw(count)),
      }))
      const order = orderSteps(count, pairs as unknown as Precedence, tenants)!
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
      for (const [first, second] of pairs as [number, number][])
        if (first !== second) expect(order.indexOf(first)).toBeLessThan(order.indexOf(second))
    }
  })
})
