/** The rows of the table, in its order. */
import { calls } from './calls.ts'
import { convolutions } from './convolutions.ts'
import { elementwise } from './elementwise.ts'
import { networks } from './networks.ts'
import { products } from './products.ts'
import type { Row } from './row.ts'
import { theano } from './theano.ts'

export const rows: readonly Row[] = [...products, ...networks, ...convolutions, ...elementwise, ...theano, ...calls]
