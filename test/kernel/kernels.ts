/** Kernels built by hand: what lowering would make of small graphs. */
import { type ElementwiseOp, type FoldOp, registry } from '../../frontend/define.ts'
import { dimAdd, dimMul, dimProduct, dimSub, type Index } from '../../frontend/dims.ts'
import { Builder, nameKernel } from '../../frontend/kernel/build.ts'
import type { Expr, Fold, Kernel, KernelBuffer, Loop, Stage, Store } from '../../frontend/kernel/ir.ts'
import type { DType } from '../../runtime/manifest.ts'
import '../../frontend/ops/index.ts'

/** The record of a built-in elementwise op. */
export const op = (name: string): ElementwiseOp => {
  const found = registry.get(name)
  if (found?.kind !== 'elementwise') throw new Error(`no elementwise op ${name}`)
  return found
}

/** A builder that knows ops by name. */
export class Draft extends Builder {
  call(name: string, dtype: DType, ...args: Expr[]): Expr {
    return this.apply(op(name), dtype, args)
  }
}

export const buffer = (
  dtype: DType,
  shape: readonly Index[],
  access: KernelBuffer['access'] = 'read',
): KernelBuffer => ({
  dtype,
  size: dimProduct(shape),
  access,
})

export const loop = (name: string, extent: Index): Loop => ({ name, extent })

/** Row-major position. */
export const at = (names: readonly Index[], shape: readonly Index[]): Index =>
  names.reduce<Index>((position, name, axis) => dimAdd(dimMul(position, shape[axis]!), name), 0)

export const stage = (parts: Partial<Stage>): Stage => ({ loops: [], folds: [], stores: [], ...parts })

export const fold = (name: string, foldOp: FoldOp, dtype: DType, body: Expr, accumulate: DType = dtype): Fold => ({
  name,
  op: foldOp,
  accumulate,
  dtype,
  body,
})

export const store = (to: number, place: Index, value: Expr, more: Partial<Store> = {}): Store => ({
  buffer: to,
  at: place,
  value,
  ...more,
})

interface Parts {
  dims?: string[]
  buffers: KernelBuffer[]
  loops?: Loop[]
  stages: Stage[]
  label?: string
}

export const kernel = (parts: Parts): Kernel => nameKernel({ dims: [], loops: [], origins: [], label: '', ...parts })

/** sqrt(|x * y + 0.5|) - x over a vector of n. */
export function chain(): Kernel {
  const b = new Draft()
  const [x, y] = [b.load('float32', 0, 'i'), b.load('float32', 1, 'i')]
  const sum = b.call('add', 'float32', b.call('mul', 'float32', x, y), b.constant('float32', 0.5))
  const value = b.call('sub', 'float32', b.call('sqrt', 'float32', b.call('abs', 'float32', sum)), x)
  return kernel({
    dims: ['n'],
    buffers: [buffer('float32', ['n']), buffer('float32', ['n']), buffer('float32', ['n'], 'write')],
    loops: [loop('i', 'n')],
    stages: [stage({ stores: [store(2, 'i', value)] })],
    label: 'mul add abs sqrt sub',
  })
}

/** x + bias, a matrix and a row. */
export function addRow(): Kernel {
  const b = new Draft()
  const place = at(['i', 'j'], ['n', 'm'])
  const value = b.call('add', 'float32', b.load('float32', 0, place), b.load('float32', 1, 'j'))
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n', 'm']), buffer('float32', ['m']), buffer('float32', ['n', 'm'], 'write')],
    loops: [loop('i', 'n'), loop('j', 'm')],
    stages: [stage({ stores: [store(2, place, value)] })],
    label: 'add',
  })
}

/** The transpose of a matrix, doubled. */
export function transposed(): Kernel {
  const b = new Draft()
  const x = b.load('float32', 0, at(['j', 'i'], ['m', 'n']))
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['m', 'n']), buffer('float32', ['n', 'm'], 'write')],
    loops: [loop('i', 'n'), loop('j', 'm')],
    stages: [stage({ stores: [store(1, at(['i', 'j'], ['n', 'm']), b.call('add', 'float32', x, x))] })],
    label: 'add',
  })
}

/** Softmax along rows (axis 1) or columns (axis 0) of an array, without its first rows where some are `skipped`. */
export function softmax(axis: 0 | 1, skipped = 0): Kernel {
  const b = new Draft()
  const place = at(['i', 'j'], ['n', 'm'])
  const x = b.load('float32', 0, at([dimAdd('i', skipped), 'j'], ['n', 'm']))
  const shifted = b.call('exp', 'float32', b.call('sub', 'float32', x, b.fold('float32', 'top')))
  const inner = axis === 1 ? loop('j', 'm') : loop('i', 'n')
  const value = b.call('div', 'float32', shifted, b.fold('float32', 'total'))
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', [dimAdd('n', skipped), 'm']), buffer('float32', ['n', 'm'], 'write')],
    loops: [axis === 1 ? loop('i', 'n') : loop('j', 'm')],
    stages: [
      stage({ loops: [inner], folds: [fold('top', 'max', 'float32', x)] }),
      stage({ loops: [inner], folds: [fold('total', 'add', 'float32', shifted, 'float64')] }),
      stage({ loops: [inner], stores: [store(1, place, value)] }),
    ],
    label: 'softmax',
  })
}

/** A fold of a matrix over some of its axes. */
export function reduced(
  foldOp: FoldOp,
  dtype: DType,
  axes: readonly (0 | 1)[],
  accumulate: DType = dtype,
  result: DType = dtype,
): Kernel {
  const b = new Draft()
  const loops = [loop('i', 'n'), loop('j', 'm')]
  const kept = loops.filter((_, axis) => !axes.includes(axis as 0 | 1))
  const names = kept.map(l => l.name)
  const extents = kept.map(l => l.extent)
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer(dtype, ['n', 'm']), buffer(result, extents, 'write')],
    loops: kept,
    stages: [
      stage({
        loops: axes.map(axis => loops[axis]!),
        folds: [fold('r', foldOp, result, b.load(dtype, 0, at(['i', 'j'], ['n', 'm'])), accumulate)],
      }),
      stage({ stores: [store(1, at(names, extents), b.fold(result, 'r'))] }),
    ],
    label: foldOp,
  })
}

/** Options of `matmul`: operands stored transposed, a batch dim, bias and relu after it. */
export interface MatmulOptions {
  left?: boolean
  right?: boolean
  batch?: boolean
  bias?: boolean
  /** The result is stored transposed. */
  out?: boolean
  extents?: readonly [Index, Index, Index]
}

/** The product of n x p and p x m matrices. */
export function matmul(dtype: DType, options: MatmulOptions = {}): Kernel {
  const b = new Draft()
  const [n, m, p] = options.extents ?? ['n', 'm', 'p']
  const place = (names: [string, string], sizes: [Index, Index], flip?: boolean): Index => {
    const inner = flip ? at([names[1], names[0]], [sizes[1], sizes[0]]) : at(names, sizes)
    return options.batch ? dimAdd(dimMul('b', dimMul(...sizes)), inner) : inner
  }
  const lead = options.batch ? ['q'] : []
  const left = b.load(dtype, 0, place(['i', 'k'], [n, p], options.left))
  const right = b.load(dtype, 1, place(['k', 'j'], [p, m], options.right))
  let value: Expr = b.fold(dtype, 'r')
  if (options.bias) {
    value = b.call(
      'maximum',
      dtype,
      b.call('add', dtype, value, b.load(dtype, 2, 'j')),
      b.constant(dtype, dtype === 'int64' ? 0n : 0),
    )
  }
  const result = options.bias ? 3 : 2
  const shapes: Index[][] = [[...lead, n, p], [...lead, p, m], ...(options.bias ? [[m]] : [])]
  return kernel({
    dims: [...new Set([...lead, n, m, p].filter((d): d is string => typeof d === 'string'))],
    buffers: [...shapes.map(shape => buffer(dtype, shape)), buffer(dtype, [...lead, n, m], 'write')],
    loops: [...(options.batch ? [loop('b', 'q')] : []), loop('i', n), loop('j', m)],
    stages: [
      stage({
        loops: [loop('k', p)],
        folds: [fold('r', 'add', dtype, b.call('mul', dtype, left, right))],
        contraction: { rows: ['i'], columns: ['j'], left, right },
      }),
      stage({ stores: [store(result, place(['i', 'j'], [n, m], options.out), value)] }),
    ],
    label: `matmul ${Object.keys(options).join(' ')}`,
  })
}

/** relu(vector times matrix + bias): p and p x m. */
export function vectorProduct(dtype: DType): Kernel {
  const b = new Draft()
  const product = b.call('mul', dtype, b.load(dtype, 0, 'k'), b.load(dtype, 1, at(['k', 'j'], ['p', 'm'])))
  const sum = b.call('add', dtype, b.fold(dtype, 'r'), b.load(dtype, 2, 'j'))
  return kernel({
    dims: ['p', 'm'],
    buffers: [buffer(dtype, ['p']), buffer(dtype, ['p', 'm']), buffer(dtype, ['m']), buffer(dtype, ['m'], 'write')],
    loops: [loop('j', 'm')],
    stages: [
      stage({ loops: [loop('k', 'p')], folds: [fold('r', 'add', dtype, product)] }),
      stage({ stores: [store(3, 'j', b.call('maximum', dtype, sum, b.constant(dtype, 0)))] }),
    ],
    label: 'vector matmul add maximum',
  })
}

/** Two vectors, one after the other. */
export function concatenated(): Kernel {
  const b = new Draft()
  const value = b.guard(
    [{ relation: '<', left: 'i', right: 'n' }],
    b.load('float32', 0, 'i'),
    b.load('float32', 1, dimSub('i', 'n')),
  )
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n']), buffer('float32', ['m']), buffer('float32', [dimAdd('n', 'm')], 'write')],
    loops: [loop('i', dimAdd('n', 'm'))],
    stages: [stage({ stores: [store(2, 'i', b.call('add', 'float32', value, b.constant('float32', 1)))] })],
    label: 'concatenate add',
  })
}

/** A matrix in a border of two zeros, with ones on the diagonal of the result. */
export function padded(): Kernel {
  const b = new Draft()
  const [wide, high] = [dimAdd('m', 4), dimAdd('n', 4)]
  const [i, j] = [dimSub('i', 2), dimSub('j', 2)]
  const inside = [
    { relation: '<=' as const, left: 2, right: 'i' },
    { relation: '<' as const, left: i, right: 'n' },
    { relation: '<=' as const, left: 2, right: 'j' },
    { relation: '<' as const, left: j, right: 'm' },
  ]
  const moved = b.guard(inside, b.load('float32', 0, at([i, j], ['n', 'm'])), b.constant('float32', 0))
  const value = b.guard([{ relation: '==', left: 'i', right: 'j' }], b.constant('float32', 1), moved)
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n', 'm']), buffer('float32', [high, wide], 'write')],
    loops: [loop('i', high), loop('j', wide)],
    stages: [stage({ stores: [store(1, at(['i', 'j'], [high, wide]), value)] })],
    label: 'pad',
  })
}

/** Rows of a matrix chosen by indices, which are checked; or their columns' elements, one for each row. */
export function gathered(dtype: 'int32' | 'int64', rows: boolean): Kernel {
  const b = new Draft()
  const lookup = { name: 'x', value: b.load(dtype, 1, 'i'), size: rows ? 'n' : 'm', check: 3 }
  const value = b.load('float32', 0, rows ? at(['x', 'j'], ['n', 'm']) : at(['i', 'x'], ['n', 'm']), [lookup])
  const shape = rows ? ['n', 'm'] : ['n']
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n', 'm']), buffer(dtype, ['n']), buffer('float32', shape, 'write')],
    loops: [loop('i', 'n'), ...(rows ? [loop('j', 'm')] : [])],
    stages: [
      stage({ stores: [store(2, at(rows ? ['i', 'j'] : ['i'], shape), b.call('mul', 'float32', value, value))] }),
    ],
    label: 'gather',
  })
}

/** Rows added into the rows of another matrix that indices name; indices may repeat. */
export function scattered(): Kernel {
  const b = new Draft()
  const lookups = [{ name: 'x', value: b.load('int32', 1, 'i'), size: 'n' }]
  const place = at(['x', 'j'], ['n', 'm'])
  const value = b.load('float32', 0, at(['i', 'j'], ['n', 'm']))
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n', 'm']), buffer('int32', ['n']), buffer('float32', ['n', 'm'], 'readwrite')],
    loops: [loop('i', 'n'), loop('j', 'm')],
    stages: [stage({ stores: [store(2, place, value, { lookups, accumulate: true })] })],
    label: 'scatter',
  })
}

/** The mean and variance of each row in one kernel, then the row standardized. */
export function standardized(): Kernel {
  const b = new Draft()
  const place = at(['i', 'j'], ['n', 'm'])
  const x = b.load('float32', 0, place)
  const count = b.index('float32', 'm')
  const centered = b.call('sub', 'float32', x, b.call('div', 'float32', b.fold('float32', 'sum'), count))
  const spread = b.call('sqrt', 'float32', b.call('div', 'float32', b.fold('float32', 'squares'), count))
  const inner = [loop('j', 'm')]
  return kernel({
    dims: ['n', 'm'],
    buffers: [buffer('float32', ['n', 'm']), buffer('float32', ['n', 'm'], 'write'), buffer('float32', ['n'], 'write')],
    loops: [loop('i', 'n')],
    stages: [
      stage({ loops: inner, folds: [fold('sum', 'add', 'float32', x, 'float64'), fold('top', 'max', 'float32', x)] }),
      stage({
        loops: inner,
        folds: [fold('squares', 'add', 'float32', b.call('mul', 'float32', centered, centered), 'float64')],
      }),
      stage({ loops: inner, stores: [store(1, place, b.call('div', 'float32', centered, spread))] }),
      stage({ stores: [store(2, 'i', b.fold('float32', 'top'))] }),
    ],
    label: 'standardize',
  })
}

/** A chain of so many steps on one vector. */
export function longChain(length: number): Kernel {
  const b = new Draft()
  let value: Expr = b.load('float32', 0, 'i')
  for (let i = 0; i < length; i++) {
    value =
      i % 2
        ? b.call('mul', 'float32', value, b.constant('float32', 1 - (i % 7) / 1000))
        : b.call('add', 'float32', value, b.load('float32', 0, 'i'))
  }
  return kernel({
    dims: ['n'],
    buffers: [buffer('float32', ['n']), buffer('float32', ['n'], 'write')],
    loops: [loop('i', 'n')],
    stages: [stage({ stores: [store(1, 'i', value)] })],
    label: 'chain',
  })
}
