/**
 * Rewrite rules as values. A rule is a pair of graphs built with the public functions, the left one its pattern; what
 * needs computed attributes is a procedure with samples. Laws prove both (`prove.ts`).
 */
import type { Op } from './define.ts'
import { dimEqual } from './dims.ts'
import { scalar, tensor } from './leaf.ts'
import { type Match, matches, type Parameter, type Pattern, patternsOf } from './match.ts'
import { broadcastShape } from './ops/move.ts'
import type { Tensor } from './tensor.ts'
import type { DType } from './type.ts'

/** Rules run in this order, those of earlier phases again with the later ones. */
export const phases = ['canonical', 'stable', 'special'] as const
export type Phase = (typeof phases)[number]

/**
 * What a rule promises. `exact`: the same bits, NaN for NaN, zeros with their sign. `close`: the same within some units
 * in the last place wherever the left side is finite; the sign of zeros may differ. `stable`: the same function of real
 * numbers, right also where the left side overflows, underflows or cancels; where the left is undefined, so is the right.
 */
export type Contract = 'exact' | 'close' | 'stable'

export interface RuleOptions {
  phase: Phase
  holds: Contract
  /** Names under which several rules are included or excluded together. */
  tags?: readonly string[]
  /** dtypes of the result for which the rule holds; all when absent. */
  types?: readonly DType[]
  /** What the parameters stand for, in order; `'value'` where the list ends. */
  parameters?: readonly Parameter[]
  /** A condition on what the parameters stand for. */
  when?(...values: Tensor[]): boolean
  /** For `close`: how far apart the sides may be, in units in the last place; 4 when absent. */
  ulp?: number
  /** For `close`: floats are added up in another order, so that the sides differ by units of the sum of magnitudes. */
  reorders?: boolean
  /** For `stable`: the magnitude below which the op on the right is only as accurate as there, in absolute terms; 0 when absent. */
  scale?: number
  /** Where the proof draws arguments from, one range for all parameters: `[-3, 3]` when absent. */
  domain?: readonly [number, number]
}

/** Builds the replacement of a node inside the engine, which gives it the origins of the nodes it stands for. */
export type Build = (covered: readonly Tensor[], build: () => Tensor) => Tensor

/** What the engine needs of a rule. */
export interface Rule extends RuleOptions {
  name: string
  /** Ops of the nodes that may be replaced; all when absent. */
  roots?: readonly Op[]
  proof: Proof
  /** The replacement of a node, of the same dtype and a shape that broadcasts to the node's; undefined where the rule does not apply. */
  apply(node: Tensor, build: Build): Tensor | undefined
}

/** Both sides of a rule, as graphs over its parameters. */
export type Sides = readonly [left: Tensor, right: Tensor]

/** What the laws take a rule's instances from: its two sides, or graphs that it applies to at their root. */
export type Proof =
  | { kind: 'sides'; parameters: readonly Parameter[]; overAxes: boolean; sides: MakeSides }
  | { kind: 'samples'; samples(dtype: DType): Tensor[] }

export type MakeSides = (values: readonly Tensor[], axes: readonly number[]) => Sides

/** A rule between elementwise graphs: `rule({...}, 'x / 1 = x', x => [div(x, 1), x])`. */
export function rule(options: RuleOptions, name: string, sides: (...values: Tensor[]) => Sides): Rule {
  return pairRule(options, name, sides.length, values => sides(...values), false)
}

/** A rule between graphs with reductions, all of them over the same axes of operands of the same shape. */
export function ruleOverAxes(
  options: RuleOptions,
  name: string,
  sides: (axes: readonly number[], ...values: Tensor[]) => Sides,
): Rule {
  return pairRule(options, name, sides.length - 1, (values, axes) => sides(axes, ...values), true)
}

function pairRule(options: RuleOptions, name: string, count: number, sides: MakeSides, overAxes: boolean): Rule {
  const parameters = Array.from({ length: count }, (_, i) => options.parameters?.[i] ?? 'value')
  // The middle one of three axes: restoring it is a reshape that broadcasting cannot stand in for.
  const shape = overAxes ? [2, 3, 2] : []
  const holes = parameters.map((kind, i) =>
    kind === 'constant'
      ? scalar(`c${i}`, { dtype: 'float64' })
      : tensor(`x${i}`, { dtype: kind === 'bool' ? 'bool' : 'float64', shape }),
  )
  const [left] = sides(holes, [1])
  const patterns = patternsOf(left, holes, parameters)
  return {
    ...options,
    name,
    roots: [left.op],
    proof: { kind: 'sides', parameters, overAxes, sides },
    apply(node, build) {
      if (options.types && !options.types.includes(node.dtype)) return undefined
      for (const pattern of patterns) {
        const match = find(pattern, node, count)
        if (!match) continue
        const values = match.reduced ? match.values.map((x, i) => whole(x!, match, parameters[i]!)) : match.values
        if (options.when && !options.when(...(values as Tensor[]))) continue
        return build(match.covered, () => sides(values as Tensor[], match.axes ?? [])[1])
      }
      return undefined
    },
  }
}

function find(pattern: Pattern, node: Tensor, count: number): Match | undefined {
  const match: Match = { values: new Array(count), covered: [] }
  return matches(pattern, node, match) ? match : undefined
}

/** What stands under a reduction, repeated to the shape that is reduced. */
function whole(x: Tensor, { reduced }: Match, kind: Parameter): Tensor {
  const fits = x.ndim === reduced!.length && x.shape.every((dim, i) => dimEqual(dim, reduced![i]!))
  return kind === 'constant' || fits ? x : broadcastShape(x, reduced!)
}

export interface ProcedureOptions extends RuleOptions {
  /** Ops of the nodes that may be replaced; all when absent. */
  roots?: readonly Op[]
  /** Graphs that the rewrite applies to at their root, of a dtype, over inputs of known small shapes. */
  samples(dtype: DType): Tensor[]
}

/** A rewrite whose right side needs computed attributes: `change` gives the replacement of a node, or nothing. */
export function procedure(options: ProcedureOptions, name: string, change: (node: Tensor) => Tensor | undefined): Rule {
  const { samples, ...rest } = options
  return {
    ...rest,
    name,
    proof: { kind: 'samples', samples },
    apply(node, build) {
      if (options.types && !options.types.includes(node.dtype)) return undefined
      let found: Tensor | undefined
      const covered = [node, ...node.inputs.filter(input => input.inputs.length > 0)]
      const result = build(covered, () => {
        found = change(node)
        return found ?? node
      })
      return found && result
    },
  }
}
