/** No pass over memory that fusion could remove: the kernels that the models of the benchmarks are made of. */
import { at, exp, grad, mean, relu, shared, sigmoid, square, sum, type Tensor, take, tanh, tensor, zeros } from 'damo'
import { conv2d, convTranspose2d, groupNorm, layerNorm } from 'damo/nn'
import { expect, test } from 'vitest'
import { lowered } from '../frontend/compile.ts'
import { emitProgram } from '../wasm/program.ts'
import { schedule } from '../wasm/schedule.ts'
import { programs } from './bench/programs.ts'
import { rows } from './bench/rows/index.ts'
import { dataOf, type Task } from './bench/tasks.ts'
import { bytesOf, labels, structureText } from './structure.ts'

const kernels = (spec: Parameters<typeof lowered>[0]): string[] => labels(lowered(spec))
const parameter = (name: string, ...shape: number[]): Tensor => shared(zeros(shape), name)

/** The kernels of a task of the benchmarks. */
const kernelsOf = (task: Task) =>
  lowered(programs[task.kind as keyof typeof programs](task as never, dataOf(task)).spec)

/** Tasks that time the compiler, or the one of TypeScript: they run no kernels. */
const withoutKernels = new Set(['compile', 'frontend', 'types'])

const megabytes = (bytes: number) => `${Number((bytes / 1e6).toPrecision(3))} MB`

test('every row of the benchmarks has the kernels, and takes the memory, that are written down', async () => {
  const texts = rows.flatMap(({ name, task }) => {
    if (withoutKernels.has(task.kind)) return []
    const program = kernelsOf(task)
    const { peak, sum } = bytesOf(program)
    const count = program.steps.length === 1 ? '1 kernel' : `${program.steps.length} kernels`
    const size = `${count}, ${megabytes(peak)} at once of ${megabytes(sum)} of arrays`
    return `${name}: ${size}\n${structureText(program).replaceAll(/^/gm, '  ')}\n`
  })
  await expect(texts.join('\n')).toMatchFileSnapshot('golden/structure.txt')
})

test('training LeNet at batch 256 takes no more memory than PyTorch, which takes 37.6 MB besides the images', () => {
  const program = kernelsOf({ kind: 'lenetStep', batch: 256 })
  const images = 4 * 256 * 28 * 28
  // With what kernels take for themselves.
  expect(bytesOf(emitProgram(program, schedule)).peak).toBeLessThanOrEqual(37.6e6 + images)
})

test('gradients of a layer normalization: one pass over the rows for x, one over the columns for both parameters', () => {
  const [x, y] = [tensor('x', { shape: [64, 48] }), tensor('y', { shape: [64, 48] })]
  const [gamma, beta] = [parameter('gamma', 48), parameter('beta', 48)]
  const normal = layerNorm(x, { gamma, beta })
  const [dx, dgamma, dbeta] = grad(sum(normal.mul(y)), [x, gamma, beta]) as [Tensor, Tensor, Tensor]
  expect(kernels({ inputs: { x, y }, outputs: { dx, dgamma, dbeta } }).length).toBeLessThanOrEqual(3)
})

test('products with vectors compute cheap operands where they read them at one step alone', () => {
  const [a, b] = [tensor('a', { shape: [64, 48] }), tensor('b', { shape: [64, 48] })]
  const [v, w] = [tensor('v', { shape: [64] }), tensor('w', { shape: [48] })]
  const steps = (r: Tensor) => lowered({ inputs: { a, b, v, w }, outputs: { r }, onUnusedInput: 'ignore' }).steps
  for (const r of [v.matmul(a.mul(b)), a.mul(b).matmul(w), v.matmul(relu(v))]) expect(steps(r)).toHaveLength(1)
  // A function of some cost is dearer in a fold than in a pass, and the vector is read for every column.
  for (const r of [v.matmul(tanh(a)), v.mul(v).matmul(a)]) expect(steps(r)).toHaveLength(2)
})

test('group normalization: a pass, for its gradients one over the groups and one over the channels', () => {
  const [x, y] = [tensor('x', { shape: [8, 12, 6, 6] }), tensor('y', { shape: [8, 12, 6, 6] })]
  const [gamma, beta] = [tensor('gamma', { shape: [12] }), tensor('beta', { shape: [12] })]
  const r = groupNorm(x, 4, { gamma, beta })
  expect(kernels({ inputs: { x, gamma, beta }, outputs: { r } })).toHaveLength(1)
  const [dx, dgamma, dbeta] = grad(sum(r.mul(y)), [x, gamma, beta])
  const inputs = { x, y, gamma, beta }
  expect(kernels({ inputs, outputs: { dx, dgamma, dbeta }, onUnusedInput: 'ignore' })).toHaveLength(2)
})

test('a gather computes what it chooses where that is cheap, unless it is more than there is or needed elsewhere', () => {
  const [x, i] = [tensor('x', { shape: [8] }), tensor('i', { dtype: 'int32', shape: [6] })]
  const j = tensor('j', { dtype: 'int32', shape: [9] })
  const steps = (outputs: Record<string, Tensor>) =>
    lowered({ inputs: { x, i, j }, outputs, onUnusedInput: 'ignore' }).steps.length
  const y = relu(x)
  expect(steps({ r: take(y, i) })).toBe(1)
  expect(steps({ r: take(exp(x), i) })).toBe(2)
  expect(steps({ r: take(y, j) })).toBe(2)
  expect(steps({ r: take(y, i), y })).toBe(2)
})

test('folds along one axis share a pass, those along rows and along columns of a square matrix do not', () => {
  const x = tensor('x', { shape: [48, 48] })
  const folded = (outputs: Record<string, Tensor>) => kernels({ inputs: { x }, outputs })
  expect(folded({ sums: x.sum({ axis: 0 }), largest: x.max({ axis: 0 }) })).toHaveLength(1)
  expect(folded({ columns: x.sum({ axis: 0 }), rows: x.sum({ axis: 1 }) })).toHaveLength(2)
})

test.each([true, false])('images that one window covers are a product of matrices: filterFlip %s', filterFlip => {
  const [x, w] = [tensor('x', { shape: [32, 10, 1, 1] }), tensor('w', { shape: [10, 16, 4, 4] })]
  const text = JSON.stringify(
    lowered({ inputs: { x, w }, outputs: { y: convTranspose2d(x, w, { filterFlip }) } }).steps,
  )
  expect(text).toContain('"contraction"')
  expect(text).not.toContain('"guard"')
})

test('a step of an lstm: one product, and the gates in one kernel', () => {
  const [x, h, c] = ['x', 'h', 'c'].map(name => tensor(name, { shape: [32, 128] })) as [Tensor, Tensor, Tensor]
  const [wx, wh, b] = [parameter('wx', 128, 512), parameter('wh', 128, 512), parameter('b', 512)]
  const gates = x.matmul(wx).add(h.matmul(wh)).add(b).reshape([32, 4, 128]).transpose([1, 0, 2])
  const [i, f, g, o] = [0, 1, 2, 3].map(gate => at(gates, gate)) as [Tensor, Tensor, Tensor, Tensor]
  const next = sigmoid(f)
    .mul(c)
    .add(sigmoid(i).mul(tanh(g)))
  const outputs = { h: sigmoid(o).mul(tanh(next)), c: next }
  expect(kernels({ inputs: { x, h, c }, outputs })).toHaveLength(3)
})

test.each([1, 4])('a convolution in groups stores where the groups are joined, at batch %i', batch => {
  const [x, w] = [tensor('x', { shape: [batch, 16, 8, 8] }), parameter('w', 32, 4, 3, 3)]
  const r = relu(conv2d(x, w, { groups: 4, padding: 1 }).add(parameter('b', 32, 1, 1)))
  expect(kernels({ inputs: { x }, outputs: { r } })).toEqual(['einsum relu'])
  const mask = r.mul(2)
  expect(kernels({ inputs: { x }, outputs: { r, mask } })).toHaveLength(1)
})

test('a product whose columns are taken apart is stored once', () => {
  const [x, w] = [tensor('x', { shape: ['n', 12] }), parameter('w', 12, 24)]
  expect(kernels({ inputs: { x }, outputs: { r: x.matmul(w).reshape(['n', 4, 6]) } })).toEqual(['einsum reshape'])
})

test('a mean of squares and its gradients: the difference is in memory, and no multiple of it', () => {
  const [x, y] = [tensor('x', { shape: [64, 32] }), tensor('y', { shape: [64, 8] })]
  const w = parameter('w', 32, 8)
  const loss = mean(square(x.matmul(w).sub(y)))
  const { buffers, steps } = lowered({ inputs: { x, y }, outputs: { loss, dw: grad(loss, w) as Tensor } })
  expect(steps).toHaveLength(3)
  expect(buffers.filter(({ role }) => role === 'temporary')).toHaveLength(1)
})
