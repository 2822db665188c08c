/** An engine or an anchor in a process of its own, as the table's process speaks with it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { EngineOptions, Memory } from './engines/engine.ts'
import type { Task } from './tasks.ts'

export type EngineName = 'damo' | 'jax-js' | 'tfjs' | 'onnxruntime-web' | 'litert.js'

export type Order = { do: 'start' } | { do: 'prepare'; task: Task } | { do: 'time'; seconds: number }

export interface Reply {
  result?: Float64Array
  memory?: Memory
  seconds?: number
  /** This engine has no way to do the task. */
  unsupported?: true
  failed?: string
}

export interface Contender {
  readonly name: string
  /** Native code: what the hardware allows, no peer. */
  readonly native: boolean
  ask(order: Order): Promise<Reply>
  end(): void
}

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** What damo with one thread is called beside damo with several: it is no peer, and has no say in what is right. */
export const alone = 'damo with one thread'

/** An engine under a Node, called `name` here. */
export function engine(which: EngineName, options: EngineOptions, node: string, name: string = which): Contender {
  const child = fork(worker, [which, JSON.stringify(options)], {
    execPath: node,
    execArgv: ['--import', 'tsx', '--conditions=damo-source'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaints = ''
  child.stderr!.on('data', text => {
    complaints = `${complaints}${text}`.slice(-2000)
  })
  return {
    name,
    native: false,
    async ask(order) {
      if (!child.connected) return { failed: `its process has ended: ${complaints}` }
      child.send(order)
      const end = new AbortController()
      const message = once(child, 'message', end).then(([reply]) => reply as Reply)
      const exit = once(child, 'exit', end).then(([code]): Reply => ({ failed: `ended with ${code}: ${complaints}` }))
      try {
        return await Promise.race([message, exit])
      } finally {
        end.abort()
        for (const pending of [message, exit]) pending.catch(() => {})
      }
    },
    end: () => child.kill(),
  }
}
