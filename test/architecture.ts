import { importsOf, resolveImport } from './imports.ts'

/** Paths from the repository's root, with `/`, and the text of each file. */
export type Sources = ReadonlyMap<string, string>

/** The folders that a folder's files may import from, itself included. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  runtime: ['runtime'],
  frontend: ['frontend', 'runtime'],
  wasm: ['wasm', 'frontend', 'runtime'],
  webgpu: ['webgpu', 'frontend', 'runtime'],
}

/** Only this folder may import `node:` modules statically: it runs the compiler. The others are loaded by browsers. */
const onNode = 'wasm'

/** The most lines that a file may have. */
const lineLimit = 400

/**
 * Imports against the one-way flow runtime <- frontend <- wasm, webgpu. An import of types alone counts too: who names
 * another's types must be changed with them.
 */
export function wrongDirections(sources: Sources): string[] {
  return relativeImports(sources).flatMap(({ from, line, to }) => {
    const [here, there] = [topFolder(from), topFolder(to)]
    return allowed[here]?.includes(there) ? [] : [`${from}:${line} imports ${to}: ${here} must not know ${there}`]
  })
}

/** Relative imports of files that do not exist. */
export function danglingImports(sources: Sources): string[] {
  return relativeImports(sources)
    .filter(({ to }) => !sources.has(to))
    .map(({ from, line, to }) => `${from}:${line} imports ${to}, which does not exist`)
}

/**
 * Imports of other packages than those of `package.json`'s `dependencies` (in runtime/ of any), and of `node:` modules
 * that a browser would try to load at once.
 */
export function foreignImports(sources: Sources, dependencies: readonly string[]): string[] {
  return allImports(sources)
    .filter(({ specifier }) => !specifier.startsWith('.'))
    .filter(({ from, specifier, dynamic, typeOnly }) => {
      const folder = topFolder(from)
      if (specifier.startsWith('node:')) return !(dynamic || typeOnly || folder === onNode)
      return folder === 'runtime' || !dependencies.includes(packageOf(specifier))
    })
    .map(({ from, line, specifier }) =>
      specifier.startsWith('node:')
        ? `${from}:${line} imports ${specifier} statically, which a browser cannot`
        : `${from}:${line} imports ${specifier}, which is no dependency of ${topFolder(from)}/`,
    )
}

/**
 * One path through each knot of files that import each other. Imports of types alone do not count: they are gone when the
 * code runs, so no file can meet another that is not yet evaluated. Neither do dynamic imports, which run later.
 */
export function cycles(sources: Sources): string[] {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly, dynamic } of relativeImports(sources)) {
    if (!typeOnly && !dynamic) edges.set(from, [...(edges.get(from) ?? []), to])
  }
  const found: string[] = []
  const done = new Set<string>()
  for (const start of edges.keys()) {
    const path = [start]
    const next = [0]
    while (path.length > 0) {
      const at = path.at(-1)!
      const to = edges.get(at)?.[next[next.length - 1]!++]
      if (to === undefined) {
        done.add(at)
        path.pop()
        next.pop()
      } else if (path.includes(to)) {
        found.push([...path.slice(path.indexOf(to)), to].join(' -> '))
      } else if (!done.has(to)) {
        path.push(to)
        next.push(0)
      }
    }
  }
  return found
}

/** Files with more lines than one can keep in mind. */
export function longFiles(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    return lines > lineLimit ? [`${path} has ${lines} lines, of ${lineLimit}`] : []
  })
}

function allImports(sources: Sources) {
  return [...sources]
    .filter(([path]) => path.endsWith('.ts'))
    .flatMap(([from, text]) => importsOf(from, text).map(each => ({ from, ...each })))
}

function relativeImports(sources: Sources) {
  return allImports(sources)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(each => ({ ...each, to: resolveImport(each.from, each.specifier) }))
}

function topFolder(path: string): string {
  return path.slice(0, path.indexOf('/'))
}

/** `@scope/name` or `name`, without the path inside of the package. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
