// Conversions between dtypes, and values in memory.
#pragma once
#include "arithmetic.hpp"

namespace damo {

// --------------------------------------------------------------------------------------------------------- Conversions

// float32 to the nearest float16 and back; ties to even.
DAMO_INLINE u16 halfBits(f32 x) {
  const u32 bits = bitsOf<u32>(x), sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size > 0x7f800000) return u16(sign | 0x7e00);
  if (size >= 0x47800000) return u16(sign | 0x7c00);
  // Below 2^-14: adding 1/2 leaves the float16's bits at the end of the significand.
  if (size < 0x38800000) return u16(sign | (bitsOf<u32>(bitsOf<f32>(size) + 0.5f) - 0x3f000000));
  return u16(sign | ((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13));
}
DAMO_INLINE f32 fromHalf(u16 bits) {
  const u32 sign = u32(bits & 0x8000) << 16, size = bits & 0x7fff;
  if (size >= 0x7c00) return bitsOf<f32>(sign | 0x7f800000 | (size & 0x3ff) << 13);
  if (size < 0x400) return bitsOf<f32>(sign | bitsOf<u32>(f32(size) * 0x1p-24f));
  return bitsOf<f32>(sign | ((size << 13) + 0x38000000));
}

// The same in lanes of 32 bits. What is 2^13 times the power of two in x, at least that of 2^-14, takes x rounded to the bits
// of a float16 when x is added to it; 2^16 and more become infinity.
DAMO_INLINE Vec<u32> halfBits(Vec<f32> x) {
  const Vec<u32> bits = {x.v}, size = bits & splat(0x7fffffffu), sign = {wasm_u32x4_shr((bits ^ size).v, 16)};
  const Vec<u32> most = min(size, splat(0x47800000u)), power = max(most & splat(0x7f800000u), splat(0x38800000u));
  const Vec<u32> large = power + splat(13u << 23), sum = {wasm_f32x4_add(most.v, large.v)};
  const Vec<u32> finite = Vec<u32>{wasm_u32x4_shr(large.v, 13)} + (sum - large) - splat(126u << 10);
  return sign | finite | Vec<u32>{wasm_v128_and((size > splat(0x7f800000u)).v, wasm_i32x4_const_splat(0x200))};
}
DAMO_INLINE Vec<f32> fromHalf(Vec<u32> bits) {
  const Vec<u32> size = bits & splat(0x7fffu), sign = {wasm_i32x4_shl((bits ^ size).v, 16)};
  const Vec<u32> finite = {wasm_f32x4_mul(wasm_i32x4_shl(size.v, 13), wasm_f32x4_const_splat(0x1p112f))};
  return {(sign | finite | Vec<u32>{wasm_v128_and((size >= splat(0x7c00u)).v, wasm_i32x4_const_splat(0x7f800000))}).v};
}

template <class T> constexpr i64 least = T(-1) < T(0) ? -(1LL << (bitsIn<T> - 1)) : 0;
template <class T> constexpr i64 greatest = T(-1) < T(0) ? (1LL << (bitsIn<T> - 1)) - 1 : (1LL << bitsIn<T>) - 1;

// A float as an integer: truncated, saturated, NaN as 0.
template <class T, Scalar F> DAMO_INLINE T saturate(F x) {
  constexpr bool wide = sizeof(F) == 8;
  if constexpr (same<T, i64>) {
    if constexpr (wide) return __builtin_wasm_trunc_saturate_s_i64_f64(x);
    else return __builtin_wasm_trunc_saturate_s_i64_f32(x);
  } else if constexpr (same<T, u32>) {
    if constexpr (wide) return u32(__builtin_wasm_trunc_saturate_u_i32_f64(x));
    else return u32(__builtin_wasm_trunc_saturate_u_i32_f32(x));
  } else {
    i32 whole;
    if constexpr (wide) whole = __builtin_wasm_trunc_saturate_s_i32_f64(x);
    else whole = __builtin_wasm_trunc_saturate_s_i32_f32(x);
    if constexpr (isNarrow<T>) return T(min(max(whole, i32(least<T>)), i32(greatest<T>)));
    else return whole;
  }
}

template <class T, Scalar S> DAMO_INLINE V<T, 1> convert(S x) {
  if constexpr (same<T, f16>) return fromHalf(halfBits(f32(x)));
  else if constexpr (same<T, bool>) return x != S(0);
  else if constexpr (isFloat<S> && !isFloat<T>) return saturate<T>(x);
  else return T(x);
}

template <class T, class S> DAMO_INLINE V<T, 4> convert(Vec<S> x) {
  if constexpr (same<T, S>) return x;
  else if constexpr (same<T, f16> && same<S, f32>) return fromHalf(halfBits(x));
  else if constexpr (same<T, f16>) return convert<f16>(convert<f32>(x));
  else if constexpr (same<T, bool>) return x != splat(S(0));
  else if constexpr (same<S, bool> && !isWide<T> && !isFloat<T>) return {wasm_v128_and(x.v, wasm_i32x4_const_splat(1))};
  else if constexpr (same<S, bool> && same<T, f32>) return {wasm_v128_and(x.v, wasm_f32x4_const_splat(1))};
  else if constexpr (same<S, bool>) return convert<T>(convert<i32>(x));
  else if constexpr (same<S, f32> && same<T, f64>) return promote(x);
  else if constexpr (same<S, f64> && same<T, f32>) return demote(x);
  else if constexpr (same<S, f32> && same<T, i32>) return {wasm_i32x4_trunc_sat_f32x4(x.v)};
  else if constexpr (same<S, f32> && same<T, u32>) return {wasm_u32x4_trunc_sat_f32x4(x.v)};
  else if constexpr (same<S, f64> && same<T, i32>)
    return {wasm_i32x4_shuffle(wasm_i32x4_trunc_sat_f64x2_zero(x.lo), wasm_i32x4_trunc_sat_f64x2_zero(x.hi), 0, 1, 4, 5)};
  else if constexpr ((same<S, i32> || isNarrow<S>) && same<T, f32>) return {wasm_f32x4_convert_i32x4(x.v)};
  else if constexpr (same<S, u32> && same<T, f32>) return {wasm_f32x4_convert_u32x4(x.v)};
  else if constexpr ((same<S, i32> || isNarrow<S>) && same<T, f64>)
    return {wasm_f64x2_convert_low_i32x4(x.v), wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(x.v, x.v, 2, 3, 2, 3))};
  else if constexpr (same<S, u32> && same<T, f64>)
    return {wasm_f64x2_convert_low_u32x4(x.v), wasm_f64x2_convert_low_u32x4(wasm_i32x4_shuffle(x.v, x.v, 2, 3, 2, 3))};
  else if constexpr ((same<S, i32> || isNarrow<S>) && same<T, i64>)
    return {wasm_i64x2_extend_low_i32x4(x.v), wasm_i64x2_extend_high_i32x4(x.v)};
  else if constexpr (same<S, u32> && same<T, i64>) return {wasm_u64x2_extend_low_u32x4(x.v), wasm_u64x2_extend_high_u32x4(x.v)};
  else if constexpr (same<S, i64> && !isFloat<T>) return wrap<T>(wasm_i32x4_shuffle(x.lo, x.hi, 0, 2, 4, 6));
  else if constexpr (!isFloat<S> && !isFloat<T>) return wrap<T>(x.v);
  else return eachLane<typename ValueOf<T, 1>::type>([](S a) { return convert<T>(a); }, x);
}

template <class T, Scalar S> DAMO_INLINE T bitcast(S x) { return bitsOf<T>(x); }
template <class T, class S> DAMO_INLINE Vec<T> bitcast(Vec<S> x) {
  if constexpr (isWide<T>) return {x.lo, x.hi};
  else return {x.v};
}

// -------------------------------------------------------------------------------------------------------------- Memory

// `p + N` as the place of a field: what has fields does not wrap around, so that N goes into the instruction.
template <int N, class T> struct Fields {
  T before[N];
  T field;
};
template <int N, class T> DAMO_INLINE T* offset(T* p) { return &reinterpret_cast<Fields<N, T>*>(p)->field; }
template <int N, class T> DAMO_INLINE const T* offset(const T* p) { return &reinterpret_cast<const Fields<N, T>*>(p)->field; }

template <class T, int N> DAMO_INLINE V<T, N> load(const Stored<T>* p) {
  if constexpr (N == 1) {
    if constexpr (same<T, f16>) return fromHalf(*p);
    else if constexpr (same<T, bool>) return *p != 0;
    else return *p;
  } else if constexpr (same<T, f16>) return fromHalf(Vec<u32>{wasm_u32x4_load16x4(p)});
  else if constexpr (isWide<T>) return {wasm_v128_load(p), wasm_v128_load(p + 2)};
  else if constexpr (same<T, i16>) return {wasm_i32x4_load16x4(p)};
  else if constexpr (same<T, u16>) return {wasm_u32x4_load16x4(p)};
  else if constexpr (same<T, i8>) return {wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p)))};
  else if constexpr (same<T, u8> || same<T, bool>) {
    const v128_t bytes = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p)));
    if constexpr (same<T, u8>) return {bytes};
    else return {wasm_i32x4_ne(bytes, wasm_i32x4_const_splat(0))};
  } else return {wasm_v128_load(p)};
}

// Four float32 as float64: engines make one instruction of a conversion and the load of what it takes.
DAMO_INLINE Vec<f64> loadWide(const f32* p) {
  return {wasm_f64x2_promote_low_f32x4(wasm_v128_load64_zero(p)), wasm_f64x2_promote_low_f32x4(wasm_v128_load64_zero(p + 2))};
}

// One element of memory that the kernel also stores to. LLVM makes one instruction of a load and the splat of it and
// moves that, volatile or not, past a store to the same address; of a value that comes out of assembly it knows nothing.
template <class T> DAMO_INLINE V<T, 1> loadInOrder(const Stored<T>* p) {
  V<T, 1> x = load<T, 1>(p);
  __asm__("" : "+r"(x));
  return x;
}

// Lanes `stride` elements apart; every second or third one out of two vectors that reach no further than the last.
template <class T> DAMO_INLINE V<T, 4> loadStrided(const Stored<T>* p, i32 stride) {
  if constexpr (same<T, f32> || same<T, i32> || same<T, u32>) {
    if (__builtin_constant_p(stride) && stride == 2)
      return {wasm_i32x4_shuffle(wasm_v128_load(p), wasm_v128_load(p + 3), 0, 2, 5, 7)};
    if (__builtin_constant_p(stride) && stride == 3)
      return {wasm_i32x4_shuffle(wasm_v128_load(p), wasm_v128_load(p + 6), 0, 3, 4, 7)};
    v128_t x = wasm_v128_load32_zero(p);
    x = wasm_v128_load32_lane(p + stride, x, 1);
    x = wasm_v128_load32_lane(p + 2 * stride, x, 2);
    return {wasm_v128_load32_lane(p + 3 * stride, x, 3)};
  }
  return pack(load<T, 1>(p), load<T, 1>(p + stride), load<T, 1>(p + 2 * stride), load<T, 1>(p + 3 * stride));
}

// The same of memory that the kernel also stores to: of lanes that are put together LLVM makes such an instruction too.
template <class T> DAMO_INLINE V<T, 4> loadStridedInOrder(const Stored<T>* p, i32 stride) {
  return pack(loadInOrder<T>(p), loadInOrder<T>(p + stride), loadInOrder<T>(p + 2 * stride), loadInOrder<T>(p + 3 * stride));
}

template <class T> DAMO_INLINE void store(Stored<T>* p, V<T, 1> x) {
  if constexpr (same<T, f16>) *p = halfBits(x);
  else *p = x;
}
template <class T> DAMO_INLINE void store(Stored<T>* p, V<T, 4> x) {
  if constexpr (same<T, f16>) {
    store<u16>(p, {halfBits(x).v});
  } else if constexpr (isWide<T>) {
    wasm_v128_store(p, x.lo);
    wasm_v128_store(p + 2, x.hi);
  } else if constexpr (same<T, i16> || same<T, u16>) {
    wasm_v128_store64_lane(p, wasm_i16x8_shuffle(x.v, x.v, 0, 2, 4, 6, 0, 2, 4, 6), 0);
  } else if constexpr (sizeof(T) == 1) {
    const v128_t x1 = same<T, bool> ? wasm_v128_and(x.v, wasm_i32x4_const_splat(1)) : x.v;
    wasm_v128_store32_lane(p, wasm_i8x16_shuffle(x1, x1, 0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0);
  } else wasm_v128_store(p, x.v);
}
template <class T> DAMO_INLINE void storeStrided(Stored<T>* p, i32 stride, V<T, 4> x) {
  store<T>(p, lane<0>(x));
  store<T>(p + stride, lane<1>(x));
  store<T>(p + 2 * stride, lane<2>(x));
  store<T>(p + 3 * stride, lane<3>(x));
}

// A constant: a literal in scalar code; lanes read it from a table, because V8 may build a vector constant anew on
// every turn of a loop.
template <class T, int N> DAMO_INLINE auto constant(const u32* table, V<T, 1> literal) {
  using R = V<T, 1>;
  if constexpr (N == 1) return literal;
  else if constexpr (same<R, bool>) return Splat<bool>{{wasm_v128_load32_splat(table)}, literal};
  else if constexpr (isWide<R>) {
    const v128_t both = wasm_v128_load64_splat(table);
    return Splat<R>{{both, both}, literal};
  } else return Splat<R>{{wasm_v128_load32_splat(table)}, literal};
}

}  // namespace damo
