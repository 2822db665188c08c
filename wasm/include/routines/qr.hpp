// Reflections and the QR factorization, as `frontend/linalg/householder.ts`.
#pragma once
#include "routines/rows.hpp"

namespace damo {

DAMO_NOINLINE f64 reflect(f64* a, i32 count, i32 stride) {
  f64 largest = 0;
  for (i32 i = 1; i < count; i++) {
    const f64 size = magnitude(a[i * stride]);
    // NaN stays the largest.
    if (!(size <= largest) && largest == largest) largest = size;
  }
  if (largest == 0) return 0;
  f64 sum = 0;
  for (i32 i = 1; i < count; i++) {
    const f64 part = a[i * stride] / largest;
    sum += part * part;
  }
  const f64 alpha = a[0];
  const f64 length = length2(alpha, largest * __builtin_sqrt(sum));
  const f64 beta = alpha > 0 ? -length : length;
  for (i32 i = 1; i < count; i++) a[i * stride] /= alpha - beta;
  a[0] = beta;
  return (beta - alpha) / beta;
}

// Applies the reflection in column k of a to the columns from `from` on of x; `room` holds a row of x.
DAMO_NOINLINE void applyReflection(const f64* a, i32 n, i32 k, f64 tau, f64* x, i32 rows, i32 columns, i32 from,
                                          f64* room) {
  const i32 count = columns - from;
  if (tau == 0 || count <= 0) return;
  f64* const first = x + k * columns + from;
  for (i32 j = 0; j < count; j++) room[j] = first[j];
  for (i32 i = k + 1; i < rows; i++) addRow(room, x + i * columns + from, count, a[i * n + k]);
  addRow(first, room, count, -tau);
  for (i32 i = k + 1; i < rows; i++) addRow(x + i * columns + from, room, count, -tau * a[i * n + k]);
}

// `work` has room for m * n + m * width + m + n + width.
template <class T, class, class>
DAMO_NOINLINE i32 qr(const Stored<T>* matrix, Stored<T>* q, Stored<T>* r, f64* work, i32 m, i32 n, i32 width) {
  const i32 steps = m < n ? m : n;
  f64 *const a = work, *const y = a + m * n, *const taus = y + m * width, *const room = taus + steps;
  copyRow(a, matrix, m * n);
  for (i32 k = 0; k < steps; k++) {
    taus[k] = reflect(a + k * n + k, m - k, n);
    applyReflection(a, n, k, taus[k], a, m, n, k + 1, room);
  }
  if (r)
    for (i32 i = 0; i < width; i++)
      for (i32 j = 0; j < n; j++) r[i * n + j] = Stored<T>(j < i ? 0 : a[i * n + j]);
  if (!q) return 0;
  clearRow(y, m * width);
  for (i32 i = 0; i < m && i < width; i++) y[i * width + i] = 1;
  for (i32 k = steps - 1; k >= 0; k--) applyReflection(a, n, k, taus[k], y, m, width, k, room);
  copyRow(q, y, m * width);
  return 0;
}

}  // namespace damo
