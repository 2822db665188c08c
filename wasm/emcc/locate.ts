/** Where Emscripten is: looking at the file system and the environment, starting nothing. */

import { existsSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, sep } from 'node:path'
import { compilerMissing, compilerNotThere } from '../errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const drivers = process.platform === 'win32' ? ['em++.bat', 'emcc.bat'] : ['em++', 'emcc']

/**
 * The path of Emscripten's driver: the option, else `EMCC`, else `EMSDK`, else `em++` on PATH. The first that is given
 * decides: when it leads nowhere, W002 says so and nothing else is tried. W001 when none is given.
 */
export function locateDriver(option: string | undefined, env: Environment): string {
  const given = [
    ['the emcc option', option],
    ['EMCC', env.EMCC],
    ['EMSDK', env.EMSDK],
  ] as const
  for (const [setting, place] of given) {
    if (!place) continue
    const driver = driverAt(place, env)
    if (driver === undefined) throw compilerNotThere(setting, place)
    return driver
  }
  const driver = firstOf(drivers.flatMap(name => onPath(name, env)))
  if (driver === undefined) throw compilerMissing(process.platform)
  return driver
}

/** The driver that a user's word means: a program, a name on PATH, its folder, or an emsdk folder. */
function driverAt(place: string, env: Environment): string | undefined {
  if (!place.includes(sep) && !place.includes('/')) {
    const named = firstOf(onPath(place, env))
    if (named !== undefined) return named
  }
  if (isFile(place)) return place
  const folders = [place, join(place, 'bin'), join(place, 'upstream', 'emscripten')]
  return firstOf(folders.flatMap(folder => drivers.map(name => join(folder, name))))
}

/**
 * The folder of Emscripten itself, known by `emscripten-version.txt`: where the driver is after following links
 * (emsdk, Debian, Arch), or where a packager's wrapper script keeps it (Homebrew's `libexec`, Nix's `share`).
 */
export function locateRoot(driver: string): string | undefined {
  const folder = dirname(realpathSync(driver))
  const above = dirname(folder)
  const places = [folder, join(above, 'libexec'), join(above, 'share', 'emscripten'), join(above, 'lib', 'emscripten')]
  return places.find(place => existsSync(join(place, 'emscripten-version.txt')))
}

/** A setting of Emscripten's configuration: `EM_NAME` in the environment, else a plain string in the file. */
export function configured(name: string, root: string, env: Environment): string | undefined {
  const fromEnvironment = env[`EM_${name}`]
  if (fromEnvironment !== undefined) return fromEnvironment
  const file = configFile(root, env)
  if (file === undefined) return undefined
  const setting = new RegExp(`^${name}\\s*=\\s*r?(['"])(.*?)\\1\\s*(#.*)?$`, 'm')
  return setting.exec(readFileSync(file, 'utf8'))?.[2]
}

/** Emscripten's own order: `EM_CONFIG`, its folder, the emsdk folder two levels up, the home folder. */
function configFile(root: string, env: Environment): string | undefined {
  const named = env.EM_CONFIG
  const places = [join(root, '.emscripten'), join(root, '..', '..', '.emscripten'), join(homedir(), '.emscripten')]
  return firstOf(named ? [named, ...places] : places)
}

/** The places where PATH may hold a program of this name, in order. */
export function onPath(name: string, env: Environment): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  return folders.map(folder => join(folder, name))
}

/** The first path that is a file. */
export function firstOf(paths: readonly string[]): string | undefined {
  return paths.find(isFile)
}

function isFile(path: string): boolean {
  return statsOf(path)?.isFile() ?? false
}

/** A file's path, size and time of change: equal stamps mean the same file. */
export function stamp(path: string): string {
  const stats = statsOf(path)
  return stats === undefined ? `${path} absent` : `${path} ${stats.size} ${stats.mtimeMs}`
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // A path below a file, or below a folder that may not be read: not there, for us.
    return undefined
  }
}
