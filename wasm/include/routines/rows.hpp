// Rows of matrices of f64 in row-major order. What stands in `frontend/linalg/rows.ts`, operation for operation, so that
// both give the same bits.
#pragma once
#include "damo.hpp"

namespace damo {

constexpr f64 inf64 = __builtin_inf();

DAMO_INLINE f64 magnitude(f64 x) { return __builtin_fabs(x); }

// y += factor x; the rows do not overlap.
DAMO_NOINLINE void addRow(f64* __restrict y, const f64* __restrict x, i32 count, f64 factor) {
  for (i32 k = 0; k < count; k++) y[k] += factor * x[k];
}

// The sum of products, in four sums of every fourth product.
DAMO_NOINLINE f64 dotRow(const f64* x, const f64* y, i32 count) {
  f64 sums[4] = {0, 0, 0, 0};
  i32 k = 0;
  for (; k + 4 <= count; k += 4)
    for (i32 i = 0; i < 4; i++) sums[i] += x[k + i] * y[k + i];
  for (i32 i = 0; k + i < count; i++) sums[i] += x[k + i] * y[k + i];
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

// c x - s y and s x + c y; the rows do not overlap.
DAMO_NOINLINE void turnRows(f64* __restrict a, f64* __restrict b, i32 count, f64 c, f64 s) {
  for (i32 k = 0; k < count; k++) {
    const f64 x = a[k], y = b[k];
    a[k] = c * x - s * y;
    b[k] = s * x + c * y;
  }
}

DAMO_NOINLINE void swapRows(f64* __restrict a, f64* __restrict b, i32 count) {
  for (i32 k = 0; k < count; k++) {
    const f64 x = a[k];
    a[k] = b[k];
    b[k] = x;
  }
}

DAMO_INLINE f64 length2(f64 x, f64 y) {
  const f64 a = magnitude(x), b = magnitude(y);
  const f64 large = a > b ? a : b, small = a > b ? b : a;
  if (large == 0) return 0;
  const f64 ratio = small / large;
  return large * __builtin_sqrt(1 + ratio * ratio);
}

// Operands to f64 and results from it.
template <class A, class B> DAMO_INLINE void copyRow(A* __restrict to, const B* __restrict from, i32 count) {
  for (i32 k = 0; k < count; k++) to[k] = A(from[k]);
}

DAMO_INLINE void clearRow(f64* x, i32 count) {
  for (i32 k = 0; k < count; k++) x[k] = 0;
}

DAMO_INLINE void identity(f64* x, i32 n) {
  clearRow(x, n * n);
  for (i32 i = 0; i < n; i++) x[i * n + i] = 1;
}

// -1 where the first large element is negative, three quarters of the largest or more.
DAMO_NOINLINE f64 signOfRow(const f64* x, i32 count, i32 stride) {
  f64 largest = 0;
  for (i32 k = 0; k < count; k++) {
    const f64 size = magnitude(x[k * stride]);
    if (size > largest) largest = size;
  }
  for (i32 k = 0; k < count; k++) {
    const f64 value = x[k * stride];
    if (magnitude(value) >= 0.75 * largest) return value < 0 ? -1 : 1;
  }
  return 1;
}

}  // namespace damo
