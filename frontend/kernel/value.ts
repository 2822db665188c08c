/** From tensors to expressions: the value of a node at an index, down to whatever has a place or a loop of its own. */
import type { Einsum, Indexing } from '../define.ts'
import { dimAtLeast, dimEqual, dimMax, dimMin, dimNames, dimSub, dimSubstitute, type Index } from '../dims.ts'
import { opOf } from '../elementwise.ts'
import { scalarValue } from '../leaf.ts'
import { mul } from '../ops/arithmetic.ts'
import type { PositionAttrs } from '../ops/create.ts'
import { countsFromStart, isInside } from '../ops/indexing.ts'
import type { Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'
import type { Builder } from './build.ts'
import type { Expr, Lookup } from './ir.ts'

/** Answers for nodes that are not computed in place: a load or the result of a fold; undefined for all others. */
export type Resolve = (node: Tensor, index: readonly Index[]) => Expr | undefined

/** What is said of indices that are data. */
export interface Lookups {
  /** The number of the message for an index of a node that is out of range; undefined where nobody asks. */
  check(node: Tensor, index: number): number | undefined
  /** The name of the lookup at a place among all. */
  lookup(at: number): string
}

/** Computes values at indices. Expressions are at most as deep as an anchor's, so recursion is bounded. */
export class Values {
  readonly #builder: Builder
  readonly #resolve: Resolve
  readonly #known = new Map<Tensor, Map<string, Expr>>()
  readonly #lookups: Lookups
  /** Values that indices refer to by name, so far. */
  readonly lookups = new Map<string, Lookup>()

  constructor(builder: Builder, resolve: Resolve, lookups: Lookups) {
    this.#builder = builder
    this.#resolve = resolve
    this.#lookups = lookups
  }

  /** The element of a node at an index, one entry for each axis. */
  at(node: Tensor, index: readonly Index[]): Expr {
    const key = JSON.stringify(index)
    const byIndex = this.#known.get(node) ?? new Map<string, Expr>()
    this.#known.set(node, byIndex)
    const expr = byIndex.get(key) ?? this.#resolve(node, index) ?? this.inside(node, index)
    byIndex.set(key, expr)
    return expr
  }

  /** Like `at`, for an operand of `owner`'s body, or for the owner itself, which is then computed here. */
  body(node: Tensor, index: readonly Index[], owner: Tensor): Expr {
    return node === owner ? this.inside(node, index) : this.at(node, index)
  }

  /** The lookups that an index refers to. */
  lookupsIn(index: Index): Lookup[] {
    if (this.lookups.size === 0) return []
    return [...dimNames(index)].flatMap(name => this.lookups.get(name) ?? [])
  }

  /** What the node's own op computes at an index, whatever `resolve` says of it. */
  inside(node: Tensor, index: readonly Index[]): Expr {
    const { op } = node
    if (op.kind === 'elementwise') {
      const args = node.inputs.map(input => this.at(input, broadcastIndex(input, index)))
      return this.#builder.apply(op, node.dtype, args)
    }
    if (op.kind === 'movement') return this.#moved(node, index)
    if (op.kind === 'position') {
      const { value } = node.attrs as PositionAttrs
      const here = dimSubstitute(value, name => axisOf(name, index), this.#builder.extents)
      return this.#builder.index(node.dtype, here, this.lookupsIn(here))
    }
    if (op.kind === 'gather') return this.#gathered(node, index)
    if (op.kind === 'contraction') return this.#product(node, index)
    const constant = scalarValue(node)
    if (constant !== undefined) return this.#builder.constant(node.dtype, constant)
    throw new Error(`${op.name} has no value at an index`)
  }

  #moved(node: Tensor, index: readonly Index[]): Expr {
    if (node.op.kind !== 'movement') throw new Error('not a movement')
    const { outside } = node.op
    const rest = () => this.#number(node.dtype, outside?.(node) ?? 0)
    let result: Expr | undefined
    for (const source of [...node.op.sources(node, index, this.#builder.extents)].reverse()) {
      const value = this.at(node.inputs[source.input]!, source.index)
      result = source.when.length === 0 ? value : this.#builder.guard(source.when, value, result ?? rest())
    }
    return result ?? rest()
  }

  /** A contraction that sums over nothing. */
  #product(node: Tensor, index: readonly Index[]): Expr {
    const { left, right, out } = node.attrs as Einsum
    const operand = (i: number, labels: readonly number[]) => {
      const x = node.inputs[i]!
      return this.at(
        x,
        labels.map((label, axis) => (x.shape[axis] === 1 ? 0 : index[out.indexOf(label)]!)),
      )
    }
    return this.#builder.apply(opOf(mul), node.dtype, [operand(0, left), operand(1, right)])
  }

  #number(dtype: DType, value: number | bigint): Expr {
    return this.#builder.constant(dtype, dtype === 'int64' ? BigInt(value) : value)
  }

  #gathered(node: Tensor, index: readonly Index[]): Expr {
    const [x, ...indices] = node.inputs as [Tensor, ...Tensor[]]
    const { axes, indices: labels } = node.attrs as Indexing
    let next = 0
    const place = axes.map((label, axis) => {
      if (label !== null) return index[label]!
      const own = labels[next]!.map(at => index[at]!)
      return this.#chosen({ node, which: next }, indices[next++]!, own, x.shape[axis]!)
    })
    return this.at(x, place)
  }

  /** What an index that is one of an axis of a size says, at an index of its own. */
  known(positions: Tensor, own: readonly Index[], size: Index): Index {
    const value = this.at(positions, own)
    if (value.kind === 'const') return Number(value.value)
    return value.kind === 'index' && !value.lookups ? value.value : this.#lookup({ value, size })
  }

  /** The name of a lookup, the same for equal ones. */
  #lookup(wanted: Omit<Lookup, 'name'>): string {
    const same = (lookup: Lookup) =>
      lookup.value === wanted.value && dimEqual(lookup.size, wanted.size) && lookup.fromEnd === wanted.fromEnd
    const known = [...this.lookups.values()].find(same)
    if (known) return known.name
    const name = this.#lookups.lookup(this.lookups.size)
    this.lookups.set(name, { name, ...wanted })
    return name
  }

  /** What one of the indices of a node says, at an index of its own, of an axis of a size. */
  #chosen(
    { node, which }: { node: Tensor; which: number },
    positions: Tensor,
    own: readonly Index[],
    size: Index,
  ): Index {
    if (isInside(positions, size)) return this.known(positions, own, size)
    const value = this.at(positions, own)
    const fromEnd = !(node.attrs as Indexing).fromStart && !countsFromStart(positions)
    if (value.kind === 'const' && typeof size === 'number') {
      const at = Number(value.value) + (value.value < 0 && fromEnd ? size : 0)
      if (at >= 0 && at < size) return at
    }
    if (value.kind === 'index' && this.#isBelow(value.value, size)) return value.value
    const check = this.#lookups.check(node, which)
    const name = this.#lookup({ value, size, ...(check !== undefined && { check }), ...(fromEnd && { fromEnd }) })
    return check === undefined ? dimMax(0, dimMin(name, dimSub(size, 1))) : name
  }

  /** True for an index that is seen to be one of an axis: by the loops it counts, or because it was looked up there. */
  #isBelow(index: Index, size: Index): boolean {
    const { extents } = this.#builder
    const known = typeof index === 'string' ? this.lookups.get(index) : undefined
    if (known) return known.check !== undefined && dimEqual(known.size, size)
    const looked = [...dimNames(index)].some(name => this.lookups.has(name))
    return !looked && dimAtLeast(index, 0, extents) && dimAtLeast(dimSub(dimSub(size, index), 1), 0, extents)
  }
}

const axisOf = (name: string, index: readonly Index[]) =>
  name.startsWith('$') ? index[Number(name.slice(1))] : undefined

/** The index of an operand that broadcasts against a result at `index`. */
function broadcastIndex(input: Tensor, index: readonly Index[]): Index[] {
  const lead = index.length - input.ndim
  return input.shape.map((dim, axis) => (dim === 1 ? 0 : index[lead + axis]!))
}
