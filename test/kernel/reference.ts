/** What a kernel means, executed as written: loops in order, every value in float64, int64 as bigint, results rounded. */

import type { Condition, Index } from '../../frontend/dims.ts'
import { folds } from '../../frontend/folds.ts'
import type { Expr, Fold, Kernel, Lookup, Loop, Stage } from '../../frontend/kernel/ir.ts'
import { conversion, rounding, type Scalar } from '../../frontend/kernel/scalar.ts'
import { stagesWithin } from '../../frontend/kernel/walk.ts'
import type { TypedArray } from '../../runtime/array.ts'
import { evaluate } from '../../runtime/dims.ts'

/** What names are worth where the loops are. */
type Names = Map<string, number>

/** The buffers after the kernel. Floats are computed by the ops' `js`, so they are right to rounding only. */
export function referenceOf(
  kernel: Kernel,
  dims: Readonly<Record<string, number>>,
  buffers: readonly TypedArray[],
): TypedArray[] {
  const memory = buffers.map(buffer => buffer.slice())
  each(kernel.loops, new Map(Object.entries(dims)), names => {
    const results = new Map<string, Scalar>()
    for (const stage of kernel.stages) if (!stage.within) runStage(kernel, stage, names, memory, results)
  })
  return memory
}

function each(loops: readonly Loop[], names: Names, body: (names: Names) => void): void {
  const [loop, ...rest] = loops
  if (!loop) return body(names)
  const extent = evaluate(loop.extent, names)
  for (let i = 0; i < extent; i++) each(rest, names.set(loop.name, i), body)
}

function runStage(
  kernel: Kernel,
  stage: Stage,
  outer: Names,
  memory: TypedArray[],
  results: Map<string, Scalar>,
): void {
  const running = stage.folds.map(fold => ({ fold, value: folds[fold.op].identity(fold.accumulate), at: 0, count: 0 }))
  const within = stagesWithin(kernel, stage)
  each(stage.loops, outer, names => {
    for (const each of within) runStage(kernel, each, names, memory, results)
    for (const state of running) step(state, names, memory, results)
    for (const store of stage.stores) {
      const value = compute(store.value, names, memory, results)
      const target = memory[store.buffer]!
      const place = evaluate(store.at, withLookups(store.lookups, names, memory, results))
      const old = store.accumulate ? (target[place] as Scalar) : undefined
      target[place] = (
        old === undefined ? value : rounding(store.value.dtype)((old as number) + (value as number))
      ) as never
    }
  })
  for (const { fold, value, at } of running) {
    results.set(fold.name, fold.op.startsWith('arg') ? at : conversion(fold.accumulate, fold.dtype)(value))
  }
}

function step(
  state: { fold: Fold; value: Scalar; at: number; count: number },
  names: Names,
  memory: TypedArray[],
  results: Map<string, Scalar>,
): void {
  const { fold } = state
  const value = conversion(fold.body.dtype, fold.accumulate)(compute(fold.body, names, memory, results))
  const before = state.value
  const exact = fold.op === 'mul' && typeof before === 'number' && !fold.accumulate.startsWith('float')
  const next = exact ? Math.imul(before, value as number) : folds[fold.op].combine(before, value)
  state.value = rounding(fold.accumulate)(next)
  const better = state.value !== before && !(state.value !== state.value && before !== before)
  if (better || state.count === 0) state.at = state.count
  state.count++
}

function withLookups(
  lookups: readonly Lookup[] | undefined,
  names: Names,
  memory: TypedArray[],
  results: Map<string, Scalar>,
): Names {
  if (!lookups) return names
  const all = new Map(names)
  for (const { name, value, size, fromEnd } of lookups) {
    const index = Number(compute(value, names, memory, results))
    all.set(name, fromEnd && index < 0 ? index + evaluate(size, names) : index)
  }
  return all
}

const holds = ({ relation, left, right }: Condition, names: Names) => {
  const [a, b] = [evaluate(left, names), evaluate(right, names)]
  return relation === '<' ? a < b : relation === '<=' ? a <= b : a === b
}

function compute(expr: Expr, names: Names, memory: TypedArray[], results: Map<string, Scalar>): Scalar {
  const value = (of: Expr) => compute(of, names, memory, results)
  const round = rounding(expr.dtype)
  if (expr.kind === 'const') return expr.value
  if (expr.kind === 'fold') return results.get(expr.fold)!
  if (expr.kind === 'index') {
    const value = evaluate(expr.value as Index, withLookups(expr.lookups, names, memory, results))
    return conversion('int32', expr.dtype)(value)
  }
  if (expr.kind === 'guard')
    return value(expr.when.every(condition => holds(condition, names)) ? expr.then : expr.otherwise)
  if (expr.kind === 'load') {
    return memory[expr.buffer]![evaluate(expr.at, withLookups(expr.lookups, names, memory, results))] as Scalar
  }
  const { op, args } = expr
  if (op.converts === 'value') return conversion(args[0]!.dtype, expr.dtype)(value(args[0]!))
  const values = args.map(value)
  const wide = args.some(arg => arg.dtype === 'int64')
  const f = wide ? (op.big ?? op.js) : expr.dtype.startsWith('float') ? op.js : (op.int ?? op.js)
  return round(f(...values))
}
