// Running sums and products, and linear recurrences, along the middle axis of [outer, n, inner]. Floats are
// carried on in float64, integers in int64, one element after the other.
#pragma once
#include "damo.hpp"

namespace damo {

template <class T> struct CarriedOf { using type = i64; };
template <> struct CarriedOf<f16> { using type = f64; };
template <> struct CarriedOf<f32> { using type = f64; };
template <> struct CarriedOf<f64> { using type = f64; };
// What is carried from one element to the next of a result of T.
template <class T> using Carried = typename CarriedOf<T>::type;

// Four rows of four as four columns.
template <class T> DAMO_INLINE void turn(Vec<T> (&x)[4]) {
  const Vec<T> a = zip<0>(x[0], x[2]), b = zip<1>(x[0], x[2]), c = zip<0>(x[1], x[3]), d = zip<1>(x[1], x[3]);
  x[0] = zip<0>(a, c), x[1] = zip<1>(a, c), x[2] = zip<0>(b, d), x[3] = zip<1>(b, d);
}

// Four rows of n elements side by side, from either end: one step of a row waits for the one before, and those of the others
// fill the time. Eight are no faster, and fall out of the cache together where rows are a multiple of 4096 bytes apart
// (1024x1024, Node 24 on an EPYC of Zen 4: 380 us, eight 1000; 1000x1000: 360 both, row by row 990).
template <class T, class R, class Next>
DAMO_INLINE void scanRows(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R> start, i32 n, i32 reverse, Next next) {
  using C = Carried<R>;
  Vec<C> total = splat(start);
  const i32 whole = n & ~3;
  for (i32 k = 0; k < whole; k += 4) {
    const i32 at = reverse ? n - 4 - k : k;
    V<T, 4> from[4];
    V<R, 4> to[4];
    for (i32 r = 0; r < 4; r++) from[r] = load<T, 4>(x + r * n + at);
    turn(from);
    if (reverse)
      for (i32 i = 3; i >= 0; i--) to[i] = convert<R>(total = next(total, convert<C>(from[i])));
    else
      for (i32 i = 0; i < 4; i++) to[i] = convert<R>(total = next(total, convert<C>(from[i])));
    turn(to);
    for (i32 r = 0; r < 4; r++) store<R>(y + r * n + at, to[r]);
  }
  for (i32 k = whole; k < n; k++) {
    const i32 at = reverse ? n - 1 - k : k;
    total = next(total, convert<C>(loadStrided<T>(x + at, n)));
    storeStrided<R>(y + at, n, convert<R>(total));
  }
}

// One row.
template <class T, class R, class Next>
DAMO_INLINE void scanRow(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R> total, i32 n, i32 reverse, Next next) {
  for (i32 k = 0; k < n; k++) {
    const i32 at = reverse ? n - 1 - k : k;
    total = next(total, Carried<R>(load<T, 1>(x + at)));
    store<R>(y + at, V<R, 1>(total));
  }
}

// Along the first axis of [n, inner]: so many places at a time that what is carried is seldom read and written.
constexpr i32 placesTogether = 4;

template <class T, class R, i32 Places, class Next>
DAMO_INLINE void scanPlaces(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R>* __restrict carried, i32 inner,
                            i32 step, Next next) {
  using C = Carried<R>;
  i32 j = 0;
  for (; j + 4 <= inner; j += 4) {
    Vec<C> total = load<C, 4>(carried + j);
    for (i32 p = 0; p < Places; p++) {
      total = next(total, convert<C>(load<T, 4>(x + p * step + j)));
      store<R>(y + p * step + j, convert<R>(total));
    }
    store<C>(carried + j, total);
  }
  for (; j < inner; j++) {
    C total = carried[j];
    for (i32 p = 0; p < Places; p++) {
      total = next(total, C(load<T, 1>(x + p * step + j)));
      store<R>(y + p * step + j, V<R, 1>(total));
    }
    carried[j] = total;
  }
}

// `next(carried, element)` along the middle axis of [outer, n, inner], from either end; `carried` has room for `inner`.
template <class T, class R, class Next>
DAMO_INLINE void scan(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R>* __restrict carried, Carried<R> start,
                      i32 outer, i32 n, i32 inner, i32 reverse, Next next) {
  i32 o = 0;
  if (inner == 1) {
    for (; o + 4 <= outer; o += 4) scanRows<T, R>(x + o * n, y + o * n, start, n, reverse, next);
    for (; o < outer; o++) scanRow<T, R>(x + o * n, y + o * n, start, n, reverse, next);
    return;
  }
  const i32 step = reverse ? -inner : inner;
  for (; o < outer; o++) {
    for (i32 j = 0; j < inner; j++) carried[j] = start;
    i32 at = (o * n + (reverse ? n - 1 : 0)) * inner, k = 0;
    for (; k + placesTogether <= n; k += placesTogether, at += placesTogether * step)
      scanPlaces<T, R, placesTogether>(x + at, y + at, carried, inner, step, next);
    for (; k < n; k++, at += step) scanPlaces<T, R, 1>(x + at, y + at, carried, inner, step, next);
  }
}

template <class T, class R>
DAMO_NOINLINE i32 cumsum(const Stored<T>* x, Stored<R>* y, Carried<R>* carried, i32 outer, i32 n, i32 inner, i32 reverse) {
  // Nothing plus -0 is -0.
  scan<T, R>(x, y, carried, Carried<R>(-0.0), outer, n, inner, reverse, [](auto total, auto value) { return total + value; });
  return 0;
}

template <class T, class R>
DAMO_NOINLINE i32 cumprod(const Stored<T>* x, Stored<R>* y, Carried<R>* carried, i32 outer, i32 n, i32 inner, i32 reverse) {
  scan<T, R>(x, y, carried, 1, outer, n, inner, reverse, [](auto total, auto value) { return total * value; });
  return 0;
}

// Recurrences of rows of n elements side by side.
template <class T, i32 Rows>
DAMO_INLINE void recurRows(const Stored<T>* __restrict a, const Stored<T>* __restrict b, Stored<T>* __restrict y, i32 n, i32 reverse,
                           i32 back) {
  f64 carried[Rows];
  for (i32 k = 0; k < n; k++)
#pragma clang loop unroll(full)
    for (i32 r = 0; r < Rows; r++) {
      const i32 i = r * n + (reverse ? n - 1 - k : k);
      carried[r] = f64(load<T, 1>(b + i)) + (k == 0 ? 0 : f64(load<T, 1>(a + i + back)) * carried[r]);
      store<T>(y + i, V<T, 1>(carried[r]));
    }
}

// y[k] = b[k] + a[k] y[before k] along the middle axis of [outer, n, inner]; with `late`, a is taken from before k as well.
template <class T, class, class>
DAMO_NOINLINE i32 recurrence(const Stored<T>* __restrict a, const Stored<T>* __restrict b, Stored<T>* __restrict y,
                             f64* __restrict carried, i32 outer, i32 n, i32 inner, i32 reverse, i32 late) {
  const i32 step = reverse ? -inner : inner, back = late ? -step : 0;
  i32 o = 0;
  if (inner == 1) {
    for (; o + 4 <= outer; o += 4) recurRows<T, 4>(a + o * n, b + o * n, y + o * n, n, reverse, back);
    for (; o < outer; o++) recurRows<T, 1>(a + o * n, b + o * n, y + o * n, n, reverse, back);
    return 0;
  }
  for (; o < outer; o++) {
    i32 at = (o * n + (reverse ? n - 1 : 0)) * inner;
    for (i32 k = 0; k < n; k++, at += step)
      for (i32 j = 0; j < inner; j++) {
        const i32 i = at + j;
        carried[j] = f64(load<T, 1>(b + i)) + (k == 0 ? 0 : f64(load<T, 1>(a + i + back)) * carried[j]);
        store<T>(y + i, V<T, 1>(carried[j]));
      }
  }
  return 0;
}

}  // namespace damo
