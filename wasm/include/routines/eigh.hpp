// Eigenvalues and eigenvectors of symmetric matrices, as `frontend/linalg/eigh.ts`.
#pragma once
#include "routines/qr.hpp"

namespace damo {

// A to a matrix with its diagonal and `below`, the diagonal beneath; rows, which may be null, turn with it.
DAMO_NOINLINE void tridiagonalize(f64* a, i32 n, f64* below, f64* rows, f64* v, f64* p) {
  for (i32 k = 0; k + 1 < n; k++) {
    const i32 next = k + 1, left = n - next;
    const f64 tau = reflect(a + k * n + next, left, 1);
    below[k] = a[k * n + next];
    if (tau == 0) continue;
    for (i32 i = next; i < n; i++) v[i] = i == next ? 1 : a[k * n + i];
    for (i32 i = next; i < n; i++) p[i] = tau * dotRow(a + i * n + next, v + next, left);
    const f64 half = 0.5 * tau * dotRow(p + next, v + next, left);
    addRow(p + next, v + next, left, -half);
    for (i32 i = next; i < n; i++) {
      addRow(a + i * n + next, p + next, left, -v[i]);
      addRow(a + i * n + next, v + next, left, -p[i]);
    }
    if (!rows) continue;
    clearRow(p, n);
    for (i32 i = next; i < n; i++) addRow(p, rows + i * n, n, v[i]);
    for (i32 i = next; i < n; i++) addRow(rows + i * n, p, n, -tau * v[i]);
  }
}

// One QL step on the block from `first` to `last`.
DAMO_NOINLINE void qlStep(f64* d, f64* e, i32 n, i32 first, i32 last, f64* rows) {
  const f64 half = (d[first + 1] - d[first]) / (2 * e[first]);
  const f64 root = length2(half, 1);
  f64 g = d[last] - d[first] + e[first] / (half < 0 ? half - root : half + root);
  f64 s = 1, c = 1, shift = 0;
  for (i32 i = last - 1; i >= first; i--) {
    const f64 f = s * e[i], b = c * e[i], r = length2(f, g);
    e[i + 1] = r;
    if (r == 0) {
      d[i + 1] -= shift;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - shift;
    const f64 t = (d[i] - g) * s + 2 * c * b;
    shift = s * t;
    d[i + 1] = g + shift;
    g = c * t - b;
    if (rows) turnRows(rows + i * n, rows + (i + 1) * n, n, c, s);
  }
  d[first] -= shift;
  e[first] = g;
  e[last] = 0;
}

DAMO_NOINLINE bool diagonalize(f64* d, f64* e, i32 n, f64* rows) {
  for (i32 first = 0; first < n; first++)
    for (i32 step = 0;; step++) {
      i32 last = first;
      while (last + 1 < n && !(magnitude(e[last]) <= 0x1p-52 * (magnitude(d[last]) + magnitude(d[last + 1])))) last++;
      if (last == first) break;
      if (step == 60) return false;
      qlStep(d, e, n, first, last, rows);
    }
  return true;
}

// `work` has room for 2 n * n + 4 n.
template <class T, class, class>
DAMO_NOINLINE i32 eigh(const Stored<T>* matrix, Stored<T>* values, Stored<T>* vectors, f64* work, i32 n) {
  f64 *const a = work, *const rows = vectors ? a + n * n : nullptr;
  f64 *const d = a + 2 * n * n, *const below = d + n, *const v = below + n, *const p = v + n;
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j < n; j++) a[i * n + j] = f64(matrix[i >= j ? i * n + j : j * n + i]);
  if (rows) identity(rows, n);
  clearRow(below, n);
  tridiagonalize(a, n, below, rows, v, p);
  for (i32 i = 0; i < n; i++) d[i] = a[i * n + i];
  if (!diagonalize(d, below, n, rows)) return 1;
  for (i32 i = 0; i < n; i++) {
    i32 least = i;
    for (i32 j = i + 1; j < n; j++)
      if (d[j] < d[least]) least = j;
    if (least == i) continue;
    const f64 value = d[i];
    d[i] = d[least];
    d[least] = value;
    if (rows) swapRows(rows + i * n, rows + least * n, n);
  }
  if (values) copyRow(values, d, n);
  if (!rows) return 0;
  for (i32 i = 0; i < n; i++) {
    const f64 sign = signOfRow(rows + i * n, n, 1);
    for (i32 k = 0; k < n; k++) vectors[k * n + i] = Stored<T>(sign * rows[i * n + k]);
  }
  return 0;
}

}  // namespace damo
