/**
 * apt on this machine, or nothing where there is none.
 *
 * @typedef {object} Apt
 * @property {() => Promise<boolean>} allowed - Whether packages can be installed without asking for a password.
 * @property {(names: string[]) => Promise<AptResult>} install - Installs those that exist here, all in one transaction.
 *
 * @typedef {{ installed: string[], unknown: string[], failure?: string }} AptResult `unknown` are the packages that this
 *   system's archive does not have; `failure` is the end of apt's output.
 */

/** Waits for another apt to end instead of failing, in seconds. */
const lockTimeout = 600

/**
 * @param {import('./host.mjs').Host} host
 * @returns {Apt | undefined}
 */
export function findApt(host) {
  if (host.platform !== 'linux' || host.which('apt-get') === undefined) return undefined
  /** @type {Promise<string[] | undefined> | undefined} */
  let asked
  const prefix = () => {
    asked ??= privilege(host)
    return asked
  }
  const run = async (/** @type {string[]} */ args, /** @type {string} */ label) => {
    const [command = 'env', ...rest] = (await prefix()) ?? []
    return host.run(command, [...rest, ...aptCommand(args)], { label })
  }
  /** @type {import('./host.mjs').RunResult | undefined} */
  let updated
  return {
    allowed: async () => (await prefix()) !== undefined,
    async install(names) {
      // A failed update (one mirror of several is down) may still leave what is needed installable.
      updated ??= await run(['update'], 'apt-get update')
      const known = await filter(
        names,
        async name => (await run(['install', '--simulate', name], 'apt-get')).code === 0,
      )
      const unknown = names.filter(name => !known.includes(name))
      if (known.length === 0) return updated.code === 0 ? { installed: [], unknown } : failed(updated)
      const result = await run(['install', '--yes', '--no-install-recommends', ...known], 'apt-get install')
      if (result.code !== 0) return failed(result, unknown)
      return { installed: known, unknown }
    },
  }
}

/**
 * @param {import('./host.mjs').Host} host
 * @returns {Promise<string[] | undefined>} the words before a command that make it run as root, if that needs no password
 */
async function privilege(host) {
  if (host.root) return ['env']
  if (host.which('sudo') === undefined) return undefined
  return (await host.run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n', 'env'] : undefined
}

/** @param {string[]} args */
function aptCommand(args) {
  return ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', `DPkg::Lock::Timeout=${lockTimeout}`, ...args]
}

/**
 * @param {string[]} names
 * @param {(name: string) => Promise<boolean>} keep
 */
async function filter(names, keep) {
  /** @type {string[]} */
  const kept = []
  for (const name of names) if (await keep(name)) kept.push(name)
  return kept
}

/**
 * @param {import('./host.mjs').RunResult} result
 * @param {string[]} [unknown]
 * @returns {AptResult}
 */
function failed({ output }, unknown = []) {
  return { installed: [], unknown, failure: output.trim().split('\n').slice(-12).join('\n') }
}
