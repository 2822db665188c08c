// Triangular systems, as `frontend/linalg/triangular.ts`.
#pragma once
#include "routines/rows.hpp"

namespace damo {

// x with A x = b in place of b; false when a pivot is 0.
DAMO_NOINLINE bool substitute(const f64* a, f64* x, i32 n, i32 columns, i32 lower, i32 trans, i32 unit) {
  for (i32 step = 0; step < n; step++) {
    const i32 i = lower != trans ? step : n - 1 - step;
    const f64 pivot = unit ? 1 : a[i * n + i];
    if (pivot == 0) return false;
    const i32 from = lower ? 0 : i + 1, to = lower ? i : n;
    f64* const row = x + i * columns;
    if (!trans)
      for (i32 j = from; j < to; j++) addRow(row, x + j * columns, columns, -a[i * n + j]);
    if (!unit)
      for (i32 k = 0; k < columns; k++) row[k] /= pivot;
    if (trans)
      for (i32 j = from; j < to; j++) addRow(x + j * columns, row, columns, -a[i * n + j]);
  }
  return true;
}

// `work` has room for n * n + n * columns.
template <class T, class, class>
DAMO_NOINLINE i32 solveTriangular(const Stored<T>* a, const Stored<T>* b, Stored<T>* result, f64* work, i32 n,
                                  i32 columns, i32 lower, i32 trans, i32 unit) {
  f64* const x = work + n * n;
  copyRow(work, a, n * n);
  copyRow(x, b, n * columns);
  if (!substitute(work, x, n, columns, lower, trans, unit)) return 1;
  copyRow(result, x, n * columns);
  return 0;
}

}  // namespace damo
