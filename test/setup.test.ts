import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { splitArguments, takeOption } from '../.tools/arguments.mjs'
import { type Host, thisHost } from '../.tools/host.mjs'
import { requireNode, setUp } from '../.tools/setup.mjs'

/** A machine whose PATH is one folder, with commands that write down how they were called. */
let folder: string
let bin: string
let said: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damo-setup-'))
  bin = join(folder, 'bin')
  mkdirSync(bin)
  said = []
  symlinkSync('/usr/bin/env', join(bin, 'env'))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }))
})
afterEach(() => rmSync(folder, { recursive: true }))

const posix = describe.skipIf(process.platform === 'win32')

posix('a Linux where apt may install', () => {
  test('gets Emscripten with clang-19 and lld-19, once', async () => {
    apt({})
    expect(await setUp(machine())).toEqual([])
    expect(calls('apt-get').map(call => call.replace(/^.*Timeout=\d+ /, ''))).toEqual([
      'update',
      'install --simulate emscripten',
      'install --simulate clang-19',
      'install --simulate lld-19',
      'install --yes --no-install-recommends emscripten clang-19 lld-19',
    ])
    expect(said.join('\n')).toContain('installing emscripten, clang-19, lld-19')
    expect(await setUp(machine())).toEqual([])
    expect(calls('apt-get')).toHaveLength(5)
  })

  test('goes on without clang-19 where the archive has none, and says so', async () => {
    apt({ unknown: ['clang-19', 'lld-19'] })
    expect(await setUp(machine())).toEqual([
      { name: 'relaxed SIMD of the system Emscripten', reason: 'clang-19 and lld-19 are not installed' },
    ])
    expect(existsSync(join(bin, 'em++'))).toBe(true)
  })

  test('shows the end of the output of an apt that fails, and the other way', async () => {
    apt({ failing: ['emscripten'] })
    await expect(setUp(machine())).rejects.toThrow(/No space left[\s\S]*emsdk install latest/)
  })

  test('shows why the list of packages could not be read, if that is why', async () => {
    command('apt-get', 'echo Could not resolve host; exit 100')
    await expect(setUp(machine())).rejects.toThrow(/Could not resolve host[\s\S]*emsdk install latest/)
    command('em++')
    const [chromium] = await setUp({ ...machine(), tests: true })
    expect(chromium).toEqual({ name: 'Chromium', reason: 'apt-get failed: Could not resolve host' })
  })

  test('goes through sudo for a user who needs no password', async () => {
    apt({})
    command('true')
    command('sudo', '[ "$1" = -n ] && shift\nexec "$@"')
    await setUp(machine({ root: false }))
    expect(existsSync(join(bin, 'em++'))).toBe(true)
  })

  test('gets the browser for the tests, names what fails, and does not try again at once', async () => {
    apt({ failing: ['chromium'] })
    command('em++')
    const names = async (retry?: boolean) =>
      (await setUp({ ...machine(), tests: true, ...(retry === undefined ? {} : { retry }) })).map(each => each.name)
    const missing = ['Chromium', 'software Vulkan adapter', 'Vulkan loader']
    expect(await names()).toEqual(missing)
    const tried = calls('apt-get').length
    expect(await names()).toEqual(missing)
    expect(calls('apt-get')).toHaveLength(tried)
    await names(true)
    expect(calls('apt-get').length).toBeGreaterThan(tried)
  })
})

posix('a machine where nothing may be installed', () => {
  test('says how to, and does not touch apt', async () => {
    apt({})
    command('sudo', 'exit 1')
    const attempt = setUp(machine({ root: false }))
    await expect(attempt).rejects.toThrow(
      /Emscripten is missing[\s\S]*apt-get install emscripten[\s\S]*emsdk install latest/,
    )
    expect(calls('apt-get')).toEqual([])
  })

  test('says how to on a system without a known package manager', async () => {
    await expect(setUp(machine({ platform: 'freebsd' as NodeJS.Platform }))).rejects.toThrow(/git clone .*emsdk/)
    await expect(setUp(machine({ platform: 'win32' }))).rejects.toThrow(/emsdk.bat install latest/)
  })
})

posix('macOS', () => {
  test('takes Homebrew', async () => {
    command('brew', makes('em++'))
    expect(await setUp(machine({ platform: 'darwin' }))).toEqual([])
    expect(calls('brew')).toEqual(['install emscripten'])
  })

  test('says what Homebrew said', async () => {
    command('brew', 'echo no bottle; exit 1')
    await expect(setUp(machine({ platform: 'darwin' }))).rejects.toThrow(/no bottle/)
  })
})

posix('a compiler that is there', () => {
  beforeEach(() => apt({}))
  afterEach(() => expect(calls('apt-get')).toEqual([]))

  test('is taken from --compiler', async () => {
    command('my-em++')
    expect(await setUp({ ...machine(), compiler: join(bin, 'my-em++') })).toEqual([])
    await expect(setUp({ ...machine(), compiler: '/nowhere/em++' })).rejects.toThrow(
      '/nowhere/em++, which does not exist',
    )
  })
  test('is taken from EMCC', async () => {
    command('my-em++')
    expect(await setUp(machine({ env: { EMCC: join(bin, 'my-em++') } }))).toEqual([])
  })
  test('is taken from EMSDK', async () => {
    mkdirSync(join(folder, 'upstream', 'emscripten'), { recursive: true })
    writeFileSync(join(folder, 'upstream', 'emscripten', 'em++'), '')
    expect(await setUp(machine({ env: { EMSDK: folder } }))).toEqual([])
  })
  test('is taken from PATH', async () => {
    command('em++')
    expect(await setUp(machine())).toEqual([])
  })
})

posix('npm packages', () => {
  const lock = (packages: object) => JSON.stringify({ packages: { '': {}, ...packages } })
  const installed = () => join(folder, 'node_modules', '.package-lock.json')

  beforeEach(() => {
    command('em++')
    writeFileSync(join(folder, 'package-lock.json'), lock({ 'node_modules/a': { version: '1.0.0' } }))
    command('npm', `/bin/mkdir -p node_modules; /bin/cp package-lock.json node_modules/.package-lock.json`)
  })

  test('are installed where there are none, once', async () => {
    await setUp(machine())
    await setUp(machine())
    expect(calls('npm')).toEqual(['ci --no-audit --no-fund --loglevel=error'])
  })

  test('are installed when the lock names another version', async () => {
    await setUp(machine())
    writeFileSync(installed(), lock({ 'node_modules/a': { version: '0.9.0' } }))
    await setUp(machine())
    expect(calls('npm')).toHaveLength(2)
  })

  test('are complete without the optional ones of other platforms', async () => {
    const other = { version: '1.0.0', optional: true }
    writeFileSync(
      join(folder, 'package-lock.json'),
      lock({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/@b/other': other }),
    )
    mkdirSync(join(folder, 'node_modules'))
    writeFileSync(installed(), lock({ 'node_modules/a': { version: '1.0.0' } }))
    await setUp(machine())
    expect(calls('npm')).toEqual([])
  })

  test('that cannot be installed end the set-up with what npm said', async () => {
    command('npm', 'echo no network >&2; exit 7')
    await expect(setUp(machine())).rejects.toThrow(/npm ci failed with code 7[\s\S]*no network/)
  })

  test('behind a link are left to their owner', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'node_modules'))
    await expect(setUp(machine())).rejects.toThrow(/is a link to .*elsewhere, which lacks a\./)
    expect(calls('npm')).toEqual([])
  })
})

test('an old Node is refused by name', () => {
  expect(() => requireNode('18.20.4')).toThrow('Node 20 or later; this is 18.20.4')
  expect(() => requireNode('20.0.0')).not.toThrow()
})

test('options are taken out of the arguments', () => {
  expect(splitArguments(['--quick', '--compiler', 'a/em++', 'b'])).toEqual({
    compiler: 'a/em++',
    rest: ['--quick', 'b'],
  })
  expect(splitArguments(['--compiler=a/em++', 'b'])).toEqual({ compiler: 'a/em++', rest: ['b'] })
  expect(splitArguments(['b'])).toEqual({ compiler: undefined, rest: ['b'] })
  expect(takeOption(['fuzz', '--seed', '7'], '--seed')).toEqual({ value: '7', rest: ['fuzz'] })
})

/** Options for `setUp` on a machine that has only what the test put into `bin`. */
function machine({ env = {}, root = true, platform = 'linux' as NodeJS.Platform } = {}) {
  const unset = { EMCC: undefined, EMSDK: undefined, npm_execpath: undefined }
  const real = thisHost({ ...unset, PATH: bin, ...env })
  const exists = (path: string) => !path.startsWith('/usr/') && real.exists(path)
  const host: Host = { ...real, root, platform, exists, say: line => said.push(line) }
  return { host, root: folder }
}

/** Puts a shell script on the machine's PATH. */
function command(name: string, script = '') {
  const log = `echo "$@" >> '${join(folder, `${name}.calls`)}'`
  writeFileSync(join(bin, name), `#!/bin/sh\n${log}\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

/** How a command was called: its arguments, one line for each call. */
function calls(name: string): string[] {
  const file = join(folder, `${name}.calls`)
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

/** Shell text that puts an empty command on the machine's PATH. */
function makes(name: string): string {
  const path = join(bin, name)
  return `/bin/cp /bin/sh '${path}'`
}

/** An apt whose archive lacks the `unknown` packages, and which fails when it shall install one of the `failing`. */
function apt({ unknown = [], failing = [] }: { unknown?: string[]; failing?: string[] }) {
  const any = (names: string[], then: string) =>
    names.map(name => `case " $* " in *" ${name} "*) ${then};; esac`).join('\n')
  const commands = { emscripten: 'em++', 'clang-19': 'clang++-19', 'lld-19': 'wasm-ld-19' }
  const install = Object.entries(commands).map(([name, file]) => any([name], makes(file)))
  command(
    'apt-get',
    `${any(['update'], 'exit 0')}
${any(['--simulate'], `\n${any(unknown, 'exit 100')}\nexit 0`)}
${any(failing, 'echo No space left; exit 100')}
${install.join('\n')}`,
  )
}
