/**
 * A scatter in two steps: its memory gets what the scatter writes into, then what it writes. The first is left out where
 * that is in the same memory already, which the scatter may take over from what nothing else reads.
 */
import { dimEqual } from '../dims.ts'
import { broadcastShape } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import { isPlaced } from './anchors.ts'
import { loopAxes } from './body.ts'
import type { Cluster } from './fuse.ts'
import { type Context, type LoweredWork, lowerCluster } from './lower.ts'
import { type Place, placeOf } from './place.ts'

/** The kernels of a scatter. `shared` are the values that more than this scatter needs. */
export function lowerScatter(
  cluster: Cluster,
  shared: ReadonlySet<Tensor>,
  context: Context & { places: Map<Tensor, Place> },
): LoweredWork[] {
  const { node, reads } = cluster.members[0]!
  const { places } = context
  const [base] = node.inputs as [Tensor]
  // Values that read what they are written into need it as it was.
  const readOnce = !isPlaced(base) && reads.filter(read => read.node === base).length === 1
  const alone = readOnce && (base.op.kind === 'scatter' || !places.has(base))
  if (alone && !shared.has(base) && !places.has(node)) places.set(node, placeOf(base, places))
  const scattered = lowerCluster(cluster, new Set(), context)
  const [from, to] = [placeOf(base, places), placeOf(node, places)]
  if (from.of === to.of && dimEqual(from.offset, to.offset)) return [scattered]
  const start = broadcastShape(base, base.shape)
  places.set(start, to)
  const axes = loopAxes(base.shape)
  const outer = axes.map(axis => base.shape[axis]!)
  const first = { kind: 'flat' as const, outer, members: [{ node: start, reads, outerAxes: axes }], size: cluster.size }
  return [lowerCluster(first, new Set([start]), context), scattered]
}
