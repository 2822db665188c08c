/**
 * Derivatives of scans, which are scans. Backwards: the same steps from the other end, each computed again from the
 * history of the carries; cotangents are carried, those of captures are summed up as carries. Forwards: tangents are
 * carried beside the values.
 */
import type { Maybe, RegionOp } from '../define.ts'
import { topological } from '../graph.ts'
import { isParameter, type ParameterAttrs } from '../leaf.ts'
import { add } from '../ops/arithmetic.ts'
import { open } from '../region.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import {
  carryHistory,
  historyAfter,
  historyBefore,
  historyStart,
  lastCarry,
  loop,
  scanAttrs,
  stackedOutput,
} from './node.ts'

/** Which of the results inside depend on which inputs, as far as derivatives flow: sets of inputs by result. */
function dependence(node: Tensor, calculus: { connects(node: Tensor): boolean }): ReadonlySet<number>[] {
  const { results } = scanAttrs(node)
  const reached = new Map<Tensor, ReadonlySet<number>>()
  for (const inner of topological(results)) {
    const parameter = isParameter(inner) && isFloat(inner.dtype)
    const through = calculus.connects(inner) ? inner.inputs.flatMap(input => [...reached.get(input)!]) : []
    reached.set(inner, new Set(parameter ? [(inner.attrs as ParameterAttrs).index] : through))
  }
  return results.map(result => reached.get(result)!)
}

/** The carries that derivatives flow through: those given, and those that `next` leads to from them. */
function spreading(given: readonly number[], next: (carry: number) => readonly number[]): number[] {
  const found = new Set(given)
  for (const carry of found) for (const other of next(carry)) found.add(other)
  return [...found].sort((a, b) => a - b)
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** The tensors at some positions, one after the other, with undefined elsewhere. */
function scatter<T>(count: number, positions: readonly number[], values: readonly T[]): Maybe<T>[] {
  const result: Maybe<T>[] = new Array(count).fill(undefined)
  for (const [i, position] of positions.entries()) result[position] = values[i]
  return result
}

/** Reverse mode. */
export const pullback: RegionOp['pullback'] = (node, cotangents, wanted, calculus) => {
  const { sequences: n, carries: m, steps, reverse, results } = scanAttrs(node)
  const [sequences, initials, captures] = [
    node.inputs.slice(0, n),
    node.inputs.slice(n, n + m),
    node.inputs.slice(n + m),
  ]
  const [lasts, histories, outputs] = [cotangents.slice(0, m), cotangents.slice(m, 2 * m), cotangents.slice(2 * m)]
  const depends = dependence(node, calculus)
  const asked = range(results.length - m).filter(i => outputs[i])
  const active = spreading(
    range(m).filter(
      i => isFloat(initials[i]!.dtype) && (lasts[i] || histories[i] || asked.some(o => depends[m + o]!.has(n + i))),
    ),
    i => range(m).filter(k => depends[i]!.has(n + k)),
  )
  const flows = [...active, ...asked.map(o => m + o)]
  const reaches = (input: number) => wanted[input] === true && flows.some(result => depends[result]!.has(input))
  const wantedSequences = range(n).filter(reaches)
  const wantedCaptures = range(captures.length).filter(i => reaches(n + m + i))
  const withHistory = active.filter(i => histories[i])

  const backwards = loop(
    node.op as RegionOp,
    {
      sequences: [
        ...sequences,
        ...range(m).map(i => historyBefore(node, carryHistory(node, i))),
        ...asked.map(o => outputs[o]!),
        ...withHistory.map(i => historyAfter(node, histories[i]!)),
      ],
      initials: [
        ...active.map(i => lasts[i] ?? calculus.zeroLike(initials[i]!)),
        ...wantedCaptures.map(i => calculus.zeroLike(captures[i]!)),
      ],
      captures,
      steps,
      reverse: !reverse,
    },
    (elements, carried, captured) => {
      const [before, flowing] = [elements.slice(0, n + m), elements.slice(n + m)]
      const later = scatter(m, active, carried.slice(0, active.length))
      for (const [i, carry] of withHistory.entries()) later[carry] = add(later[carry]!, flowing[asked.length + i]!)
      const result = [...later, ...scatter(outputs.length, asked, flowing.slice(0, asked.length))]
      const wrt = [
        ...active.map(i => before[n + i]!),
        ...wantedCaptures.map(i => captured[i]!),
        ...wantedSequences.map(i => before[i]!),
      ]
      const found = calculus.reverse(open(scanAttrs(node), [...before, ...captured]), result, wrt)
      const at = active.length + wantedCaptures.length
      const sums = carried.slice(active.length).map((sum, i) => {
        const term = found[active.length + i]
        return term ? add(sum, term) : sum
      })
      return {
        carries: [...active.map((_, i) => found[i] ?? calculus.zeroLike(wrt[i]!)), ...sums],
        outputs: found.slice(at).map((cotangent, i) => cotangent ?? calculus.zeroLike(wrt[at + i]!)),
      }
    },
  )

  const ofInitials = active.map((i, at) => {
    const last = lastCarry(backwards, at)
    const history = histories[i]
    return history ? add(last, historyStart(node, history)) : last
  })
  return [
    ...scatter(
      n,
      wantedSequences,
      wantedSequences.map((_, i) => stackedOutput(backwards, i)),
    ),
    ...scatter(m, active, ofInitials),
    ...scatter(
      captures.length,
      wantedCaptures,
      wantedCaptures.map((_, i) => lastCarry(backwards, active.length + i)),
    ),
  ]
}

/** Forward mode. */
export const pushforward: RegionOp['pushforward'] = (node, tangents, calculus) => {
  const { sequences: n, carries: m, steps, reverse, results } = scanAttrs(node)
  const [sequences, initials, captures] = [
    node.inputs.slice(0, n),
    node.inputs.slice(n, n + m),
    node.inputs.slice(n + m),
  ]
  const depends = dependence(node, calculus)
  const given = range(node.inputs.length).filter(i => tangents[i] && isFloat(node.inputs[i]!.dtype))
  const fed = (result: number) => given.some(input => depends[result]!.has(input))
  const active = spreading(
    range(m).filter(i => given.includes(n + i) || fed(i)),
    i => range(m).filter(k => depends[k]!.has(n + i)),
  )
  const moved = range(results.length - m).filter(o => fed(m + o) || active.some(i => depends[m + o]!.has(n + i)))
  const givenSequences = given.filter(i => i < n)
  const givenCaptures = given.filter(i => i >= n + m)

  const forwards = loop(
    node.op as RegionOp,
    {
      sequences: [...sequences, ...givenSequences.map(i => tangents[i]!)],
      initials: [...initials, ...active.map(i => tangents[n + i] ?? calculus.zeroLike(initials[i]!))],
      captures: [...captures, ...givenCaptures.map(i => tangents[i]!)],
      steps,
      reverse,
    },
    (elements, carried, captured) => {
      const inputs = [...elements.slice(0, n), ...carried.slice(0, m), ...captured.slice(0, captures.length)]
      const positions = [...givenSequences, ...active.map(i => n + i), ...givenCaptures]
      const values = [...elements.slice(n), ...carried.slice(m), ...captured.slice(captures.length)]
      const after = open(scanAttrs(node), inputs)
      const found = calculus.forward(
        after,
        positions.map(i => inputs[i]!),
        values,
      )
      const tangent = (result: number) => found[result] ?? calculus.zeroLike(after[result]!)
      return {
        carries: [...after.slice(0, m), ...active.map(tangent)],
        outputs: moved.map(o => tangent(m + o)),
      }
    },
  )

  return [
    ...scatter(
      m,
      active,
      active.map((_, i) => lastCarry(forwards, m + i)),
    ),
    ...scatter(
      m,
      active,
      active.map((_, i) => carryHistory(forwards, m + i)),
    ),
    ...scatter(
      results.length - m,
      moved,
      moved.map((_, i) => stackedOutput(forwards, i)),
    ),
  ]
}
