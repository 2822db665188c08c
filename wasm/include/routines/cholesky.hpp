// Cholesky's factorization, as `frontend/linalg/cholesky.ts`.
#pragma once
#include "routines/rows.hpp"

namespace damo {

// u = L^T in place of the upper triangle of A; false when some pivot is not positive.
DAMO_NOINLINE bool factorCholesky(f64* u, i32 n) {
  for (i32 j = 0; j < n; j++) {
    f64* const row = u + j * n;
    if (!(row[j] > 0 && row[j] < inf64)) return false;
    const f64 root = __builtin_sqrt(row[j]);
    row[j] = root;
    for (i32 k = j + 1; k < n; k++) row[k] /= root;
    for (i32 i = j + 1; i < n; i++) addRow(u + i * n + i, row + i, n - i, -row[i]);
  }
  return true;
}

// `work` has room for n * n.
template <class T, class>
DAMO_NOINLINE i32 cholesky(const Stored<T>* a, Stored<T>* l, f64* work, i32 n) {
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j <= i; j++) work[j * n + i] = f64(a[i * n + j]);
  const bool positive = factorCholesky(work, n);
  for (i32 i = 0; i < n; i++)
    for (i32 j = 0; j < n; j++)
      l[i * n + j] = Stored<T>(!positive ? __builtin_nan("") : j <= i ? work[j * n + i] : 0);
  return !positive;
}

}  // namespace damo
