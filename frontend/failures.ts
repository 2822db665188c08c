/** What calls say that fail because of data: the messages that an artifact takes along. */
import type { Indexing } from './define.ts'
import { callOf, knownAs, lineOf, nameOf, typeText } from './errors.ts'
import { userPlace } from './origin.ts'
import type { Tensor } from './tensor.ts'

/**
 * The message for a node that fails, with `{index}` and `{size}` to be filled in: for a routine that has no answer, or for one
 * of the indices of a gather that is out of range.
 */
export function failureOf(node: Tensor, index = 0): string {
  const { op, attrs, origins } = node
  const line = lineOf(origins)
  const what = op.kind === 'routine' ? op.failure?.(attrs) : 'index {index} is out of range for size {size}'
  const about = [op.kind === 'gather' ? axisOf(node, index) : '', operandOf(node)].filter(text => text !== '')
  return `${callOf(node)}: ${what}${about.length > 0 ? ` (${about.join(' of ')})` : ''}${line ? ` at ${line}` : ''}`
}

/** What a call was given as the first operand: its name and type; nothing of positions that only hold an index to an axis. */
function operandOf(node: Tensor): string {
  const known = givenTo(node)
  return known.op.kind === 'position' ? '' : `${nameOf(known)} ${typeText(known)}`
}

/** `axis 1`, along which an index of a gather chooses; nothing where the call was given a tensor of other axes. */
export function axisOf(node: Tensor, index: number): string {
  const known = givenTo(node)
  let own = node.inputs[0]!
  while (own !== known && own.op.name === 'reshape' && typeText(own) === typeText(own.inputs[0]!)) own = own.inputs[0]!
  const chosen = (node.attrs as Indexing).axes.flatMap((label, axis) => (label === null ? [axis] : []))
  return own === known && known.op.kind !== 'position' ? `axis ${chosen[index]}` : ''
}

/** The first operand as the user knows it. */
function givenTo({ inputs, origins }: Tensor): Tensor {
  const place = origins.map(userPlace).find(place => place !== undefined)
  return place === undefined ? inputs[0]! : knownAs(inputs[0]!, place)
}
