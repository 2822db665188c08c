/** Linear algebra. */
import {
  abs,
  add,
  batchedDot,
  batchedTensordot,
  cholesky,
  choSolve,
  diag,
  dot,
  eigh,
  exp,
  expandDims,
  eye,
  log,
  lstsq,
  matmul,
  mul,
  norm,
  outer,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  sqrt,
  square,
  sub,
  sum,
  svd,
  svdvals,
  type Tensor,
  tensordot,
  trace,
  transpose,
} from 'damo'
import type { Translation, Translations } from './case.ts'

const product: Translation = ({ x, y }) => [dot(x, y)]

/** -1/2 (d' S^-1 d + log |S| + n log 2 pi), by solve and slogdet. */
function gaussian(d: Tensor, S: Tensor): Tensor {
  const size = d.shape[0] as number
  const terms = add(dot(d, solve(S, d)), slogdet(S).logabsdet)
  return mul(add(terms, size * Math.log(2 * Math.PI)), -0.5)
}

export const linalg: Translations = {
  'linalg/batched_cholesky_solve': ({ S, b }) => [solve(S, b)],
  'linalg/batched_dot': ({ x, y }) => [batchedDot(x, y)],
  'linalg/batched_tensordot': ({ x, y }) => [batchedTensordot(x, y, [[2], [1]])],
  'linalg/bilinear': ({ x, A, y }) => [dot(x, dot(A, y))],
  'linalg/dot_empty': product,
  'linalg/dot_f32': product,
  'linalg/dot_int': product,
  'linalg/dot_mm': product,
  'linalg/dot_mv': product,
  'linalg/dot_nd': product,
  'linalg/dot_odd': product,
  'linalg/dot_vm': product,
  'linalg/eigh_recon': ({ x }) => {
    const { eigenvalues, eigenvectors } = eigh(mul(add(x, transpose(x)), 0.5))
    return [dot(mul(eigenvectors, eigenvalues), transpose(eigenvectors)), eigenvalues, abs(eigenvectors)]
  },
  'linalg/gaussian_logpdf': ({ d, S }) => [gaussian(d, S)],
  'linalg/lstsq': ({ A, b }) => [lstsq(A, b).x],
  'linalg/matmul_broadcast': ({ x, y }) => [matmul(x, y)],
  'linalg/matrix_norms': ({ x }) => (['fro', 1, Number.POSITIVE_INFINITY, 'nuc'] as const).map(ord => norm(x, { ord })),
  'linalg/matrix_sqrt_eigh': ({ x }) => {
    const { eigenvalues, eigenvectors } = eigh(mul(add(x, transpose(x)), 0.5))
    return [dot(dot(eigenvectors, diag(sqrt(add(abs(eigenvalues), 1)))), transpose(eigenvectors))]
  },
  'linalg/outer': ({ x, y }) => [outer(x, y)],
  'linalg/pinv': ({ x }) => [pinv(x)],
  'linalg/qr': ({ x }) => {
    const { q, r } = qr(x)
    return [abs(r), dot(q, r), dot(transpose(q), q)]
  },
  'linalg/slogdet': ({ x }) => {
    const { sign, logabsdet } = slogdet(x)
    return [sign, logabsdet]
  },
  'linalg/solve_upper_T': ({ A, b }) => [solveTriangular(A, b, { trans: 'T', lower: true })],
  'linalg/solve_vec': ({ A, b }) => [solve(A, b)],
  'linalg/svd_recon': ({ x }) => {
    const { u, s, vh } = svd(x, { fullMatrices: false })
    return [dot(mul(u, s), vh), abs(vh), dot(transpose(u), u)]
  },
  'linalg/svd_s': ({ x }) => [svdvals(x)],
  'linalg/tensordot_axes': ({ x, y }) => [
    tensordot(x, y, [
      [1, 2],
      [1, 0],
    ]),
  ],
  'linalg/tensordot_int': ({ x, y }) => [tensordot(x, y, 2)],
  'linalg/trace': ({ x }) => [trace(x)],
  'misc/gp_marginal': ({ x, y, l, s }) => {
    const size = x.shape[0] as number
    const distance = square(sub(expandDims(x, 1), x))
    const K = add(exp(mul(distance.div(square(l)), -0.5)), mul(square(s), eye(size, { dtype: x.dtype })))
    const L = cholesky(K)
    const quadratic = dot(y, choSolve(L, y))
    const logDet = mul(sum(log(diag(L))), 2)
    return [mul(add(quadratic, logDet), -0.5)]
  },
  'misc/mahalanobis_pairwise': ({ x, y }) => {
    const difference = sub(expandDims(x, 1), expandDims(y, 0))
    return [exp(mul(sum(square(difference), { axis: -1 }), -1))]
  },
}
