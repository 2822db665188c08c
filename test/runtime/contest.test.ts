/** Two ways of running a call: the faster is taken, whatever the machine has to do besides. */
import { describe, expect, test } from 'vitest'
import { Contest } from '../../runtime/contest.ts'

/** Runs turns that take as long as `costs` says of each way at a time; gives how often each way was taken. */
function run(contest: Contest, turns: number, ...costs: readonly [number, number]): [number, number] {
  const taken: [number, number] = [0, 0]
  for (let turn = 0; turn < turns; turn++) {
    taken[contest.way]++
    contest.took(costs[contest.way])
  }
  return taken
}

describe.each([0.03, 1, 20, 1000])('of turns of %d milliseconds', unit => {
  /** So many stretches of time in which a mean is made. */
  const stretches = (count: number) => Math.ceil(count * Math.max(1, 2 / unit))

  test('the first way stays where it is faster, and the other costs little', () => {
    const contest = new Contest()
    const first = run(contest, stretches(100), unit, 2 * unit)
    expect(first[0] / (first[0] + first[1])).toBeGreaterThan(0.94)
    run(contest, stretches(1000), unit, 2 * unit)
    const later = run(contest, stretches(2000), unit, 2 * unit)
    expect(later[0] / (later[0] + later[1])).toBeGreaterThan(0.99)
  })

  test('the other is taken soon where it is faster, and stays', () => {
    const contest = new Contest()
    const before = run(contest, stretches(20), 1.1 * unit, unit)
    expect(before[1]).toBeGreaterThan(before[0])
    const later = run(contest, stretches(3000), 1.1 * unit, unit)
    expect(later[1] / (later[0] + later[1])).toBeGreaterThan(0.98)
  })

  test('at once after the one taken gets slow, and back when it is fast again', () => {
    const contest = new Contest()
    run(contest, stretches(3000), unit, 1.9 * unit)
    const loaded = run(contest, stretches(100), 2.5 * unit, 1.9 * unit)
    expect(loaded[1] / (loaded[0] + loaded[1])).toBeGreaterThan(0.85)
    run(contest, stretches(3000), 2.5 * unit, 1.9 * unit)
    run(contest, stretches(257), unit, 1.9 * unit)
    const idle = run(contest, stretches(1000), unit, 1.9 * unit)
    expect(idle[0] / (idle[0] + idle[1])).toBeGreaterThan(0.97)
  })

  test('a machine that slows both keeps the better one', () => {
    const contest = new Contest()
    run(contest, stretches(3000), unit, 1.9 * unit)
    const loaded = run(contest, stretches(100), 4 * unit, 5 * unit)
    expect(loaded[0] / (loaded[0] + loaded[1])).toBeGreaterThan(0.85)
  })
})
