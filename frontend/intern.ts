/**
 * Interning: equal nodes become one object, in a table that lives for one call. Nodes are equal when op, attributes (by
 * value), inputs and type are; leaves that carry an id are equal to themselves alone.
 */
import { NDArray } from '../runtime/array.ts'
import type { Op } from './define.ts'
import { dimKey } from './dims.ts'
import { topological, withInputs } from './graph.ts'
import type { Origin } from './origin.ts'
import type { Tensor } from './tensor.ts'

/** Origins kept of a node that stands for several; messages show the first. */
const originLimit = 4

/** The first few of the origins of several nodes, each once. */
export function uniteOrigins(...lists: readonly (readonly Origin[])[]): readonly Origin[] {
  const first = lists[0] ?? []
  if (lists.every(list => list === first) || first.length >= originLimit) return first
  const united = new Set(first)
  for (const list of lists) {
    for (const origin of list) {
      if (united.size >= originLimit) return [...united]
      united.add(origin)
    }
  }
  return united.size === first.length ? first : [...united]
}

/** The table of one call. */
export class Interner {
  private readonly table = new Map<string, Tensor>()
  private readonly numbers = new Map<Tensor, number>()
  private readonly identities = new Map<unknown, number>()
  private readonly attrTexts = new Map<object, string>()
  private readonly arrays = new Map<string, NDArray[]>()
  private readonly origins = new Map<Tensor, readonly Origin[]>()

  /** The node that stands for all nodes equal to this one. Its inputs must be interned. */
  intern(node: Tensor): Tensor {
    if (this.numbers.has(node)) return node
    const key = this.keyOf(node)
    const known = this.table.get(key)
    if (!known) {
      this.table.set(key, node)
      this.numbers.set(node, this.numbers.size)
      return node
    }
    const united = uniteOrigins(this.originsOf(known), node.origins)
    if (united !== known.origins) this.origins.set(known, united)
    return known
  }

  /** The origins of all nodes that this one stands for, as far as they are kept. */
  originsOf(node: Tensor): readonly Origin[] {
    return this.origins.get(node) ?? node.origins
  }

  /** A text that is the same for equal nodes. Operands that may be exchanged without any difference are sorted. */
  private keyOf(node: Tensor): string {
    const inputs = node.inputs.map(input => this.numbers.get(input)!)
    if (isSymmetric(node.op) && inputs[0]! > inputs[1]!) inputs.reverse()
    const shape = node.shape.map(dimKey).join()
    const own = hasOwnDerivative(node.op) ? this.identity(node) : ''
    return `${this.identity(node.op)} ${inputs.join()} ${this.textOf(node.attrs)} ${node.dtype} ${shape}${own}`
  }

  /** Attributes by value; tensors, functions and other objects with a class by identity. */
  private textOf(value: unknown): string {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
    if (typeof value !== 'object' || value === null)
      return typeof value === 'function' ? this.identity(value) : `${value}`
    const known = this.attrTexts.get(value)
    if (known !== undefined) return known
    const text = this.objectText(value)
    this.attrTexts.set(value, text)
    return text
  }

  private objectText(value: object): string {
    if (Array.isArray(value)) return `[${value.map(item => this.textOf(item)).join()}]`
    if (value instanceof NDArray) return this.arrayText(value)
    if (Object.getPrototypeOf(value) !== Object.prototype) return this.identity(value)
    if ('id' in value) return `#${value.id}`
    const entries = Object.entries(value).map(([name, item]) => `${name}:${this.textOf(item)}`)
    return `{${entries.join()}}`
  }

  private identity(value: unknown): string {
    const known = this.identities.get(value) ?? this.identities.size
    if (known === this.identities.size) this.identities.set(value, known)
    return `@${known}`
  }

  /** Equal bytes give equal texts: short arrays are spelled out, long ones are found by a hash and compared. */
  private arrayText(array: NDArray): string {
    const { buffer, byteOffset, byteLength } = array.data
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    const head = `${array.dtype}[${array.shape.join()}]`
    if (byteLength <= 64) return `${head}${bytes.join()}`
    const hashed = `${head}${hashOf(bytes)}`
    const bucket = this.arrays.get(hashed) ?? []
    const at = bucket.findIndex(other => sameBytes(other, bytes))
    if (at < 0) bucket.push(array)
    this.arrays.set(hashed, bucket)
    return `${hashed}.${at < 0 ? bucket.length - 1 : at}`
  }
}

/** True where exchanging the two operands changes nothing at all: a pullback of its own may treat ties by their place. */
export function isSymmetric(op: Op): boolean {
  return op.kind === 'elementwise' && op.commutes === true && op.pullback === undefined
}

/** True for identities that treat the gradient of each of their places by itself: two are not one. */
const hasOwnDerivative = (op: Op) => op.kind === 'elementwise' && op.transparent === true && op.pullback !== undefined

/** FNV-1a (Fowler, Noll, Vo) over at most some thousand bytes spread over the array. */
function hashOf(bytes: Uint8Array): number {
  const stride = Math.max(1, Math.floor(bytes.length / 4096)) | 1
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i += stride) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash >>> 0
}

function sameBytes({ data }: NDArray, bytes: Uint8Array): boolean {
  const other = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return other.length === bytes.length && other.every((byte, i) => byte === bytes[i])
}

/** True where two graphs are the same over the same leaves. */
export function isSameGraph(a: Tensor, b: Tensor): boolean {
  if (a === b) return true
  const table = new Interner()
  const made = new Map<Tensor, Tensor>()
  for (const node of topological([a, b])) {
    const inputs = node.inputs.map(input => made.get(input)!)
    made.set(node, table.intern(withInputs(node, inputs)))
  }
  return made.get(a) === made.get(b)
}
