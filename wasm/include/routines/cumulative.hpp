// Running sums and products, and linear recurrences, along the first axis of [n, inner]. Floats are carried on in float64,
// integers in int64.
#pragma once
#include "damo.hpp"

namespace damo {

template <class T> struct CarriedOf { using type = i64; };
template <> struct CarriedOf<f16> { using type = f64; };
template <> struct CarriedOf<f32> { using type = f64; };
template <> struct CarriedOf<f64> { using type = f64; };
// What is carried from one element to the next of a result of T.
template <class T> using Carried = typename CarriedOf<T>::type;

// `step(carried, position, whether nothing comes before)` for every position, along the first axis from either end;
// `carried` has room for `inner`.
template <class T, class Step>
DAMO_INLINE void carryOn(Carried<T>* carried, Carried<T> start, i32 n, i32 inner, i32 reverse, Step step) {
  if (inner == 1) {
    Carried<T> one = start;
    if (reverse)
      for (i32 i = n - 1; i >= 0; i--) one = step(one, i, i == n - 1);
    else
      for (i32 i = 0; i < n; i++) one = step(one, i, i == 0);
    return;
  }
  for (i32 j = 0; j < inner; j++) carried[j] = start;
  for (i32 k = 0; k < n; k++) {
    const i32 row = (reverse ? n - 1 - k : k) * inner;
    for (i32 j = 0; j < inner; j++) carried[j] = step(carried[j], row + j, k == 0);
  }
}

template <class T, class R>
DAMO_NOINLINE i32 cumsum(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R>* carried, i32 n, i32 inner, i32 reverse) {
  // Nothing plus -0 is -0.
  carryOn<R>(carried, Carried<R>(-0.0), n, inner, reverse, [=](Carried<R> total, i32 i, bool) {
    total += Carried<R>(load<T, 1>(x + i));
    store<R>(y + i, V<R, 1>(total));
    return total;
  });
  return 0;
}

template <class T, class R>
DAMO_NOINLINE i32 cumprod(const Stored<T>* __restrict x, Stored<R>* __restrict y, Carried<R>* carried, i32 n, i32 inner, i32 reverse) {
  carryOn<R>(carried, 1, n, inner, reverse, [=](Carried<R> total, i32 i, bool) {
    total *= Carried<R>(load<T, 1>(x + i));
    store<R>(y + i, V<R, 1>(total));
    return total;
  });
  return 0;
}

// y[k] = b[k] + a[k] y[before k]; with `late`, a is taken from before k as well.
template <class T, class, class>
DAMO_NOINLINE i32 recurrence(const Stored<T>* __restrict a, const Stored<T>* __restrict b, Stored<T>* __restrict y,
                             f64* carried, i32 n, i32 inner, i32 reverse, i32 late) {
  const i32 back = late ? (reverse ? inner : -inner) : 0;
  carryOn<T>(carried, 0, n, inner, reverse, [=](f64 before, i32 i, bool first) {
    const f64 next = f64(load<T, 1>(b + i)) + (first ? 0 : f64(load<T, 1>(a + i + back)) * before);
    store<T>(y + i, V<T, 1>(next));
    return next;
  });
  return 0;
}

}  // namespace damo
