/** Passes over memory: elementwise expressions, reductions, normalizations. */
import { epsilon, type Values } from '../tasks.ts'
import { perElement, type Row } from './row.ts'

const million = 1 << 20
const softmaxSize = { rows: 1024, columns: 1000 }
const layerNormSize = { rows: 1024, columns: 768 }

const average = (numbers: ArrayLike<number>) => total(numbers, x => x) / numbers.length

function total(numbers: ArrayLike<number>, f: (x: number) => number): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum += f(numbers[i]!)
  return sum
}

function exactDeviations({ x }: Record<string, Values>): number[] {
  const mean = average(x!.data)
  return [total(x!.data, each => (each - mean) ** 2)]
}

function exactLayerNorm({ x, gain, bias }: Record<string, Values>): number[] {
  const [rows, columns] = x!.shape as [number, number]
  const result: number[] = []
  for (let row = 0; row < rows; row++) {
    const numbers = x!.data.subarray(row * columns, (row + 1) * columns)
    const mean = average(numbers)
    const scale = 1 / Math.sqrt(total(numbers, each => (each - mean) ** 2) / columns + epsilon)
    for (let i = 0; i < columns; i++) result.push((numbers[i]! - mean) * scale * gain!.data[i]! + bias!.data[i]!)
  }
  return result
}

export const elementwise: readonly Row[] = [
  { name: 'fused chain of 1M', task: { kind: 'chain', n: million }, atLeast: 4, ...perElement(million) },
  { name: 'add 1M', task: { kind: 'sum', n: million }, atLeast: 1, tolerance: 0, ...perElement(million) },
  {
    name: 'sum of squared deviations 1M',
    task: { kind: 'deviations', n: million },
    atLeast: 6,
    tolerance: 2e-7,
    exact: exactDeviations,
    ...perElement(million),
  },
  { name: 'softmax 1024x1000', task: { kind: 'softmax', ...softmaxSize }, atLeast: 1.1, ...perElement(1024 * 1000) },
  {
    name: 'layernorm 1024x768',
    task: { kind: 'layerNorm', ...layerNormSize },
    atLeast: 5,
    tolerance: 2e-7,
    exact: exactLayerNorm,
    ...perElement(1024 * 768),
  },
]
