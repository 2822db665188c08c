/**
 * In which order a value is stored. A kernel that computes a single value stores it by the axes of that value, unless
 * nothing reads it but through a permutation of them, whose axes are then joined, or taken apart: from the value's own
 * order that is a division for each element. Then the kernel stores what the permutation gives.
 *
 * Gradients of pooling are such values. They have the places of a window as first axes; stored in the order of what was
 * pooled they may also lie where that was.
 */
import { dimKey } from '../dims.ts'
import { topological } from '../graph.ts'
import { transposeOp } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import { loopAxes } from './body.ts'
import type { Cluster } from './fuse.ts'

/** The anchors with permutations in place of the values that are read so; the same map where there are none. */
export function storedAsRead(
  anchors: ReadonlyMap<Tensor, number>,
  clusters: readonly Cluster[],
  roots: readonly Tensor[],
): ReadonlyMap<Tensor, number> {
  const single = clusters.flatMap(({ kind, members }) => (kind === 'flat' && members.length === 1 ? members : []))
  if (single.length === 0) return anchors
  const asked = new Set(roots)
  const users = usersOf(roots)
  const replaced = new Map(
    single.flatMap(({ node }) => {
      const permuted = asked.has(node) ? undefined : permutationOf(node, users)
      return permuted && !anchors.has(permuted) ? [[node, permuted] as const] : []
    }),
  )
  if (replaced.size === 0) return anchors
  return new Map([...anchors].map(([node, size]) => [replaced.get(node) ?? node, size]))
}

function usersOf(roots: readonly Tensor[]): Map<Tensor, Tensor[]> {
  const users = new Map<Tensor, Tensor[]>()
  for (const node of topological(roots)) {
    for (const input of new Set(node.inputs)) {
      if (!users.has(input)) users.set(input, [])
      users.get(input)!.push(node)
    }
  }
  return users
}

/** The permutation that is all that reads an elementwise value, where its axes are joined or taken apart by all users. */
function permutationOf(node: Tensor, users: ReadonlyMap<Tensor, readonly Tensor[]>): Tensor | undefined {
  const [only, ...others] = users.get(node) ?? []
  if (node.op.kind !== 'elementwise' || only?.op !== transposeOp || others.length > 0) return undefined
  const joins = (user: Tensor) =>
    user.op.kind === 'movement' && user.op.keepsOrder === true && spaceOf(user) !== spaceOf(only)
  return users.get(only)?.every(joins) && !isReadByLoop(only, users) ? only : undefined
}

/** Whether a loop reads what movements make of a value: it takes the memory of what all of them start from. */
function isReadByLoop(x: Tensor, users: ReadonlyMap<Tensor, readonly Tensor[]>): boolean {
  const moved = [x]
  for (const each of moved) {
    for (const user of users.get(each) ?? []) {
      if (user.op.kind === 'region') return true
      if (user.op.kind === 'movement') moved.push(user)
    }
  }
  return false
}

/** The loops over a tensor as text. */
const spaceOf = ({ shape }: Tensor): string =>
  loopAxes(shape)
    .map(axis => dimKey(shape[axis]!))
    .join()
