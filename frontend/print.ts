/** Graphs as text: the tree that Theano's debugprint made the tool of choice. */

import { decode } from '../runtime/array.ts'
import { expectTensors, namedOptions } from './arguments.ts'
import { hasItems } from './define.ts'
import { dimText } from './dims.ts'
import { lineOf, typeText } from './errors.ts'
import { partsOf } from './graph.ts'
import { constantValue, isConstant, isParameter, type ParameterAttrs } from './leaf.ts'
import type { Tensor } from './tensor.ts'

export interface PrintOptions {
  /** Levels below the roots that are shown; all when absent. */
  depth?: number
  /** Whether each node says where the user built it. */
  lines?: boolean
}

/** A node to print: `lead` goes before its line, `below` before the lines of what it is computed from. */
interface Row {
  node: Tensor
  lead: string
  below: string
  level: number
}

/**
 * The graph below tensors as a tree, one node a line with its id, attributes and type. A node that was printed before
 * is its id and `…`. The graph inside a region follows its inputs: `result 0:` and so on, over `parameter 0`, which is the
 * first input or an element of it.
 */
export function debugprint(roots: Tensor | readonly Tensor[], options: PrintOptions = {}): string {
  const ids = new Map<Tensor, number>()
  const lines: string[] = []
  const list = Array.isArray(roots) ? (roots as readonly Tensor[]) : [roots as Tensor]
  expectTensors('debugprint', ...list)
  namedOptions('debugprint', options, ['depth', 'lines'])
  const stack: Row[] = list.map(node => ({ node, lead: '', below: '', level: 0 })).reverse()
  for (let row = stack.pop(); row; row = stack.pop()) {
    const { node, lead, below, level } = row
    const known = ids.has(node)
    if (!known) ids.set(node, ids.size)
    lines.push(`${lead}${nodeText(node, ids.get(node)!, known, options.lines ?? false)}`)
    if (known || level >= (options.depth ?? Number.POSITIVE_INFINITY)) continue
    const parts = partsOf(node)
    parts.forEach((_, i) => {
      const at = parts.length - 1 - i
      const last = i === 0
      const result = at - node.inputs.length
      stack.push({
        node: parts[at]!,
        lead: `${below}${last ? '└─ ' : '├─ '}${result >= 0 ? `result ${result}: ` : ''}`,
        below: bounded(`${below}${last ? '   ' : '│  '}`),
        level: level + 1,
      })
    })
  }
  return lines.join('\n')
}

/** Columns of indentation, at most: deeper trees lose their outermost branches. */
const widest = 120

const bounded = (indent: string) => (indent.length > widest ? `…${indent.slice(1 - widest)}` : indent)

function nodeText(node: Tensor, id: number, known: boolean, lines: boolean): string {
  const head = `${node.op.name}${attrsText(node)} [${id}]`
  if (known) return node.inputs.length > 0 ? `${head} …` : head
  const line = lines ? lineOf(node.origins) : undefined
  const type = hasItems(node.op) ? '' : ` ${typeText(node)}`
  return `${head}${type}${line ? `  ${line}` : ''}`
}

/** Elements of a constant that are printed, at most. */
const shownElements = 4

function attrsText(node: Tensor): string {
  if (isConstant(node)) {
    const { data, dtype } = constantValue(node)
    const first = data.slice(0, shownElements) as unknown as ArrayLike<number | bigint>
    const shown = Array.from(first, element => String(decode(dtype, element))).join(', ')
    return `(${shown}${data.length > shownElements ? ', …' : ''})`
  }
  if (isParameter(node)) return ` ${(node.attrs as Partial<ParameterAttrs>).index ?? `'${node.name}'`}`
  if (node.op.kind === 'leaf') return node.name === undefined ? '' : ` '${node.name}'`
  const entries = Object.entries((node.attrs as object | undefined) ?? {}).filter(([, value]) => isPlain(value))
  return entries.length === 0 ? '' : `{${entries.map(([key, value]) => `${key}: ${valueText(value)}`).join(', ')}}`
}

function isPlain(value: unknown): boolean {
  return ['number', 'string', 'boolean'].includes(typeof value) || (Array.isArray(value) && value.every(isPlain))
}

function valueText(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  const expression = typeof value[0] === 'string' && /^(?:[+*%]|\/\/|min|max)$/.test(value[0])
  return expression ? dimText(value as never) : `[${value.join(', ')}]`
}
