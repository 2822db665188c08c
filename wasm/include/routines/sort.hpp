// Sorting rows, stably: -0 and 0 are equal, NaN comes after everything.
#pragma once
#include "damo.hpp"

namespace damo {

template <class T> struct UnsignedOf { using type = T; };
template <> struct UnsignedOf<i8> { using type = u8; };
template <> struct UnsignedOf<i16> { using type = u16; };
template <> struct UnsignedOf<i32> { using type = u32; };
template <> struct UnsignedOf<i64> { using type = u64; };
template <> struct UnsignedOf<f32> { using type = u32; };
template <> struct UnsignedOf<f64> { using type = u64; };

// Unsigned integers in the order of the values of T, of the same width.
template <class T> using Key = typename UnsignedOf<Stored<T>>::type;

template <class T> constexpr Key<T> topBit = Key<T>(1) << (8 * sizeof(T) - 1);
template <> inline constexpr u16 topBit<f16> = 0x8000;
template <class T> constexpr Key<T> infinity = 0;
template <> inline constexpr u16 infinity<f16> = 0x7c00;
template <> inline constexpr u32 infinity<f32> = 0x7f800000;
template <> inline constexpr u64 infinity<f64> = 0x7ff0000000000000;

template <class T> DAMO_INLINE Key<T> keyOf(Stored<T> x) {
  const Key<T> bits = bitsOf<Key<T>>(x);
  if constexpr (isFloat<T>) {
    const Key<T> size = bits & Key<T>(~topBit<T>);
    if (size > infinity<T>) return Key<T>(~Key<T>(0));
    if (size == 0) return topBit<T>;
    return size == bits ? bits | topBit<T> : Key<T>(~bits);
  } else if constexpr (isSigned<T> && !same<T, bool>) return bits ^ topBit<T>;
  else return bits;
}

// The value of a key: of the zeros 0, of the NaNs one.
template <class T> DAMO_INLINE Stored<T> valueOf(Key<T> key) {
  if constexpr (isFloat<T>) {
    if (key == Key<T>(~Key<T>(0))) return bitsOf<Stored<T>>(Key<T>(infinity<T> | infinity<T> >> 1));
    return bitsOf<Stored<T>>(key & topBit<T> ? Key<T>(key ^ topBit<T>) : Key<T>(~key));
  } else if constexpr (isSigned<T> && !same<T, bool>) return bitsOf<Stored<T>>(Key<T>(key ^ topBit<T>));
  else return key;
}

// Rows up to this long are sorted by insertion.
constexpr i32 shortRow = 48;

template <bool Located, class K> DAMO_NOINLINE void insertKeys(K* keys, i32* at, i32 n) {
  for (i32 i = 1; i < n; i++) {
    const K key = keys[i];
    i32 j = i, from;
    if constexpr (Located) from = at[i];
    for (; j > 0 && keys[j - 1] > key; j--) {
      keys[j] = keys[j - 1];
      if constexpr (Located) at[j] = at[j - 1];
    }
    keys[j] = key;
    if constexpr (Located) at[j] = from;
  }
}

// Sorts keys, and with them the positions in `at` if Located. Both have a second array to go to and fro between, and
// point to the one with the result in the end. Digits of 8 bits from the least on (D. E. Knuth, The Art of Computer
// Programming, volume 3, 5.2.5); one that is the same in all keys takes no pass.
template <bool Located, class K> DAMO_NOINLINE void sortKeys(K*& keys, K*& otherKeys, i32*& at, i32*& otherAt, i32 n) {
  if (n <= shortRow) return insertKeys<Located>(keys, at, n);
  constexpr int digits = sizeof(K);
  i32 starts[digits][256] = {};
  for (i32 i = 0; i < n; i++)
    for (int d = 0; d < digits; d++) starts[d][keys[i] >> (8 * d) & 255]++;
  for (int d = 0; d < digits; d++) {
    i32* start = starts[d];
    if (start[keys[0] >> (8 * d) & 255] == n) continue;
    for (i32 value = 0, sum = 0; value < 256; value++) {
      const i32 count = start[value];
      start[value] = sum;
      sum += count;
    }
    for (i32 i = 0; i < n; i++) {
      const i32 to = start[keys[i] >> (8 * d) & 255]++;
      otherKeys[to] = keys[i];
      if constexpr (Located) otherAt[to] = at[i];
    }
    K* const sorted = otherKeys;
    otherKeys = keys, keys = sorted;
    if constexpr (Located) {
      i32* const moved = otherAt;
      otherAt = at, at = moved;
    }
  }
}

// The zeros of x in their order, to where they belong among sorted values.
template <class T> DAMO_INLINE void keepZeros(const Stored<T>* x, Stored<T>* values, const Key<T>* keys, Key<T> zero, i32 n) {
  i32 first = 0;
  while (first < n && keys[first] != zero) first++;
  if (first == n) return;
  for (i32 i = 0; i < n; i++)
    if (keyOf<T>(x[i]) == topBit<T>) values[first++] = x[i];
}

// values = x sorted, indices = where each came from; either may be null. `keys` has room for 2 n keys, `spare` for n
// positions where indices are asked for.
template <class T, class, class>
DAMO_NOINLINE i32 sort(const Stored<T>* x, Stored<T>* values, i32* indices, void* room, i32* spare, i32 n, i32 descending) {
  Key<T> *keys = (Key<T>*)room, *otherKeys = keys + n;
  const Key<T> flip = descending ? Key<T>(~Key<T>(0)) : Key<T>(0);
  for (i32 i = 0; i < n; i++) keys[i] = keyOf<T>(x[i]) ^ flip;
  if (!indices) {
    i32* none = nullptr;
    sortKeys<false>(keys, otherKeys, none, none, n);
    for (i32 i = 0; i < n; i++) values[i] = valueOf<T>(keys[i] ^ flip);
    if constexpr (isFloat<T>) keepZeros<T>(x, values, keys, topBit<T> ^ flip, n);
    return 0;
  }
  i32 *at = indices, *otherAt = spare;
  for (i32 i = 0; i < n; i++) at[i] = i;
  sortKeys<true>(keys, otherKeys, at, otherAt, n);
  if (at != indices) __builtin_memcpy(indices, at, sizeof(i32) * n);
  if (values)
    for (i32 i = 0; i < n; i++) values[i] = x[indices[i]];
  return 0;
}

// True where a key stands behind another in a stable order: a larger one, or an equal one from a later position.
template <class K> DAMO_INLINE bool isBehind(K key, i32 from, K other, i32 at) {
  return key > other || (key == other && from > at);
}

// Puts a key into the place that is free at the top of a heap of n, whose top is behind all others.
template <class K> DAMO_NOINLINE void sinkKey(K* keys, i32* at, i32 n, K key, i32 from) {
  i32 i = 0;
  for (i32 child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && isBehind(keys[child + 1], at[child + 1], keys[child], at[child])) child++;
    if (!isBehind(keys[child], at[child], key, from)) break;
    keys[i] = keys[child];
    at[i] = at[child];
    i = child;
  }
  keys[i] = key;
  at[i] = from;
}

// The first `count` of x as sort has them, and where each came from: a heap of the first so far (D. E. Knuth, The Art of
// Computer Programming, volume 3, 5.2.3), which in the end is taken apart from the last on. Either result may be null.
template <class T, class, class>
DAMO_NOINLINE i32 firstSorted(const Stored<T>* x, Stored<T>* values, i32* indices, void* room, i32* spare, i32 n, i32 count,
                              i32 descending) {
  if (count > n) return 1;
  if (count == 0) return 0;
  Key<T>* keys = (Key<T>*)room;
  i32* at = indices ? indices : spare;
  const Key<T> flip = descending ? Key<T>(~Key<T>(0)) : Key<T>(0);
  for (i32 i = 0; i < count; i++) {
    const Key<T> key = keyOf<T>(x[i]) ^ flip;
    i32 place = i;
    for (; place > 0 && isBehind(key, i, keys[(place - 1) / 2], at[(place - 1) / 2]); place = (place - 1) / 2) {
      keys[place] = keys[(place - 1) / 2];
      at[place] = at[(place - 1) / 2];
    }
    keys[place] = key;
    at[place] = i;
  }
  for (i32 i = count; i < n; i++) {
    const Key<T> key = keyOf<T>(x[i]) ^ flip;
    if (key < keys[0]) sinkKey(keys, at, count, key, i);
  }
  for (i32 last = count - 1; last > 0; last--) {
    const Key<T> key = keys[last], top = keys[0];
    const i32 from = at[last], first = at[0];
    sinkKey(keys, at, last, key, from);
    keys[last] = top;
    at[last] = first;
  }
  if (values)
    for (i32 i = 0; i < count; i++) values[i] = x[at[i]];
  return 0;
}

}  // namespace damo
