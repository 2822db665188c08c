import { spawn } from 'node:child_process'

/** Between two progress lines where the output is no terminal, in milliseconds. */
const quietInterval = 10_000

/**
 * Runs a command without standard input and shows that it is alive: the command's last line, rewritten in place on a
 * terminal, or printed every ten seconds elsewhere. A command that cannot be started ends with code 127.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('./host.mjs').RunOptions} [options]
 * @returns {Promise<import('./host.mjs').RunResult>}
 */
export function runWithProgress(command, args, { label, env = process.env, cwd } = {}) {
  const started = Date.now()
  let output = ''
  const show = label === undefined ? undefined : progressLine(label, started)
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk
      show?.update(output)
    }
    const end = (/** @type {number} */ code) => {
      show?.end()
      resolve({ code, output })
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', error => {
      output += error.message
      end(127)
    })
    child.on('close', code => end(code ?? 1))
  })
}

/**
 * @param {string} label
 * @param {number} started - As of `Date.now()`.
 */
function progressLine(label, started) {
  const terminal = process.stdout.isTTY
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`
  let last = ''
  const print = () => {
    const line = `  ${label}, ${seconds()}${last === '' ? '' : `: ${last}`}`
    if (terminal) process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`)
    else console.log(line.slice(0, 160))
  }
  const timer = setInterval(print, terminal ? 200 : quietInterval)
  return {
    update(/** @type {string} */ output) {
      last = lastLine(output)
    },
    end() {
      clearInterval(timer)
      if (terminal) process.stdout.write('\r\x1b[2K')
    },
  }
}

/**
 * @param {string} output
 * @returns {string} its last line with something on it, without control characters
 */
export function lastLine(output) {
  const lines = output.slice(-2000).split(/[\r\n]+/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return (lines.findLast(line => line.trim() !== '') ?? '').replace(/\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x1f]/g, ' ').trim()
}
