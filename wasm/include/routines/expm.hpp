// The exponential of a matrix, as `frontend/linalg/expm.ts`.
#pragma once
#include "routines/lu.hpp"

namespace damo {

DAMO_NOINLINE void multiply(f64* out, const f64* a, const f64* b, i32 n) {
  clearRow(out, n * n);
  for (i32 i = 0; i < n; i++)
    for (i32 k = 0; k < n; k++) addRow(out + i * n, b + k * n, n, a[i * n + k]);
}

// A^6 (h1 A^2 + h2 A^4 + h3 A^6) + l0 + l1 A^2 + l2 A^4 + l3 A^6, of the powers of A.
DAMO_NOINLINE void padeTerms(f64* sum, f64* inner, const f64* square, const f64* fourth, const f64* sixth, i32 n,
                                    f64 h1, f64 h2, f64 h3, f64 l0, f64 l1, f64 l2, f64 l3) {
  for (i32 i = 0; i < n * n; i++) inner[i] = h1 * square[i] + h2 * fourth[i] + h3 * sixth[i];
  multiply(sum, sixth, inner, n);
  identity(inner, n);
  for (i32 i = 0; i < n * n; i++)
    sum[i] = sum[i] + (l1 * square[i] + l2 * fourth[i] + l3 * sixth[i] + l0 * inner[i]);
}

// `work` has room for 7 n * n.
template <class T, class> DAMO_NOINLINE i32 expm(const Stored<T>* matrix, Stored<T>* result, f64* work, i32 n) {
  const i32 size = n * n;
  f64 *const a = work, *const square = a + size, *const fourth = square + size, *const sixth = fourth + size;
  f64 *const odd = sixth + size, *const even = odd + size, *const inner = even + size;
  copyRow(a, matrix, size);
  f64 norm = 0;
  for (i32 j = 0; j < n; j++) {
    f64 sum = 0;
    for (i32 i = 0; i < n; i++) sum += magnitude(a[i * n + j]);
    if (!(sum < inf64)) return 1;
    if (sum > norm) norm = sum;
  }
  i32 halvings = 0;
  for (; norm > 5.371920351148152 && halvings < 1100; halvings++) norm *= 0.5;
  for (i32 k = 0; k < halvings; k++)
    for (i32 i = 0; i < size; i++) a[i] *= 0.5;
  multiply(square, a, a, n);
  multiply(fourth, square, square, n);
  multiply(sixth, fourth, square, n);
  padeTerms(odd, inner, square, fourth, sixth, n, 40840800., 16380., 1., 32382376266240000., 1187353796428800.,
            10559470521600., 33522128640.);
  padeTerms(even, inner, square, fourth, sixth, n, 1323241920., 960960., 182., 64764752532480000., 7771770303897600.,
            129060195264000., 670442572800.);
  multiply(square, a, odd, n);
  for (i32 i = 0; i < size; i++) {
    const f64 v = even[i], w = square[i];
    odd[i] = v - w;
    even[i] = v + w;
  }
  if (!solveInPlace(odd, n, even, n)) return 1;
  f64 *power = even, *other = fourth;
  for (i32 k = 0; k < halvings; k++) {
    multiply(other, power, power, n);
    f64* const last = power;
    power = other;
    other = last;
  }
  copyRow(result, power, size);
  return 0;
}

}  // namespace damo
