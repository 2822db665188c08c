/** The public functions of damo with what their sources say of them. */
import { readdirSync, readFileSync } from 'node:fs'
import * as damo from 'damo'
import * as nn from 'damo/nn'

/** A public function: its name, the first sentences of its docstring, and the file that declares it. */
export interface Documented {
  name: string
  doc: string
  file: string
}

/** The functions of one file, under what the file's first comment says that it is about. */
export interface Section {
  title: string
  functions: readonly Documented[]
  /** These declare tensors or differentiate them, and are no ops. */
  declares: boolean
}

const folder = new URL('../../frontend/ops/', import.meta.url)

const published = { ...nn, ...damo } as unknown as Readonly<Record<string, unknown>>

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !name.startsWith('approx/'))
  .sort()
const modules = new Map<string, Readonly<Record<string, unknown>>>()
const networks = readdirSync(new URL('../nn/', folder))
  .filter(name => name.endsWith('.ts') && name !== 'index.ts')
  .sort()
  .map(name => `../nn/${name}`)
/** What declares tensors, and what differentiates them. */
const first = ['../leaf.ts', '../shared.ts', '../grad.ts', '../pushforward.ts', '../jacobian.ts']
for (const name of [...first, '../elementwise.ts', ...files, ...networks])
  modules.set(name, await import(new URL(name, folder).href))

/** Every function that `damo` and then `damo/nn` export, by file. */
export function sections(): Section[] {
  const own = [...modules.keys()].map(name => section(name, readFileSync(new URL(name, folder), 'utf8')))
  return own.filter(({ functions }) => functions.length > 0)
}

/** Exported functions whose docstring stands nowhere: there must be none. */
export function undocumented(): string[] {
  const known = new Set(sections().flatMap(({ functions }) => functions.map(({ name }) => name)))
  const elsewhere = readFileSync(new URL('../index.ts', folder), 'utf8')
  return Object.keys(damo).filter(
    name => typeof published[name] === 'function' && !known.has(name) && !new RegExp(`\\b${name}\\b`).test(elsewhere),
  )
}

function section(file: string, text: string): Section {
  const about = sentence(comment(/^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? ''))
  const title = file.startsWith('../nn/') ? `damo/nn: ${about}` : about
  // A function with overloads is exported several times.
  const names = new Set(Array.from(text.matchAll(/^export (?:const|function) (\w+)/gm), match => match[1]!))
  const renamed = Array.from(text.matchAll(/^export \{ (\w+) as (\w+) \}$/gm), match => [match[1]!, match[2]!] as const)
  const all = [...names].map(name => [name, renamed.find(([from]) => from === name)?.[1] ?? name] as const)
  const functions = all.flatMap(([own, name]) => {
    const doc = docOf(text, own)
    const value = published[name]
    return doc !== undefined && typeof value === 'function' && value === modules.get(file)![name]
      ? [{ name, doc, file }]
      : []
  })
  return { title, functions, declares: first.includes(file) }
}

/** The docstring right above an exported declaration. */
function docOf(text: string, name: string): string | undefined {
  const above = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:const|function) ${name}\\b`).exec(text)?.[1]
  return above === undefined ? undefined : comment(above)
}

const comment = (text: string) =>
  text
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** Up to the first full stop that ends a sentence. */
export const sentence = (text: string): string => /^.*?\.(?= [A-Z]|$)/.exec(text)?.[0] ?? text
