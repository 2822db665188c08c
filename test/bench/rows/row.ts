/** What a row of the table is. */
import type { Task, Values } from '../tasks.ts'

export interface Row {
  readonly name: string
  readonly unit: 'GFLOP/s' | 'ms' | 'us' | 'ns/element'
  readonly task: Task
  /** What the table shows for a call of so many seconds. */
  figure(seconds: number): number
  /** How far results may be from each other, relative to the largest magnitude; `ordinary` when absent. */
  readonly tolerance?: number
  /** The right result: then every engine is held to it in place of each other. */
  exact?(data: Record<string, Values>): readonly number[]
  /** What the project aims for at least: so many times as fast as the best of the engines for any model. */
  readonly atLeast?: number
  /** So many times as fast as a contender, by its name. */
  readonly atLeastOf?: Readonly<Record<string, number>>
  /** So much of the row's unit. */
  readonly atMost?: number
}

/** LiteRT.js runs models of its own format and trains none: rows that it has aim at it apart from the others. */
export const inferenceOnly = 'litert.js'
export const aheadOfInference = { [inferenceOnly]: 1.1 }

/** What float32 in another order of summation may differ by. */
export const ordinary = 1e-4

export const milliseconds = { unit: 'ms', figure: (seconds: number) => seconds * 1e3 } as const
export const microseconds = { unit: 'us', figure: (seconds: number) => seconds * 1e6 } as const

/** Rate of so many floating-point operations a call. */
export const gigaflops = (flops: number) =>
  ({ unit: 'GFLOP/s', figure: (seconds: number) => flops / seconds / 1e9 }) as const

export const perElement = (n: number) =>
  ({ unit: 'ns/element', figure: (seconds: number) => (seconds / n) * 1e9 }) as const
