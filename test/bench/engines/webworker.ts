/** Web workers in Node, as far as an engine made for pages asks: so that its threads can be measured beside the others'. */
import { Worker as NodeWorker, type Transferable } from 'node:worker_threads'

/** What a page's worker finds in its global scope. */
const scope = `
  const { parentPort } = require('node:worker_threads')
  globalThis.self = globalThis
  globalThis.postMessage = message => parentPort.postMessage(message)
  parentPort.on('message', data => self.onmessage({ data }))
`

/** The part of `Worker` that posts messages. Scripts are those of blobs. */
class PageWorker {
  onmessage?: (event: { data: unknown }) => void
  onerror?: (event: { message: string }) => void
  readonly #worker: Promise<NodeWorker>

  constructor(url: string | URL) {
    this.#worker = fetch(url)
      .then(response => response.text())
      .then(text => this.#start(text))
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#worker.then(worker => worker.postMessage(message, transfer))
  }

  #start(text: string): NodeWorker {
    const worker = new NodeWorker(scope + text, { eval: true, execArgv: [] })
    worker.on('message', data => this.onmessage?.({ data }))
    worker.on('error', ({ message }) => this.onerror?.({ message }))
    return worker
  }
}

/** Gives this process the `Worker` of a page on a machine of so many processors. */
export function likePage(processors: number): void {
  Object.assign(globalThis, { Worker: PageWorker })
  Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: processors }, configurable: true })
}
