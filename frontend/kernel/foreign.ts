/** Ops from outside the registry, whose names are nobody's own: what they compute has to enter the names of kernels. */
import type { DType } from '../../runtime/manifest.ts'
import { type ElementwiseOp, registry } from '../define.ts'
import { type FunctionStep, functionOf, isDerived, valueType } from './functions.ts'
import type { Kernel } from './ir.ts'
import { expressions, stageRoots } from './walk.ts'

type Use = readonly [op: ElementwiseOp, operands: readonly DType[]]

/** What the kernel's foreign ops compute, as text: the body or the code of each, and of those in bodies. */
export function foreignText({ stages }: Pick<Kernel, 'stages'>): string {
  const applied = expressions(stages.flatMap(stageRoots)).flatMap((expr): Use[] =>
    expr.kind === 'apply' ? [[expr.op, expr.args.map(arg => arg.dtype)]] : [],
  )
  const open = applied.filter(isForeign)
  const texts = new Set<string>()
  const described = new Map<ElementwiseOp, Set<string>>()
  for (let use = open.pop(); use !== undefined; use = open.pop()) {
    const [op, operands] = use
    const known = described.get(op) ?? new Set()
    described.set(op, known)
    if (known.has(operands.join())) continue
    known.add(operands.join())
    texts.add(`${op.name}(${operands.join()}) ${isDerived(op, operands) ? bodyText(use) : codeText(op)}`)
    if (isDerived(op, operands)) open.push(...callees(use).filter(isForeign))
  }
  return [...texts].sort().join('\n')
}

const isForeign = ([op]: Use): boolean => registry.get(op.name) !== op

const bodyText = ([op, operands]: Use): string => {
  const { steps, result } = functionOf(op, operands)
  return `${steps.map(stepText).join('; ')} -> ${result}`
}

function stepText(step: FunctionStep): string {
  if (step.kind === 'const') return `${step.dtype} ${Object.is(step.value, -0) ? '-0' : step.value}`
  const rare = step.kind === 'rare' ? `${step.when} ${step.otherwise} ` : ''
  return `${rare}${step.op.name} ${step.args.join(' ')}`
}

function codeText({ code, arity }: ElementwiseOp): string {
  if (code === undefined) return ''
  const args = Array.from({ length: arity }, (_, i) => `$${i}`)
  return typeof code === 'function' ? code(...args) : `${code.cpp(...args)} ${code.wgsl(...args)}`
}

/** The ops in a body, with the dtypes that they are applied to there. */
function callees([op, operands]: Use): Use[] {
  const f = functionOf(op, operands)
  return f.steps.flatMap((step): Use[] =>
    step.kind === 'const' ? [] : [[step.op, step.args.map(arg => valueType(f, arg))]],
  )
}
