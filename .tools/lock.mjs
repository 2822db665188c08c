/**
 * npm leaves a platform's optional package out of the lock file when the registry at hand does not serve it, and `npm ci`
 * then refuses the lock file, on every platform (npm/cli issue 9846). These entries are what is missing: the version that
 * the parent pins, and the platforms as the name tells them.
 *
 * @typedef {{ version?: string, optionalDependencies?: Record<string, string> } & Record<string, unknown>} LockEntry
 *
 * @param {Record<string, LockEntry>} packages - The lock file's `packages`.
 * @returns {Record<string, LockEntry>} the same with those entries, sorted by path
 */
export function completeLock(packages) {
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.entries(optionalDependencies ?? {}))
    .filter(([name, version]) => packages[`node_modules/${name}`] === undefined && /^\d+\.\d+\.\d+$/.test(version))
    .map(([name, version]) => [`node_modules/${name}`, platformEntry(name, version)])
  return Object.fromEntries([...Object.entries(packages), ...missing].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * @param {string} name - Ends with system, processor and perhaps the binary interface, as in `@rollup/rollup-linux-x64-gnu`.
 * @param {string} version
 */
function platformEntry(name, version) {
  const parts = /(android|darwin|freebsd|linux|openbsd|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name)
  if (parts === null) throw new Error(`cannot tell the platform of ${name}`)
  const [, os, cpu, abi = ''] = parts
  const libc = os !== 'linux' ? [] : /^musl/.test(abi) ? ['musl'] : /^(gnu|glibc)/.test(abi) ? ['glibc'] : []
  return { version, cpu: [cpu], dev: true, ...(libc.length > 0 ? { libc } : {}), optional: true, os: [os] }
}
