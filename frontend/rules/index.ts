/** Every rule of damo, in the order in which they are tried. */
import type { Rule } from '../rule.ts'
import { canonical } from './canonical.ts'
import { special } from './special.ts'
import { stable } from './stable.ts'

export const rules: readonly Rule[] = [...canonical, ...stable, ...special]
