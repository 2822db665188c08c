/** What takes part in the comparison. */
import type { Kind, Numbers, Tasks, Values } from '../tasks.ts'

/** Bytes that a call takes besides what stays between calls: at most at once, and those of all arrays together. */
export interface Memory {
  peak: number
  sum: number
}

/** A task made ready: `run` is what is timed, `read` gives the result, on a fresh state that of three steps. */
export interface Prepared {
  run(): unknown
  read(): Numbers | readonly number[] | Promise<Numbers | readonly number[]>
  memory?: Memory
}

/** How an engine does each kind of task, in the best form that it has; what it cannot do is absent or undefined. */
export type Engine = {
  [K in Kind]?: (task: Tasks[K], data: Record<string, Values>) => Prepared | undefined | Promise<Prepared>
}

export interface EngineOptions {
  threads: number
  /** Where the peers are installed: the folder of their `node_modules`. */
  peers: string
}

/** The result of three calls of a step that gives its loss. */
export async function threeSteps(step: () => number | Promise<number>): Promise<number[]> {
  return [await step(), await step(), await step()]
}

/** The same array with its axes in another order. */
export function permuted({ shape, data }: Values, axes: readonly number[]): Values {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const target = axes.map(axis => shape[axis]!)
  const steps = axes.map(axis => strides[axis]!)
  const index = new Array<number>(axes.length).fill(0)
  const result = Float32Array.from(data, () => {
    const from = index.reduce((at, i, axis) => at + i * steps[axis]!, 0)
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      index[axis]!++
      if (index[axis]! < target[axis]!) break
      index[axis] = 0
    }
    return data[from]!
  })
  return { shape: target, data: result }
}

export const reshaped = ({ data }: Values, shape: readonly number[]): Values => ({ shape, data })
