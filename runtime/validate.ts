/** Checks a manifest that came from outside, before anything in it is used. */

import { namesOf } from './dims.ts'
import { byteWidth, type DimExpr, type Manifest, type Step, wasmVariants } from './manifest.ts'
import { badManifest, wrongFormat } from './messages.ts'

/** Throws unless `value` is what it checks; `path` says where it stands. */
type Check = (value: unknown, path: string) => void

/** A check that `test` says yes; `expected` is what it wants, in words. */
const check =
  (expected: string, test: (value: unknown) => boolean): Check =>
  (value, path) => {
    if (!test(value)) throw badManifest(path, expected, shown(value))
  }

function shown(value: unknown): string {
  try {
    const text = value === undefined ? 'nothing' : JSON.stringify(value)
    return text.length > 60 ? `${text.slice(0, 57)}...` : text
  } catch {
    return 'something too deep to print'
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = check('text', value => typeof value === 'string')
const name = check('a name', value => typeof value === 'string' && value !== '' && value !== '__proto__')
const truth = check('true or false', value => typeof value === 'boolean')
const anObject = check('an object', isObject)
const aList = check('a list', Array.isArray)
const hash = check('a sha256', value => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value))
const powerOfTwo = check(
  'a power of two up to 4096',
  n => Number.isInteger(n) && 4096 % (n as number) === 0 && (n as number) > 0,
)

const integer = (low: number, high = Number.MAX_SAFE_INTEGER): Check =>
  check(`an integer from ${low} to ${high}`, n => Number.isInteger(n) && (n as number) >= low && (n as number) <= high)

const oneOf = (values: readonly string[]): Check =>
  check(`one of ${values.join(', ')}`, value => values.includes(value as string))

const optional =
  (inner: Check): Check =>
  (value, path) => {
    if (value !== undefined) inner(value, path)
  }

const listOf =
  (item: Check): Check =>
  (value, path) => {
    aList(value, path)
    for (const [i, element] of (value as unknown[]).entries()) item(element, `${path}[${i}]`)
  }

const recordOf =
  (item: Check, key: Check = name): Check =>
  (value, path) => {
    anObject(value, path)
    for (const [entry, element] of Object.entries(value as object)) {
      key(entry, `a key of ${path}`)
      item(element, `${path}.${entry}`)
    }
  }

const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    anObject(value, path)
    for (const [field, inner] of Object.entries(checks)) {
      inner((value as Record<string, unknown>)[field], path ? `${path}.${field}` : field)
    }
  }

/** How deep dim expressions and steps may nest; what damo writes stays far below. */
const deepest = 64

const dim: Check = (value, path) => {
  const stack: [unknown, number][] = [[value, 0]]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [expr, depth] = next
    if (Number.isSafeInteger(expr) || (typeof expr === 'string' && expr !== '')) continue
    const [op, ...args] = Array.isArray(expr) ? expr : []
    const count = op === '//' || op === '%' ? args.length === 2 : args.length >= 2
    if (!count || depth >= deepest || !['+', '*', '//', '%', 'min', 'max'].includes(op)) {
      throw badManifest(path, 'a dim expression', shown(expr))
    }
    for (const arg of args) stack.push([arg, depth + 1])
  }
}

const port = { name, dtype: oneOf(Object.keys(byteWidth)), shape: listOf(dim), buffer: integer(0) }
const variant = fields({
  sha256: hash,
  bytes: integer(8),
  data: fields({ bytes: integer(0, 2 ** 32), align: powerOfTwo }),
  shared: optional(integer(0)),
})
const bound = fields({ buffer: integer(0), writes: truth })
const kernel = fields({ entry: text, bindings: listOf(bound), workgroups: listOf(dim) })

const step: Check = (value, path) => {
  const stack: [unknown, string, number][] = [[value, path, 0]]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [inner, where, depth] = next
    anObject(inner, where)
    if ('run' in (inner as object)) {
      fields({ run: name, buffers: listOf(integer(0)) })(inner, where)
      continue
    }
    fields({ repeat: name, count: dim, steps: aList })(inner, where)
    if (depth >= deepest) throw badManifest(where, `at most ${deepest} loops around each other`, 'more')
    for (const [i, element] of (inner as { steps: unknown[] }).steps.entries()) {
      stack.push([element, `${where}.steps[${i}]`, depth + 1])
    }
  }
}

const structure = fields({
  name: text,
  producer: text,
  dims: recordOf(fields({ multipleOf: optional(integer(1)), atLeast: optional(integer(0)) })),
  constraints: listOf(
    fields({
      left: dim,
      right: dim,
      relation: optional(oneOf(['<='])),
      reason: text,
      complete: optional(truth),
    }),
  ),
  inputs: listOf(fields({ ...port, binds: optional(name), below: optional(name), reason: optional(text) })),
  outputs: listOf(fields(port)),
  state: listOf(fields({ ...port, updated: truth })),
  buffers: listOf(
    fields({
      role: oneOf(['input', 'output', 'temporary', 'state', 'constant']),
      bytes: dim,
      perThread: optional(truth),
      from: integer(-1),
      to: integer(-1),
      aliases: optional(integer(0)),
      name: optional(name),
    }),
  ),
  steps: listOf(step),
  checks: listOf(text),
  code: fields({
    wasm: optional(fields(Object.fromEntries(wasmVariants.map(name => [name, optional(variant)])))),
    wgsl: optional(fields({ sha256: hash, bytes: integer(0), kernels: recordOf(kernel) })),
  }),
})

/** `value` as a manifest; throws, naming the place, when anything in it is of the wrong kind or refers to nothing. */
export function validate(value: unknown): Manifest {
  anObject(value, 'the file')
  const { format } = value as { format: unknown }
  if (format !== 1) throw wrongFormat(format)
  structure(value, '')
  const manifest = value as Manifest
  checkBuffers(manifest)
  checkPorts(manifest)
  checkNames(manifest)
  return manifest
}

function expectThat(ok: boolean, path: string, expected: string, got: unknown): void {
  if (!ok) throw badManifest(path, expected, shown(got))
}

function checkBuffers({ buffers, steps, state }: Manifest): void {
  const states = new Set(state.map(({ buffer }) => buffer))
  for (const [i, { role, bytes, from, to, aliases, name: tensor }] of buffers.entries()) {
    const path = `buffers[${i}]`
    expectThat(to >= from && to <= steps.length, `${path}.to`, `from ${from} to ${steps.length}`, to)
    if (aliases !== undefined) {
      let [root, hops] = [aliases, 0]
      for (let next = buffers[root]; next?.aliases !== undefined && hops <= buffers.length; next = buffers[root]) {
        root = next.aliases
        hops++
      }
      expectThat(
        buffers[root] !== undefined && hops <= buffers.length,
        `${path}.aliases`,
        'a chain to a buffer',
        aliases,
      )
      continue
    }
    if (role !== 'state' && role !== 'constant') continue
    expectThat(typeof bytes === 'number', `${path}.bytes`, 'a number, as it outlives calls', bytes)
    if (role === 'state') expectThat(states.has(i), path, 'a state port for it', undefined)
    else expectThat(tensor !== undefined, `${path}.name`, 'the name of its tensor', undefined)
  }
}

function checkPorts({ inputs, outputs, state, buffers, dims }: Manifest): void {
  for (const [kind, ports] of Object.entries({ inputs, outputs, state })) {
    const seen = new Set<string>()
    for (const [i, { name: own, buffer }] of ports.entries()) {
      expectThat(!seen.has(own), `${kind}[${i}].name`, 'another name than before', own)
      expectThat(buffer < buffers.length, `${kind}[${i}].buffer`, `below ${buffers.length}`, buffer)
      seen.add(own)
    }
  }
  for (const [i, { binds, below, shape, dtype }] of inputs.entries()) {
    expectThat(below === undefined || Object.hasOwn(dims, below), `inputs[${i}].below`, 'a dim', below)
    expectThat(below === undefined || binds !== undefined, `inputs[${i}].binds`, 'a dim beside `below`', binds)
    if (binds === undefined) continue
    expectThat(Object.hasOwn(dims, binds), `inputs[${i}].binds`, 'a dim', binds)
    expectThat(shape.length === 0 && /int/.test(dtype), `inputs[${i}]`, 'an integer scalar, as it binds', [
      dtype,
      shape,
    ])
  }
  for (const [i, { shape, buffer, dtype }] of state.entries()) {
    expectThat(
      shape.every(size => typeof size === 'number' && size >= 0),
      `state[${i}].shape`,
      'numbers',
      shape,
    )
    const bytes = shape.reduce<number>((total, size) => total * (size as number), byteWidth[dtype])
    const plan = buffers[buffer]!
    const own = plan.role === 'state' && plan.aliases === undefined
    expectThat(own && plan.bytes === bytes, `buffers[${buffer}]`, `state of ${bytes} bytes`, plan)
  }
}

/** Every name in a dim expression is a dim, or the counter of a loop around it. */
function checkNames(manifest: Manifest): void {
  const { dims, constraints, inputs, outputs, buffers, steps, code } = manifest
  const known = (expr: DimExpr, path: string, counters: readonly string[] = []): void => {
    for (const used of namesOf(expr)) {
      expectThat(Object.hasOwn(dims, used) || counters.includes(used), path, 'names of dims', used)
    }
  }
  for (const [i, { left, right }] of constraints.entries()) known(['+', left, right], `constraints[${i}]`)
  for (const { name: own, shape } of [...inputs, ...outputs]) for (const size of shape) known(size, `shape of '${own}'`)
  for (const [i, { bytes }] of buffers.entries()) known(bytes, `buffers[${i}].bytes`)
  const stack: [Step, readonly string[]][] = steps.map(first => [first, []])
  const counters: string[] = []
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [inner, around] = next
    if ('run' in inner) {
      for (const used of inner.buffers)
        expectThat(used < buffers.length, `step '${inner.run}'`, `buffers below ${buffers.length}`, used)
      continue
    }
    known(inner.count, `repeat '${inner.repeat}'`, around)
    counters.push(inner.repeat)
    for (const body of inner.steps) stack.push([body, [...around, inner.repeat]])
  }
  for (const { workgroups } of Object.values(code.wgsl?.kernels ?? {})) {
    for (const size of workgroups) known(size, 'workgroups', counters)
  }
}
