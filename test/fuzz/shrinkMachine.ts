/** A failing machine made small: outputs and updates are taken out as long as it still fails. */
import type { Program } from '../laws/executors.ts'
import type { Machine } from './state.ts'

/** The machine with as little as it takes to fail; undefined where it does not by itself. At most `attempts` are tried. */
export async function shrunk(
  machine: Machine,
  fails: (machine: Machine) => Promise<string | undefined>,
  attempts = 60,
): Promise<Machine | undefined> {
  if ((await fails(machine)) === undefined) return undefined
  let best = machine
  let left = attempts
  for (let smaller: Machine | undefined = best; smaller && left > 0; ) {
    smaller = undefined
    for (const candidate of candidates(best)) {
      if (left-- <= 0) break
      if ((await fails(candidate)) === undefined) continue
      best = smaller = candidate
      break
    }
  }
  return best
}

function candidates(machine: Machine): Machine[] {
  return machine.programs.flatMap((program, at) =>
    smallerPrograms(program).map(smaller => ({
      ...machine,
      programs: machine.programs.map((other, i) => (i === at ? smaller : other)),
    })),
  )
}

/** The program without one of its updates or outputs, and with nothing at all. */
function smallerPrograms(program: Program): Program[] {
  const { outputs, updates = [] } = program
  const names = Object.keys(outputs)
  if (names.length + updates.length === 0) return []
  return [
    { ...program, outputs: {}, updates: [] },
    ...updates.map((_, i) => ({ ...program, updates: updates.filter((_, other) => other !== i) })),
    ...names.map(name => ({
      ...program,
      outputs: Object.fromEntries(Object.entries(outputs).filter(([other]) => other !== name)),
    })),
  ]
}
