/** Scans in the interpreter: the graph inside is evaluated step by step. */
import { type Dims, evaluate as dimValue } from '../../runtime/dims.ts'
import { type ScanAttrs, scanAttrs, scanItem } from '../scan/node.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, countOf, emptyBlock } from './block.ts'

/** Computes the results of the graph inside from the values of its parameters. */
export type Inside = (parameters: readonly Block[]) => readonly Block[]

/** The values of the items of a scan that are asked for; others stay undefined. */
export function evaluateScan(
  node: Tensor,
  args: readonly Block[],
  asked: ReadonlySet<number>,
  inside: Inside,
  dims: Dims,
): (Block | undefined)[] {
  const attrs = scanAttrs(node)
  const { sequences: n, carries: m, reverse } = attrs
  const steps = dimValue(attrs.steps, dims)
  const [sequences, captures] = [args.slice(0, n), args.slice(n + m)]
  let carries: readonly Block[] = args.slice(n, n + m)
  const kept = stacks(attrs, carries, asked, steps, dims)
  const record = (kind: 'history' | 'output', blocks: readonly Block[], at: number) => {
    for (const stack of kept) if (stack.kind === kind) copyInto(stack.block, at, blocks[stack.at]!)
  }
  record('history', carries, reverse ? steps : 0)
  for (let step = 0; step < steps; step++) {
    const index = reverse ? steps - 1 - step : step
    const results = inside([...sequences.map(x => elementAt(x, index)), ...carries, ...captures])
    carries = results.slice(0, m)
    record('history', carries, reverse ? index : index + 1)
    record('output', results.slice(m), index)
  }
  const items: (Block | undefined)[] = [...carries]
  for (const { item, block } of kept) items[item] = block
  return items
}

/** Room for an item that keeps something of each step. */
interface Stack {
  kind: 'history' | 'output'
  at: number
  item: number
  block: Block
}

function stacks(
  attrs: ScanAttrs,
  carries: readonly Block[],
  asked: ReadonlySet<number>,
  steps: number,
  dims: Dims,
): Stack[] {
  return [...asked].flatMap((item): Stack[] => {
    const { kind, at } = scanItem(attrs, item)
    if (kind === 'last') return []
    if (kind === 'history') {
      const { dtype, shape } = carries[at]!
      return [{ kind, at, item, block: emptyBlock(dtype, [steps + 1, ...shape]) }]
    }
    const { dtype, shape } = attrs.results[attrs.carries + at]!
    const sizes = shape.map(dim => dimValue(dim, dims))
    return [{ kind, at, item, block: emptyBlock(dtype, [steps, ...sizes]) }]
  })
}

/** Element `index` of the first axis. */
function elementAt({ dtype, shape, cells }: Block, index: number): Block {
  const own = emptyBlock(dtype, shape.slice(1))
  const size = countOf(own.shape)
  for (let i = 0; i < size; i++) own.cells[i] = cells[index * size + i]!
  return own
}

function copyInto(stack: Block, index: number, { cells }: Block): void {
  for (let i = 0; i < cells.length; i++) stack.cells[index * cells.length + i] = cells[i]!
}
