/**
 * Functions that kernels call: damo's semantics where WGSL's own are looser, and overloads by type where one text
 * serves C++ and WGSL. Only those that a module uses are printed. NaN is looked for in bits, since an implementation
 * may assume that there is none; `frame.zero` is 0, which no compiler knows.
 */

/** Types of values in kernels. */
export type WgslType = 'f32' | 'i32' | 'u32' | 'bool'

/** The text of each function by name; those of one op on several types are called `name_type`. */
const functions: Readonly<Record<string, string>> = {
  float_of: `
// A float by its bits: NaN and infinity, which no constant expression may be.
fn float_of(bits: u32) -> f32 {
  return bitcast<f32>(bits ^ frame.zero);
}`,
  opaque: `
// x, as something that no compiler can see through: what depends on it is rounded as written.
fn opaque(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ frame.zero);
}`,
  is_nan: `
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`,
  is_finite: `
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}`,
  sum_error: `
// What rounding took from s = a + b (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
fn sum_error(a: f32, b: f32, s: f32) -> f32 {
  let sum = opaque(s);
  let b_part = opaque(sum - a);
  let a_part = opaque(sum - b_part);
  let error = (a - a_part) + (b - b_part);
  return select(0.0f, error, is_finite(error));
}`,
  floor_div: `
// floor(a / b) for positive b.
fn floor_div(a: i32, b: i32) -> i32 {
  return a / b - select(0, 1, a % b < 0);
}`,
  floor_mod: `
// a - b floor(a / b) for positive b.
fn floor_mod(a: i32, b: i32) -> i32 {
  let rest = a % b;
  return rest + select(0, b, rest < 0);
}`,
  max_f32: `
// The larger, NaN if either is.
fn max_f32(a: f32, b: f32) -> f32 {
  let either = select(b, a, is_nan(a));
  return select(max(a, b), either, is_nan(either));
}`,
  min_f32: `
// The smaller, NaN if either is.
fn min_f32(a: f32, b: f32) -> f32 {
  let either = select(b, a, is_nan(a));
  return select(min(a, b), either, is_nan(either));
}`,
  max_bool: `
fn max_bool(a: bool, b: bool) -> bool {
  return a | b;
}`,
  min_bool: `
fn min_bool(a: bool, b: bool) -> bool {
  return a & b;
}`,
  negate_f32: `
fn negate_f32(x: f32) -> f32 {
  return -x;
}`,
  negate_i32: `
fn negate_i32(x: i32) -> i32 {
  return -x;
}`,
  negate_u32: `
fn negate_u32(x: u32) -> u32 {
  return 0u - x;
}`,
  rint_f32: `
fn rint_f32(x: f32) -> f32 {
  return round(x);
}`,
  shl_i32: `
// Counts past the width give 0.
fn shl_i32(a: i32, b: i32) -> i32 {
  return select(a << (u32(b) & 31u), 0, u32(b) > 31u);
}`,
  shl_u32: `
fn shl_u32(a: u32, b: u32) -> u32 {
  return select(a << (b & 31u), 0u, b > 31u);
}`,
  shr_i32: `
// Counts past the width give the sign.
fn shr_i32(a: i32, b: i32) -> i32 {
  return a >> min(u32(b), 31u);
}`,
  shr_u32: `
fn shr_u32(a: u32, b: u32) -> u32 {
  return select(a >> (b & 31u), 0u, b > 31u);
}`,
  floorDiv_i32: `
// Towards minus infinity; 0 where b is 0. The quotient of the least integer and -1 wraps.
fn floorDiv_i32(a: i32, b: i32) -> i32 {
  let rest = a % b;
  return select(a / b - select(0, 1, rest != 0 && (rest < 0) != (b < 0)), 0, b == 0);
}`,
  floorDiv_u32: `
fn floorDiv_u32(a: u32, b: u32) -> u32 {
  return select(a / b, 0u, b == 0u);
}`,
  mod_i32: `
// With the sign of b; 0 where b is 0.
fn mod_i32(a: i32, b: i32) -> i32 {
  let rest = a % b;
  return select(rest + select(0, b, rest != 0 && (rest < 0) != (b < 0)), 0, b == 0);
}`,
  mod_u32: `
fn mod_u32(a: u32, b: u32) -> u32 {
  return select(a % b, 0u, b == 0u);
}`,
  pow_i32: `
// Wrapping; a negative power truncates to 0, 1 or -1.
fn pow_i32(a: i32, b: i32) -> i32 {
  if (b < 0) {
    return select(0, select(1, a, (b & 1) != 0), a == 1 || a == -1);
  }
  return i32(pow_u32(u32(a), u32(b)));
}`,
  pow_u32: `
fn pow_u32(a: u32, b: u32) -> u32 {
  var result = 1u;
  var base = a;
  for (var n = b; n > 0u; n >>= 1u) {
    result *= select(1u, base, (n & 1u) != 0u);
    base *= base;
  }
  return result;
}`,
  floorDiv_f32: `
// A quotient below 0 that is too small to be told from it still floors to -1.
fn floorDiv_f32(a: f32, b: f32) -> f32 {
  let quotient = floor(a / b);
  return select(quotient, -1.0f, quotient == 0.0f && a != 0.0f && (a < 0.0f) != (b < 0.0f));
}`,
  mod_f32: `
// With the sign of b; exact while the quotient is.
fn mod_f32(a: f32, b: f32) -> f32 {
  let rest = a % b;
  return rest + select(0.0f, b, rest != 0.0f && (rest < 0.0f) != (b < 0.0f));
}`,
  f32_to_i32: `
// Truncated and saturated; NaN gives 0.
fn f32_to_i32(x: f32) -> i32 {
  let inside = i32(clamp(x, -2147483648.0f, 2147483520.0f));
  return select(select(inside, 2147483647, x >= 2147483648.0f), 0, is_nan(x));
}`,
  f32_to_u32: `
fn f32_to_u32(x: f32) -> u32 {
  let inside = u32(clamp(x, 0.0f, 4294967040.0f));
  return select(select(inside, 0xffffffffu, x >= 4294967296.0f), 0u, is_nan(x));
}`,
  f32_to_bool: `
// What is not zero is true, NaN too.
fn f32_to_bool(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) != 0u;
}`,
  ne_f32: `
// NaN differs from everything.
fn ne_f32(a: f32, b: f32) -> bool {
  return is_nan(a) || is_nan(b) || a != b;
}`,
  fail: `
// Keeps the first check that failed in some invocation.
fn fail(check: i32, index: i32, size: i32) {
  if (atomicCompareExchangeWeak(&status.check, 0, check).exchanged) {
    status.index = index;
    status.size = size;
  }
}`,
}

const called = /\b([A-Za-z_]\w*)\(/g

/** The functions that a text calls, and those that these call, in the order of the list here. */
export function preludeFor(text: string): string {
  const used = new Set<string>()
  const pending = [text]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [, name] of next.matchAll(called)) {
      if (!Object.hasOwn(functions, name!) || used.has(name!)) continue
      used.add(name!)
      pending.push(functions[name!]!)
    }
  }
  return Object.keys(functions)
    .filter(name => used.has(name))
    .map(name => `${functions[name]!.trimStart()}\n`)
    .join('\n')
}

/** Operators of C++ that WGSL lacks or has otherwise, by type: bools have no order, and NaN may be assumed away. */
const operators: Partial<Record<WgslType, readonly (readonly [RegExp, string])[]>> = {
  bool: [
    [/^\((\w+) (<|<=|>|>=) (\w+)\)$/, '(u32($1) $2 u32($3))'],
    [/^\((\w+) \^ (\w+)\)$/, '($1 != $2)'],
  ],
  f32: [[/^\(([^ ]+) != ([^ ]+)\)$/, 'ne($1, $2)']],
}

/** The text of an op with every operator and function that has an overload here for this type written as that one. */
export function resolveOverloads(text: string, type: WgslType): string {
  const spelled = (operators[type] ?? []).reduce((t, [pattern, text]) => t.replace(pattern, text), text)
  return spelled.replace(called, overload(type))
}

const overload = (type: WgslType) => (call: string, name: string) =>
  Object.hasOwn(functions, `${name}_${type}`) ? `${name}_${type}(` : call

/** Whether a function here has this name. */
export const isPrelude = (name: string): boolean => Object.hasOwn(functions, name)
