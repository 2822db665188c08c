/** Every rule of damo, in the order in which they are tried. */
import type { Rule } from '../rule.ts'
import { canonical } from './canonical.ts'
import { lifts } from './lift.ts'
import { logic } from './logic.ts'
import { movementRules } from './movement.ts'
import { softmaxRules } from './softmax.ts'
import { special } from './special.ts'
import { stable } from './stable.ts'

export const rules: readonly Rule[] = [
  ...canonical,
  ...logic,
  ...movementRules,
  ...lifts,
  ...stable,
  ...softmaxRules,
  ...special,
]
