/**
 * Loops over elements that windows lie apart on, in phases: elements that leave the same remainder are at the same places of
 * their windows, so that each phase folds over its places alone, without asking whether there is a window.
 */
import {
  dimAdd,
  dimCeilDiv,
  dimFloorDiv,
  dimLinear,
  dimMod,
  dimMul,
  dimNames,
  dimSub,
  type Index,
} from '../frontend/dims.ts'
import { extentsOf } from '../frontend/kernel/collapse.ts'
import type { Expr, Fold, Kernel, Loop, Stage } from '../frontend/kernel/ir.ts'
import { expressions, mapStage, stageRoots, substituteIn, transformExpressions } from '../frontend/kernel/walk.ts'
import { product } from './cut.ts'
import { type Division, divisionOf, withoutTrue } from './divided.ts'

/** Stages with folds, at most: their code is written for each. */
const mostPhases = 8

/** A loop in phases: in each stage with folds, its divisions along it and the loop over the places of windows. */
interface Phased {
  loop: Loop
  by: number
  /** For each stage, the loop over places with the first of them in each phase. */
  places: readonly (Places | undefined)[]
}

/** The loop over places of a window, with the first of them for the elements of each phase. */
interface Places {
  loop: Loop
  first: readonly number[]
}

/**
 * Kernels that together do what one does, their loops in phases but for those that stay `around`: that itself where none can
 * be.
 */
export const inPhases = (kernel: Kernel, around: readonly Loop[] = []): Kernel[] => phasesFrom(kernel, around.length)

/** The same for the loops from a position on, of those that are told apart after the last. */
function phasesFrom(kernel: Kernel, from: number): Kernel[] {
  for (const [position, loop] of kernel.loops.entries()) {
    const phased = position < from ? undefined : phasesAlong(kernel, loop)
    if (phased) return apart(kernel, phased, position)
  }
  return [kernel]
}

function phasesAlong({ stages }: Kernel, loop: Loop): Phased | undefined {
  const last = stages.at(-1)!
  const isSimple = stages.every(
    stage => !stage.contraction && !stage.within && (stage === last) === stage.stores.length > 0,
  )
  if (!isSimple || last.folds.length > 0 || last.loops.length > 0) return undefined
  const divisions = stages.map(stage => divisionsAlong(stage, loop))
  const by = divisions.flat()[0]?.by
  if (by === undefined || (stages.length - 1) * by > mostPhases) return undefined
  const places = stages.map((stage, s) => {
    if (divisions[s]!.length === 0) return undefined
    if (!stage.folds.every(fold => addsMultiples(fold, loop))) return null
    const found = divisions[s]!.map(division => placesOf(stage, loop, division, by))
    const [one] = found
    const agree = one && found.every(other => other?.loop === one.loop && other.first.join() === one.first.join())
    return agree ? one : null
  })
  return places.includes(null) ? undefined : { loop, by, places: places as (Places | undefined)[] }
}

/** Whether a fold adds nothing where an index is no multiple. */
function addsMultiples({ op, body }: Fold, { name }: Loop): boolean {
  if (op !== 'add' || body.kind !== 'guard' || body.otherwise.kind !== 'const') return false
  return Number(body.otherwise.value) === 0 && body.when.some(each => dimNames(divisionOf(each)?.of ?? 0).has(name))
}

function divisionsAlong(stage: Stage, { name }: Loop): Division[] {
  return expressions(stageRoots(stage)).flatMap(expr => {
    const all = expr.kind === 'guard' ? expr.when.flatMap(condition => divisionOf(condition) ?? []) : []
    return all.filter(({ of }) => dimNames(of).has(name))
  })
}

/** The loop of a stage over places that divide, with the only first place for each remainder of the elements. */
function placesOf(stage: Stage, elements: Loop, { of, by: divisor }: Division, by: number): Places | undefined {
  const along = dimLinear(of, elements.name)
  if (divisor !== by || typeof along?.coefficient !== 'number') return undefined
  for (const loop of stage.loops) {
    const places = dimLinear(along.rest, loop.name)
    if (typeof places?.coefficient !== 'number' || typeof places.rest !== 'number' || places.coefficient === 0) continue
    const { coefficient, rest } = places
    const numbers = Array.from({ length: by }, (_, i) => i)
    const first = numbers.map(r =>
      numbers.filter(k => dimMod((along.coefficient as number) * r + coefficient * k + rest, by) === 0),
    )
    if (first.every(all => all.length === 1)) return { loop, first: first.flat() }
  }
  return undefined
}

/** The kernel over whole groups of all phases, and over what is left of the last. */
function apart(kernel: Kernel, phased: Phased, position: number): Kernel[] {
  const { loop, by } = phased
  const groups = dimFloorDiv(loop.extent, by)
  const left = dimMod(loop.extent, by)
  const phases = Array.from({ length: by }, (_, r) => r)
  const whole = { name: `${loop.name}.group`, extent: groups }
  const main = groups === 0 ? [] : phasesFrom(phasesOf(kernel, phased, whole, phases), position + 1)
  if (left === 0) return main
  if (typeof left === 'number')
    return [...main, ...phasesFrom(phasesOf(kernel, phased, groups, phases.slice(0, left)), position)]
  // As many as only a call tells are asked one by one.
  const rest = { ...kernel, loops: kernel.loops.map(each => (each === loop ? { ...loop, extent: left } : each)) }
  const first = dimMul(by, groups)
  const at = (name: string) => (name === loop.name ? dimAdd(first, name) : undefined)
  const stages = rest.stages.map(stage => moved(rest, stage, at))
  return [...main, ...phasesFrom({ ...rest, stages }, position + 1)]
}

/** The stages of some phases, in the turns of a loop over groups or in one of them. */
function phasesOf(
  kernel: Kernel,
  { loop, by, places }: Phased,
  group: Loop | Index,
  phases: readonly number[],
): Kernel {
  const isLoop = typeof group === 'object' && 'extent' in group
  const turn = isLoop ? group.name : group
  const loops = kernel.loops.flatMap(each => (each !== loop ? [each] : isLoop ? [group] : []))
  const inGroup = { ...kernel, loops }
  const stores: Stage['stores'][number][] = []
  const folding: Stage[] = []
  for (const phase of phases) {
    const names = new Map<string, string>()
    const element = dimAdd(dimMul(by, turn), phase)
    kernel.stages.forEach((stage, s) => {
      const along = places[s]
      const value = new Map<string, Index>([[loop.name, element]])
      let own = stage.loops
      if (along) {
        const first = along.first[phase]!
        const extent = dimCeilDiv(dimSub(along.loop.extent, first), by)
        const name = `${along.loop.name}.${phase}`
        value.set(along.loop.name, extent === 1 ? first : dimAdd(dimMul(by, name), first))
        own = own.flatMap(each => (each !== along.loop ? [each] : extent === 1 ? [] : [{ name, extent }]))
      }
      const within = { ...stage, loops: own }
      const inPhase = renamed(
        moved({ ...inGroup, stages: [within] }, within, name => value.get(name)),
        names,
      )
      if (stage.folds.length === 0) {
        stores.push(...inPhase.stores)
        return
      }
      for (const { name } of stage.folds) names.set(name, `${name}.${phase}`)
      const folds = inPhase.folds.map(fold => ({ ...short(fold, own), name: names.get(fold.name)! }))
      folding.push({ ...inPhase, folds })
    })
  }
  return { ...inGroup, stages: [...folding, { loops: [], folds: [], stores }] }
}

/** A sum of two float32 is the same by way of float64, where it is exact but for bits too low to round either way. */
const short = (fold: Fold, loops: readonly Loop[]): Fold => {
  const steps = product(loops)
  const isShort = fold.op === 'add' && typeof steps === 'number' && steps <= 2
  return isShort && fold.accumulate === 'float64' && fold.body.dtype === 'float32' && fold.dtype === 'float32'
    ? { ...fold, accumulate: 'float32' }
    : fold
}

/** A stage with names in all indices replaced, without the conditions that then hold. */
function moved(kernel: Kernel, stage: Stage, value: (name: string) => Index | undefined): Stage {
  const extents = extentsOf(kernel)
  const roots = stageRoots(stage)
  const changed = withoutTrue(
    transformExpressions(roots, expr => substituteIn(expr, value, extents)),
    extents,
  )
  const map = new Map(roots.map((root, i) => [root, changed[i]!]))
  return mapStage(stage, expr => map.get(expr)!, value, extents)
}

/** A stage that refers to folds by other names. */
function renamed(stage: Stage, names: ReadonlyMap<string, string>): Stage {
  const roots = stageRoots(stage)
  const changed = transformExpressions(roots, expr =>
    expr.kind === 'fold' ? { ...expr, fold: names.get(expr.fold) ?? expr.fold } : expr,
  )
  const map = new Map<Expr, Expr>(roots.map((root, i) => [root, changed[i]!]))
  return mapStage(stage, expr => map.get(expr)!)
}
