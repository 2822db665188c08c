/** The few things that hosts do differently. */
import { unreadable } from './messages.ts'

/** The URL that `source` means: as it is, or relative to the page, or a path from the working directory. */
export function resolveUrl(source: string | URL): URL {
  if (source instanceof URL) return source
  try {
    return new URL(source, globalThis.location?.href ?? `file://${globalThis.process?.cwd() ?? ''}/`)
  } catch (cause) {
    throw unreadable(source, cause)
  }
}

/** The bytes at `url`: of a file by `node:fs` (Node, Deno, Bun), of anything else by `fetch`. */
export async function readBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === 'file:') {
      // A name that bundlers for browsers do not follow.
      const name = 'node:fs/promises'
      const { readFile }: typeof import('node:fs/promises') = await import(
        /* @vite-ignore */ /* webpackIgnore: true */ name
      )
      return new Uint8Array(await readFile(url))
    }
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw unreadable(url.href, cause)
  }
}
