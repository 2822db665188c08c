/** Every translated case, and those that wait with their reasons. */
import { readFileSync } from 'node:fs'
import { autodiff } from './autodiff.ts'
import { broadcast } from './broadcast.ts'
import type { Translation } from './case.ts'
import { conv } from './conv.ts'
import { dtype } from './dtype.ts'
import { elemwiseBinary } from './elemwise_binary.ts'
import { elemwiseEdge } from './elemwise_edge.ts'
import { elemwiseUnary } from './elemwise_unary.ts'
import type { Training } from './exercise.ts'
import { indexing } from './indexing.ts'
import { linalg } from './linalg.ts'
import { misc, nnet, norm } from './nn.ts'
import { pool } from './pool.ts'
import { reduction } from './reduction.ts'
import { scans } from './scan.ts'
import { shape } from './shape.ts'
import { stability } from './stability.ts'
import { train } from './train.ts'

export const translations: Readonly<Record<string, Translation | Training>> = {
  ...elemwiseUnary,
  ...elemwiseBinary,
  ...elemwiseEdge,
  ...broadcast,
  ...reduction,
  ...stability,
  ...shape,
  ...autodiff,
  ...train,
  ...scans,
  ...linalg,
  ...dtype,
  ...conv,
  ...pool,
  ...indexing,
  ...norm,
  ...nnet,
  ...misc,
}

/** Groups whose every case is translated or waits for a reason that the issue allows. */
export const groups = [
  'elemwise_unary',
  'elemwise_binary',
  'elemwise_edge',
  'broadcast',
  'reduction',
  'stability',
  'shape',
  'autodiff',
  'train',
  'scan',
  'linalg',
  'misc',
  'dtype',
  'conv',
  'pool',
  'index_basic',
  'index_advanced',
  'index_write',
  'norm',
  'nnet',
  'random',
] as const

/** Why a case waits, by id. */
export const later: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('later.json', import.meta.url), 'utf8'),
)
