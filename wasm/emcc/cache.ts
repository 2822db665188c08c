/**
 * A content-addressed store of files. An entry's name is a hash of everything that made it, so it is never stale; it is
 * written aside and renamed, so readers need no lock; it begins with a digest of itself, so a damaged one is noticed.
 */

import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { concat } from './binary.ts'

const digestBytes = 32

/** `$XDG_CACHE_HOME/damo`, or `~/.cache/damo`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'damo')
}

/** A SHA-256 in hex over all parts and their lengths, so that no two lists of parts read the same. */
export function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

/** The SHA-256 of bytes in hex. */
export const sha256 = (bytes: Uint8Array): string => digest(bytes).toString('hex')

/** The content of an entry, a copy of its own; undefined when there is none or it is damaged. */
export function readEntry(file: string): Uint8Array<ArrayBuffer> | undefined {
  const entry = readFileIfThere(file)
  if (entry === undefined || entry.length < digestBytes) return undefined
  const content = Uint8Array.from(entry.subarray(digestBytes))
  return digest(content).equals(entry.subarray(0, digestBytes)) ? content : undefined
}

/** Stores an entry; a folder that cannot be written to is not an error, for the cache only saves time. */
export async function writeEntry(file: string, content: Uint8Array): Promise<void> {
  await placeFile(file, part => writeFileSync(part, concat([digest(content), content])))
}

/**
 * Makes `file` appear whole or not at all: `write` fills a file beside it, which is then renamed. False when `write`
 * (which may be asynchronous) says false, or when the folder cannot be written to.
 */
export async function placeFile(file: string, write: (part: string) => unknown): Promise<boolean> {
  const part = `${file}.${randomUUID()}.part`
  try {
    mkdirSync(dirname(file), { recursive: true })
    const written = (await write(part)) !== false
    if (written) renameSync(part, file)
    else rmSync(part, { force: true })
    return written
  } catch {
    return false
  }
}

function readFileIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}
