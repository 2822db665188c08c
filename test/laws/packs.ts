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
 * fails alone: `failed` is told of it. Throws where items fail together of which none does alone: apart, programs are
 * other kernels with other bits.
 */
export async function attemptTogether<T>(
  items: readonly T[],
  attempt: (items: readonly T[]) => Promise<void>,
  failed: (item: T, message: string) => void,
): Promise<void> {
  if (items.length > 0) await failures(items, attempt, failed)
}

/** How many items fail alone; a pack is as deep as it can be halved. */
async function failures<T>(...given: Parameters<typeof attemptTogether<T>>): Promise<number> {
  const [items, attempt, failed] = given
  try {
    await attempt(items)
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (items.length === 1) {
      failed(items[0]!, message)
      return 1
    }
    const half = items.length / 2
    const count =
      (await failures(items.slice(0, half), attempt, failed)) + (await failures(items.slice(half), attempt, failed))
    if (count === 0)
      throw new Error(`${items.length} programs fail together, but not alone: ${message}`, { cause: error })
    return count
  }
}
