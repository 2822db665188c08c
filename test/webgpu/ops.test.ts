import { compile, type DType, type NDArray, type Target, type Tensor, vector } from 'damo'
import { webgpu } from 'damo/webgpu'
import { describe, expect, test } from 'vitest'
import { toGraph } from '../../frontend/compile.ts'
import { type ElementwiseOp, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { refuseTypes } from '../../webgpu/refuse.ts'
import { disagreement } from '../laws/agree.ts'
import { ordinary, toArray } from '../laws/values.ts'
import { loopInterpreter } from '../targets.ts'
import { gpuOrSkip } from './device.ts'

/** One op on one dtype, with ordinary arguments. */
interface Application {
  inputs: Record<string, Tensor>
  output: Tensor
  given: Record<string, NDArray>
}

const count = 100

function application(op: ElementwiseOp, dtype: DType): Application | undefined {
  const attrs = op.sampleAttrs?.[0]
  const typing = op.typing(new Array<DType>(op.arity).fill(dtype), attrs)
  if (!typing?.operands.includes(dtype)) return undefined
  const names = typing.operands.map((_, i) => `${op.name}_${i}`)
  const operands = typing.operands.map((own, i) => vector(names[i]!, { dtype: own, shape: [`n_${op.name}`] }))
  const values = typing.operands.map((own, i) => toArray(own, ordinary(own, op.domain[i]!, count, i + 1)))
  return {
    inputs: Object.fromEntries(names.map((name, i) => [name, operands[i]!])),
    output: applyElementwise(op, operands, attrs),
    given: Object.fromEntries(names.map((name, i) => [name, values[i]!])),
  }
}

/** Why the back end does not have the op, by what it says before anything is printed. */
function refusal({ inputs, output }: Application): string | undefined {
  try {
    refuseTypes(toGraph({ inputs, outputs: { output } }))
    return undefined
  } catch (error) {
    return String(error)
  }
}

const ops = [...registry.values()].filter((op): op is ElementwiseOp => op.kind === 'elementwise')

describe.each(['float32', 'int32', 'bool'] as DType[])('ops on %s', dtype => {
  const all = new Map<ElementwiseOp, Application>()
  for (const op of ops) {
    const made = application(op, dtype)
    if (made) all.set(op, made)
  }
  const refused = new Map([...all].flatMap(([op, made]) => [[op, refusal(made)] as const]).filter(([, why]) => why))

  test('those without a form in WGSL are float32 approximations that need float64', () => {
    const others = [...refused].filter(([, why]) => dtype !== 'float32' || !why!.includes('float64'))
    expect(others.map(([{ name }, why]) => `${name}: ${why}`)).toEqual([])
  })

  test('equal the interpreter of kernels but for division and roots', async context => {
    const target = webgpu({ gpu: await gpuOrSkip(context) })
    const used = [...all].filter(([op]) => !refused.has(op))
    const inputs = Object.assign({}, ...used.map(([, made]) => made.inputs)) as Record<string, Tensor>
    const given = Object.assign({}, ...used.map(([, made]) => made.given)) as Record<string, NDArray>
    const outputs = Object.fromEntries(used.map(([{ name }, { output }]) => [name, output]))
    const run = async (on: Target) =>
      (await (
        await compile({ inputs, outputs }, { target: on })
      )(given as never)) as Record<string, NDArray>
    const [actual, expected] = [await run(target), await run(loopInterpreter())]
    const problems = Object.keys(outputs).flatMap(name => {
      const found = disagreement(actual[name]!, expected[name]!, 8, 2 ** -20)
      return found ? [`${name}: ${found}`] : []
    })
    expect(problems).toEqual([])
  })
})
