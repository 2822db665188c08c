import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Executor, executors } from '../laws/executors.ts'
import { type Case, readCases } from './case.ts'
import { documented } from './documented.ts'
import { type Exercise, exercise, type Precision } from './exercise.ts'
import { runPack, type Verdicts } from './pack.ts'
import { groups, later, translations } from './translations.ts'

const cases = readCases()
const reasons = new Set(['random numbers in graphs'])

test('every case of the groups is translated or waits for a reason that stands in the issue', () => {
  const ids = cases.filter(({ group }) => (groups as readonly string[]).includes(group)).map(({ id }) => id)
  expect(ids.filter(id => !(id in translations) && !(id in later))).toEqual([])
  expect(Object.keys(later).filter(id => id in translations || !ids.includes(id))).toEqual([])
  expect(Object.values(later).filter(reason => !reasons.has(reason))).toEqual([])
  expect(Object.keys({ ...translations, ...documented }).filter(id => !ids.includes(id))).toEqual([])
})

for (const executor of executors.filter(({ literal }) => !literal)) {
  describe.each(['float64', 'float32'] as const)(`${executor.name}, %s`, precision => {
    for (const group of groups) runGroup(executor, precision, group)
  })
}

function runGroup(executor: Executor, precision: Precision, group: string): void {
  const members = cases.filter(item => item.group === group && item.id in translations && applies(item, precision))
  if (members.length === 0) return
  describe(group, () => {
    let verdicts: Verdicts = new Map()
    let reason: string | undefined
    beforeAll(async () => {
      reason = await executor.unavailable()
      if (reason === undefined) verdicts = await judge(executor, precision, members)
    })
    afterAll(() => console.log(summary(executor, precision, group, verdicts)))
    test.for(members)('$id', ({ id }, context) => {
      if (reason !== undefined) context.skip(reason)
      if (!verdicts.has(id)) throw new Error('no verdict')
      if (verdicts.get(id) !== undefined) throw new Error(verdicts.get(id))
    })
  })
}

/** A case for float64 alone has no tolerance for float32. */
const applies = (item: Case, precision: Precision) =>
  precision === 'float64' || (item.rtol_f32 !== null && item.inputs.some(({ dtype }) => dtype === 'float64'))

async function judge(executor: Executor, precision: Precision, members: readonly Case[]): Promise<Verdicts> {
  const broken: Verdicts = new Map()
  const ready: Exercise[] = []
  members.forEach((item, i) => {
    try {
      ready.push(exercise(item, translations[item.id]!, precision, `case${i}_`))
    } catch (error) {
      broken.set(item.id, error instanceof Error ? error.message : String(error))
    }
  })
  return new Map([...broken, ...(await runPack(executor, ready))])
}

function summary(executor: Executor, precision: Precision, group: string, verdicts: Verdicts): string {
  const failed = [...verdicts].filter(([, problem]) => problem !== undefined)
  const waiting = Object.entries(later).filter(([id]) => id.startsWith(`${group}/`))
  const lines = [
    `reference ${executor.name} ${precision} ${group}: ${verdicts.size - failed.length} pass, ${failed.length} fail, ${waiting.length} wait`,
    ...failed.map(([id, problem]) => `  fails: ${id} (${problem})`),
    ...waiting.map(([id, reason]) => `  waits: ${id} (${reason})`),
  ]
  return lines.join('\n')
}
