// C++ that speaks WGSL: values `V<T, N>` of one element (N = 1) or of four lanes (N = 4), with the same functions and
// operators for both, and damo's semantics: integers wrap, division floors and never traps, max and min pass NaN on,
// shift counts past the width give 0 or the sign, floats saturate when they become integers.
// Compiles with Emscripten's clang 14 and everything later.
#pragma once
#include "memory.hpp"

// Loops stand as the schedule wrote them.
#define DAMO_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

namespace damo {

// What a failing check leaves in the frame.
DAMO_INLINE i32 fail(i32* frame, i32 check, i32 index, i32 size) {
  frame[0] = check;
  frame[1] = index;
  frame[2] = size;
  return check;
}

}  // namespace damo
