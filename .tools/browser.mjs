/** What the WebGPU and browser tests use; each is left out by name where it cannot be had. */
const wanted = [
  {
    name: 'Chromium',
    package: 'chromium',
    found: (/** @type {import('./host.mjs').Host} */ host) =>
      ['chromium', 'chromium-browser', 'google-chrome'].some(name => host.which(name) !== undefined),
  },
  {
    name: 'software Vulkan adapter',
    package: 'mesa-vulkan-drivers',
    found: (/** @type {import('./host.mjs').Host} */ host) => host.exists('/usr/share/vulkan/icd.d'),
  },
  {
    name: 'Vulkan loader',
    package: 'libvulkan1',
    found: (/** @type {import('./host.mjs').Host} */ host) =>
      ['x86_64', 'aarch64'].some(machine => host.exists(`/usr/lib/${machine}-linux-gnu/libvulkan.so.1`)) ||
      host.exists('/usr/lib64/libvulkan.so.1') ||
      host.exists('/usr/lib/libvulkan.so.1'),
  },
]

/**
 * Installs what the tests of browsers and WebGPU use, where apt may. Nothing of it is required.
 *
 * @param {import('./host.mjs').Host} host
 * @param {{ apt?: import('./apt.mjs').Apt | undefined, retry?: boolean }} options
 * @returns {Promise<import('./setup.mjs').StepResult>}
 */
export async function installBrowser(host, { apt, retry = true }) {
  const missing = wanted.filter(each => !each.found(host))
  if (missing.length === 0 || host.platform !== 'linux') return { installed: false, skipped: [] }
  if (!retry || apt === undefined || !(await apt.allowed())) {
    return { installed: false, skipped: missing.map(each => ({ name: each.name, reason: 'not installed' })) }
  }
  const packages = missing.map(each => each.package)
  host.say(`for the tests: installing ${packages.join(', ')} with apt-get`)
  const { installed, unknown, failure } = await apt.install(packages)
  if (installed.length > 0) host.say(`for the tests: installed ${installed.join(', ')}`)
  const skipped = missing
    .filter(each => !installed.includes(each.package))
    .map(each => ({
      name: each.name,
      reason: unknown.includes(each.package)
        ? `this system's archive has no package ${each.package}`
        : `apt-get failed: ${failure?.split('\n').at(-1) ?? 'no reason given'}`,
    }))
  return { installed: installed.length > 0, skipped }
}
