/** What all update rules share: gradients, and state that goes with each parameter. */
import { zeros } from '../../runtime/array.ts'
import { expectTensorList, namedOptions } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { argumentWrong } from '../errors.ts'
import { grad } from '../grad.ts'
import { constant, isShared, type SharedAttrs } from '../leaf.ts'
import { shared } from '../shared.ts'
import { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { gradientsDiffer, notAParameter } from './errors.ts'

/** A shared variable and its next value, as `compile` takes them. */
export type Update = readonly [Tensor, Tensor]

/** A scalar cost to be differentiated, or the gradients themselves, one for each parameter. */
export type Cost = Tensor | readonly Tensor[]

/** A number, or a scalar tensor: an input, or computed by a schedule. */
export type Rate = number | Tensor

export interface RuleOptions {
  /** Begins the names of the rule's own shared variables, `adam.m.W`: the name of the rule when absent. */
  name?: string
}

/** The options of a rule, held to be a record of those known, with the learning rate where the rule has no own. */
export function readRule<O extends { learningRate?: Rate }>(
  rule: string,
  options: O,
  known: readonly (keyof O & string)[],
  needsRate = false,
): O {
  namedOptions(rule, options as Record<string, unknown>, ['learningRate', ...known])
  const { learningRate } = options
  const missing =
    learningRate === undefined ? needsRate : !(typeof learningRate === 'number' || learningRate instanceof Tensor)
  if (missing) throw argumentWrong(rule, 'a learningRate, a number or a scalar tensor', learningRate)
  return options
}

/** One parameter, as a rule sees it. */
export interface Parameter {
  /** The parameter. */
  p: Tensor
  /** Its gradient. */
  g: Tensor
  /** A scalar in the dtype of the parameter. */
  like(value: Rate): Tensor
  /** A shared variable of the type of the parameter, starting at 0, named after the rule, `label` and the parameter. */
  zeros(label: string): Tensor
}

/** The updates that `rule` makes of each parameter. Throws unless parameters are shared floats, with one gradient each. */
export function forEach(
  name: string,
  cost: Cost,
  parameters: readonly Tensor[],
  rule: (parameter: Parameter) => readonly Update[],
): Update[] {
  expectTensorList(name, parameters)
  if (!(cost instanceof Tensor)) expectTensorList(name, cost)
  for (const p of parameters) if (!isShared(p) || !isFloat(p.dtype)) throw notAParameter(name, p)
  const gradients = cost instanceof Tensor ? grad(cost, parameters) : cost
  if (gradients.length !== parameters.length) throw gradientsDiffer(name, gradients.length, parameters.length)
  return parameters.flatMap((p, i) =>
    rule({
      p,
      g: gradients[i]!,
      like: value => (value instanceof Tensor ? cast(value, p.dtype) : constant(value, p.dtype)),
      zeros: label => {
        const { shape } = (p.attrs as SharedAttrs).initial
        return shared(zeros(shape, { dtype: p.dtype }), `${name}.${label}.${p.name ?? i}`)
      },
    }),
  )
}
