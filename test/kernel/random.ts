/** Random kernels: loops of any order, operands along some of them in any layout, conditions, folds, several stages. */
import type { FoldOp } from '../../frontend/define.ts'
import { type Condition, dimAdd, dimSub, type Index } from '../../frontend/dims.ts'
import type { Expr, Kernel, KernelBuffer, Loop, Stage } from '../../frontend/kernel/ir.ts'
import type { DType } from '../../runtime/manifest.ts'
import * as k from './kernels.ts'

/** Numbers in [0, 1) from a seed (mulberry32, Tommy Ettinger's generator of 32 bits of state). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

const binaries: Partial<Record<DType, readonly string[]>> = {
  float32: ['add', 'sub', 'mul', 'maximum', 'minimum'],
  int32: ['add', 'sub', 'mul', 'maximum', 'bitwiseXor', 'floorDiv'],
}

/** A kernel of float32 or int32 over dims n, m, p. */
export function randomKernel(seed: number): Kernel {
  return new Generator(seed).kernel()
}

class Generator {
  readonly #random: () => number
  readonly #draft = new k.Draft()
  readonly #buffers: KernelBuffer[] = []
  readonly #dtype: DType
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#random = randomFrom(seed)
    this.#dtype = this.#pick(['float32', 'float32', 'int32'] as const)
  }

  kernel(): Kernel {
    const loops = this.#shuffled([k.loop('i', 'n'), k.loop('j', 'm'), k.loop('h', 3)]).slice(0, this.#below(4))
    const stages: Stage[] = []
    const folds: Expr[] = []
    for (let s = this.#below(3); s > 0; s--) {
      const inner = this.#shuffled([k.loop(`r${s}`, 'p'), k.loop(`q${s}`, 5)]).slice(0, 1 + this.#below(2))
      const body = this.#value([...loops, ...inner], folds, 2)
      const op = this.#pick<FoldOp>(['add', 'max', 'min', 'argmax'])
      const dtype = op === 'argmax' ? 'int32' : this.#dtype
      stages.push(k.stage({ loops: inner, folds: [k.fold(`f${s}`, op, dtype, body)] }))
      folds.push(this.#cast(this.#draft.fold(dtype, `f${s}`)))
    }
    const inner = this.#random() < 0.4 ? [k.loop('s', 'p')] : []
    const all = [...loops, ...inner]
    const value = this.#value(all, folds, 3)
    const order = this.#random() < 0.7 ? all : this.#shuffled(all)
    const place = k.at(
      order.map(({ name }) => name),
      order.map(({ extent }) => extent),
    )
    this.#buffers.push(
      k.buffer(
        this.#dtype,
        order.map(({ extent }) => extent),
        'write',
      ),
    )
    stages.push(k.stage({ loops: inner, stores: [k.store(this.#buffers.length - 1, place, value)] }))
    return k.kernel({ dims: ['n', 'm', 'p'], buffers: this.#buffers, loops, stages, label: `random ${this.#seed}` })
  }

  #value(loops: readonly Loop[], folds: readonly Expr[], depth: number): Expr {
    const draft = this.#draft
    const choice = this.#random()
    if (depth === 0 || choice < 0.15) {
      if (folds.length > 0 && this.#random() < 0.4) return this.#pick(folds)
      return this.#random() < 0.85 ? this.#load(loops) : draft.constant(this.#dtype, this.#below(9) - 4)
    }
    const [a, b] = [this.#value(loops, folds, depth - 1), this.#value(loops, folds, depth - 1)]
    if (choice < 0.35 && loops.length > 0) return draft.guard([this.#condition(this.#pick(loops))], a, b)
    if (choice < 0.45) return draft.call('where', this.#dtype, draft.call('lt', 'bool', a, b), b, a)
    if (choice < 0.55 && loops.length > 0)
      return draft.call('add', this.#dtype, a, draft.index(this.#dtype, this.#pick(loops).name))
    return draft.call(this.#pick(binaries[this.#dtype]!), this.#dtype, a, b)
  }

  /** Reads a new buffer along some of the loops, in any layout, forwards or backwards. */
  #load(loops: readonly Loop[]): Expr {
    const used = this.#random() < 0.6 ? [...loops] : this.#shuffled(loops).slice(0, this.#below(loops.length + 1))
    const extents = used.map(({ extent }) => extent)
    const names = used.map(({ name, extent }): Index => (this.#random() < 0.9 ? name : dimSub(dimSub(extent, 1), name)))
    this.#buffers.push(k.buffer(this.#dtype, extents))
    return this.#draft.load(this.#dtype, this.#buffers.length - 1, k.at(names, extents))
  }

  #condition({ name, extent }: Loop): Condition {
    const left: Index = this.#random() < 0.5 ? name : dimAdd(name, this.#below(3) - 1)
    const right: Index = this.#pick([2, dimSub(extent, 1), 'm', 4])
    const relation = this.#pick(['<', '<=', '=='] as const)
    return this.#random() < 0.7 ? { relation, left, right } : { relation, left: right, right: left }
  }

  #cast(value: Expr): Expr {
    return this.#draft.call('cast', this.#dtype, value)
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items]
    return items.map(() => rest.splice(this.#below(rest.length), 1)[0]!)
  }
}
