/**
 * The laws of rewrite rules, each tried on instances that are drawn from a seed: both sides have the same type, the same
 * value as the rule's contract says, the right one is less, and the rule fires where its own left side stands.
 */
import type { NDArray } from '../../runtime/array.ts'
import { dimEqual } from '../dims.ts'
import { typeText } from '../errors.ts'
import { evaluate } from '../evaluate.ts'
import { broadcastTo } from '../ops/shape.ts'
import { rewrite } from '../rewrite.ts'
import { phases, type Rule } from '../rule.ts'
import { rules as builtin } from '../rules/index.ts'
import { allTypes, type DType, isFloat } from '../type.ts'
import { isAccurate, isClose, isSameFunction, keepsPoles, numbersOf, type Results, sameBits } from './compare.ts'
import { type Instance, instancesOf } from './instance.ts'
import { isBelow, measure } from './measure.ts'
import { draw, type Kind, type Random, randomFrom, toArray } from './values.ts'

export interface ProofOptions {
  seed?: number
  /** The rules that the rule will run among; damo's own when absent. */
  rules?: readonly Rule[]
}

/** What speaks against a rule, one line each; empty when nothing was found. */
export function proveRule(rule: Rule, { seed = 1, rules = builtin }: ProofOptions = {}): string[] {
  const random = randomFrom(seed)
  const laws = [typesAgree(rule, random), valuesAgree(rule, random), makesProgress(rule), fires(rule, rules)]
  return laws.flatMap(found => (found ? [`${rule.name}: ${found}`] : []))
}

type Flaw = string | undefined

type Shapes = readonly (readonly number[])[]

const shapesTried: readonly Shapes[] = [
  [[]],
  [[0]],
  [[1]],
  [[3]],
  [[5]],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 1],
    [1, 5],
  ],
  [[], [3]],
  [[1], [3, 5]],
  [[0], [1]],
]

/** Operands of reductions have one shape. */
const shapesReduced: readonly Shapes[] = [[[1]], [[3]], [[5, 3]], [[2, 3, 2]], [[3, 1, 5]], [[1, 1, 1]]]

const overAxes = (rule: Rule) => rule.proof.kind === 'sides' && rule.proof.overAxes
const fromSamples = (rule: Rule) => rule.proof.kind === 'samples'

/** Equal dtypes on both sides; the right shape broadcasts to the left one, which the engine gives back; equal values on tame arguments. */
function typesAgree(rule: Rule, random: Random): Flaw {
  let tried = 0
  for (const dtype of allTypes) {
    for (const shapes of fromSamples(rule) ? [[]] : overAxes(rule) ? shapesReduced : shapesTried) {
      for (const instance of instancesOf(rule, dtype, shapes, 2)) {
        tried++
        const flaw = typeFlaw(rule, instance) ?? tameFlaw(rule, dtype, instance, random)
        if (flaw) return `${flaw} for ${dtype} ${JSON.stringify(shapes)}`
      }
    }
  }
  return tried === 0 ? 'has no instance' : undefined
}

function typeFlaw(rule: Rule, { left, right }: Instance): Flaw {
  if (left.dtype !== right.dtype) return `${left.dtype} becomes ${right.dtype}`
  const after = rewrite([left], { rules: [rule] }).roots[0]!
  const same =
    after.dtype === left.dtype &&
    after.ndim === left.ndim &&
    after.shape.every((dim, i) => dimEqual(dim, left.shape[i]!))
  return same ? undefined : `${typeText(left)} becomes ${typeText(after)}`
}

function tameFlaw(rule: Rule, dtype: DType, instance: Instance, random: Random): Flaw {
  const after = rewrite([instance.left], { rules: [rule] }).roots[0]!
  const values = new Map(
    instance.inputs.map(x => {
      const shape = x.shape as readonly number[]
      const count = shape.reduce((total, size) => total * size, 1)
      return [x, toArray(x.dtype, shape, draw('tame', x.dtype, count, rule.domain ?? [-3, 3], random))]
    }),
  )
  const [a, b] = evaluate([instance.left, after], values) as [NDArray, NDArray]
  if (rule.holds === 'exact') return sameBits(a, b) ? undefined : `${a.data} becomes ${b.data}`
  // What a stable rule exists for may show on tame arguments too: there only float64 is a judge of both sides.
  if (dtype === 'float16' || (rule.holds === 'stable' && dtype !== 'float64')) return undefined
  const [left, right] = [numbersOf(a), numbersOf(b)]
  const at = left.findIndex((x, i) => !isTame(x, right[i]!))
  return at < 0 ? undefined : `${left[at]} becomes ${right[at]}`
}

const isTame = (a: number, b: number) => Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(b))

/** How many arguments of each kind are drawn for an instance. */
const drawn: Readonly<Record<Kind, number>> = { tame: 200, point: 300, edge: 600, wild: 300 }

/** The dtypes in which values are compared: floats under the rule's contract, one integer of each kind bit for bit. */
const valueTypes: readonly DType[] = ['float32', 'float64', 'int8', 'uint8', 'int32', 'int64', 'bool']

function valuesAgree(rule: Rule, random: Random): Flaw {
  for (const dtype of valueTypes) {
    for (const kind of Object.keys(drawn) as Kind[]) {
      const shape = overAxes(rule) ? [drawn[kind] / 4, 3, 2] : [drawn[kind]]
      for (const instance of instancesOf(rule, dtype, [shape])) {
        const flaw = valueFlaw(rule, dtype, kind, instance, random)
        if (flaw) return `${flaw} (${dtype}, ${kind} arguments${instance.key ? `, constants ${instance.key}` : ''})`
      }
    }
  }
  return undefined
}

function valueFlaw(rule: Rule, dtype: DType, kind: Kind, instance: Instance, random: Random): Flaw {
  const values = instance.inputs.map(x => {
    const count = (x.shape as readonly number[]).reduce((total, size) => total * size, 1)
    return draw(kind, x.dtype, count, rule.domain ?? [-3, 3], random)
  })
  const [left, right] = evaluate([instance.left, atShape(instance)], bind(instance, values)) as [NDArray, NDArray]
  if (rule.holds === 'exact') return firstDifference(left, right)
  if (!isFloat(left.dtype)) return firstDifference(left, right)
  if (dtype === 'float64') {
    if (rule.holds !== 'close' || kind !== 'tame') return undefined
    return farApart(left, right, rule.reorders ? magnitudesOf(instance, values) : numbersOf(left), rule)
  }
  if (dtype !== 'float32') return undefined
  const exact = instancesOf(rule, 'float64', [instance.inputs[0]?.shape as number[]]).find(
    other => other.key === instance.key,
  )
  if (!exact) return 'has an instance in float32 and none in float64'
  const results = compareWith(rule, exact, values, numbersOf(left), numbersOf(right))
  const wrong = results.find(each => !agrees(rule, kind, each))
  return wrong && `${wrong.left} (exactly ${wrong.exactLeft}) becomes ${wrong.right} (exactly ${wrong.exactRight})`
}

function agrees(rule: Rule, kind: Kind, results: Results): boolean {
  if (rule.holds === 'close') return isClose(results, rule.ulp ?? 4, rule.reorders ?? false)
  const scale = rule.scale ?? 0
  if (kind === 'tame') return isSameFunction(results) && isAccurate(results, scale)
  if (kind === 'point') return keepsPoles(results) && isAccurate(results, scale)
  return isAccurate(results, scale)
}

/** The right side in the shape of the left one. */
const atShape = ({ left, right }: Instance) => broadcastTo(right, left.shape)

const bind = ({ inputs }: Instance, values: readonly number[][]) =>
  new Map(inputs.map((x, i) => [x, toArray(x.dtype, x.shape as readonly number[], values[i]!)]))

/**
 * The most that the left side comes to with any signs of its arguments: what the error of a sum whose terms cancel is
 * measured by. NaN where it is that with some signs.
 */
function magnitudesOf(instance: Instance, values: readonly number[][]): number[] {
  const patterns = Array.from({ length: 2 ** values.length }, (_, bits) => {
    const signed = values.map((list, i) => list.map(x => ((bits >> i) & 1 ? -Math.abs(x) : Math.abs(x))))
    return numbersOf(evaluate([instance.left], bind(instance, signed))[0]!)
  })
  return patterns[0]!.map((_, at) => Math.max(...patterns.map(list => Math.abs(list[at]!))))
}

/** Both sides in float64, and how much the right one moves with its arguments by a unit of float32. */
function compareWith(
  rule: Rule,
  exact: Instance,
  values: readonly number[][],
  left: number[],
  right: number[],
): Results[] {
  const moved = (by: number) =>
    values.map((list, i) => (exact.inputs[i]!.dtype === 'bool' ? list : list.map(x => x * (1 + by))))
  const [l, r] = evaluate([exact.left, atShape(exact)], bind(exact, values)).map(numbersOf) as [number[], number[]]
  const shaken = [2 ** -23, -(2 ** -23)].map(by => numbersOf(evaluate([atShape(exact)], bind(exact, moved(by)))[0]!))
  const magnitudes = rule.reorders ? magnitudesOf(exact, values) : l
  return left.map((x, i) => {
    const spread = Math.max(...shaken.map(list => Math.abs(list[i]! - r[i]!)))
    return {
      left: x,
      right: right[i]!,
      exactLeft: l[i]!,
      exactRight: r[i]!,
      spread: spread === spread ? spread : 0,
      magnitude: magnitudes[i]!,
    }
  })
}

function firstDifference(left: NDArray, right: NDArray): Flaw {
  if (sameBits(left, right)) return undefined
  const [a, b] = [numbersOf(left), numbersOf(right)]
  const at = a.findIndex((x, i) => !Object.is(x, b[i]))
  return `${Object.is(a[at], -0) ? '-0' : a[at]} becomes ${Object.is(b[at], -0) ? '-0' : b[at]}`
}

function farApart(left: NDArray, right: NDArray, magnitudes: readonly number[], rule: Rule): Flaw {
  const [a, b] = [numbersOf(left), numbersOf(right)]
  const size = (x: number, i: number) => Math.max(Math.abs(x), Math.abs(magnitudes[i]!), 1e-3)
  const limit = 2 ** -52 * 64 * Math.max(rule.ulp ?? 4, 1)
  const at = a.findIndex((x, i) => !(Object.is(x, b[i]) || Math.abs(x - b[i]!) <= limit * size(x, i)))
  return at < 0 ? undefined : `${a[at]} becomes ${b[at]}`
}

/** The dtype and shapes that work is counted with. */
function typical(rule: Rule): Instance[] {
  const shapes: Shapes = overAxes(rule) ? [[7, 5, 3]] : [[7]]
  for (const dtype of ['float32', 'int32', 'uint8', 'bool'] as const) {
    const found = instancesOf(rule, dtype, shapes)
    if (found.length > 0) return found
  }
  return []
}

function makesProgress(rule: Rule): Flaw {
  for (const { left, right, key } of typical(rule)) {
    const [before, after] = [measure(left), measure(right)]
    if (!isBelow(after, before))
      return `measure ${before.join(' ')} becomes ${after.join(' ')}${key && `, constants ${key}`}`
  }
  return undefined
}

/** Alone it changes each of its own left sides into what it no longer applies to; among all the rules it is applied to some of them. */
function fires(rule: Rule, all: readonly Rule[]): Flaw {
  const instances = typical(rule)
  for (const { left } of instances) {
    const { roots, hits } = rewrite([left], { rules: [rule] })
    if (!hits.get(rule.name)) return 'does not fire on its own left side'
    if (rewrite(roots, { rules: [rule] }).hits.size > 0) return 'still applies to what it gave'
  }
  const upTo = phases.slice(0, phases.indexOf(rule.phase) + 1)
  const among = all.includes(rule) ? all : [...all, rule]
  const reached = instances.some(({ left }) => rewrite([left], { rules: among, phases: upTo }).hits.has(rule.name))
  return reached ? undefined : 'is never reached among the other rules'
}
