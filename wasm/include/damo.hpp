// C++ that speaks WGSL: values `V<T, N>` of one element (N = 1) or of four lanes (N = 4), with the same functions and
// operators for both, and damo's semantics: integers wrap, division floors and never traps, max and min pass NaN on,
// shift counts past the width give 0 or the sign, floats saturate when they become integers.
// Compiles with Emscripten's clang 14 and everything later.
#pragma once
#include "memory.hpp"

// Loops stand as the schedule wrote them.
#define DAMO_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

namespace damo {

// Ends the expression that a value belongs to, by a way through memory that the compiler may not shorten. LLVM's
// WebAssembly back end nests values that are used once into each other, in time that grows with the cube of the nesting.
// What is read back passes through `asm`: LLVM 14 makes a splat of a load one instruction and moves it behind later stores
// to the same place of the stack, though the load is volatile.
template <class T> DAMO_INLINE void cut(T& x) {
  volatile T memory = x;
  x = memory;
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) __asm__("" : "+r"(x));
}
template <class T> DAMO_INLINE void cut(Vec<T>& x) {
  if constexpr (isWide<T>) cut(x.lo), cut(x.hi);
  else cut(x.v);
}

// The same value, of which the compiler knows nothing.
DAMO_INLINE i32 opaque(i32 x) {
  __asm__("" : "+r"(x));
  return x;
}

// What a failing check leaves in the frame.
DAMO_NOINLINE i32 fail(i32* frame, i32 check, i32 index, i32 size) {
  frame[0] = check;
  frame[1] = index;
  frame[2] = size;
  return check;
}

}  // namespace damo
