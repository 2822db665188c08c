// The discrete Fourier transform of complex rows, as `frontend/linalg/fourier.ts`.
#pragma once
#include "routines/rows.hpp"

namespace damo {

DAMO_INLINE f64 rootPolynomial(f64 x, const f64 (&c)[7]) {
  f64 sum = c[6];
  for (i32 i = 5; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

// Writes e^(2 pi i k / n) as a pair, -i for i where the sign is -1.
DAMO_NOINLINE void rootOfOne(i64 k, i64 n, f64 sign, f64* pair) {
  constexpr f64 cosine[] = {-4.934802200544679, 4.058712126416765, -1.3352627688538095, 0.23533063028399223,
                            -0.025806887964701878, 0.001929493874894941, -0.00010370082971594627};
  constexpr f64 sine[] = {-5.16771278004997, 2.550164039877345, -0.5992645293206478, 0.08214588659727676,
                          -0.0073704303122948235, 0.0004662879326147481, -2.1742067342478005e-5};
  const i32 quarters = i32((8 * k + n) / (2 * n));
  const f64 r = f64(4 * k - quarters * n) / (2 * f64(n)), z = r * r;
  const f64 c = rootPolynomial(z, cosine) * z + 1;
  const f64 s = r * (rootPolynomial(z, sine) * z + 3.141592653589793);
  const f64 re = quarters % 2 == 0 ? c : s, im = quarters % 2 == 0 ? s : c;
  pair[0] = quarters == 1 || quarters == 2 ? -re : re;
  pair[1] = (quarters == 2 || quarters == 3 ? -im : im) * sign;
}

DAMO_INLINE i32 factorOf(i32 n) {
  if (n % 4 == 0) return 4;
  if (n % 2 == 0) return 2;
  for (i32 p = 3; i64(p) * p <= n; p += 2)
    if (n % p == 0) return p;
  return n;
}

// Stores (a + ib) times a root.
DAMO_INLINE void turned(f64* to, f64 a, f64 b, const f64* root) {
  const f64 c = root[0], d = root[1];
  to[0] = a * c - b * d;
  to[1] = a * d + b * c;
}

DAMO_NOINLINE void pass2(const f64* __restrict x, f64* __restrict y, i32 done, i32 left, const f64* __restrict roots) {
  const i32 on = 2 * done * left;
  for (i32 j = 0; j < left; j++)
    for (i32 q = 0; q < done; q++) {
      const f64* p = x + 2 * (q + done * j);
      f64* to = y + 2 * (q + done * 2 * j);
      to[0] = p[0] + p[on];
      to[1] = p[1] + p[on + 1];
      turned(to + 2 * done, p[0] - p[on], p[1] - p[on + 1], roots + 2 * done * j);
    }
}

DAMO_NOINLINE void pass4(const f64* __restrict x, f64* __restrict y, i32 done, i32 left, const f64* __restrict roots, f64 sign) {
  const i32 on = 2 * done * left;
  for (i32 j = 0; j < left; j++)
    for (i32 q = 0; q < done; q++) {
      const f64* p = x + 2 * (q + done * j);
      f64* to = y + 2 * (q + done * 4 * j);
      const f64 a = p[0] + p[2 * on], b = p[1] + p[2 * on + 1], c = p[0] - p[2 * on], d = p[1] - p[2 * on + 1];
      const f64 e = p[on] + p[3 * on], f = p[on + 1] + p[3 * on + 1];
      const f64 g = sign * (p[on] - p[3 * on]), h = sign * (p[on + 1] - p[3 * on + 1]);
      to[0] = a + e;
      to[1] = b + f;
      turned(to + 2 * done, c - h, d + g, roots + 2 * done * j);
      turned(to + 4 * done, a - e, b - f, roots + 4 * done * j);
      turned(to + 6 * done, c + h, d - g, roots + 6 * done * j);
    }
}

// A pass for any factor p.
DAMO_NOINLINE void passOf(i32 p, const f64* __restrict x, f64* __restrict y, i32 done, i32 left, const f64* __restrict roots) {
  for (i32 j = 0; j < left; j++)
    for (i32 q = 0; q < done; q++)
      for (i32 t = 0; t < p; t++) {
        const f64* from = x + 2 * (q + done * j);
        f64 re = from[0], im = from[1];
        for (i32 r = 1, power = t; r < p; r++) {
          from += 2 * done * left;
          const f64* w = roots + 2 * done * left * power;
          re += from[0] * w[0] - from[1] * w[1];
          im += from[0] * w[1] + from[1] * w[0];
          power += t;
          if (power >= p) power -= p;
        }
        turned(y + 2 * (q + done * (p * j + t)), re, im, roots + 2 * done * j * t);
      }
}

// Transforms n numbers in a, with b to work in; then a is the one that has the result.
DAMO_NOINLINE void transform(f64*& a, f64*& b, i32 n, const f64* roots, f64 sign) {
  for (i32 left = n, done = 1; left > 1;) {
    const i32 p = factorOf(left);
    left /= p;
    if (p == 4) pass4(a, b, done, left, roots, sign);
    else if (p == 2) pass2(a, b, done, left, roots);
    else passOf(p, a, b, done, left, roots);
    done *= p;
    f64* other = a;
    a = b;
    b = other;
  }
}

DAMO_INLINE void rootsOf(i32 n, f64 sign, f64* roots) {
  for (i32 k = 0; k < n; k++) rootOfOne(k, n, sign, roots + 2 * k);
}

// The size of the convolution that a transform of n numbers is made by; 0 where passes over the factors of n do.
DAMO_NOINLINE i32 chirpSize(i32 n) {
  i32 largest = 1;
  for (i32 left = n; left > 1; left /= largest) largest = factorOf(left);
  if (largest <= 23) return 0;
  i32 size = 4;
  while (size < 2 * n - 1) size *= 2;
  return size / 4 * 3 >= 2 * n - 1 ? size / 4 * 3 : size;
}

// `work` has room for 2 n + 8 m.
template <class T>
DAMO_INLINE void chirped(const Stored<T>* x, Stored<T>* y, f64* work, i32 rows, i32 n, i32 m, f64 sign) {
  f64 *const chirp = work, *const roots = chirp + 2 * n, *const filter = roots + 2 * m, *a = filter + 2 * m, *b = a + 2 * m;
  rootsOf(m, -1, roots);
  i64 square = 0;
  for (i32 k = 0; k < n; k++) {
    rootOfOne(square, 2 * i64(n), sign, chirp + 2 * k);
    square = (square + 2 * k + 1) % (2 * i64(n));
  }
  for (i32 i = 0; i < 2 * m; i++) a[i] = 0;
  for (i32 k = 0; k < n; k++) {
    f64* const back = a + 2 * (k == 0 ? 0 : m - k);
    a[2 * k] = back[0] = chirp[2 * k] / m;
    a[2 * k + 1] = back[1] = -chirp[2 * k + 1] / m;
  }
  transform(a, b, m, roots, -1);
  for (i32 i = 0; i < 2 * m; i++) filter[i] = a[i];
  for (i32 row = 0; row < rows; row++, x += 2 * n, y += 2 * n) {
    for (i32 k = 0; k < n; k++) turned(a + 2 * k, f64(load<T, 1>(x + 2 * k)), f64(load<T, 1>(x + 2 * k + 1)), chirp + 2 * k);
    for (i32 i = 2 * n; i < 2 * m; i++) a[i] = 0;
    transform(a, b, m, roots, -1);
    for (i32 k = 0; k < m; k++) {
      turned(a + 2 * k, a[2 * k], a[2 * k + 1], filter + 2 * k);
      a[2 * k + 1] *= -1;
    }
    transform(a, b, m, roots, -1);
    for (i32 k = 0; k < n; k++) turned(a + 2 * k, a[2 * k], -a[2 * k + 1], chirp + 2 * k);
    for (i32 i = 0; i < 2 * n; i++) store<T>(y + i, V<T, 1>(a[i]));
  }
}

// `work` has room for 6 n.
template <class T>
DAMO_INLINE void passed(const Stored<T>* x, Stored<T>* y, f64* work, i32 rows, i32 n, f64 sign) {
  f64 *const roots = work, *a = roots + 2 * n, *b = a + 2 * n;
  rootsOf(n, sign, roots);
  for (i32 row = 0; row < rows; row++, x += 2 * n, y += 2 * n) {
    for (i32 i = 0; i < 2 * n; i++) a[i] = f64(load<T, 1>(x + i));
    transform(a, b, n, roots, sign);
    for (i32 i = 0; i < 2 * n; i++) store<T>(y + i, V<T, 1>(a[i]));
  }
}

template <class T, class>
DAMO_NOINLINE i32 fourier(const Stored<T>* x, Stored<T>* y, f64* work, i32 rows, i32 n, i32 inverse) {
  const f64 sign = inverse ? 1 : -1;
  const i32 size = chirpSize(n);
  if (size > 0) chirped<T>(x, y, work, rows, n, size, sign);
  else passed<T>(x, y, work, rows, n, sign);
  return 0;
}

}  // namespace damo
