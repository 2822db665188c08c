/**
 * The gradient of a scan is a scan: the same steps from the other end, each computed again from the history of the
 * carries. The cotangents of the carries are carried; those of captures are summed up as carries.
 */
import type { Maybe, RegionOp, ReverseCalculus } from '../define.ts'
import { dimMin, dimSub } from '../dims.ts'
import { add } from '../ops/arithmetic.ts'
import { le, where } from '../ops/comparison.ts'
import { dimValue } from '../ops/create.ts'
import { sliceAxis, spread } from '../ops/move.ts'
import { open } from '../region.ts'
import type { Tensor } from '../tensor.ts'
import { type DimExpr, isFloat } from '../type.ts'
import { dependence, inputsOf, range, scatter, spreading } from './flow.ts'
import {
  carryHistory,
  historyAfter,
  historyBefore,
  historyStart,
  lastCarry,
  loop,
  type Step,
  scanAttrs,
  stackedOutput,
} from './node.ts'

/** What cotangents come in and which go out, by number. */
interface Flow {
  lasts: readonly Maybe<Tensor>[]
  histories: readonly Maybe<Tensor>[]
  outputs: readonly Maybe<Tensor>[]
  /** Carries with a cotangent, and those of them with one for their history. */
  active: readonly number[]
  withHistory: readonly number[]
  /** Outputs with a cotangent. */
  asked: readonly number[]
  wantedSequences: readonly number[]
  wantedCaptures: readonly number[]
}

export const pullback: RegionOp['pullback'] = (node, cotangents, wanted, calculus) => {
  const flow = flowOf(node, cotangents, wanted, calculus)
  const { active, histories, wantedSequences, wantedCaptures } = flow
  const { sequences, initials, captures } = inputsOf(node)
  const window = windowOf(node)
  const backwards = loop(node.op as RegionOp, givenTo(node, flow, window, calculus), stepBack(node, flow, calculus))
  const ofInitial = (at: number, carry: number) => {
    const last = window.reaches(lastCarry(backwards, at), calculus)
    const history = histories[carry]
    return history ? add(last, historyStart(node, history)) : last
  }
  return [
    ...scatter(sequences.length, wantedSequences, at => window.spread(stackedOutput(backwards, at))),
    ...scatter(initials.length, active, ofInitial),
    ...scatter(captures.length, wantedCaptures, at => lastCarry(backwards, active.length + at)),
  ]
}

function flowOf(
  node: Tensor,
  cotangents: readonly Maybe<Tensor>[],
  wanted: readonly boolean[],
  { connects }: ReverseCalculus,
): Flow {
  const { sequences: n, carries: m, results } = scanAttrs(node)
  const { initials, captures } = inputsOf(node)
  const [lasts, histories, outputs] = [cotangents.slice(0, m), cotangents.slice(m, 2 * m), cotangents.slice(2 * m)]
  const depends = dependence(node, connects)
  const asked = range(results.length - m).filter(o => outputs[o])
  const starts = (i: number) => lasts[i] || histories[i] || asked.some(o => depends[m + o]!.has(n + i))
  const active = spreading(
    range(m).filter(i => isFloat(initials[i]!.dtype) && starts(i)),
    i => range(m).filter(k => depends[i]!.has(n + k)),
  )
  const flows = [...active, ...asked.map(o => m + o)]
  const reached = (input: number) => wanted[input] === true && flows.some(result => depends[result]!.has(input))
  return {
    lasts,
    histories,
    outputs,
    active,
    withHistory: active.filter(i => histories[i]),
    asked,
    wantedSequences: range(n).filter(reached),
    wantedCaptures: range(captures.length).filter(i => reached(n + m + i)),
  }
}

/** What the loop back goes over and starts from: elements, carries before their step, cotangents of outputs and histories. */
function givenTo(node: Tensor, flow: Flow, window: Window, calculus: ReverseCalculus) {
  const { sequences, initials, captures } = inputsOf(node)
  const { lasts, histories, outputs, active, withHistory, asked, wantedCaptures } = flow
  return {
    sequences: [
      ...sequences,
      ...initials.map((_, i) => historyBefore(node, carryHistory(node, i))),
      ...asked.map(o => outputs[o]!),
      ...withHistory.map(i => historyAfter(node, histories[i]!)),
    ].map(window.part),
    initials: [
      ...active.map(i => lasts[i] ?? calculus.zeroLike(initials[i]!)),
      ...wantedCaptures.map(i => calculus.zeroLike(captures[i]!)),
    ],
    captures,
    steps: window.steps,
    reverse: !scanAttrs(node).reverse,
  }
}

/** One step back: from the cotangents after a step to those before it. */
function stepBack(node: Tensor, flow: Flow, calculus: ReverseCalculus): Step {
  const { sequences: n, carries: m } = scanAttrs(node)
  const { outputs, active, withHistory, asked, wantedSequences, wantedCaptures } = flow
  return (elements, carried, captures) => {
    const [before, given] = [elements.slice(0, n + m), elements.slice(n + m)]
    const sums = carried.slice(active.length)
    const after = scatter(m, active, at => carried[at]!)
    for (const [at, carry] of withHistory.entries()) after[carry] = add(after[carry]!, given[asked.length + at]!)
    const wrt = [
      ...active.map(i => before[n + i]!),
      ...wantedCaptures.map(i => captures[i]!),
      ...wantedSequences.map(i => before[i]!),
    ]
    const found = calculus.reverse(
      open(scanAttrs(node), [...before, ...captures]),
      [...after, ...scatter(outputs.length, asked, at => given[at]!)],
      wrt,
    )
    const at = (i: number) => found[i] ?? calculus.zeroLike(wrt[i]!)
    return {
      carries: [
        ...active.map((_, i) => at(i)),
        ...sums.map((sum, i) => (found[active.length + i] ? add(sum, found[active.length + i]!) : sum)),
      ],
      outputs: wantedSequences.map((_, i) => at(active.length + sums.length + i)),
    }
  }
}

/** The steps that gradients go back through: all, or the last ones where they are truncated. */
interface Window {
  steps: DimExpr
  /** The part of what goes along with the sequences. */
  part(x: Tensor): Tensor
  /** The whole, zero outside the part. */
  spread(x: Tensor): Tensor
  /** A cotangent of the initial carry, zero where gradients do not reach it. */
  reaches(cotangent: Tensor, calculus: ReverseCalculus): Tensor
}

const same = (x: Tensor) => x

function windowOf(node: Tensor): Window {
  const { steps, reverse, truncateGradient: limit } = scanAttrs(node)
  if (limit === undefined || (typeof steps === 'number' && steps <= limit))
    return { steps, part: same, spread: same, reaches: same }
  const count = dimMin(steps, limit)
  const start = reverse ? 0 : dimSub(steps, count)
  return {
    steps: count,
    part: x => sliceAxis(x, 0, start, count),
    spread: x => spread(x, 0, start, 1, steps),
    reaches: (cotangent, { zeroLike }) => where(le(dimValue(steps), dimValue(limit)), cotangent, zeroLike(cotangent)),
  }
}
