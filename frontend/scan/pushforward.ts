/** Forward mode of a scan is a scan that carries tangents beside the values. */
import type { RegionOp } from '../define.ts'
import { open } from '../region.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { dependence, inputsOf, range, scatter, spreading } from './flow.ts'
import { carryHistory, lastCarry, loop, scanAttrs, stackedOutput } from './node.ts'

export const pushforward: RegionOp['pushforward'] = (node, tangents, calculus) => {
  const { sequences: n, carries: m, steps, reverse, results } = scanAttrs(node)
  const { sequences, initials, captures } = inputsOf(node)
  const depends = dependence(node, calculus.connects)
  const given = range(node.inputs.length).filter(i => tangents[i] && isFloat(node.inputs[i]!.dtype))
  const fed = (result: number) => given.some(input => depends[result]!.has(input))
  const active = spreading(
    range(m).filter(i => given.includes(n + i) || fed(i)),
    i => range(m).filter(k => depends[k]!.has(n + i)),
  )
  const moved = range(results.length - m).filter(o => fed(m + o) || active.some(i => depends[m + o]!.has(n + i)))
  const [inSequences, inCaptures] = [given.filter(i => i < n), given.filter(i => i >= n + m)]
  const tangentOf = (i: number) => tangents[i]!

  const forwards = loop(
    node.op as RegionOp,
    {
      sequences: [...sequences, ...inSequences.map(tangentOf)],
      initials: [...initials, ...active.map(i => tangents[n + i] ?? calculus.zeroLike(initials[i]!))],
      captures: [...captures, ...inCaptures.map(tangentOf)],
      steps,
      reverse,
    },
    (elements, carried, captured) => {
      const inputs = [...elements.slice(0, n), ...carried.slice(0, m), ...captured.slice(0, captures.length)]
      const wrt = [...inSequences, ...active.map(i => n + i), ...inCaptures].map(i => inputs[i]!)
      const along = [...elements.slice(n), ...carried.slice(m), ...captured.slice(captures.length)]
      const after = open(scanAttrs(node), inputs)
      const found = calculus.forward(after, wrt, along)
      const tangent = (result: number): Tensor => found[result] ?? calculus.zeroLike(after[result]!)
      return {
        carries: [...after.slice(0, m), ...active.map(tangent)],
        outputs: moved.map(o => tangent(m + o)),
      }
    },
  )

  return [
    ...scatter(m, active, at => lastCarry(forwards, m + at)),
    ...scatter(m, active, at => carryHistory(forwards, m + at)),
    ...scatter(results.length - m, moved, at => stackedOutput(forwards, at)),
  ]
}
