/** Loops over workgroups and their invocations, and the names of points in them. */
import { dimFloorDiv, dimMod, dimMul, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import type { Loop } from '../frontend/kernel/ir.ts'
import { openLoop } from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'

/** Runs `body` in each of the `size` invocations of each workgroup. */
export function overGroups(
  writer: Writer,
  root: Scope,
  groups: Index,
  size: number,
  body: (scope: Scope, group: Index, invocation: string) => void,
): void {
  const group = { name: writer.name('w'), from: 0, to: groups, mode: 'parallel' as const }
  const invocation = { name: writer.name('l'), from: 0, to: size, mode: 'workgroup' as const }
  openLoop([root], group, outer => {
    openLoop(outer, invocation, ([scope]) => body(scope!, scope!.resolve(group.name), invocation.name))
  })
}

/** Gives a name to an index, under which later indices know it. */
export function nameIndex(scope: Scope, name: string, value: Index): void {
  scope.statements.push({ kind: 'name', name, value })
}

/** Defines each loop's name as its own part of the row-major position `point`. */
export function nameLoops(scope: Scope, loops: readonly Loop[], point: Index): void {
  let stride: Index = 1
  for (const [i, { name, extent }] of [...loops.entries()].reverse()) {
    const rows = dimFloorDiv(point, stride)
    nameIndex(scope, name, i === 0 ? rows : dimMod(rows, extent))
    stride = dimMul(stride, extent)
  }
}
