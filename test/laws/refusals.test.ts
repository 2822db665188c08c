/**
 * What every public function says of a wrong call: dtypes, ranks, sizes, axes, options and missing arguments, tried on
 * right calls of it. Each kind of mistake in each argument is refused in words that are golden, or golden as taken.
 */
import { DamoError } from 'damo'
import { beforeAll, expect, test, vi } from 'vitest'
import { type Arguments, publicFunctions, rightCalls } from './calls.ts'
import { mistakesIn } from './mistakes.ts'

vi.mock('damo', async original => (await import('./recording.ts')).recording(await original()))
vi.mock('damo/nn', async original => (await import('./recording.ts')).recording(await original()))

/** What is thrown; lines of the tests move, so only that they are named is golden. */
async function messageOf(f: (...args: unknown[]) => unknown, args: Arguments): Promise<string | undefined> {
  try {
    await f(...args)
    return undefined
  } catch (error) {
    if (!(error instanceof DamoError)) return `not damo's: ${(error as Error).stack}`
    return error.message.replace(/\b\w+(\.test)?\.ts:\d+/g, 'LINE')
  }
}

/** What a message begins and ends with: the function that was called, and the line. Steps of loops are the user's own. */
function shapeOfMessage(name: string, right: Arguments): RegExp {
  if (name === 'array') return /^array: /
  return new RegExp(`^${typeof right[0] === 'function' ? '' : `${name}: `}[^]*\\n  at LINE \\[[DR]\\d+\\]$`)
}

/** What one function says of each mistake; undefined where it takes it. */
async function answersOf(name: string, f: (...args: unknown[]) => unknown) {
  const said = new Map<string, string | undefined>()
  const strange: string[] = []
  for (const right of rightCalls(name)) {
    for (const { place, kind, calls } of mistakesIn(right)) {
      const texts = []
      for (const args of calls) texts.push(await messageOf(f, args))
      strange.push(...(texts.filter(text => text !== undefined && !shapeOfMessage(name, right).test(text)) as string[]))
      const mistake = `${kind}: ${place.replace(/\.\d+/g, '[]')}`
      said.set(mistake, said.get(mistake) ?? texts.find(text => text !== undefined))
    }
  }
  return { said, strange }
}

const answers = new Map<string, Awaited<ReturnType<typeof answersOf>>>()

beforeAll(async () => {
  for (const { entry, name, f } of publicFunctions) answers.set(`${entry} ${name}`, await answersOf(name, f))
})

test('every function is called rightly somewhere', () => {
  expect(publicFunctions.flatMap(({ name }) => (rightCalls(name).length === 0 ? [name] : []))).toEqual([])
})

test.each(publicFunctions)('$entry $name: messages name the function and the line', ({ entry, name }) => {
  expect(answers.get(`${entry} ${name}`)!.strange).toEqual([])
})

/** A message as the golden file has it: F for the function, and without the lines, which each has. */
const shown = (name: string, text: string): string =>
  text
    .replace(new RegExp(`^${name}\\b`), 'F')
    .replaceAll(/ +built at LINE/g, '')
    .replace('\n  at LINE', '')

/** What messages have in common that differ in names, numbers and types alone. */
const alike = (text: string): string =>
  text
    .replaceAll(/\w+\[[^\]]*\]/g, 'TYPE')
    .replaceAll(/(?<!\n.*)\[[^[\]]*\](?!$)/g, 'LIST')
    .replaceAll(/'.*?'|-?\b(\d[\d.]*|NaN|[a-z]( [+-] \d+)?)\b(?!\])/g, '0')
    .replaceAll(/^( {2}[a-z]\w*(?: \d)?) .*/gm, '$1')

test('what is said, and what is taken, is golden', async () => {
  const refused = new Map<string, { text: string; calls: Map<string, string[]> }>()
  const taken = new Map<string, string[]>()
  const note = (lists: Map<string, string[]>, key: string, entry: string) =>
    lists.set(key, [...(lists.get(key) ?? []), entry])
  for (const [key, { said }] of answers) {
    const name = key.split(' ')[1]!
    for (const [mistake, message] of said) {
      if (message === undefined) continue
      const text = shown(name, message)
      const group = refused.get(alike(text)) ?? { text, calls: new Map() }
      const [kind, place] = mistake.split(': ') as [string, string]
      note(group.calls, kind, `${name} ${place}`)
      refused.set(alike(text), group)
    }
    note(taken, [...said].flatMap(([mistake, text]) => (text === undefined ? [mistake] : [])).join(', '), name)
  }
  const listed = ([kind, calls]: [string, string[]]) => wrapped(`${kind}: ${calls.join(', ')}`)
  const messages = [...refused.values()].map(({ text, calls }) => `${text}\n${[...calls].map(listed).join('\n')}\n`)
  const others = [...taken].map(([mistakes, names]) => `${names.join(' ')}\n${wrapped(mistakes || 'nothing')}`)
  const text = ['# Refused\n', ...messages, '# Taken\n', ...others].join('\n')
  await expect(text).toMatchFileSnapshot('../golden/frontend/mistakes.txt')
})

/** Words in indented lines. */
function wrapped(words: string): string {
  const lines: string[] = []
  for (const word of words.split(' ')) {
    if (lines.length > 0 && lines.at(-1)!.length + word.length < 120) lines.push(`${lines.pop()} ${word}`)
    else lines.push(lines.length === 0 ? `    ${word}` : `      ${word}`)
  }
  return lines.join('\n')
}
