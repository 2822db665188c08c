/**
 * Trains two networks on the MNIST digits, inside WebAssembly modules that damo writes, then has other engines read the
 * test images with the artifact. `npm run demo`, or `npm run demo -- --quick` for the short version.
 */
import { parseArgs } from 'node:util'
import { adam, sgd } from 'damo/nn'
import { hash } from './application.ts'
import { type Digits, testDigits, trainingDigits } from './digits.ts'
import { countRight, type Lessons, learn, readAll } from './learning.ts'
import { build, type Network, type Plan } from './network.ts'
import { prove } from './proof.ts'
import { bold, faint, green, grouped, heading, progressBars, red, say, seconds, show, size } from './screen.ts'

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values
const started = performance.now()
const problems: string[] = []

say(bold('damo learns to read'))
say('60,000 handwritten figures of 28 x 28 pixels to learn from, 10,000 by other hands to be tested on.')
const [digits, test] = [trainingDigits(), testDigits()]
show(digits, [0, 1, 2, 3, 4], place => `    this is ${digits.labels[place]}`)

const regression: Plan = { name: 'regression', sizes: [784, 10], rule: sgd }
const mlp: Plan = { name: 'mlp', sizes: [784, 512, 512, 10], rule: adam }

heading('Softmax regression, 784-10')
await teach(regression, quick ? trainingDigits(10_000) : digits, {
  lessons: { epochs: quick ? 8 : 4, batchSize: 64, learningRate: 0.5 },
  wanted: quick ? 90 : 92,
})

heading('A network with two hidden layers, 784-512-512-10')
const { network, figures } = await teach(mlp, digits, {
  lessons: { epochs: quick ? 1 : 4, batchSize: 128, learningRate: 0.002 },
  wanted: quick ? 90 : 98,
})
const wrong = Array.from(figures.keys()).filter(i => figures[i] !== test.labels[i])
say(faint('  five of those that it gets wrong:'))
show(test, wrong.slice(0, 5), place => `  ${figures[place]}? it is ${test.labels[place]}`)

problems.push(...(await prove(network, await hash(figures))).problems)
say(`\n${seconds(started)} in all.`)
for (const problem of problems) console.error(red(problem))
process.exitCode = problems.length > 0 ? 1 : 0

/** Compiles a network, teaches it, and tests it; `wanted` is the percentage that it has to get right. */
async function teach(plan: Plan, examples: Digits, { lessons, wanted }: { lessons: Lessons; wanted: number }) {
  const before = performance.now()
  const network = await build(plan)
  const { code, steps } = network.train.manifest
  const module = size(code.wasm?.simd128?.bytes ?? 0)
  const parameters = grouped(countParameters(network))
  say(
    `  ${parameters} parameters; the training step is ${steps.length} kernels in ${module} of WebAssembly, made in ${seconds(before)}`,
  )
  await learn(network, examples, lessons, progressBars(lessons.epochs))
  const figures = await readAll(network, test)
  const percentage = (100 * countRight(figures, test)) / test.count
  const verdict = `${percentage.toFixed(2)} % of the test images right`
  say(`  ${percentage >= wanted ? green(verdict) : red(verdict)}`)
  if (percentage < wanted) problems.push(`${plan.name}: ${verdict}, expected at least ${wanted} %`)
  return { network, figures }
}

function countParameters({ read: { state } }: Network): number {
  return state.names.reduce((sum, name) => sum + state.get(name).data.length, 0)
}
