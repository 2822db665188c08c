/** Convolutions of one image, as ResNet-50 and MobileNet have them. */
import type { Convolution } from '../tasks.ts'
import { aheadOfInference, gigaflops, type Row } from './row.ts'

function convolution(name: string, atLeast: number, shape: Convolution): Row {
  const { channels, filters, size, filter, stride, padding, groups } = shape
  const out = Math.floor((size + 2 * padding - filter) / stride) + 1
  const flops = 2 * out ** 2 * filters * (channels / groups) * filter ** 2
  return { name, task: { kind: 'convolution', ...shape }, atLeast, atLeastOf: aheadOfInference, ...gigaflops(flops) }
}

export const convolutions: readonly Row[] = [
  convolution('conv 3x3, 64 to 64, 56x56', 1.9, {
    ...{ channels: 64, filters: 64, size: 56 },
    ...{ filter: 3, stride: 1, padding: 1, groups: 1 },
  }),
  convolution('conv 1x1, 64 to 256, 56x56', 1.9, {
    ...{ channels: 64, filters: 256, size: 56 },
    ...{ filter: 1, stride: 1, padding: 0, groups: 1 },
  }),
  convolution('conv 7x7 stride 2, 3 to 64, 224x224', 1.7, {
    ...{ channels: 3, filters: 64, size: 224 },
    ...{ filter: 7, stride: 2, padding: 3, groups: 1 },
  }),
  convolution('depthwise 3x3, 96, 112x112', 1.8, {
    ...{ channels: 96, filters: 96, size: 112 },
    ...{ filter: 3, stride: 1, padding: 1, groups: 96 },
  }),
]
