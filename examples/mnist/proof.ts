/** The proof: what ships is read by fresh processes of other engines, with the same result to the last bit. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Answer } from './application.ts'
import { type Answered, inBun, inChromium, inDeno, inNode, type Verdict } from './engines.ts'
import type { Network } from './network.ts'
import { faint, green, grouped, heading, say, size } from './screen.ts'
import { ship } from './shipping.ts'

/**
 * Ships the network to a folder and has each engine read the test images there. `figures` is the hash of what this process
 * read in them. Gives what each engine said, and what is wrong with it.
 */
export async function prove(network: Network, figures: string): Promise<{ verdicts: Verdict[]; problems: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'damo-mnist-'))
  try {
    heading('What ships')
    for (const { name, bytes, compressed } of await ship(network, folder)) {
      say(`  ${name.padEnd(19)} ${size(bytes).padStart(9)}   ${faint(`compressed ${size(compressed).padStart(8)}`)}`)
    }
    heading('The same files in other engines, each a new process without a compiler')
    say(faint(row(['', 'right', 'predictions', 'probabilities', 'first answer', 'all'])))
    say(row(['this process', '', figures.slice(0, 8), '', '', '']))
    const verdicts: Verdict[] = []
    for (const engine of [inNode, inDeno, inBun, inChromium]) {
      const verdict = await engine(folder)
      verdicts.push(verdict)
      say('answer' in verdict ? answerRow(verdict) : `  ${verdict.engine}: skipped, ${verdict.absent}`)
    }
    return { verdicts, problems: judge(verdicts, figures) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const widths = [22, 7, 13, 15, 14, 9]

const row = (cells: readonly string[]) =>
  `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('')}`

function answerRow({ engine, answer: { right, figures, probabilities, first, last } }: Answered): string {
  const milliseconds = [first, last].map(time => `${grouped(time)} ms`)
  return row([engine, grouped(right), figures.slice(0, 8), probabilities.slice(0, 8), ...milliseconds])
}

/** What is wrong: all engines have to give the figures that this process gave, and the same bits of all probabilities. */
function judge(verdicts: readonly Verdict[], figures: string): string[] {
  const answers: Answer[] = verdicts.flatMap(verdict => ('answer' in verdict ? [verdict.answer] : []))
  if (answers.some(answer => answer.figures !== figures)) return ['the engines make different predictions']
  const bits = new Set(answers.map(answer => answer.probabilities))
  if (bits.size > 1) return ['the engines give different bits in their probabilities']
  say(green(`  10,000 predictions and 100,000 probabilities, the same to the last bit in ${answers.length} engines`))
  return []
}
