/**
 * Kernels that put tensors together element by element, as what is joined along a short last axis and taken for a longer one:
 * their loops tell places apart by a remainder. Each such loop becomes two, over quotients and over remainders, whose
 * conditions then hold for a whole run of elements and not for every second one. Four float32 images of 32 by 64x64 put
 * together along both axes of space: from 3.5 to about 0.5 ns an element (EPYC of Zen 4, Node 24).
 */
import { dimAdd, dimLinear, dimMul, dimNames, type Index } from '../frontend/dims.ts'
import { extentsOf } from '../frontend/kernel/collapse.ts'
import type { Kernel, Loop } from '../frontend/kernel/ir.ts'
import { expressions, indicesOf, stageRoots, substituteStages } from '../frontend/kernel/walk.ts'

/** As many tensors at most. */
const mostTensors = 4

/** The kernel with its loops in two where that leaves no division and no remainder of them. */
export function byRemainder(kernel: Kernel): Kernel {
  const [stage, ...more] = kernel.stages
  if (!stage || more.length > 0 || stage.folds.length > 0 || stage.loops.length > 0) return kernel
  if (stage.stores.some(({ lookups, accumulate, serial }) => lookups || accumulate || serial)) return kernel
  return kernel.loops.reduce(inTwo, kernel)
}

function inTwo(kernel: Kernel, loop: Loop): Kernel {
  const { name, extent } = loop
  if (typeof extent !== 'number' || isLinear(kernel, [name])) return kernel
  const [quotient, remainder] = [`${name}.quotient`, `${name}.remainder`]
  for (let count = 2; count <= mostTensors; count++) {
    if (extent % count !== 0) continue
    const two = [
      { name: remainder, extent: count },
      { name: quotient, extent: extent / count },
    ]
    const loops = kernel.loops.flatMap(each => (each === loop ? two : each))
    const extents = extentsOf({ ...kernel, loops })
    const value = (of: string) => (of === name ? dimAdd(dimMul(count, quotient), remainder) : undefined)
    const split = { ...kernel, loops, stages: substituteStages(kernel, value, extents) }
    if (isLinear(split, [quotient, remainder])) return split
  }
  return kernel
}

/** Whether all indices of a kernel are sums of some of its loops and what does not depend on them. */
function isLinear({ stages }: Kernel, names: readonly string[]): boolean {
  const indices: Index[] = stages.flatMap(stage => [
    ...stage.stores.map(({ at }) => at),
    ...expressions(stageRoots(stage)).flatMap(indicesOf),
  ])
  return indices.every(index => names.every(name => !dimNames(index).has(name) || dimLinear(index, name) !== undefined))
}
