/** Instances of rules: both sides as graphs over inputs of chosen dtypes and shapes. */
import { DamoError } from '../../runtime/errors.ts'
import { topological } from '../graph.ts'
import { constant, isInput, tensor } from '../leaf.ts'
import { rewrite } from '../rewrite.ts'
import type { Proof, Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'

export interface Instance {
  /** What tells this instance from others, the same for every dtype. */
  key: string
  inputs: Tensor[]
  left: Tensor
  right: Tensor
}

type Shape = readonly number[]

/** What constant parameters are tried with. */
const constants: readonly number[] = [2, 3, -1, 0.5, -0.25, 1, 0, 10, 16, -2, 1e30, 1e-30, 7]

/** The instances of a rule in a dtype; `shapes` are those of its parameters in turn, the last one for all that follow. */
export function instancesOf(rule: Rule, dtype: DType, shapes: readonly Shape[], most = 13): Instance[] {
  const { proof } = rule
  return proof.kind === 'samples'
    ? proof.samples(dtype).flatMap((left, i) => fromSample(rule, left, String(i)))
    : fromSides(rule, proof, dtype, shapes, most)
}

function fromSample(rule: Rule, left: Tensor, key: string): Instance[] {
  const right = rewrite([left], { rules: [rule] }).roots[0]!
  return [{ key, left, right, inputs: topological([left]).filter(isInput) }]
}

type Sides = Proof & { kind: 'sides' }

function fromSides(rule: Rule, proof: Sides, dtype: DType, shapes: readonly Shape[], most: number): Instance[] {
  const instances: Instance[] = []
  for (const choice of choices(proof.parameters.filter(kind => kind === 'constant').length, dtype)) {
    if (instances.length >= most) break
    const values = parameters(proof, dtype, shapes, choice)
    const inputs = values.filter(isInput)
    const built = tryToBuild(() =>
      rule.when && !rule.when(...values) ? undefined : proof.sides(values, axesFor(shapes)),
    )
    if (!built || casts(built[0]) || (rule.types && !rule.types.includes(built[0].dtype))) continue
    instances.push({ key: choice.join(), inputs, left: built[0], right: built[1] })
  }
  return instances
}

/** Where ops cast a parameter, the rule is one about the cast one: this is no instance of it. */
const casts = (left: Tensor) => topological([left]).some(node => node.op.name === 'cast')

/** The middle axis of three, the last of fewer. */
const axesFor = (shapes: readonly Shape[]): number[] => [Math.min(Math.max((shapes[0]?.length ?? 1) - 1, 0), 1)]

function choices(count: number, dtype: DType): number[][] {
  const pool = isFloat(dtype)
    ? constants
    : constants.filter(c => Number.isInteger(c) && c < 100 && (c >= 0 || dtype[0] !== 'u'))
  let lists: number[][] = [[]]
  for (let i = 0; i < count; i++) lists = lists.flatMap(list => pool.map(c => [...list, c]))
  // In another order, so that the first few are not all about the first constant.
  return lists.map((_, i) => lists[(i * 67) % lists.length]!)
}

function parameters(proof: Sides, dtype: DType, shapes: readonly Shape[], choice: readonly number[]): Tensor[] {
  let used = 0
  return proof.parameters.map((kind, i) =>
    kind === 'constant'
      ? constant(choice[used++]!, dtype)
      : tensor(`x${i}`, { dtype: kind === 'bool' ? 'bool' : dtype, shape: shapes[Math.min(i, shapes.length - 1)]! }),
  )
}

/** Undefined where the ops refuse the dtype or the shapes do not broadcast. */
function tryToBuild<T>(build: () => T): T | undefined {
  try {
    return build()
  } catch (error) {
    if (error instanceof DamoError) return undefined
    throw error
  }
}
