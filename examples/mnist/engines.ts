/** The engines that run the artifact in the end, each in a process of its own that knows nothing of this one. */
import { execFile } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { delimiter, dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { Answer } from './application.ts'

/** What an engine, by its name and version, answered. */
export interface Answered<A = Answer> {
  engine: string
  answer: A
}

/** An answer, or why there is none. */
export type Verdict<A = Answer> = Answered<A> | { engine: string; absent: string }

const run = promisify(execFile)

export async function inNode<A = Answer>(folder: string): Promise<Verdict<A>> {
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder, env: {} })
  return { engine: `Node ${process.versions.node}`, answer: JSON.parse(stdout) }
}

export async function inDeno<A = Answer>(folder: string): Promise<Verdict<A>> {
  let deno: string
  try {
    deno = createRequire(import.meta.url).resolve('deno/bin.cjs')
  } catch {
    return { engine: 'Deno', absent: 'the package deno is not installed' }
  }
  const { stdout: version } = await run(process.execPath, [deno, '--version'])
  const permissions = ['run', '--quiet', '--no-remote', `--allow-read=${folder}`]
  const env = { DENO_DIR: join(folder, '.deno'), DENO_NO_UPDATE_CHECK: '1' }
  const { stdout } = await run(process.execPath, [deno, ...permissions, 'program.js'], { cwd: folder, env })
  return { engine: `Deno ${/deno (\S+)/.exec(version)?.[1]}`, answer: JSON.parse(stdout) }
}

export async function inBun<A = Answer>(folder: string): Promise<Verdict<A>> {
  let bun: string
  let version: string
  try {
    bun = join(dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin', 'bun.exe')
    // Where npm runs no scripts of packages, this is a note in place of the program.
    version = (await run(bun, ['--version'])).stdout
  } catch {
    return { engine: 'Bun', absent: 'the package bun is not installed' }
  }
  const { stdout } = await run(bun, ['program.js'], { cwd: folder, env: {} })
  return { engine: `Bun ${version.trim()}`, answer: JSON.parse(stdout) }
}

/** Headless, on a page served from this machine with these headers. */
export async function inChromium<A = Answer>(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Verdict<A>> {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map(onPath).find(Boolean)
  if (!executablePath) return { engine: 'Chromium', absent: 'not installed' }
  const server = createServer((request, response) => {
    const name = (request.url ?? '').replace(/^\/|\?.*$/g, '') || 'index.html'
    try {
      const content = readFileSync(join(folder, name))
      const type = types[extname(name)] ?? 'application/octet-stream'
      response.writeHead(200, { ...headers, 'content-type': type }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath, args: flags })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction("document.querySelector('pre').textContent !== ''")
    const text = await page.textContent('pre')
    return { engine: `Chromium ${browser.version()}`, answer: JSON.parse(text ?? '') }
  } finally {
    await browser.close()
    server.close()
  }
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** Its sandbox needs rights that root in a container has not; the rest keeps it from calling home. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where PATH has an executable file of that name. */
function onPath(name: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name))
  return candidates.find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
