/** Calls of public functions, written down as they are made. */
type Wild = (...args: unknown[]) => unknown

const made: { name: string; args: readonly unknown[] }[] = []

/** The exports of an entry, with functions that write down how they are called. */
export const recording = <E extends object>(entry: E): E =>
  Object.fromEntries(
    Object.entries(entry).map(([name, f]) =>
      typeof f === 'function' && !/^class\b/.test(String(f)) ? [name, recorder(name, f as Wild)] : [name, f],
    ),
  ) as E

const recorder = (name: string, f: Wild) =>
  Object.assign(
    (...args: unknown[]) => {
      made.push({ name, args })
      return f(...args)
    },
    f,
    { recorded: f },
  )

/** The function that a recorder calls. */
export const original = (f: object): Wild => (f as { recorded: Wild }).recorded

/** The arguments of the calls of one function that something makes. */
export function recorded(name: string, run: () => unknown): (readonly unknown[])[] {
  made.length = 0
  run()
  return made.filter(call => call.name === name).map(({ args }) => args)
}
