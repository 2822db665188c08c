/** docs/errors.md is what the sources say of each message: a stale page fails. `npm test -- docs -u` writes it anew. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

/** The text of each file below a folder whose path fits. */
const textsIn = (folder: string, fits: RegExp): Map<string, string> =>
  new Map(
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
      .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(path => fits.test(path))
      .sort()
      .map(path => [path, readFileSync(new URL(path, root), 'utf8')]),
  )

const folders = ['frontend', 'runtime', 'wasm', 'webgpu']
const sources = new Map(folders.flatMap(folder => [...textsIn(folder, /\.ts$/)]))
const isForMessages = (path: string) => /(^|\/)(errors|messages)\.ts$/.test(path)
const goldens = [...textsIn('test/golden', /(?<!mistakes)\.txt$/), ...textsIn('test/golden', /mistakes\.txt$/)]

interface Listed {
  code: string
  path: string
  /** What the functions that make the message say of it. */
  docs: string[]
}

const made = /new DamoError\(\s*'([A-Z]\d{3})'/g

/** Every code in the order of codes, with the file and the docs of the functions that use it. */
function listed(): Listed[] {
  const found = new Map<string, Listed>()
  for (const [path, text] of sources) {
    if (!isForMessages(path)) continue
    for (const [, doc, body] of text.matchAll(
      /^\/\*\* *((?:(?!\*\/).)*?)\s*\*\/\nexport (.*?)(?=^\/\*\*|(?![\s\S]))/gms,
    )) {
      for (const [, code] of body!.matchAll(made)) {
        const own = found.get(`${code} ${path}`) ?? { code: code!, path, docs: [] }
        const words = doc!.replace(/\n \* ?/g, ' ').replace(/^[A-Z]\d{3}: /, '')
        if (!own.docs.includes(words)) own.docs.push(words)
        found.set(`${code} ${path}`, own)
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}

const list = listed()

/** The first line of a golden message with the code; the law of refusals has functions below what they say. */
function example(code: string): string {
  const [path, text] = goldens.find(([, text]) => text.includes(`[${code}]`)) ?? []
  if (path === undefined || text === undefined) return ''
  const [before, after] = text.split(`[${code}]`) as [string, string]
  const lines = before.split('\n\n').at(-1)!.split('\n')
  const isNamed = path.endsWith('runtime/messages.txt')
  const line = isNamed ? lines.at(-1)! : lines.find(row => !row.startsWith('#') && row.includes(' '))!
  const caller = /^\n {4}[\w ]+: (\w+)/.exec(after)?.[1] ?? 'F'
  return line
    .trim()
    .replace(/^F:/, `${caller}:`)
    .replace(/\w+\.test\.ts:(\d+|LINE)/g, 'model.ts:12')
}

const head = `# Errors

Whatever damo refuses is a \`DamoError\` with a code that stays; the words may improve. A message begins with the function that
was called and ends with the line that called it, and between them stand the operands: what they are called, their types, and
the lines that built them. Of an operand that the function made of what it was given, both are told: \`v float32[4] as
float32[4, 1]\`. Made from the sources by \`npm test -- docs -u\`.

`

const parts = {
  D: 'Building and compiling',
  R: 'Running and loading',
  W: 'Compiling to WebAssembly',
  G: 'Compiling to WebGPU',
} as const

function page(): string {
  const tables = Object.entries(parts).map(([letter, title]) => {
    const rows = list.filter(({ code }) => code.startsWith(letter))
    const lines = rows.map(({ code, docs }) => {
      const shown = example(code)
      const what = docs.map(words => words[0]!.toUpperCase() + words.slice(1)).join(' ')
      return `| ${[code, what, shown && `\`${shown}\``].map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
    return `## ${title}\n\n| code | what | for example |\n| --- | --- | --- |\n${lines.join('\n')}\n`
  })
  return head + tables.join('\n')
}

test('docs/errors.md is up to date', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/errors.md')
})

test('messages are made in the files of messages, and a code in one alone', () => {
  const elsewhere = [...sources].filter(([path, text]) => !isForMessages(path) && text.match(made))
  expect(elsewhere.map(([path]) => path)).toEqual([])
  const codes = list.map(({ code }) => code)
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([])
  const used = [...sources.values()].flatMap(text => [...text.matchAll(made)].map(([, code]) => code!))
  expect([...new Set(used)].sort()).toEqual(codes)
})

test('every code is met by some test', () => {
  const tests = [...goldens, ...textsIn('test', /\.ts$/)].map(([, text]) => text)
  expect(list.map(({ code }) => code).filter(code => !tests.some(text => text.includes(code)))).toEqual([])
})
