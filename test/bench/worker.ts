/** The process of one engine: makes tasks ready and times them when the table's process says so. */
import { measure } from 'mitata'
import type { EngineName, Order, Reply } from './contender.ts'
import type { Engine, EngineOptions, Prepared } from './engines/engine.ts'
import { dataOf, type Task } from './tasks.ts'

const starts: Record<EngineName, () => Promise<{ start(options: EngineOptions): Promise<Engine> }>> = {
  damo: () => import('./engines/damo.ts'),
  'jax-js': () => import('./engines/jax.ts'),
  tfjs: () => import('./engines/tfjs.ts'),
  'onnxruntime-web': () => import('./engines/onnx.ts'),
  'litert.js': () => import('./engines/litert.ts'),
}

/** Calls shorter than this are timed in groups. */
const short = 65e3

const [name, options] = [process.argv[2] as EngineName, JSON.parse(process.argv[3]!) as EngineOptions]
// Engines tell of their own choices; the table's process alone prints.
for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const) console[method] = () => {}

let engine: Engine
let prepared: Prepared | undefined

process.on('message', async (order: Order) => {
  process.send!(await obey(order).catch((error): Reply => ({ failed: String(error?.message ?? error) })))
})

async function obey(order: Order): Promise<Reply> {
  switch (order.do) {
    case 'start':
      engine = await (await starts[name]()).start(options)
      return {}
    case 'prepare':
      return prepare(order.task)
    case 'time':
      return { seconds: await timed(prepared!.run, order.seconds) }
  }
}

async function prepare(task: Task): Promise<Reply> {
  prepared = undefined
  prepared = await engine[task.kind]?.(task as never, dataOf(task))
  if (!prepared) return { unsupported: true }
  const { memory } = prepared
  return { result: Float64Array.from(await prepared.read()), ...(memory && { memory }) }
}

/** Seconds of one call: the median of those that fit into `seconds`, of at least one. */
async function timed(run: () => unknown, seconds: number): Promise<number> {
  const start = performance.now()
  await run()
  const once = (performance.now() - start) / 1e3
  if (once > seconds) return once
  const { p50 } = await measure(run, {
    gc: false,
    min_samples: 1,
    min_cpu_time: seconds * 1e9,
    batch_samples: 64,
    batch_threshold: short,
  } as object)
  return p50 / 1e9
}
