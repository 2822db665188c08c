/**
 * Where the user wrote it. An origin holds an unparsed stack; parsing happens only when a message needs the line
 * (capturing costs about 5 microseconds a node, parsing three times that).
 */

/** A position in the user's code, still unparsed. */
export interface Origin {
  readonly stack: string
}

const own = new URL('..', import.meta.url).href

/** The stack at this moment. Frames of damo itself are left out when it is read. */
export function captureOrigin(): Origin {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 24
  const error = new Error()
  Error.stackTraceLimit = limit
  return error as { stack: string }
}

/** What messages call an op that is applied now: the function that the user called, where the stack tells. */
export const calledAs = (op: string): string => callOfOrigins(inherited ?? [captureOrigin()]) ?? op

/** The function whose call these origins are of. */
export function callOfOrigins(origins: readonly Origin[]): string | undefined {
  for (const origin of origins) {
    const name = userCall(origin)
    if (name !== undefined) return name
  }
  return undefined
}

/** A function under the name by which stacks know it: of what makers return, which has none of its own. */
export const named = <F extends object>(name: string, f: F): F => Object.defineProperty(f, 'name', { value: name })

let inherited: readonly Origin[] | undefined

/** Runs `build` so that the tensors made in it stand for these origins: what is derived from a node names its line. */
export function withOrigins<T>(origins: readonly Origin[], build: () => T): T {
  const outer = inherited
  inherited = origins
  try {
    return build()
  } finally {
    inherited = outer
  }
}

/** The origins of a tensor made now: those of the node it is derived from, otherwise the stack. */
export function currentOrigins(): readonly Origin[] {
  return inherited ?? [captureOrigin()]
}

/** Frame positions in the three stack syntaxes: V8 `at f (file:line:column)`, SpiderMonkey and JavaScriptCore `f@file:line:column`. */
const frame = /(?:\(|@|at )((?:[a-z-]+:\/\/|\/|[A-Za-z]:[\\/]|node:)[^()\s]*?):(\d+):(\d+)\)?$/

/** The name in a frame, in the three syntaxes: `at Tensor.f [as g] (`, `f@`. Bundlers number what would clash: `f$1`. */
const functionName =
  /^(?:at (?:async )?(?:[\w$]+\.)*([A-Za-z]\w*)(?:\$\d+)?(?: \[as (\w+)\])? \(|([A-Za-z]\w*)(?:\$\d+)?@)/

/** Where a stack first leaves damo's own files, as `file.ts:12`, or undefined when every frame is damo's. */
export const userLine = (origin: Origin): string | undefined => entrance(origin)?.line

/** Where a stack first leaves damo's own files, to the column: what one call made has one place, what another made seldom. */
export const userPlace = (origin: Origin): string | undefined => entrance(origin)?.place

/**
 * The function of damo that the user called, or undefined where the stack has no name for it, or that of `applyElementwise` and
 * its like, which are given the op.
 */
function userCall(origin: Origin): string | undefined {
  const match = functionName.exec(entrance(origin)?.within ?? '')
  const name = match ? (match[2] ?? match[1] ?? match[3]) : undefined
  return name !== undefined && /^apply[A-Z]/.test(name) ? undefined : name
}

/** The user's line and place, and the frame of damo that it called. */
function entrance(origin: Origin): { line: string; place: string; within: string | undefined } | undefined {
  let within: string | undefined
  for (const text of origin.stack.split('\n').map(row => row.trim())) {
    const match = frame.exec(text)
    if (!match) continue
    const file = match[1]!
    if (file.startsWith('node:')) continue
    if (isOwn(file)) {
      within = text
      continue
    }
    const line = `${file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)}:${match[2]}`
    return { line, place: `${file}:${match[2]}:${match[3]}`, within }
  }
  return undefined
}

/** True for damo's own sources and bundles; tests and examples beside them are users. */
function isOwn(file: string): boolean {
  const url = file.startsWith('/') ? `file://${file}` : file
  if (!url.startsWith(own)) return false
  return (
    /^(?:frontend|runtime|wasm|webgpu|dist)\//.test(url.slice(own.length)) || url.slice(own.length).indexOf('/') < 0
  )
}
