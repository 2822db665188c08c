/**
 * Contractions without the zeros around what their windows move on. Lanes run along a loop that the conditions leave alone
 * (the images of a batch), so these hold for all of a tile or for none of it, and sums take just the taps that are inside:
 * tap by tap, and within each the rest of the depth.
 */
import { dimAdd, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { LoopProgram } from '../../frontend/kernel/ir.ts'
import { openLoop, openLoops } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { positionIn } from '../accumulate.ts'
import { product } from '../cut.ts'
import { fillTable, tableSize } from './axis.ts'
import { type DepthBlock, wholeDepth } from './depth.ts'
import { packPanel } from './pack.ts'
import type { Side } from './plan.ts'
import type { Margins, Span } from './spans.ts'
import { accumulate, epilogue } from './tile.ts'

/** Writes the contraction into a scope; gives the scratch memory that it takes. */
export function runMargins(writer: Writer, root: Scope, { plan, spans, rest }: Margins): LoopProgram['scratch'] {
  const { batch, left, right, depth, fold } = plan
  const dtype = fold.accumulate
  const [rows, places, sums] = ['left', 'inside', 'sums'].map(name => writer.name(name)) as [string, string, string]
  const deep = product(rest)
  const ranges = spans.map(({ axis, from, to }) => ({ name: axis, from, to }))
  const inside: DepthBlock = {
    ...wholeDepth(rest),
    // Places innermost, as they lie in memory.
    loops: [...rest.map(({ name, extent }) => ({ name, from: 0, to: extent })), ...ranges],
    position: dimAdd(
      dimMul(
        placeIn(spans, ({ axis }) => axis),
        deep,
      ),
      positionIn(rest),
    ),
  }
  const taps = spans.map(({ tap, taps }) => ({ name: tap.name, ...taps }))
  root.statements.push({ kind: 'array', name: sums, dtype, size: left.width * right.width, scope: 'local' })
  fillTable(writer, root, left.axis, left.width)
  openLoops([root], [...batch, ...left.axis.outer], ([scope]) => {
    tiles(scope!, left, 'panel', (inner, x) => {
      packPanel(writer, inner, left, { x, array: rows, at: dimMul(x, product(depth)), dtype }, wholeDepth(depth))
    })
    openLoops([scope!], right.axis.outer, ([outer]) => {
      tiles(outer!, right, 'tile', (panel, x) => {
        packPanel(writer, panel, right, { x, array: places, at: 0, dtype }, inside)
        tiles(panel, left, 'tile', (block, y) => {
          const columns = spans.map(({ column }) => column)
          openLoops([block], columns, ([inner]) => {
            const tap = dimMul(positionIn(spans.map(span => span.tap)), deep)
            const tile = {
              ...{ x, y, taps },
              left: { array: rows, at: dimAdd(dimMul(y, product(depth)), dimMul(tap, left.width)) },
              right: {
                array: places,
                at: dimMul(
                  dimMul(
                    placeIn(spans, span => span.place),
                    deep,
                  ),
                  right.width,
                ),
              },
              sums: { array: sums, at: 0 },
            }
            accumulate(writer, inner!, plan, tile, wholeDepth(rest))
            epilogue(writer, inner!, plan, tile)
          })
        })
      })
    })
  })
  const size = spans.reduce<Index>((count, { from, to }) => dimMul(count, to - from), dimMul(deep, right.width))
  const wide = tableSize(left.axis, left.width)
  return [
    { name: rows, dtype, size: dimMul(wide, product(depth)) },
    { name: places, dtype, size },
    ...(left.axis.table ? [{ name: left.axis.table.array, dtype: 'int32' as const, size: wide }] : []),
  ]
}

/** Opens the loop over the tiles of an operand. */
function tiles(scope: Scope, side: Side, of: 'panel' | 'tile', body: (inner: Scope, at: Index) => void): void {
  const name = `${side.axis.name}.${of}`
  openLoop([scope], { name, from: 0, to: side.axis.extent, step: side.width }, ([inner]) =>
    body(inner!, inner!.resolve(name)),
  )
}

/** The place among all that are inside, row-major. */
const placeIn = (spans: readonly Span[], at: (span: Span) => Index): Index =>
  spans.reduce<Index>((place, span) => dimAdd(dimMul(place, span.to - span.from), dimSub(at(span), span.from)), 0)
