/** What the editor knows of products and of functions of matrices, and that it is so. */

import type { Tensor } from 'damo'
import * as d from 'damo'
import { test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is, isOf } from './told.ts'

const a = d.matrix('a', { shape: [3, 3] })
const w = d.matrix('w', { dtype: 'float64', shape: [3, 3] })
const n = d.matrix('n', { dtype: 'int32', shape: [3, 3] })
const h = d.matrix('h', { dtype: 'float16', shape: [3, 3] })
const flags = d.matrix('flags', { dtype: 'bool', shape: [3, 3] })
const v = d.vector('v', { shape: [3] })
const t = d.tensor3('t', { shape: [2, 3, 3] })
const u = d.tensor4('u', { shape: [3, 3, 3, 3] })
const s = d.scalar('s')
const some: Tensor = a

test('products', () => {
  is(d.matmul(a, w), 'float64', 2)
  is(d.matmul(a, v), 'float32', 1)
  is(d.matmul(v, a), 'float32', 1)
  is(d.matmul(v, v), 'float32', 0)
  is(d.matmul(t, v), 'float32', 2)
  is(d.matmul(t, a), 'float32', 3)
  is(d.matmul(n, n, { dtype: 'int64' }), 'int64', 2)
  is(d.matmul(flags, flags), 'bool', 2)
  is(a.matmul(v), 'float32', 1)
  exactly<Tensor>()([some, some].reduce(d.matmul))
  is(d.dot(a, v), 'float32', 1)
  is(d.dot(t, t), 'float32', 4)
  is(d.dot(2, w), 'float64', 2)
  is(d.dot(flags, flags), 'bool', 2)
  is(d.inner(t, v), 'float32', 2)
  is(d.outer(v, n), 'float32', 2)
  is(d.kron(v, w), 'float64', 2)
  is(d.tensordot(t, a), 'float32', 1)
  is(d.tensordot(a, a, 1), 'float32', 2)
  is(d.tensordot(t, a, [[2], [0]]), 'float32', 3)
  is(d.tensordot(t, a, [1, 0]), 'float32', 3)
  is(d.batchedDot(t, t), 'float32', 3)
  is(d.batchedDot(a, d.tensor3('b', { shape: [3, 3, 2] })), 'float32', 2)
  is(d.batchedTensordot(t, t), 'float32', 1)
  is(d.matrixDot(a, w, a), 'float64', 2)
  is(d.einsum('ij,jk->ik', a, w), 'float64', 2)
  is(d.einsum('bij, bij -> b', t, t), 'float32', 1)
  isOf(d.einsum('ij,jk', a, a), 'float32', 2)
  isOf(d.einsum('...i,i->...', t, v), 'float32', 2)
  is(d.vecdot(a, v), 'float32', 1)
  is(d.matvec(t, v), 'float32', 2)
  is(d.vecmat(v, w), 'float64', 1)
})

test('functions of matrices', () => {
  is(d.cholesky(a), 'float32', 2)
  is(d.inv(n), 'float32', 2)
  is(d.pinv(w), 'float64', 2)
  is(d.expm(t), 'float32', 3)
  is(d.matrixPower(n, 2), 'int32', 2)
  is(d.matrixPower(n, -1), 'float32', 2)
  is(d.det(t), 'float32', 1)
  const { sign, logabsdet } = d.slogdet(w)
  is(sign, 'float64', 0)
  is(logabsdet, 'float64', 0)
  const { eigenvalues, eigenvectors } = d.eigh(t)
  is(eigenvalues, 'float32', 2)
  is(eigenvectors, 'float32', 3)
  is(d.eigvalsh(a), 'float32', 1)
  const { p, l, u: upper } = d.lu(w)
  is(p, 'int32', 1)
  is(l, 'float64', 2)
  is(upper, 'float64', 2)
  const factors = d.luFactor(t)
  is(factors.lu, 'float32', 3)
  is(d.luSolve(factors, a), 'float32', 3)
  is(d.luSolve(d.luFactor(w), v, { trans: true }), 'float64', 1)
  const { q, r } = d.qr(n)
  is(q, 'float32', 2)
  is(r, 'float32', 2)
  const svd = d.svd(t)
  is(svd.u, 'float32', 3)
  is(svd.s, 'float32', 2)
  is(svd.vh, 'float32', 3)
  is(d.svdvals(a), 'float32', 1)
  is(d.solve(a, v), 'float32', 1)
  is(d.solve(a, w), 'float64', 2)
  is(d.choSolve(t, a), 'float32', 3)
  is(d.solveTriangular(n, v), 'float32', 1)
  const least = d.lstsq(a, v)
  is(least.x, 'float32', 1)
  is(least.residuals, 'float32', 0)
  is(least.rank, 'int32', 0)
  is(least.s, 'float32', 1)
  is(d.lstsq(a, w).residuals, 'float64', 1)
  is(d.matrixRank(t), 'int32', 1)
  is(d.tensorinv(d.tensor4('four', { shape: [2, 3, 3, 2] })), 'float32', 4)
  is(d.tensorsolve(u, a), 'float32', 2)
  is(d.trace(n), 'int64', 0)
  is(d.trace(t), 'float32', 1)
  is(d.diag(v), 'float32', 2)
  is(d.diag(n), 'int32', 1)
  is(d.diagonal(t), 'float32', 2)
  is(d.allocDiag(a), 'float32', 3)
  is(d.fillDiagonal(n, 0.5), 'int32', 2)
  is(d.tril(flags), 'bool', 2)
  is(d.triu(t, 1), 'float32', 3)
  is(d.rfft(v), 'float32', 2)
  is(d.irfft(d.matrix('pairs', { shape: [3, 2] })), 'float32', 1)
})

test('derivatives', () => {
  const cost = d.sum(d.square(a))
  is(d.grad(cost, a), 'float32', 2)
  is(d.grad(cost, [a])[0], 'float32', 2)
  is(d.Lop(d.mul(a, 2), a, a), 'float32', 2)
  is(d.Rop(d.sum(d.mul(a, 2), 0), a, a), 'float32', 1)
  is(d.Rop([cost], a, a)[0], 'float32', 0)
  is(d.jacobian(d.mul(v, 2), v), 'float32', 2)
  is(d.jacobian(d.matmul(a, v), [a, v])[0], 'float32', 3)
  is(d.hessian(d.sum(d.square(v)), v), 'float32', 2)
  is(d.hessian(d.sum(d.square(a)), [a])[0], 'float32', 4)
  // @ts-expect-error: a scalar, not rank 2
  fails(() => d.grad(a, a))
  // @ts-expect-error: a float, not int64
  fails(() => d.grad(d.sum(n), n))
  // @ts-expect-error: a float, not int32
  fails(() => d.grad(cost, n))
  // @ts-expect-error: a float, not int32
  fails(() => d.grad(cost, [a, n]))
  // @ts-expect-error: a scalar, not rank 1
  fails(() => d.hessian(v, v))
  // @ts-expect-error: a float, not int32
  fails(() => d.jacobian(d.mul(v, 2), n))
  // @ts-expect-error: a number is not what derivatives are taken of
  fails(() => d.grad(1, a))
})

test('what cannot be right is refused', () => {
  // @ts-expect-error: at least one axis, not a scalar
  fails(() => d.matmul(s, a))
  // @ts-expect-error: at least one axis, not a scalar
  fails(() => a.matmul(s))
  // @ts-expect-error: fewer axes of ranks 1 and 2
  fails(() => d.tensordot(v, a))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.tensordot(a, a, [2, 0]))
  // @ts-expect-error: a number, not bool
  fails(() => d.kron(flags, flags))
  // @ts-expect-error: matrices
  fails(() => d.matrixDot(a, v))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.matvec(v, v))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.inv(v))
  // @ts-expect-error: float32 or float64, not bool
  fails(() => d.cholesky(flags))
  // @ts-expect-error: float32 or float64, not float16
  fails(() => d.inv(h))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.det(v))
  // @ts-expect-error: a matrix, not rank 0
  fails(() => d.svd(s))
  // @ts-expect-error: float32 or float64, not bool
  fails(() => d.qr(flags))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.solve(v, a))
  // @ts-expect-error: at least one axis, not a scalar
  fails(() => d.solve(a, s))
  // @ts-expect-error: float32 or float64, not bool
  fails(() => d.lstsq(a, flags))
  // @ts-expect-error: a vector or a matrix
  fails(() => d.diag(t))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.trace(v))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => d.tril(v))
  // @ts-expect-error: a number or a scalar
  fails(() => d.fillDiagonal(a, v))
  // @ts-expect-error: at least one axis, not a scalar
  fails(() => d.rfft(s))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.rfft(a, { axis: 2 }))
  // @ts-expect-error: less axes than 1, not 2
  fails(() => d.tensorsolve(v, a))
})
