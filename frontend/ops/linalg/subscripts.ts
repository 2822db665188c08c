/** The text that `einsum` is told: which axis of which operand has which label. */
import { argumentWrong } from '../../errors.ts'
import type { Tensor } from '../../tensor.ts'
import { subscriptsWrong } from './errors.ts'

/**
 * Labels of axes as numbers. Those below 0 belong to an ellipsis: -1 is the last of the axes that it stands for, so that
 * shorter ellipses meet the last axes of longer ones, as shapes do when they broadcast.
 */
export interface Subscripts {
  operands: readonly (readonly number[])[]
  out: readonly number[]
}

/**
 * Reads `'ij,jk->ik'`: letters for axes, `...` for as many as are left, spaces nowhere matter. Without an arrow the result
 * has the ellipsis' axes, then the letters that occur once, in the order of the alphabet, as in NumPy.
 */
export function readSubscripts(text: string, operands: readonly Tensor[]): Subscripts {
  if (typeof text !== 'string') throw argumentWrong('einsum', "subscripts as text, 'ij,jk->ik'", text)
  const wrong = (reason: string) => subscriptsWrong(text, reason, operands)
  const [inputs, output, ...more] = text.replace(/ /g, '').split('->')
  if (inputs === undefined || more.length > 0) throw wrong('it has more than one arrow')
  const terms = inputs.split(',')
  if (terms.length !== operands.length)
    throw wrong(
      `it names ${terms.length === 1 ? 'one operand' : `${terms.length} operands`}, and there ${operands.length === 1 ? 'is one' : `are ${operands.length}`}`,
    )
  const labels = terms.map((term, i) => readTerm(term, operands[i]!.ndim, i, wrong))
  const longest = Math.max(0, ...labels.flat().map(label => -label))
  if (output === undefined) return { operands: labels, out: [...ellipsis(longest), ...onceOnly(labels)] }
  const out = output.split('...').map(part => readLetters(part, wrong))
  if (out.length > 2) throw wrong('its result has more than one ellipsis')
  if (out.length === 1 && longest > 0) throw wrong('its result has no ellipsis, but operands have')
  const all = out.length === 1 ? out[0]! : [...out[0]!, ...ellipsis(longest), ...out[1]!]
  const known = new Set(labels.flat())
  const unknown = all.find(label => !known.has(label))
  if (unknown !== undefined) throw wrong(`no operand has '${String.fromCodePoint(unknown)}'`)
  const twice = all.find((label, at) => all.indexOf(label) !== at)
  if (twice !== undefined) throw wrong(`its result has '${String.fromCodePoint(twice)}' twice`)
  return { operands: labels, out: all }
}

/** The labels of one operand. */
function readTerm(term: string, rank: number, at: number, wrong: (reason: string) => Error): number[] {
  const parts = term.split('...').map(part => readLetters(part, wrong))
  if (parts.length > 2) throw wrong(`operand ${at} has more than one ellipsis`)
  const letters = parts.flat().length
  if (parts.length === 1 ? letters !== rank : letters > rank)
    throw wrong(`operand ${at} has ${rank} axes, not ${letters}${parts.length === 1 ? '' : ' or more'}`)
  return [...parts[0]!, ...ellipsis(rank - letters), ...(parts[1] ?? [])]
}

function readLetters(part: string, wrong: (reason: string) => Error): number[] {
  const stranger = /[^A-Za-z]/.exec(part)
  if (stranger) throw wrong(`'${stranger[0]}' is no label; letters are`)
  return [...part].map(letter => letter.codePointAt(0)!)
}

const ellipsis = (count: number): number[] => Array.from({ length: count }, (_, i) => i - count)

function onceOnly(labels: readonly (readonly number[])[]): number[] {
  const all = labels.flat().filter(label => label >= 0)
  return all.filter(label => all.indexOf(label) === all.lastIndexOf(label)).sort((a, b) => a - b)
}
