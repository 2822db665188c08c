// Gauss' elimination, as `frontend/linalg/lu.ts`.
#pragma once
#include "routines/rows.hpp"

namespace damo {

// A to U with L below it, and b, which may be null, with it; `pivots`, which may be null, gets the row that each is exchanged
// with. The sign of the exchanges, 0 when a pivot is 0 and there is a b.
DAMO_NOINLINE i32 eliminate(f64* a, i32 n, f64* b, i32 columns, i32* pivots) {
  i32 sign = 1;
  for (i32 k = 0; k < n; k++) {
    i32 top = k;
    for (i32 i = k + 1; i < n; i++)
      if (magnitude(a[i * n + k]) > magnitude(a[top * n + k])) top = i;
    if (top != k) {
      sign = -sign;
      swapRows(a + k * n, a + top * n, n);
      if (b) swapRows(b + k * columns, b + top * columns, columns);
    }
    if (pivots) pivots[k] = top;
    const f64 pivot = a[k * n + k];
    if (pivot == 0) {
      if (b) return 0;
      continue;
    }
    for (i32 i = k + 1; i < n; i++) {
      const f64 factor = a[i * n + k] / pivot;
      a[i * n + k] = factor;
      addRow(a + i * n + k + 1, a + k * n + k + 1, n - k - 1, -factor);
      if (b) addRow(b + i * columns, b + k * columns, columns, -factor);
    }
  }
  return sign;
}

// x with A x = b in place of b; A is lost. False when A is singular.
DAMO_NOINLINE bool solveInPlace(f64* a, i32 n, f64* b, i32 columns) {
  if (eliminate(a, n, b, columns, nullptr) == 0) return false;
  for (i32 i = n - 1; i >= 0; i--) {
    for (i32 j = i + 1; j < n; j++) addRow(b + i * columns, b + j * columns, columns, -a[i * n + j]);
    for (i32 k = 0; k < columns; k++) b[i * columns + k] /= a[i * n + i];
  }
  return true;
}

// `work` has room for n * n + n * columns.
template <class T, class, class>
DAMO_NOINLINE i32 solve(const Stored<T>* a, const Stored<T>* b, Stored<T>* result, f64* work, i32 n, i32 columns) {
  f64* const x = work + n * n;
  copyRow(work, a, n * n);
  copyRow(x, b, n * columns);
  if (!solveInPlace(work, n, x, columns)) return 1;
  copyRow(result, x, n * columns);
  return 0;
}

// `work` has room for 2 n * n.
template <class T, class> DAMO_NOINLINE i32 inverse(const Stored<T>* a, Stored<T>* result, f64* work, i32 n) {
  f64* const x = work + n * n;
  copyRow(work, a, n * n);
  identity(x, n);
  if (!solveInPlace(work, n, x, n)) return 1;
  copyRow(result, x, n * n);
  return 0;
}

// `work` has room for n * n.
template <class T, class, class, class>
DAMO_NOINLINE i32 lu(const Stored<T>* a, Stored<T>* packed, i32* pivots, Stored<T>* parity, f64* work, i32 n) {
  copyRow(work, a, n * n);
  const i32 sign = eliminate(work, n, nullptr, 0, pivots);
  if (packed) copyRow(packed, work, n * n);
  if (parity) *parity = Stored<T>(sign);
  return 0;
}

// `order` has room for n.
template <class, class, class>
DAMO_NOINLINE i32 permutation(const i32* pivots, i32* rows, i32* places, i32* order, i32 n) {
  for (i32 i = 0; i < n; i++) order[i] = i;
  for (i32 k = 0; k < n; k++) {
    const i32 row = order[k], other = pivots[k];
    if (other < 0 || other >= n) return 1;
    order[k] = order[other];
    order[other] = row;
  }
  if (rows) copyRow(rows, order, n);
  if (places)
    for (i32 k = 0; k < n; k++) places[order[k]] = k;
  return 0;
}

}  // namespace damo
