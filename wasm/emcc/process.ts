/** Running other programs: always by a list of arguments, never through a shell. */

import { execFile } from 'node:child_process'

/** How a program ended; `status` is null when it could not be started or was killed. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. It never rejects: a program that cannot be started says so in `stderr`. */
export function execute(program: string, args: readonly string[], cwd?: string): Promise<Outcome> {
  return new Promise(resolve => {
    const options = {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      windowsHide: true,
      ...(cwd ? { cwd } : {}),
    } as const
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr: status === null ? `${stderr}${error?.message ?? ''}` : stderr })
    })
  })
}
