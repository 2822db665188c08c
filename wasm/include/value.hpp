// Values of one element or of four lanes.
#pragma once
#include <wasm_simd128.h>

extern "C" {
float fmodf(float, float);
double fmod(double, double);
}

#define DAMO_INLINE static inline __attribute__((always_inline))
#define DAMO_NOINLINE static __attribute__((noinline))

namespace damo {

using i8 = signed char;
using u8 = unsigned char;
using i16 = short;
using u16 = unsigned short;
using i32 = int;
using u32 = unsigned;
using i64 = long long;
using u64 = unsigned long long;
using f32 = float;
using f64 = double;
// float16: binary16 in memory, float32 in registers.
struct f16;

template <class A, class B> constexpr bool same = false;
template <class A> constexpr bool same<A, A> = true;
template <class T> constexpr bool isFloat = same<T, f32> || same<T, f64> || same<T, f16>;
template <class T> constexpr bool isWide = same<T, f64> || same<T, i64>;
template <class T> constexpr bool isNarrow = same<T, i8> || same<T, u8> || same<T, i16> || same<T, u16>;
template <class T> concept Scalar = isFloat<T> || __is_integral(T);
template <class T> constexpr bool isSigned = T(-1) < T(0);

// ------------------------------------------------------------------------------------------------------------ Vectors

// Four lanes: one v128 (8 and 16-bit integers in lanes of 32 bits, bool as all ones or zeros), or two of wide types.
template <class T, bool Wide = isWide<T>> struct Vec { v128_t v; };
template <class T> struct Vec<T, true> { v128_t lo, hi; };

// The same constant in every lane, and that constant. It is a vector to every function that has no use for the scalar.
template <class T> struct Splat : Vec<T> { T scalar; };

template <class T, int N> struct ValueOf { using type = Vec<T>; };
template <class T> struct ValueOf<T, 1> { using type = T; };
template <> struct ValueOf<f16, 1> { using type = f32; };
template <> struct ValueOf<f16, 4> { using type = Vec<f32>; };
template <class T, int N> using V = typename ValueOf<T, N>::type;

// What stands in memory: bool is a byte, float16 its bits.
template <class T> struct StoredOf { using type = T; };
template <> struct StoredOf<bool> { using type = u8; };
template <> struct StoredOf<f16> { using type = u16; };
template <class T> using Stored = typename StoredOf<T>::type;

template <class T> DAMO_INLINE T fromBits(u64 bits) { T value; __builtin_memcpy(&value, &bits, sizeof(T)); return value; }
template <class To, class From> DAMO_INLINE To bitsOf(From from) {
  static_assert(sizeof(To) == sizeof(From), "same width");
  To to;
  __builtin_memcpy(&to, &from, sizeof(To));
  return to;
}

template <Scalar T> DAMO_INLINE Vec<T> splat(T x) {
  if constexpr (same<T, f64>) return {wasm_f64x2_splat(x), wasm_f64x2_splat(x)};
  else if constexpr (same<T, i64>) return {wasm_i64x2_splat(x), wasm_i64x2_splat(x)};
  else if constexpr (same<T, f32>) return {wasm_f32x4_splat(x)};
  else if constexpr (same<T, bool>) return {wasm_i32x4_splat(-i32(x))};
  else return {wasm_i32x4_splat(i32(x))};
}

template <int L, class T> DAMO_INLINE T lane(Vec<T> x) {
  if constexpr (same<T, f64>) return wasm_f64x2_extract_lane(L < 2 ? x.lo : x.hi, L % 2);
  else if constexpr (same<T, i64>) return wasm_i64x2_extract_lane(L < 2 ? x.lo : x.hi, L % 2);
  else if constexpr (same<T, f32>) return wasm_f32x4_extract_lane(x.v, L);
  else if constexpr (same<T, bool>) return wasm_i32x4_extract_lane(x.v, L) != 0;
  else return T(wasm_i32x4_extract_lane(x.v, L));
}

template <class T> DAMO_INLINE Vec<T> pack(T a, T b, T c, T d) {
  if constexpr (same<T, f64>) return {wasm_f64x2_make(a, b), wasm_f64x2_make(c, d)};
  else if constexpr (same<T, i64>) return {wasm_i64x2_make(a, b), wasm_i64x2_make(c, d)};
  else if constexpr (same<T, f32>) return {wasm_f32x4_make(a, b, c, d)};
  else if constexpr (same<T, bool>) return {wasm_i32x4_make(-i32(a), -i32(b), -i32(c), -i32(d))};
  else return {wasm_i32x4_make(i32(a), i32(b), i32(c), i32(d))};
}

// Lanes of one half of two vectors in turn: a0 b0 a1 b1, or a2 b2 a3 b3.
template <int Half, class T> DAMO_INLINE Vec<T> zip(Vec<T> a, Vec<T> b) {
  if constexpr (isWide<T>) {
    const v128_t x = Half ? a.hi : a.lo, y = Half ? b.hi : b.lo;
    return {wasm_i64x2_shuffle(x, y, 0, 2), wasm_i64x2_shuffle(x, y, 1, 3)};
  } else if constexpr (Half == 0) return {wasm_i32x4_shuffle(a.v, b.v, 0, 4, 1, 5)};
  else return {wasm_i32x4_shuffle(a.v, b.v, 2, 6, 3, 7)};
}

// Lanes of a third of three vectors in turn: a0 b0 c0 a1, b1 c1 a2 b2, or c2 a3 b3 c3.
template <int Third, class T> DAMO_INLINE Vec<T> zip3(Vec<T> a, Vec<T> b, Vec<T> c) {
  if constexpr (isWide<T>) {
    if constexpr (Third == 0) return {wasm_i64x2_shuffle(a.lo, b.lo, 0, 2), wasm_i64x2_shuffle(c.lo, a.lo, 0, 3)};
    else if constexpr (Third == 1) return {wasm_i64x2_shuffle(b.lo, c.lo, 1, 3), wasm_i64x2_shuffle(a.hi, b.hi, 0, 2)};
    else return {wasm_i64x2_shuffle(c.hi, a.hi, 0, 3), wasm_i64x2_shuffle(b.hi, c.hi, 1, 3)};
  } else if constexpr (Third == 0) return {wasm_i32x4_shuffle(wasm_i32x4_shuffle(a.v, b.v, 0, 4, 1, 1), c.v, 0, 1, 4, 2)};
  else if constexpr (Third == 1) return {wasm_i32x4_shuffle(wasm_i32x4_shuffle(a.v, b.v, 5, 2, 6, 6), c.v, 0, 5, 1, 2)};
  else return {wasm_i32x4_shuffle(wasm_i32x4_shuffle(a.v, b.v, 3, 7, 7, 7), c.v, 6, 0, 1, 7)};
}

template <class R, class F, class... T> DAMO_INLINE Vec<R> eachLane(F f, Vec<T>... x) {
  return pack<R>(R(f(lane<0>(x)...)), R(f(lane<1>(x)...)), R(f(lane<2>(x)...)), R(f(lane<3>(x)...)));
}

// Lanes of 8 and 16 bits back in range after 32-bit arithmetic.
template <class T> DAMO_INLINE Vec<T> wrap(v128_t x) {
  if constexpr (same<T, i8>) return {wasm_i32x4_shr(wasm_i32x4_shl(x, 24), 24)};
  else if constexpr (same<T, i16>) return {wasm_i32x4_shr(wasm_i32x4_shl(x, 16), 16)};
  else if constexpr (same<T, u8>) return {wasm_v128_and(x, wasm_i32x4_const_splat(0xff))};
  else if constexpr (same<T, u16>) return {wasm_v128_and(x, wasm_i32x4_const_splat(0xffff))};
  else return {x};
}

}  // namespace damo
