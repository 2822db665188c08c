/** Whole models, called with a batch of the caller's, and their training steps. */
import type { Transformer } from '../tasks.ts'
import { aheadOfInference, milliseconds, type Row } from './row.ts'

const mlp = (batch: number, atLeast: number): Row => ({
  name: `mlp forward, batch ${batch}`,
  task: { kind: 'mlp', batch },
  atLeast,
  atLeastOf: aheadOfInference,
  ...milliseconds,
})

const mlpStep = (batch: number, atLeast: number): Row => ({
  name: `mlp training step, batch ${batch}`,
  task: { kind: 'mlpStep', batch },
  atLeast,
  ...milliseconds,
})

const lenet = (batch: number): Row => ({
  name: `lenet forward, batch ${batch}`,
  task: { kind: 'lenet', batch },
  atLeast: 1.9,
  atLeastOf: aheadOfInference,
  ...milliseconds,
})

const lenetStep = (batch: number): Row => ({
  name: `lenet training step, batch ${batch}`,
  task: { kind: 'lenetStep', batch },
  atLeastOf: { pytorch: 1 },
  ...milliseconds,
})

const block: Transformer = { width: 256, heads: 4, length: 128, hidden: 1024 }

export const networks: readonly Row[] = [
  mlp(1, 1.5),
  mlp(64, 1.5),
  mlp(256, 1.6),
  mlpStep(64, 2.2),
  mlpStep(256, 1.8),
  lenet(64),
  lenet(256),
  lenetStep(64),
  lenetStep(256),
  { name: 'transformer block forward', task: { kind: 'transformer', ...block }, atLeast: 1.5, ...milliseconds },
  { name: 'transformer block training step', task: { kind: 'transformerStep', ...block }, atLeast: 2, ...milliseconds },
]
