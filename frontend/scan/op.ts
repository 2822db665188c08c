/** The record of the scan. */
import { type RegionOp, register } from '../define.ts'
import { pullback } from './pullback.ts'
import { pushforward } from './pushforward.ts'

export const scanOp: RegionOp = register({
  kind: 'region',
  name: 'scan',
  doc: 'A loop over steps that carries tensors from one to the next.',
  pullback,
  pushforward,
})
