// Operators and functions of values: the same for one element and for four lanes.
#pragma once
#include "value.hpp"

namespace damo {

// ------------------------------------------------------------------------------------------------- Arithmetic of lanes

// One operator on all lanes: doubles and int64 in two halves, small integers back in range.
#define DAMO_LANES_OPERATOR(op, name)                                                                       \
  template <class T> DAMO_INLINE Vec<T> operator op(Vec<T> a, Vec<T> b) {                                   \
    if constexpr (same<T, f64>) return {wasm_f64x2_##name(a.lo, b.lo), wasm_f64x2_##name(a.hi, b.hi)};      \
    else if constexpr (same<T, i64>) return {wasm_i64x2_##name(a.lo, b.lo), wasm_i64x2_##name(a.hi, b.hi)}; \
    else if constexpr (same<T, f32>) return {wasm_f32x4_##name(a.v, b.v)};                                  \
    else return wrap<T>(wasm_i32x4_##name(a.v, b.v));                                                       \
  }
DAMO_LANES_OPERATOR(+, add)
DAMO_LANES_OPERATOR(-, sub)
DAMO_LANES_OPERATOR(*, mul)
#undef DAMO_LANES_OPERATOR

DAMO_INLINE Vec<f32> operator/(Vec<f32> a, Vec<f32> b) { return {wasm_f32x4_div(a.v, b.v)}; }
DAMO_INLINE Vec<f64> operator/(Vec<f64> a, Vec<f64> b) { return {wasm_f64x2_div(a.lo, b.lo), wasm_f64x2_div(a.hi, b.hi)}; }

template <class T> DAMO_INLINE Vec<T> operator-(Vec<T> x) {
  if constexpr (same<T, f64>) return {wasm_f64x2_neg(x.lo), wasm_f64x2_neg(x.hi)};
  else if constexpr (same<T, i64>) return {wasm_i64x2_neg(x.lo), wasm_i64x2_neg(x.hi)};
  else if constexpr (same<T, f32>) return {wasm_f32x4_neg(x.v)};
  else return wrap<T>(wasm_i32x4_neg(x.v));
}

// float32 as float64, and the nearest float32.
DAMO_INLINE Vec<f64> promote(Vec<f32> x) {
  return {wasm_f64x2_promote_low_f32x4(x.v), wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(x.v, x.v, 2, 3, 2, 3))};
}
DAMO_INLINE Vec<f32> demote(Vec<f64> x) {
  return {wasm_i32x4_shuffle(wasm_f32x4_demote_f64x2_zero(x.lo), wasm_f32x4_demote_f64x2_zero(x.hi), 0, 1, 4, 5)};
}

// A comparison of wide lanes as a mask of four.
DAMO_INLINE Vec<bool> narrowMask(v128_t lo, v128_t hi) { return {wasm_i32x4_shuffle(lo, hi, 0, 2, 4, 6)}; }

#define DAMO_LANES_COMPARISON(op, name, unsignedLanes)                                                             \
  template <class T> DAMO_INLINE Vec<bool> operator op(Vec<T> a, Vec<T> b) {                                       \
    if constexpr (same<T, f64>) return narrowMask(wasm_f64x2_##name(a.lo, b.lo), wasm_f64x2_##name(a.hi, b.hi));   \
    else if constexpr (same<T, i64>) return narrowMask(wasm_i64x2_##name(a.lo, b.lo), wasm_i64x2_##name(a.hi, b.hi)); \
    else if constexpr (same<T, f32>) return {wasm_f32x4_##name(a.v, b.v)};                                         \
    else if constexpr (same<T, u32> || same<T, bool>) return {wasm_##unsignedLanes##_##name(a.v, b.v)};            \
    else return {wasm_i32x4_##name(a.v, b.v)};                                                                     \
  }
DAMO_LANES_COMPARISON(==, eq, i32x4)
DAMO_LANES_COMPARISON(!=, ne, i32x4)
DAMO_LANES_COMPARISON(<, lt, u32x4)
DAMO_LANES_COMPARISON(<=, le, u32x4)
DAMO_LANES_COMPARISON(>, gt, u32x4)
DAMO_LANES_COMPARISON(>=, ge, u32x4)
#undef DAMO_LANES_COMPARISON

#define DAMO_LANES_BITS(op, name)                                                                          \
  template <class T> DAMO_INLINE Vec<T> operator op(Vec<T> a, Vec<T> b) {                                  \
    if constexpr (isWide<T>) return {wasm_v128_##name(a.lo, b.lo), wasm_v128_##name(a.hi, b.hi)};          \
    else return {wasm_v128_##name(a.v, b.v)};                                                              \
  }
DAMO_LANES_BITS(&, and)
DAMO_LANES_BITS(|, or)
DAMO_LANES_BITS(^, xor)
#undef DAMO_LANES_BITS

template <class T> DAMO_INLINE Vec<T> operator~(Vec<T> x) {
  if constexpr (isWide<T>) return {wasm_v128_not(x.lo), wasm_v128_not(x.hi)};
  else return wrap<T>(wasm_v128_not(x.v));
}
DAMO_INLINE Vec<bool> operator!(Vec<bool> x) { return {wasm_v128_not(x.v)}; }

DAMO_INLINE bool any(bool x) { return x; }
DAMO_INLINE bool any(Vec<bool> x) { return wasm_v128_any_true(x.v); }

// a where a mask is set, whose lanes are all ones or all zeros. Then one instruction of relaxed SIMD, which on x86 is one
// of the machine where the other is three, gives the same bits everywhere.
DAMO_INLINE v128_t either(v128_t a, v128_t b, v128_t mask) {
#if defined(__wasm_relaxed_simd__) && __clang_major__ >= 17
  return wasm_i32x4_relaxed_laneselect(a, b, mask);
#else
  return wasm_v128_bitselect(a, b, mask);
#endif
}

// WGSL's select: `yes` where the mask is set.
template <Scalar T> DAMO_INLINE T select(T no, T yes, bool mask) { return mask ? yes : no; }
template <class T> DAMO_INLINE Vec<T> select(Vec<T> no, Vec<T> yes, Vec<bool> mask) {
  if constexpr (isWide<T>) {
    const v128_t lo = wasm_i64x2_extend_low_i32x4(mask.v), hi = wasm_i64x2_extend_high_i32x4(mask.v);
    return {either(yes.lo, no.lo, lo), either(yes.hi, no.hi, hi)};
  } else return {either(yes.v, no.v, mask.v)};
}

// ---------------------------------------------------------------------------------------- Functions of floating point

#define DAMO_FLOAT_FUNCTION(name, builtin)                                                   \
  DAMO_INLINE f32 name(f32 x) { return __builtin_##builtin##f(x); }                          \
  DAMO_INLINE f64 name(f64 x) { return __builtin_##builtin(x); }                             \
  DAMO_INLINE Vec<f32> name(Vec<f32> x) { return {DAMO_LANES(f32x4)(x.v)}; }                 \
  DAMO_INLINE Vec<f64> name(Vec<f64> x) { return {DAMO_LANES(f64x2)(x.lo), DAMO_LANES(f64x2)(x.hi)}; }
#define DAMO_LANES(shape) wasm_##shape##_sqrt
DAMO_FLOAT_FUNCTION(sqrt, sqrt)
#undef DAMO_LANES
#define DAMO_LANES(shape) wasm_##shape##_floor
DAMO_FLOAT_FUNCTION(floor, floor)
#undef DAMO_LANES
#define DAMO_LANES(shape) wasm_##shape##_ceil
DAMO_FLOAT_FUNCTION(ceil, ceil)
#undef DAMO_LANES
#define DAMO_LANES(shape) wasm_##shape##_trunc
DAMO_FLOAT_FUNCTION(trunc, trunc)
#undef DAMO_LANES
#define DAMO_LANES(shape) wasm_##shape##_nearest
DAMO_FLOAT_FUNCTION(rint, rint)
#undef DAMO_LANES
#undef DAMO_FLOAT_FUNCTION

template <Scalar T> DAMO_INLINE T abs(T x) {
  if constexpr (same<T, f32>) return __builtin_fabsf(x);
  else if constexpr (same<T, f64>) return __builtin_fabs(x);
  else return isSigned<T> && x < T(0) ? T(-x) : x;
}
template <class T> DAMO_INLINE Vec<T> abs(Vec<T> x) {
  if constexpr (same<T, f64>) return {wasm_f64x2_abs(x.lo), wasm_f64x2_abs(x.hi)};
  else if constexpr (same<T, i64>) return {wasm_i64x2_abs(x.lo), wasm_i64x2_abs(x.hi)};
  else if constexpr (same<T, f32>) return {wasm_f32x4_abs(x.v)};
  else if constexpr (isSigned<T>) return wrap<T>(wasm_i32x4_abs(x.v));
  else return x;
}

// The larger and the smaller of two; NaN when either is, -0 below +0.
template <Scalar T> DAMO_INLINE bool signBit(T x) {
  if constexpr (isFloat<T>) return __builtin_signbit(x);
  else return x < T(0);
}
#define DAMO_EXTREME(name, relation)                                                                          \
  template <Scalar T> DAMO_INLINE T name(T a, T b) {                                                           \
    if constexpr (same<T, f32>) return __builtin_wasm_##name##_f32(a, b);                                     \
    else if constexpr (same<T, f64>) return __builtin_wasm_##name##_f64(a, b);                                \
    else return a relation b ? a : b;                                                                         \
  }                                                                                                           \
  template <class T> DAMO_INLINE Vec<T> name(Vec<T> a, Vec<T> b) {                                            \
    if constexpr (same<T, f64>) return {wasm_f64x2_##name(a.lo, b.lo), wasm_f64x2_##name(a.hi, b.hi)};        \
    else if constexpr (same<T, f32>) return {wasm_f32x4_##name(a.v, b.v)};                                    \
    else if constexpr (same<T, i64>) return select(b, a, a relation b);                                       \
    else if constexpr (same<T, u32> || same<T, bool>) return {wasm_u32x4_##name(a.v, b.v)};                   \
    else return {wasm_i32x4_##name(a.v, b.v)};                                                                \
  }
DAMO_EXTREME(max, >)
DAMO_EXTREME(min, <)
#undef DAMO_EXTREME

// With a known number one instruction of the machine does what takes eight otherwise: pmax and pmin keep x where the two
// do not compare. That leaves the sign of zero to see to: -0 + 0 is 0.
template <class T> DAMO_INLINE Vec<T> max(Vec<T> x, Splat<T> c) {
  const bool zero = c.scalar == T(0) && !signBit(c.scalar);
  if constexpr (same<T, f32>) {
    const v128_t larger = wasm_f32x4_pmax(x.v, c.v);
    if (c.scalar == c.scalar) return {zero ? wasm_f32x4_add(larger, c.v) : larger};
  } else if constexpr (same<T, f64>) {
    const v128_t lo = wasm_f64x2_pmax(x.lo, c.lo), hi = wasm_f64x2_pmax(x.hi, c.hi);
    if (c.scalar == c.scalar) return {zero ? wasm_f64x2_add(lo, c.lo) : lo, zero ? wasm_f64x2_add(hi, c.hi) : hi};
  }
  return max(x, Vec<T>(c));
}
template <class T> DAMO_INLINE Vec<T> min(Vec<T> x, Splat<T> c) {
  const bool known = c.scalar == c.scalar && !(c.scalar == T(0) && signBit(c.scalar));
  if constexpr (same<T, f32>) {
    if (known) return {wasm_f32x4_pmin(x.v, c.v)};
  } else if constexpr (same<T, f64>) {
    if (known) return {wasm_f64x2_pmin(x.lo, c.lo), wasm_f64x2_pmin(x.hi, c.hi)};
  }
  return min(x, Vec<T>(c));
}
template <class T> DAMO_INLINE Vec<T> max(Splat<T> c, Vec<T> x) { return max(x, c); }
template <class T> DAMO_INLINE Vec<T> min(Splat<T> c, Vec<T> x) { return min(x, c); }
template <class T> DAMO_INLINE Vec<T> max(Splat<T> a, Splat<T> b) { return splat(max(a.scalar, b.scalar)); }
template <class T> DAMO_INLINE Vec<T> min(Splat<T> a, Splat<T> b) { return splat(min(a.scalar, b.scalar)); }

// The larger of two numbers; a where b is NaN.
template <Scalar T> DAMO_INLINE T peak(T a, T b) { return a < b ? b : a; }
template <class T> DAMO_INLINE Vec<T> peak(Vec<T> a, Vec<T> b) {
  if constexpr (same<T, f64>) return {wasm_f64x2_pmax(a.lo, b.lo), wasm_f64x2_pmax(a.hi, b.hi)};
  else return {wasm_f32x4_pmax(a.v, b.v)};
}

// Whether value b at position j comes before value a at position i in the order of argmax and argmin: it is better,
// or NaN where a is not, or as good and earlier.
// Each has a type of its own: constants are splats among vectors.
template <class A, class I, class B, class J> DAMO_INLINE auto above(A a, I i, B b, J j) {
  return ((b != b) & ((a == a) | (j < i))) | ((a == a) & ((b > a) | ((a == b) & (j < i))));
}
template <class A, class I, class B, class J> DAMO_INLINE auto below(A a, I i, B b, J j) {
  return ((b != b) & ((a == a) | (j < i))) | ((a == a) & ((b < a) | ((a == b) & (j < i))));
}

// ------------------------------------------------------------------------------------------ Division, modulo, shifts

// Python's // and %. For floats both come from the exact remainder, as in NumPy; an integer divided by 0 gives 0.
DAMO_INLINE f64 floorDiv(f64 a, f64 b) {
  if (b == 0) return a / b;
  const f64 rest = fmod(a, b);
  f64 quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return __builtin_copysign(0.0, a / b);
  const f64 whole = floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}
DAMO_INLINE f64 mod(f64 a, f64 b) {
  const f64 rest = fmod(a, b);
  if (rest != 0) return (rest < 0) != (b < 0) ? rest + b : rest;
  return b < 0 ? -0.0 : 0.0;
}

// Numbers of float32 by their quotient in float64. It is 2^-24 or more from a whole number that it is not, so below 2^28
// rounding does not take it to one; its floor times b is exact, and so is what that leaves of a before the last rounding.
DAMO_INLINE bool isSmallQuotient(f64 q, f64 b) { return abs(q) < 0x1p28 && abs(b) < __builtin_inf(); }
DAMO_INLINE bool areSmallQuotients(Vec<f64> q, Vec<f64> b) {
  const v128_t small = wasm_f64x2_const_splat(0x1p28), infinite = wasm_f64x2_const_splat(__builtin_inf());
  const v128_t lo = wasm_v128_and(wasm_f64x2_lt(wasm_f64x2_abs(q.lo), small), wasm_f64x2_lt(wasm_f64x2_abs(b.lo), infinite));
  const v128_t hi = wasm_v128_and(wasm_f64x2_lt(wasm_f64x2_abs(q.hi), small), wasm_f64x2_lt(wasm_f64x2_abs(b.hi), infinite));
  return wasm_i64x2_all_true(wasm_v128_and(lo, hi));
}
DAMO_INLINE f32 floorDiv(f32 a, f32 b) {
  const f64 q = f64(a) / f64(b);
  return isSmallQuotient(q, b) ? f32(floor(q)) : f32(floorDiv(f64(a), f64(b)));
}
DAMO_INLINE f32 mod(f32 a, f32 b) {
  const f64 q = f64(a) / f64(b);
  if (!isSmallQuotient(q, b)) return f32(mod(f64(a), f64(b)));
  const f64 rest = f64(a) - floor(q) * f64(b);
  return rest == 0 ? __builtin_copysignf(0, b) : f32(rest);
}
template <Scalar T> DAMO_INLINE T floorDiv(T a, T b) {
  if (b == 0) return 0;
  if (isSigned<T> && b == T(-1)) return T(0 - a);
  const T quotient = T(a / b);
  return isSigned<T> && a % b != 0 && (a < 0) != (b < 0) ? T(quotient - 1) : quotient;
}
template <Scalar T> DAMO_INLINE T mod(T a, T b) {
  if (b == 0 || (isSigned<T> && b == T(-1))) return 0;
  const T rest = T(a % b);
  return isSigned<T> && rest != 0 && (rest < 0) != (b < 0) ? T(rest + b) : rest;
}
template <class T> DAMO_INLINE Vec<T> floorDiv(Vec<T> a, Vec<T> b) {
  return eachLane<T>([](T x, T y) { return floorDiv(x, y); }, a, b);
}
template <class T> DAMO_INLINE Vec<T> mod(Vec<T> a, Vec<T> b) {
  return eachLane<T>([](T x, T y) { return mod(x, y); }, a, b);
}
DAMO_INLINE Vec<f32> floorDiv(Vec<f32> a, Vec<f32> b) {
  const Vec<f64> divisor = promote(b), q = promote(a) / divisor;
  if (areSmallQuotients(q, divisor)) return demote(floor(q));
  return eachLane<f32>([](f32 x, f32 y) { return floorDiv(x, y); }, a, b);
}
DAMO_INLINE Vec<f32> mod(Vec<f32> a, Vec<f32> b) {
  const Vec<f64> wide = promote(a), divisor = promote(b), q = wide / divisor;
  if (!areSmallQuotients(q, divisor)) return eachLane<f32>([](f32 x, f32 y) { return mod(x, y); }, a, b);
  const Vec<f32> rest = demote(wide - floor(q) * divisor), zero = {wasm_v128_and(b.v, wasm_i32x4_const_splat(i32(0x80000000)))};
  return select(rest, zero, rest == splat(0.0f));
}

// Powers of integers wrap; a negative power truncates to 0, 1 or -1.
template <class T> DAMO_NOINLINE T pow(T x, T n) {
  if (n < 0) return x == T(1) ? T(1) : isSigned<T> && x == T(-1) ? (n & 1 ? x : T(1)) : T(0);
  u64 result = 1, base = u64(x);
  for (u64 rest = u64(n); rest > 0; rest >>= 1, base *= base) if (rest & 1) result *= base;
  return T(result);
}
template <class T> DAMO_INLINE Vec<T> pow(Vec<T> x, Vec<T> n) {
  return eachLane<T>([](T a, T b) { return pow(a, b); }, x, n);
}

// Shifts by any count: past the width they give 0, to the right the sign.
template <class T> constexpr u64 bitsIn = sizeof(T) * 8;
template <Scalar T> DAMO_INLINE bool within(T count) { return count >= 0 && u64(count) < bitsIn<T>; }
template <Scalar T> DAMO_INLINE T shl(T x, T count) { return within(count) ? T(u64(x) << count) : T(0); }
template <Scalar T> DAMO_INLINE T shr(T x, T count) {
  return within(count) ? T(x >> count) : isSigned<T> && x < 0 ? T(-1) : T(0);
}
template <class T> DAMO_INLINE Vec<T> shl(Vec<T> x, Vec<T> count) {
  return eachLane<T>([](T a, T n) { return shl(a, n); }, x, count);
}
template <class T> DAMO_INLINE Vec<T> shr(Vec<T> x, Vec<T> count) {
  return eachLane<T>([](T a, T n) { return shr(a, n); }, x, count);
}
template <class T> DAMO_INLINE Vec<T> shl(Vec<T> x, Splat<T> count) {
  if (!within(count.scalar)) return splat(T(0));
  const u32 n = u32(count.scalar);
  if constexpr (same<T, i64>) return {wasm_i64x2_shl(x.lo, n), wasm_i64x2_shl(x.hi, n)};
  else return wrap<T>(wasm_i32x4_shl(x.v, n));
}
template <class T> DAMO_INLINE Vec<T> shr(Vec<T> x, Splat<T> count) {
  const u32 n = within(count.scalar) ? u32(count.scalar) : bitsIn<T> - 1;
  if constexpr (same<T, i64>) return {wasm_i64x2_shr(x.lo, n), wasm_i64x2_shr(x.hi, n)};
  else if constexpr (isSigned<T>) return {wasm_i32x4_shr(x.v, n)};
  else if (!within(count.scalar)) return splat(T(0));
  else return {wasm_u32x4_shr(x.v, n)};
}
template <class T> DAMO_INLINE Vec<T> shl(Splat<T> x, Splat<T> count) { return splat(shl(x.scalar, count.scalar)); }
template <class T> DAMO_INLINE Vec<T> shr(Splat<T> x, Splat<T> count) { return splat(shr(x.scalar, count.scalar)); }

// By a power of two: a shift, which floors, and the low bits, which are the modulo of negative numbers too.
template <Scalar T> DAMO_INLINE bool isPowerOfTwo(T x) { return x > 0 && (x & T(x - 1)) == 0; }
template <class T> DAMO_INLINE Vec<T> floorDiv(Vec<T> a, Splat<T> b) {
  if constexpr (!isFloat<T>)
    if (isPowerOfTwo(b.scalar)) {
      const T count = T(__builtin_ctzll(u64(b.scalar)));
      return shr(a, Splat<T>{splat(count), count});
    }
  return floorDiv(a, Vec<T>(b));
}
template <class T> DAMO_INLINE Vec<T> mod(Vec<T> a, Splat<T> b) {
  if constexpr (!isFloat<T>)
    if (isPowerOfTwo(b.scalar)) return a & splat(T(b.scalar - 1));
  return mod(a, Vec<T>(b));
}
template <class T> DAMO_INLINE Vec<T> floorDiv(Splat<T> a, Splat<T> b) { return splat(floorDiv(a.scalar, b.scalar)); }
template <class T> DAMO_INLINE Vec<T> mod(Splat<T> a, Splat<T> b) { return splat(mod(a.scalar, b.scalar)); }

// Floor division and modulo of indices by a positive divisor.
DAMO_INLINE i32 indexDiv(i32 a, i32 b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }
DAMO_INLINE i32 indexMod(i32 a, i32 b) { return a - b * indexDiv(a, b); }

// A negative index counts from the end of an axis of a size; and what was given, where the result still is negative.
DAMO_INLINE i32 fromEnd(i32 index, i32 size) { return index < 0 ? index + size : index; }
DAMO_INLINE i32 beforeEnd(i32 index, i32 size) { return index < 0 ? index - size : index; }

// a * b + c, rounded once where relaxed SIMD has it (in every lane and in scalars alike), twice elsewhere.
#if defined(__wasm_relaxed_simd__) && __clang_major__ >= 17
DAMO_INLINE Vec<f32> fma(Vec<f32> a, Vec<f32> b, Vec<f32> c) { return {wasm_f32x4_relaxed_madd(a.v, b.v, c.v)}; }
DAMO_INLINE Vec<f64> fma(Vec<f64> a, Vec<f64> b, Vec<f64> c) {
  return {wasm_f64x2_relaxed_madd(a.lo, b.lo, c.lo), wasm_f64x2_relaxed_madd(a.hi, b.hi, c.hi)};
}
DAMO_INLINE f32 fma(f32 a, f32 b, f32 c) { return lane<0>(fma(splat(a), splat(b), splat(c))); }
DAMO_INLINE f64 fma(f64 a, f64 b, f64 c) {
  return wasm_f64x2_extract_lane(wasm_f64x2_relaxed_madd(wasm_f64x2_splat(a), wasm_f64x2_splat(b), wasm_f64x2_splat(c)), 0);
}
#endif
template <Scalar T> DAMO_INLINE T fma(T a, T b, T c) { return T(a * b + c); }
template <class T> DAMO_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) { return a * b + c; }
#if !defined(__wasm_relaxed_simd__) || __clang_major__ < 17
template <class T> DAMO_INLINE Vec<T> fma(Vec<T> a, Splat<T> b, Vec<T> c) { return b.scalar == 1 ? a + c : a * b + c; }
#endif

// low(a) * low(b) + high(a) * high(b) + c of the halves of words, which are signed integers of 16 bits.
DAMO_INLINE Vec<i32> dot(Vec<i32> a, Vec<i32> b, Vec<i32> c) {
  return {wasm_i32x4_add(c.v, wasm_i32x4_dot_i16x8(a.v, b.v))};
}

// The sum of c and the products of the bytes of words, which are signed integers, those of b below 128: exact, and the same
// everywhere. One instruction of relaxed SIMD has it all, which is one of ARM's and of x86 with AVX-VNNI, but five of other
// x86 (V8 makes a vector of ones every time); in two steps it is three there. What becomes of bytes that are not below 128
// tells them apart: as signed integers they give -508, as others 129540, but SSE's instruction saturates sums of two
// products to 32767. V8's baseline compiler in Node 20, where relaxed SIMD takes a flag, loses c.
#if defined(__wasm_relaxed_simd__) && __clang_major__ >= 17
DAMO_INLINE Vec<i32> dotBytesJoined(Vec<i32> a, Vec<i32> b, Vec<i32> c) {
  return {wasm_i32x4_relaxed_dot_i8x16_i7x16_add(a.v, b.v, c.v)};
}
DAMO_INLINE Vec<i32> dotBytesApart(Vec<i32> a, Vec<i32> b, Vec<i32> c) {
  return {wasm_i32x4_add(c.v, wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_relaxed_dot_i8x16_i7x16(a.v, b.v)))};
}
DAMO_INLINE i32 dotWay() {
  const Vec<i32> most = splat(i32(0x7f7f7f7f)), ones = splat(i32(-1)), some = splat(i32(508));
  const i32 exact = lane<0>(dotBytesJoined(ones, most, some)), beyond = lane<0>(dotBytesJoined(most, ones, some));
  return exact == 0 && (beyond == 0 || beyond == 508 + 129540) ? 1 : 2;
}
#else
DAMO_INLINE Vec<i32> dotBytesJoined(Vec<i32>, Vec<i32>, Vec<i32> c) { return c; }
DAMO_INLINE Vec<i32> dotBytesApart(Vec<i32>, Vec<i32>, Vec<i32> c) { return c; }
DAMO_INLINE constexpr i32 dotWay() { return 0; }
#endif

}  // namespace damo
