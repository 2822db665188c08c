/** Many small programs compiled as one: a compiler's start costs more than most programs do. */
import type { Program } from './executors.ts'

/** Programs whose names differ, as one. */
export function merged(programs: readonly Program[]): Program {
  return {
    inputs: Object.assign({}, ...programs.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...programs.map(({ outputs }) => outputs)),
    updates: programs.flatMap(({ updates = [] }) => updates),
  }
}

/**
 * Attempts all items together. When that throws, each half on its own, so that an item that cannot be compiled or run
 * fails alone: `failed` is told of it.
 */
export async function attemptTogether<T>(
  items: readonly T[],
  attempt: (items: readonly T[]) => Promise<void>,
  failed: (item: T, message: string) => void,
): Promise<void> {
  const pending = items.length === 0 ? [] : [items]
  for (let pack = pending.pop(); pack !== undefined; pack = pending.pop()) {
    try {
      await attempt(pack)
    } catch (error) {
      if (pack.length === 1) failed(pack[0]!, error instanceof Error ? error.message : String(error))
      else pending.push(pack.slice(pack.length / 2), pack.slice(0, pack.length / 2))
    }
  }
}
