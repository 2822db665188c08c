/** From clusters of anchors to kernels: folds and stores in stages that share the cluster's outer loops. */
import type { ReductionOp, Scatter } from '../define.ts'
import { dimAdd, dimMul, dimNames, dimProduct, dimSubstitute, type Index } from '../dims.ts'
import { opOf } from '../elementwise.ts'
import { mul } from '../ops/arithmetic.ts'
import { flatIndex } from '../ops/move.ts'
import type { Origin } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { type DimExpr, isSmall } from '../type.ts'
import { isPlaced } from './anchors.ts'
import { bodyOf, contractionAxes, foldExtents, isFold, isTiled, loopAxes } from './body.ts'
import { Builder, nameKernel } from './build.ts'
import type { Cluster, Member } from './fuse.ts'
import type { Expr, Fold, Kernel, KernelBuffer, Loop, Stage, Store, Work } from './ir.ts'
import { unlike } from './names.ts'
import { type Places, placeOf } from './place.ts'
import { Values } from './value.ts'
import { expressions, lookupsOf, namesOf, stageRoots } from './walk.ts'

/** What a step runs, and for each of its buffers the tensor whose memory it is. */
export interface LoweredWork {
  run: Work
  values: readonly Tensor[]
}

/** What lowering knows besides the graph. */
export interface Context {
  /** The number of the message for a node that may fail, by one of its indices where it has some; undefined where nobody asks. */
  check(node: Tensor, index?: number): number | undefined
  /** The dims of the program: no loop or lookup may have the name of one. */
  dims: ReadonlySet<string>
  /** Where values lie that have no memory of their own. */
  places: Places
  /** The counters of the loops around, with how far they go. */
  counters: ReadonlyMap<string, DimExpr>
}

/** Origins that a kernel keeps, at most. */
const mostOrigins = 8

/** The kernel of a cluster. `stored` are the members that something outside needs. */
export function lowerCluster(cluster: Cluster, stored: ReadonlySet<Tensor>, context: Context): LoweredWork {
  return new ClusterLowering(cluster, context).lower(stored)
}

class ClusterLowering {
  readonly #cluster: Cluster
  readonly #dims: ReadonlySet<string>
  readonly #places: Places
  readonly #extents: Map<string, DimExpr>
  readonly #outer: readonly Loop[]
  readonly #inner = new Map<string, Loop>()
  /** Loops of the cluster's windows, and the members that are computed at each of their steps. */
  readonly #windows: readonly Loop[]
  readonly #windowed: ReadonlySet<Tensor>
  readonly #builder = new Builder(name => this.#extents.get(name))
  readonly #values: Values
  /** What members read from other kernels. */
  readonly #outside: ReadonlySet<Tensor>
  readonly #buffers = new Map<Tensor, number>()
  readonly #written = new Set<Tensor>()
  readonly #folds = new Map<Tensor, { expr: Expr; level: number }>()
  readonly #levels = new Map<string, number>()
  readonly #stages = new Map<string, { level: number; stage: Stage }>()

  constructor(cluster: Cluster, { check, dims, places, counters }: Context) {
    this.#cluster = cluster
    this.#dims = dims
    this.#places = places
    this.#extents = new Map(counters)
    this.#outer = cluster.outer.map((extent, i) => this.#loop(unlike(dims, `i${i}`), extent))
    const { windows, members } = cluster
    this.#windows = (windows ? foldExtents(windows.by) : []).map((size, at) => this.#loop(unlike(dims, `w${at}`), size))
    const before = windows ? members.findIndex(({ node }) => node === windows.by) : 0
    this.#windowed = new Set(members.slice(0, before).map(({ node }) => node))
    const own = new Set(cluster.members.map(member => member.node))
    const read = cluster.members.flatMap(member => member.reads.map(({ node }) => node))
    this.#outside = new Set(read.filter(node => !own.has(node)))
    this.#values = new Values(this.#builder, (node, index) => this.#resolve(node, index), {
      check,
      lookup: at => unlike(dims, `l${at}`),
    })
  }

  lower(stored: ReadonlySet<Tensor>): LoweredWork {
    for (const member of this.#cluster.members) {
      if (isFold(member.node)) this.#addFold(member)
      if (member.node.op.kind === 'scatter') this.#addScatter(member.node)
    }
    for (const member of this.#cluster.members)
      if (stored.has(member.node) && member.node.op.kind !== 'scatter') this.#addStore(member)
    const stages = [...this.#stages.values()].sort((a, b) => a.level - b.level).map(({ stage }) => stage)
    const values = [...this.#buffers.keys()]
    const nodes = this.#cluster.members.map(member => member.node)
    const parts = {
      buffers: values.map(value => this.#buffer(value)),
      loops: this.#outer,
      stages,
      origins: unionOrigins(nodes),
      label: nodes.map(node => node.op.name).join(' '),
    }
    return {
      run: nameKernel({ ...parts, dims: dimsOf(parts) }),
      values: values.map(value => placeOf(value, this.#places).of),
    }
  }

  #loop(name: string, extent: DimExpr): Loop {
    this.#extents.set(name, extent)
    return { name, extent }
  }

  /** The inner loop at a position over an extent: one name for equal loops, so that stages can share a pass. */
  #innerLoop(extent: DimExpr, position: number): Loop {
    const key = JSON.stringify([position, extent])
    const known = this.#inner.get(key)
    if (known) return known
    const loop = this.#loop(unlike(this.#dims, `j${this.#inner.size}`), extent)
    this.#inner.set(key, loop)
    return loop
  }

  #number(value: Tensor): number {
    const known = this.#buffers.get(value)
    if (known !== undefined) return known
    this.#buffers.set(value, this.#buffers.size)
    return this.#buffers.size - 1
  }

  #buffer(value: Tensor): KernelBuffer {
    const { size } = placeOf(value, this.#places)
    const access = value.op.kind === 'scatter' ? 'readwrite' : 'write'
    return { dtype: value.dtype, size, access: this.#written.has(value) ? access : 'read' }
  }

  /** The position of an element in the memory that its value lies in. */
  #at(value: Tensor, index: readonly Index[]): Index {
    const { offset, shape = value.shape } = placeOf(value, this.#places)
    return dimAdd(offset, flatIndex(shape, index))
  }

  #resolve(node: Tensor, index: readonly Index[]): Expr | undefined {
    const fold = this.#folds.get(node)
    if (fold) return fold.expr
    if (!isPlaced(node) && !this.#outside.has(node)) return undefined
    const at = this.#at(node, index)
    return this.#builder.load(node.dtype, this.#number(node), at, this.#values.lookupsIn(at))
  }

  #addFold(member: Member): void {
    const { node } = member
    const loops =
      node === this.#cluster.windows?.by
        ? this.#windows
        : foldExtents(node).map((extent, position) => this.#innerLoop(extent, position))
    const own = this.#indexOf(member, () => 0)
    const operands = bodyOf(node, own, (_, at) => loops[at]!.name).map(operand =>
      this.#values.body(operand.node, operand.index, node),
    )
    const name = `f${this.#folds.size}`
    const fold = { ...foldOf(node, operands, this.#builder), name }
    const level = 1 + this.#levelOf([fold.body])
    this.#folds.set(node, { expr: this.#builder.fold(fold.dtype, name), level })
    this.#levels.set(name, level)
    const stage = this.#stage(level, loops, this.#windowed.has(node) ? this.#windows : undefined)
    const contraction = isTiled(node) ? { contraction: this.#contraction(node, operands) } : {}
    stage.stage = { ...stage.stage, ...contraction, folds: [...stage.stage.folds, fold] }
  }

  /** Rows and columns of a contraction as loop names, left and right so that the last loop is a column where possible. */
  #contraction(node: Tensor, operands: readonly Expr[]): NonNullable<Stage['contraction']> {
    const { rows, columns } = contractionAxes(node)
    const axes = loopAxes(node.shape)
    const names = (list: readonly number[]) =>
      list.flatMap(axis => {
        const at = axes.indexOf(axis)
        const window = this.#windowAlong(at)
        return [this.#outer[at]!, ...(window ? [window] : [])].map(({ name }) => name)
      })
    const [left, right] = operands as [Expr, Expr]
    const swapped = rows.includes(axes[axes.length - 1]!)
    return swapped
      ? { rows: names(columns), columns: names(rows), left: right, right: left }
      : { rows: names(rows), columns: names(columns), left, right }
  }

  #addStore(member: Member): void {
    const { node } = member
    const loops: Loop[] = []
    const own = this.#indexOf(member, extent => {
      const loop = this.#innerLoop(extent, loops.length)
      loops.push(loop)
      return loop.name
    })
    const fold = this.#folds.get(node)
    const value = fold?.expr ?? this.#values.inside(node, own)
    // Blocks of one concatenation are stored to one buffer.
    const { of, shape } = placeOf(node, this.#places)
    const target = shape ? of : node
    this.#written.add(target)
    const store: Store = { buffer: this.#number(target), at: this.#at(node, own), value }
    const stage = this.#stage(Number.MAX_SAFE_INTEGER, loops)
    stage.stage = { ...stage.stage, stores: [...stage.stage.stores, store] }
  }

  /** Values written one after the other into a tensor that has its first contents. */
  #addScatter(node: Tensor): void {
    const [base, values, ...indices] = node.inputs as [Tensor, Tensor, ...Tensor[]]
    const { axes, indices: labels, mode } = node.attrs as Scatter
    const loops: Loop[] = []
    const serial: string[] = []
    const along = values.shape.map((dim, label) => {
      if (dim === 1) return 0
      const loop = this.#innerLoop(dim, loops.length)
      loops.push(loop)
      if (!axes.includes(label)) serial.push(loop.name)
      return loop.name
    })
    let next = 0
    const place = axes.map((label, axis) => {
      if (label !== null) return along[label]!
      const own = labels[next]!.map(at => along[at]!)
      return this.#values.known(indices[next++]!, own, base.shape[axis]!)
    })
    const value = this.#values.at(values, along)
    this.#written.add(node)
    const at = this.#at(node, place)
    const lookups = this.#values.lookupsIn(at)
    const store: Store = {
      buffer: this.#number(node),
      at,
      value,
      ...(mode === 'add' && { accumulate: true }),
      ...(lookups.length > 0 && { lookups }),
      ...(serial.length > 0 && { serial }),
    }
    const stage = this.#stage(Number.MAX_SAFE_INTEGER, loops)
    stage.stage = { ...stage.stage, stores: [store] }
  }

  /** The index of a member's own axes: outer loops, and what `inner` names for the others. */
  #indexOf(member: Member, inner: (extent: DimExpr) => Index): Index[] {
    const { rearranged } = member
    if (rearranged) {
      const loop = (name: string) => (name.startsWith('$') ? this.#outer[Number(name.slice(1))]!.name : undefined)
      return rearranged.map(index => dimSubstitute(index, loop, this.#builder.extents))
    }
    return member.node.shape.map((dim, axis) => {
      const loop = member.outerAxes.indexOf(axis)
      if (loop < 0) return dim === 1 ? 0 : inner(dim)
      const { name } = this.#outer[loop]!
      const window = this.#windowed.has(member.node) ? this.#windowAlong(loop) : undefined
      return window ? dimAdd(dimMul(window.extent, name), window.name) : name
    })
  }

  /** The loop through the windows along an outer loop. */
  #windowAlong(loop: number): Loop | undefined {
    const along = this.#cluster.windows?.along[loop]
    return along === undefined ? undefined : this.#windows[along]
  }

  #stage(level: number, loops: readonly Loop[], within?: readonly Loop[]): { level: number; stage: Stage } {
    const key = `${level} ${loops.map(loop => loop.name).join()}`
    const known = this.#stages.get(key)
    if (known) return known
    const stage = { level, stage: { ...(within && { within }), loops, folds: [], stores: [] } }
    this.#stages.set(key, stage)
    return stage
  }

  #levelOf(roots: readonly Expr[]): number {
    return Math.max(0, ...expressions(roots).map(expr => (expr.kind === 'fold' ? this.#levels.get(expr.fold)! : 0)))
  }
}

/** The fold of a reduction or contraction over its operands' values. */
function foldOf(node: Tensor, operands: readonly Expr[], builder: Builder): Omit<Fold, 'name'> {
  if (node.op.kind === 'reduction') {
    const op: ReductionOp = node.op
    const { accumulate } = op.typing(node.inputs[0]!.dtype)!
    return { op: op.fold, accumulate, dtype: node.dtype, body: operands[0]! }
  }
  const body = builder.apply(opOf(mul), node.dtype, operands)
  // Products of vectors are sums like any other; whatever is a row or column of a matrix product accumulates in its own dtype,
  // but small integers in int32, which wraps to the same.
  const { rows, columns } = contractionAxes(node)
  const single = rows.length === 0 && columns.length === 0
  const accumulate = node.dtype === 'float32' && single ? 'float64' : isSmall(node.dtype) ? 'int32' : node.dtype
  return { op: 'add', accumulate, dtype: node.dtype, body }
}

function unionOrigins(nodes: readonly Tensor[]): Origin[] {
  return [...new Set(nodes.flatMap(node => node.origins))].slice(0, mostOrigins)
}

/** A kernel that stores the elements of one tensor as those of another of the same type. */
export function copyKernel(from: Tensor, to: Tensor, { dims, places }: Pick<Context, 'dims' | 'places'>): LoweredWork {
  const builder = new Builder()
  const loop = unlike(dims, 'i0')
  const extent = dimProduct(from.shape)
  const [source, target] = [placeOf(from, places), placeOf(to, places)]
  const value = builder.load(from.dtype, 0, dimAdd(source.offset, loop))
  const parts = {
    buffers: [
      { dtype: from.dtype, size: source.size, access: 'read' as const },
      { dtype: to.dtype, size: target.size, access: 'write' as const },
    ],
    loops: [{ name: loop, extent }],
    stages: [{ loops: [], folds: [], stores: [{ buffer: 1, at: dimAdd(target.offset, loop), value }] }],
    origins: from.origins,
    label: 'copy',
  }
  return { run: nameKernel({ ...parts, dims: dimsOf(parts) }), values: [source.of, target.of] }
}

/** The dims that a kernel refers to, in order of appearance. */
function dimsOf(kernel: Omit<Kernel, 'name' | 'dims'>): string[] {
  const local = new Set<string>()
  const names = new Set<string>()
  for (const { name, extent } of [...kernel.loops, ...kernel.stages.flatMap(stage => stage.loops)]) {
    local.add(name)
    dimNames(extent, names)
  }
  for (const { size } of kernel.buffers) dimNames(size, names)
  for (const stage of kernel.stages) {
    for (const { at, lookups } of stage.stores) {
      dimNames(at, names)
      for (const lookup of lookups ?? []) local.add(lookup.name)
    }
    const roots = stageRoots(stage)
    for (const name of namesOf(roots)) names.add(name)
    for (const expr of expressions(roots)) for (const lookup of lookupsOf(expr)) local.add(lookup.name)
  }
  return [...names].filter(name => !local.has(name))
}
