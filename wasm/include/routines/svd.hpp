// Singular values and vectors, as `frontend/linalg/svd.ts`.
#pragma once
#include "routines/qr.hpp"

namespace damo {

// A power of two that brings elements near 1, where they are far from it, otherwise 1; 0 where some are not finite.
DAMO_NOINLINE f64 scaleOf(const f64* a, i32 count) {
  f64 largest = 0;
  for (i32 i = 0; i < count; i++) {
    const f64 size = magnitude(a[i]);
    if (!(size < inf64)) return 0;
    if (size > largest) largest = size;
  }
  f64 scale = 1;
  if (largest > 0x1p300)
    while (largest / scale > 1) scale *= 2;
  if (largest > 0 && largest < 0x1p-300)
    while (largest / scale < 1 && scale > 0x1p-1000) scale /= 2;
  return scale;
}

DAMO_NOINLINE void pivotedQr(f64* a, i32 p, i32 q, f64* taus, i32* order, f64* room, f64* sizes) {
  for (i32 j = 0; j < q; j++) order[j] = j;
  for (i32 k = 0; k < q; k++) {
    clearRow(sizes, q);
    for (i32 i = k; i < p; i++)
      for (i32 j = k; j < q; j++) sizes[j] += a[i * q + j] * a[i * q + j];
    i32 longest = k;
    for (i32 j = k + 1; j < q; j++)
      if (sizes[j] > sizes[longest]) longest = j;
    if (longest != k) {
      for (i32 i = 0; i < p; i++) {
        const f64 value = a[i * q + k];
        a[i * q + k] = a[i * q + longest];
        a[i * q + longest] = value;
      }
      const i32 column = order[k];
      order[k] = order[longest];
      order[longest] = column;
    }
    taus[k] = reflect(a + k * q + k, p - k, q);
    applyReflection(a, q, k, taus[k], a, p, q, k + 1, room);
  }
}

// Turns pairs of rows of x, and those of `turned` with them, until all are orthogonal.
DAMO_NOINLINE void jacobi(f64* x, f64* turned, i32 q, f64* squares) {
  for (i32 sweep = 0; sweep < 60; sweep++) {
    f64 largest = 0;
    for (i32 i = 0; i < q; i++) {
      squares[i] = dotRow(x + i * q, x + i * q, q);
      if (squares[i] > largest) largest = squares[i];
    }
    const f64 nothing = largest * 0x1p-700;
    bool done = true;
    for (i32 i = 0; i + 1 < q; i++)
      for (i32 j = i + 1; j < q; j++) {
        const f64 a = squares[i], b = squares[j];
        if (!(a > nothing && b > nothing)) continue;
        const f64 mixed = dotRow(x + i * q, x + j * q, q);
        if (!(magnitude(mixed) > 0x1p-52 * __builtin_sqrt(a) * __builtin_sqrt(b))) continue;
        done = false;
        const f64 zeta = (b - a) / (2 * mixed);
        const f64 root = __builtin_sqrt(1 + zeta * zeta);
        const f64 t = zeta < 0 ? -1 / (root - zeta) : 1 / (root + zeta);
        const f64 c = 1 / __builtin_sqrt(1 + t * t);
        turnRows(x + i * q, x + j * q, q, c, c * t);
        turnRows(turned + i * q, turned + j * q, q, c, c * t);
        squares[i] = a - t * mixed;
        squares[j] = b + t * mixed;
      }
    if (done) return;
  }
}

// Row i becomes a unit vector orthogonal to the rows before it.
DAMO_NOINLINE void completeRow(f64* x, i32 i, i32 q) {
  i32 lacking = 0;
  f64 most = -1;
  for (i32 c = 0; c < q; c++) {
    f64 rest = 1;
    for (i32 k = 0; k < i; k++) rest -= x[k * q + c] * x[k * q + c];
    if (rest > most) {
      most = rest;
      lacking = c;
    }
  }
  f64* const row = x + i * q;
  for (i32 c = 0; c < q; c++) row[c] = c == lacking ? 1 : 0;
  for (i32 pass = 0; pass < 2; pass++) {
    for (i32 k = 0; k < i; k++) {
      const f64 along = dotRow(row, x + k * q, q);
      for (i32 c = 0; c < q; c++) row[c] -= along * x[k * q + c];
    }
    const f64 length = __builtin_sqrt(dotRow(row, row, q));
    for (i32 c = 0; c < q; c++) row[c] /= length;
  }
}

// The lengths of the rows, descending, and the rows made unit vectors.
DAMO_NOINLINE void finishRows(f64* x, f64* turned, f64* values, i32 q) {
  for (i32 i = 0; i < q; i++) values[i] = __builtin_sqrt(dotRow(x + i * q, x + i * q, q));
  for (i32 i = 0; i < q; i++) {
    i32 longest = i;
    for (i32 j = i + 1; j < q; j++)
      if (values[j] > values[longest]) longest = j;
    if (longest == i) continue;
    const f64 value = values[i];
    values[i] = values[longest];
    values[longest] = value;
    swapRows(x + i * q, x + longest * q, q);
    swapRows(turned + i * q, turned + longest * q, q);
  }
  const f64 nothing = q > 0 ? values[0] * 0x1p-350 : 0;
  for (i32 i = 0; i < q; i++) {
    if (values[i] > nothing) {
      for (i32 k = 0; k < q; k++) x[i * q + k] /= values[i];
    } else {
      values[i] = 0;
      completeRow(x, i, q);
    }
  }
}

// With p the larger of m and n, q the smaller: `work` has room for p * q + 3 q * q + p * long + 4 q + long, where `long` is
// the number of vectors of length p; `order` for q.
template <class T, class, class, class>
DAMO_NOINLINE i32 svd(const Stored<T>* matrix, Stored<T>* u, Stored<T>* s, Stored<T>* v, f64* work, i32* order, i32 m,
                      i32 n, i32 uWidth, i32 vWidth) {
  const bool wide = m < n;
  const i32 p = wide ? n : m, q = wide ? m : n, width = wide ? vWidth : uWidth;
  f64 *const a = work, *const x = a + p * q, *const turned = x + q * q, *const rows = turned + q * q;
  f64 *const y = rows + q * q, *const taus = y + p * width, *const values = taus + q, *const sizes = values + q;
  f64* const room = sizes + q;
  for (i32 i = 0; i < p; i++)
    for (i32 j = 0; j < q; j++) a[i * q + j] = f64(matrix[wide ? j * n + i : i * n + j]);
  const f64 scale = scaleOf(a, p * q);
  if (scale == 0) return 1;
  for (i32 i = 0; i < p * q; i++) a[i] /= scale;
  pivotedQr(a, p, q, taus, order, room, sizes);
  for (i32 i = 0; i < q; i++)
    for (i32 j = 0; j < q; j++) x[i * q + j] = j < i ? 0 : a[i * q + j];
  identity(turned, q);
  jacobi(x, turned, q, sizes);
  finishRows(x, turned, values, q);
  if (s)
    for (i32 i = 0; i < q; i++) s[i] = Stored<T>(values[i] * scale);
  if (!u && !v) return 0;
  clearRow(y, p * width);
  for (i32 k = 0; k < q; k++)
    for (i32 i = 0; i < q; i++) y[k * width + i] = turned[i * q + k];
  for (i32 k = q; k < p && k < width; k++) y[k * width + k] = 1;
  for (i32 k = q - 1; k >= 0; k--) applyReflection(a, q, k, taus[k], y, p, width, 0, room);
  for (i32 i = 0; i < q; i++)
    for (i32 j = 0; j < q; j++) rows[i * q + order[j]] = x[i * q + j];
  for (i32 i = 0; i < q; i++) {
    const f64 sign = wide ? signOfRow(rows + i * q, q, 1) : signOfRow(y + i, p, width);
    if (sign > 0) continue;
    for (i32 k = 0; k < q; k++) rows[i * q + k] *= -1;
    for (i32 k = 0; k < p; k++) y[k * width + i] *= -1;
  }
  Stored<T>*const longResult = wide ? v : u, *const shortResult = wide ? u : v;
  if (longResult)
    for (i32 k = 0; k < p; k++)
      for (i32 i = 0; i < width; i++) longResult[wide ? i * p + k : k * width + i] = Stored<T>(y[k * width + i]);
  if (shortResult)
    for (i32 i = 0; i < q; i++)
      for (i32 k = 0; k < q; k++) shortResult[wide ? k * q + i : i * q + k] = Stored<T>(rows[i * q + k]);
  return 0;
}

}  // namespace damo
