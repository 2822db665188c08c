/** Loops merged or dropped: two neighbouring loops become one where every index runs on from one row to the next. */
import { dimEqual, dimLinear, dimMul, dimNames, dimSubstitute, type Extents, type Index } from '../dims.ts'
import type { Kernel, Loop, Stage } from './ir.ts'
import { expressions, indicesOf, stageRoots, substituteStages } from './walk.ts'

/** The kernel with loops of one iteration dropped and loops that continue each other merged. */
export function collapse(kernel: Kernel): Kernel {
  const dropped = dropUnitLoops(kernel)
  let merged = dropped
  for (let position = merged.loops.length - 2; position >= 0; position--) {
    if (!mentionedInContraction(merged, position)) merged = mergeOuter(merged, position)
  }
  merged.stages.forEach((stage, s) => {
    for (let position = stage.loops.length - 2; position >= 0; position--) merged = mergeInner(merged, s, position)
  })
  return merged
}

/** The kernel for one size of a dim. */
export function withDim(kernel: Kernel, dim: string, size: number): Kernel {
  const value = (name: string) => (name === dim ? size : undefined)
  const sized = (loops: readonly Loop[]) =>
    loops.map(({ name, extent }) => ({ name, extent: dimSubstitute(extent, value) }))
  const stages = substituteStages(kernel, value, extentsOf(kernel))
  return {
    ...kernel,
    loops: sized(kernel.loops),
    stages: stages.map(stage => mapLoops(stage, sized)),
  }
}

function dropUnitLoops(kernel: Kernel): Kernel {
  const unit = new Set(allLoops(kernel).flatMap(({ name, extent }) => (extent === 1 ? [name] : [])))
  if (unit.size === 0) return kernel
  const stages = substituteStages(kernel, name => (unit.has(name) ? 0 : undefined), extentsOf(kernel))
  const kept = (loops: readonly Loop[]) => loops.filter(loop => !unit.has(loop.name))
  const keptNames = (names: readonly string[]) => names.filter(name => !unit.has(name))
  return {
    ...kernel,
    loops: kept(kernel.loops),
    stages: stages.map(stage => ({ ...mapLoops(stage, kept), ...renameGroups(stage, keptNames) })),
  }
}

const mapLoops = (stage: Stage, change: (loops: readonly Loop[]) => readonly Loop[]): Stage => ({
  ...stage,
  loops: change(stage.loops),
  ...(stage.within && { within: change(stage.within) }),
})

function renameGroups(
  { contraction }: Stage,
  change: (names: readonly string[]) => readonly string[],
): Pick<Stage, 'contraction'> {
  if (!contraction) return {}
  return { contraction: { ...contraction, rows: change(contraction.rows), columns: change(contraction.columns) } }
}

const allLoops = (kernel: Kernel): Loop[] => [...kernel.loops, ...kernel.stages.flatMap(stage => stage.loops)]

/** The extents of a kernel's loops by name. */
export function extentsOf(kernel: Kernel): Extents {
  const extents = new Map(allLoops(kernel).map(loop => [loop.name, loop.extent]))
  return name => extents.get(name)
}

/** Whether merging would join loops of different groups of a contraction. */
function mentionedInContraction(kernel: Kernel, position: number): boolean {
  const [a, b] = [kernel.loops[position]!.name, kernel.loops[position + 1]!.name]
  return kernel.stages.some(({ contraction }) => {
    if (!contraction) return false
    const group = (name: string) => (contraction.rows.includes(name) ? 1 : contraction.columns.includes(name) ? 2 : 0)
    return group(a) !== group(b)
  })
}

function mergeOuter(kernel: Kernel, position: number): Kernel {
  const [a, b] = [kernel.loops[position]!, kernel.loops[position + 1]!]
  if (!kernel.stages.every(stage => continues(stage, a, b))) return kernel
  const stages = merge(kernel, a, b).map(stage => ({
    ...stage,
    ...renameGroups(stage, names => names.filter(n => n !== a.name)),
  }))
  return { ...kernel, loops: mergedLoops(kernel.loops, position), stages }
}

function mergeInner(kernel: Kernel, index: number, position: number): Kernel {
  const stage = kernel.stages[index]!
  const [a, b] = [stage.loops[position]!, stage.loops[position + 1]!]
  const isAround = ({ name }: Loop) => kernel.stages.some(({ within }) => within?.some(loop => loop.name === name))
  if (isAround(a) || isAround(b) || !continues(stage, a, b)) return kernel
  const merged = merge(kernel, a, b)[index]!
  const stages = kernel.stages.map((s, i) =>
    i === index ? { ...merged, loops: mergedLoops(stage.loops, position) } : s,
  )
  return { ...kernel, stages }
}

/** The two loops at a position as one, under the name of the second. */
function mergedLoops(loops: readonly Loop[], position: number): Loop[] {
  const [a, b] = [loops[position]!, loops[position + 1]!]
  return [
    ...loops.slice(0, position),
    { name: b.name, extent: dimMul(a.extent, b.extent) },
    ...loops.slice(position + 2),
  ]
}

/** Indices are `c * (extent * a + b) + rest` in both loops, so leaving `a` out and letting `b` run on is the same. */
function merge(kernel: Kernel, a: Loop, b: Loop): Stage[] {
  const extents = extentsOf(kernel)
  const merged: Extents = name => (name === b.name ? dimMul(a.extent, b.extent) : extents(name))
  return substituteStages(kernel, name => (name === a.name ? 0 : undefined), merged)
}

/** Whether every index of a stage runs on from the end of loop b to its start in the next turn of loop a. */
export function continues(stage: Stage, a: Loop, b: Loop): boolean {
  const indices: Index[] = stage.stores.map(store => store.at)
  for (const { lookups } of stage.stores) for (const lookup of lookups ?? []) indices.push(lookup.size)
  for (const expr of expressions(stageRoots(stage))) {
    const own = indicesOf(expr)
    if (expr.kind !== 'guard') indices.push(...own)
    // A condition on either loop would have to be taken apart; it is left alone.
    else if (own.some(index => mentions(index, a.name) || mentions(index, b.name))) return false
  }
  // Positions of argmax count the stage's loops in order, which merging does not change.
  return indices.every(index => runsOn(index, a, b))
}

const mentions = (index: Index, name: string) => dimNames(index).has(name)

function runsOn(index: Index, a: Loop, b: Loop): boolean {
  if (!mentions(index, a.name) && !mentions(index, b.name)) return true
  const [outer, inner] = [dimLinear(index, a.name), dimLinear(index, b.name)]
  if (!outer || !inner) return false
  return dimEqual(outer.coefficient, dimMul(inner.coefficient, b.extent))
}
