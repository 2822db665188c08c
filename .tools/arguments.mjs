/**
 * Takes `--compiler PATH` or `--compiler=PATH` out of a command line.
 *
 * @param {string[]} args
 * @returns {{ compiler: string | undefined, rest: string[] }}
 */
export function splitArguments(args) {
  const at = args.findIndex(arg => arg === '--compiler' || arg.startsWith('--compiler='))
  if (at < 0) return { compiler: undefined, rest: args }
  const joined = args[at]?.includes('=') ?? false
  const compiler = joined ? args[at]?.slice('--compiler='.length) : args[at + 1]
  return { compiler, rest: args.toSpliced(at, joined ? 1 : 2) }
}
