/** Native anchors, of those that this machine has: what the hardware allows. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Contender, Order, Reply } from '../contender.ts'
import { dataOf } from '../tasks.ts'

const script = fileURLToPath(new URL('./anchor.py', import.meta.url))
const source = fileURLToPath(new URL('./anchor.c', import.meta.url))

/** Anchors by name, with the Python module that each needs besides NumPy. */
const anchors: Readonly<Record<string, string>> = {
  numpy: 'numpy',
  numexpr: 'numexpr',
  pytorch: 'torch',
  'gcc -Ofast': 'numpy',
}

export const anchorNames = Object.keys(anchors)

/** A Debian machine may have its own Python behind another. */
const pythons = ['python3', '/usr/bin/python3']

/** Starts every anchor that is wanted and can be had. */
export function nativeAnchors(threads: number, wanted: (name: string) => boolean): Contender[] {
  return Object.entries(anchors).flatMap(([name, module]) => {
    if (!wanted(name)) return []
    const python = pythons.find(each => spawnSync(each, ['-c', `import numpy, ${module}`]).status === 0)
    return python === undefined ? [] : anchor(python, name, threads)
  })
}

/** Threads that look for work while others have their turn would take their processors. */
const sleepy = { OMP_WAIT_POLICY: 'passive', GOMP_SPINCOUNT: '0', OPENBLAS_THREAD_TIMEOUT: '4' }

function anchor(python: string, name: string, threads: number): Contender[] {
  const folder = mkdtempSync(join(tmpdir(), 'damo-bench-'))
  const library = join(folder, 'anchor.so')
  if (name.startsWith('gcc') && !built(library)) return []
  const child = spawn(python, [script, name, String(threads), library], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...sleepy },
  })
  const lines = createInterface({ input: child.stdout! })
  const exit = once(child, 'exit').then((): Reply => ({ failed: 'its process has ended' }))
  return [
    {
      name,
      native: true,
      async ask(order) {
        const result = join(folder, 'result')
        child.stdin!.write(
          `${JSON.stringify({ ...order, ...(order.do === 'prepare' && files(order, folder)), result })}\n`,
        )
        const reply: Reply = await Promise.race([once(lines, 'line').then(([line]) => JSON.parse(line)), exit])
        if (order.do !== 'prepare' || reply.failed || reply.unsupported) return reply
        const { buffer, byteOffset, byteLength } = readFileSync(result)
        return { ...reply, result: new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) }
      },
      end() {
        child.kill()
        rmSync(folder, { recursive: true })
      },
    },
  ]
}

const built = (library: string) =>
  spawnSync('gcc', ['-Ofast', '-march=native', '-shared', '-fPIC', source, '-o', library, '-lmvec', '-lm']).status === 0

/** Writes a task's arrays where the anchor reads them. */
function files({ task }: Extract<Order, { do: 'prepare' }>, folder: string) {
  const data = Object.entries(dataOf(task)).map(([name, { shape, data }]) => {
    const file = join(folder, name)
    writeFileSync(file, data)
    const dtype = data.constructor.name.replace('Array', '').toLowerCase()
    return [name, { file, dtype, shape }] as const
  })
  return { data: Object.fromEntries(data) }
}
