/**
 * Trains two networks on the MNIST digits, inside WebAssembly modules that damo writes, then has other engines read the
 * test images with the artifact. `npm run demo`, or `npm run demo -- --quick` for the short version.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { adam, sgd } from 'damo/nn'
import { type Answer, hash } from './application.ts'
import { type Digits, testDigits, trainingDigits } from './digits.ts'
import { type Answered, inChromium, inDeno, inNode } from './engines.ts'
import { countRight, type Lessons, learn, readAll } from './learning.ts'
import { build, type Network, type Plan } from './network.ts'
import { bold, faint, green, grouped, heading, progressBars, red, say, seconds, show, size } from './screen.ts'
import { ship } from './shipping.ts'

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values
const started = performance.now()
const problems: string[] = []

say(bold('damo learns to read'))
say('60,000 handwritten figures of 28 x 28 pixels to learn from, 10,000 by other people to be tested on.')
const [digits, test] = [trainingDigits(), testDigits()]
show(
  digits,
  [0, 1, 2, 3, 4],
  [0, 1, 2, 3, 4].map(i => `    this is ${digits.labels[i]}`),
)

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
show(
  test,
  wrong.slice(0, 5),
  wrong.slice(0, 5).map(i => `  ${figures[i]}? it is ${test.labels[i]}`),
)

await prove(network, await hash(figures))
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

/** Ships the network to a folder, and has fresh processes of other engines read the test images there. */
async function prove(network: Network, figures: string) {
  const folder = mkdtempSync(join(tmpdir(), 'damo-mnist-'))
  try {
    heading('What ships')
    for (const { name, bytes, compressed } of await ship(network, folder)) {
      say(`  ${name.padEnd(19)} ${size(bytes).padStart(9)}   ${faint(`compressed ${size(compressed).padStart(8)}`)}`)
    }
    heading('The same files in other engines, each a new process without a compiler')
    say(faint(row(['', 'right', 'figures', 'probabilities', 'first answer', 'all'])))
    say(row(['this process', '', figures.slice(0, 8), '', '', '']))
    const answers: Answer[] = []
    for (const engine of [inNode, inDeno, inChromium]) {
      const verdict = await engine(folder)
      if ('answer' in verdict) answers.push(verdict.answer)
      say('answer' in verdict ? answerRow(verdict) : `  ${verdict.engine}: skipped, ${verdict.absent}`)
    }
    judge(answers, figures)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const widths = [20, 7, 10, 15, 14, 9]

const row = (cells: readonly string[]) =>
  `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('')}`

function answerRow({ engine, answer: { right, figures, probabilities, first, last } }: Answered): string {
  const milliseconds = [first, last].map(time => `${grouped(time)} ms`)
  return row([engine, grouped(right), figures.slice(0, 8), probabilities.slice(0, 8), ...milliseconds])
}

/** All engines have to give the figures that this process gave, and the same bits of all probabilities. */
function judge(answers: readonly Answer[], figures: string) {
  const bits = new Set(answers.map(answer => answer.probabilities))
  if (answers.some(answer => answer.figures !== figures)) problems.push('the engines read different figures')
  else if (bits.size > 1) problems.push('the engines give different bits in their probabilities')
  else say(green(`  10,000 figures and 100,000 probabilities, the same to the last bit in ${answers.length} engines`))
}
