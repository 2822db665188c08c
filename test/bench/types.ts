/** How long `tsc` takes on a model as a user of the package writes it: 300 lines against damo's declarations. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from '../../.tools/build.mjs'
import { root } from '../../.tools/setup.mjs'

/** A residual network of as many blocks as fill the lines: ten lines each, besides imports and training. */
function modelSource(lines: number): string {
  const head = [
    "import { add, compile, dim, exp, grad, interpreter, matmul, matrix, max, mean, mul, relu, reshape } from 'damo'",
    "import { shared, softmax, square, std, sub, sum, type Tensor, transpose, vector, where, zeros, gt } from 'damo'",
    "const batch = dim('batch')",
    "const x = matrix('x', { shape: [batch, 64] })",
    "const y = vector('y', { shape: [batch] })",
    'let h: Tensor = x',
    'const parameters: Tensor[] = []',
  ]
  const tail = [
    'const loss = mean(square(sub(sum(softmax(h), 1), y)))',
    'const gradients = grad(loss, parameters)',
    'const updates = parameters.map((w, i) => [w, w.sub(gradients[i]!.mul(0.1))] as const)',
    'export const step = await compile({ inputs: { x, y }, outputs: { loss }, updates }, { target: interpreter() })',
  ]
  const block = (i: number) => [
    `const W${i} = shared(zeros([64, 64]), 'W${i}')`,
    `const b${i} = shared(zeros([64], 'float32'), 'b${i}')`,
    `const centered${i} = sub(h, mean(h, { axis: 1, keepdims: true }))`,
    `const normal${i} = centered${i}.div(add(std(h, { axis: 1, keepdims: true }), 1e-5))`,
    `const linear${i} = add(matmul(normal${i}, W${i}), b${i})`,
    `const gate${i} = where(gt(linear${i}, 0), exp(mul(linear${i}, -1)), x.at(':, ${i}:${i + 1}'))`,
    `const scores${i} = matmul(linear${i}, transpose(W${i}))`,
    `const top${i} = max(scores${i}, { axis: -1, keepdims: true })`,
    `h = add(h, relu(mul(reshape(sub(scores${i}, top${i}), [batch, 64]), gate${i})))`,
    `parameters.push(W${i}, b${i})`,
  ]
  const blocks = Math.ceil((lines - head.length - tail.length) / 10)
  return `${[...head, ...Array.from({ length: blocks }, (_, i) => block(i)).flat(), ...tail].join('\n')}\n`
}

const folder = join(root, '.cache', 'bench-types')

/** Writes the model, and gives its path. */
export function writeModel(lines: number): string {
  const path = join(folder, 'model.ts')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, modelSource(lines))
  return path
}

/** Writes the model beside a configuration, and gives the function that checks it once. */
export async function checkingModel(lines: number): Promise<() => void> {
  await buildIfStale()
  writeModel(lines)
  const compilerOptions = {
    customConditions: [],
    rootDir: root,
    types: [],
    noEmit: true,
    allowJs: false,
    checkJs: false,
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: ['model.ts'], include: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return () => {
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stdout)
  }
}
