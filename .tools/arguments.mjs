/**
 * Takes `--compiler PATH` or `--compiler=PATH` out of a command line.
 *
 * @param {string[]} args
 * @returns {{ compiler: string | undefined, rest: string[] }}
 */
export function splitArguments(args) {
  const { value, rest } = takeOption(args, '--compiler')
  return { compiler: value, rest }
}

/**
 * Takes an option and its value, `--name VALUE` or `--name=VALUE`, out of a command line.
 *
 * @param {string[]} args
 * @param {string} name
 * @returns {{ value: string | undefined, rest: string[] }}
 */
export function takeOption(args, name) {
  const at = args.findIndex(arg => arg === name || arg.startsWith(`${name}=`))
  if (at < 0) return { value: undefined, rest: args }
  const joined = args[at]?.includes('=') ?? false
  const value = joined ? args[at]?.slice(name.length + 1) : args[at + 1]
  return { value, rest: args.toSpliced(at, joined ? 1 : 2) }
}
