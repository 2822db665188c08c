/** Two ways of running a call: the faster is taken, whatever the machine has to do besides, and deciding costs little. */
import { describe, expect, test } from 'vitest'
import { Contest } from '../../runtime/contest.ts'
import { noise } from '../bench/noise.ts'

/** What a turn of each way costs, by the number of the turn. */
type Costs = (turn: number) => readonly [number, number]

/** Runs turns; gives how much longer they took, as a part, than those of the faster way, which `ideal` costs each. */
function lost(contest: Contest, turns: number, costs: Costs, ideal: number): number {
  let taken = 0
  for (let turn = 0; turn < turns; turn++) {
    const cost = costs(turn)[contest.way]
    taken += cost
    contest.took(cost)
  }
  return taken / (turns * ideal) - 1
}

describe.each([0.03, 1, 20, 1000])('of turns of %d milliseconds', unit => {
  /** So many stretches of time in which a mean is made. */
  const stretches = (count: number) => Math.ceil(count * Math.max(1, 2 / unit))
  const always =
    (...costs: readonly [number, number]): Costs =>
    () => [costs[0] * unit, costs[1] * unit]

  test.each([1.02, 1.1, 1.5, 2])('the first stays where the other takes %d times as long', ratio => {
    const contest = new Contest(1)
    expect(lost(contest, stretches(100), always(1, ratio), unit)).toBeLessThan(0.025)
    expect(lost(contest, stretches(5000), always(1, ratio), unit)).toBeLessThan(0.012)
  })

  test.each([1.02, 1.1, 1.5, 2])('the other is taken soon where the first takes %d times as long', ratio => {
    const contest = new Contest(1)
    lost(contest, stretches(14), always(ratio, 1), unit)
    expect(lost(contest, stretches(5000), always(ratio, 1), unit)).toBeLessThan(0.012)
  })

  test('at once after the one taken gets slow, and back when it is fast again', () => {
    const contest = new Contest(1)
    lost(contest, stretches(3000), always(1, 1.9), unit)
    expect(lost(contest, stretches(100), always(2.5, 1.9), 1.9 * unit)).toBeLessThan(0.05)
    lost(contest, stretches(3000), always(2.5, 1.9), unit)
    lost(contest, stretches(100), always(1, 1.9), unit)
    expect(lost(contest, stretches(1000), always(1, 1.9), unit)).toBeLessThan(0.012)
  })

  test('a machine that slows both keeps the better one', () => {
    const contest = new Contest(1)
    lost(contest, stretches(3000), always(1, 1.9), unit)
    expect(lost(contest, stretches(100), always(4, 5), 4 * unit)).toBeLessThan(0.02)
  })

  test('the better one is kept where every fifth stretch of both is disturbed, whichever it is', () => {
    const random = noise(stretches(20_000), 1, 7)
    // Values lie evenly between -1 and 1: those beyond 0.6 are a fifth; a disturbed stretch takes up to three times as long.
    const factor = (turn: number) => {
      const value = random[Math.floor(turn / stretches(1))]!
      return value > 0.6 ? 1 + 5 * (value - 0.6) : 1
    }
    const usual = 1.2 * unit
    for (const costs of [always(1, 1.8), always(1.8, 1)]) {
      const contest = new Contest(1)
      const disturbed: Costs = turn => costs(turn).map(cost => cost * factor(turn)) as [number, number]
      lost(contest, stretches(100), disturbed, usual)
      expect(lost(contest, stretches(20_000), disturbed, usual)).toBeLessThan(0.03)
    }
  })
})
