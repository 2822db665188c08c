/** Every rule of damo, in the order in which they are tried. */
import type { Rule } from '../rule.ts'
import { canonical } from './canonical.ts'
import { casts } from './cast.ts'
import { contractions } from './contract.ts'
import { folding } from './fold.ts'
import { lifts } from './lift.ts'
import { systems } from './linalg.ts'
import { logic } from './logic.ts'
import { movementRules } from './movement.ts'
import { picks } from './pick.ts'
import { reductions } from './reduce.ts'
import { scatters } from './scatter.ts'
import { softmaxRules } from './softmax.ts'
import { special } from './special.ts'
import { stable } from './stable.ts'
import { windowRules } from './window.ts'

export const rules: readonly Rule[] = [
  ...folding,
  ...canonical,
  ...logic,
  ...casts,
  ...movementRules,
  ...lifts,
  ...windowRules,
  ...reductions,
  ...contractions,
  ...systems,
  ...stable,
  ...softmaxRules,
  ...picks,
  ...scatters,
  ...special,
]
