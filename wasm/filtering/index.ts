/**
 * Convolutions and their gradients by minimal filtering: other and fewer products than they are defined by (transforms.ts),
 * where shapes make it pay. Each way is planned in one file and run in another.
 */
export { planFewPlaces } from './fewPlaces.ts'
export { type Gives, planGives } from './gives.ts'
export { runFewPlaces } from './runFewPlaces.ts'
export { runGives } from './runGives.ts'
export { runWinograd } from './runWinograd.ts'
export { planWinograd } from './winograd.ts'
