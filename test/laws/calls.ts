/**
 * Right calls of every public function: what the examples of the laws pass to functions of tensors, recorded, and lists
 * of arguments for the others. A test that uses them mocks `damo` and `damo/nn` by `recording`.
 */
import * as d from 'damo'
import * as nn from 'damo/nn'
import { type ElementwiseOp, type ExampleInput, type Op, registry } from '../../frontend/define.ts'
import { functions } from './functions.ts'
import { original, recorded } from './recording.ts'

/** Arguments that a function is right to be called with. */
export type Arguments = readonly unknown[]

const { interpreter } = d

/** Functions that no example calls. */
const others: Readonly<Record<string, (input: ExampleInput) => readonly Arguments[]>> = {
  // Movements, routines and what is made of them: their examples apply records.
  broadcastTo: input => [[input([3]), ['m', 3]]],
  cast: input => [[input(['m']), 'int32']],
  bitcast: input => [[input(['m']), 'int32']],
  diag: input => [[input([3]), { offset: 1 }], [input(['m', 'n'])]],
  diagonal: input => [[input(['m', 'n', 3]), { offset: 1, axis1: 0, axis2: 2 }]],
  reshape: input => [[input([6, 4]), [3, -1]]],
  slice: () => [[1, 5, 2]],
  transpose: input => [[input(['m', 'n', 3]), [2, 0, 1]]],
  cholesky: input => [[input([3, 3]), { lower: false, onError: 'nan' }]],
  det: input => [[input(['m', 3, 3])]],
  eigh: input => [[input([3, 3]), { lower: false }]],
  expm: input => [[input([3, 3])]],
  inv: input => [[input(['m', 3, 3])]],
  lu: input => [[input([3, 3])]],
  pinv: input => [[input([3, 2])]],
  qr: input => [[input([3, 2]), { mode: 'complete' }]],
  solve: input => [[input([3, 3]), input([3, 'n']), { assumeA: 'pos' }]],
  solveTriangular: input => [[input([3, 3]), input([3, 'n']), { lower: true, trans: true, unitDiagonal: true }]],
  svd: input => [[input([3, 2]), { fullMatrices: true }]],
  logSoftmax: input => [[input(['m', 3]), { axis: 0 }]],
  logsumexp: input => [[input(['m', 3]), { axis: 0, keepdims: true }]],
  softmax: input => [[input(['m', 3]), { axis: 0 }]],
  gradClip: input => [[input(['m']), -1, 1]],
  gradScale: input => [[input(['m']), 2]],
  // Leaves.
  array: () => [[[[1, 2, 3]], { dtype: 'int32', shape: [3, 1] }]],
  constant: () => [[[1, 2], { dtype: 'int32' }]],
  dim: () => [['n', { multipleOf: 4, atLeast: 8 }]],
  col: () => [['x', { dtype: 'int32', size: 'n' }]],
  row: () => [['x', { dtype: 'int32', size: 3 }]],
  tensor: () => [['x', { dtype: 'int32', shape: ['n', 3] }]],
  ...Object.fromEntries(
    ['scalar', 'vector', 'matrix', 'tensor3', 'tensor4', 'tensor5', 'tensor6', 'tensor7'].map((name, rank) => [
      name,
      () => [['x', { dtype: 'int32', shape: ['n', 3, null, 4, 5, 6, 7].slice(0, rank) }]],
    ]),
  ),
  ...Object.fromEntries(
    'scalars vectors matrices tensor3s tensor4s tensor5s tensor6s tensor7s cols rows'
      .split(' ')
      .map(name => [name, () => [['x', 'y', { dtype: 'int32' }]]]),
  ),
  shared: () => [[[1, 2], 'weights', { dtype: 'float64', shape: [2] }]],
  // Derivatives.
  grad: input => {
    const x = input([3])
    return [[d.sum(x), [x], { considerConstant: [x], disconnectedInputs: 'ignore' }]]
  },
  Lop: input => {
    const x = input([3])
    return [[[d.exp(x)], [x], [input([3])]]]
  },
  Rop: input => {
    const x = input([3])
    return [[[d.exp(x)], [x], [input([3])]]]
  },
  jacobian: input => {
    const x = input([3])
    return [[d.exp(x), x]]
  },
  hessian: input => {
    const x = input([3])
    return [[d.sum(d.exp(x)), x]]
  },
  // Programs.
  compile: input => {
    const x = input(['n', 3])
    return [
      [{ name: 'f', inputs: { x }, outputs: { y: d.sum(x) }, onUnusedInput: 'ignore' }, { target: interpreter() }],
    ]
  },
  compileAll: input => {
    const x = input(['n', 3])
    return [[{ f: { inputs: { x }, outputs: { y: d.sum(x) } } }, { target: interpreter() }]]
  },
  evaluate: input => {
    const x = input([2])
    return [[[d.exp(x)], new Map([[x, [1, 2]]])]]
  },
  interpreter: () => [[{}]],
  explain: input => [[{ outputs: d.exp(input([3])) }]],
  debugprint: input => [[d.exp(input([3])), {}]],
  rewriteGraph: input => [[d.exp(input([3])), { exclude: ['canonical'] }]],
  // Loops.
  scan: input => [
    [
      (h: d.Tensor, x: unknown) => ({ carry: d.add(h, x as d.Tensor) }),
      { initial: input([3]), sequences: input(['n', 3]), steps: 'n' },
    ],
  ],
  map: input => [[(x: d.Tensor) => d.exp(x), input(['n', 3])]],
  foldl: input => [[(h: d.Tensor, x: d.Tensor) => d.add(h, x), input(['n', 3]), input([3])]],
  foldr: input => [[(h: d.Tensor, x: d.Tensor) => d.add(h, x), input(['n', 3]), input([3])]],
  reduce: input => [[(h: d.Tensor, x: d.Tensor) => d.add(h, x), input(['n', 3]), input([3])]],
  // Weights and their updates.
  rng: () => [[7]],
  uniform: () => [[[3, 4], { seed: 1, low: -1, high: 1 }]],
  normal: () => [[[3, 4], { seed: 1, mean: 0, std: 1 }]],
  ...Object.fromEntries(
    ['glorotUniform', 'glorotNormal', 'heUniform', 'heNormal', 'lecunUniform', 'lecunNormal'].map(name => [
      name,
      () => [[[3, 4], { seed: 1 }]],
    ]),
  ),
  ...Object.fromEntries(
    ['sgd', 'momentum', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam', 'adamw'].map(name => [
      name,
      () => {
        const weights = d.shared([1, 2, 3], 'weights')
        return [[d.sum(weights), [weights], { learningRate: 0.1 }]]
      },
    ]),
  ),
}

/** The public functions by the entry that exports them; classes are not called. */
export const publicFunctions = Object.entries({ damo: d, nn }).flatMap(([entry, names]) =>
  Object.entries(names).flatMap(([name, f]) =>
    typeof f === 'function' && !/^class\b/.test(String(f)) ? [{ entry, name, f: original(f) }] : [],
  ),
)

/** Right calls of a function, with tensors called `a`, `b` and so on; none where nobody says how it is called. */
export function rightCalls(name: string): readonly Arguments[] {
  let count = 0
  const input: ExampleInput = (shape, dtype = 'float32') => d.tensor('abcdefghij'[count++] ?? 'more', { dtype, shape })
  if (others[name]) return others[name](input)
  if (functions[name]) return recorded(name, () => functions[name]!(input))
  const op: Op | undefined = (d as unknown as Record<string, { op?: Op }>)[name]?.op ?? registry.get(name)
  if (op?.kind === 'elementwise') return [operandsOf(op, input)]
  return op?.kind === 'reduction' ? [[input(['m', 3]), { axis: 1, keepdims: true }]] : []
}

const operandsOf = ({ arity, accepts }: ElementwiseOp, input: ExampleInput): Arguments =>
  Array.from({ length: arity }, () => input(['m', 3], accepts.includes('float32') ? 'float32' : accepts.at(-1)))
