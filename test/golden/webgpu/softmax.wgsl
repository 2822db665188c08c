struct Frame {
  zero: u32,
  d0: i32, // n
  d1: i32, // m
}

@group(1) @binding(0) var<uniform> frame: Frame;

@group(0) @binding(0) var<storage, read> b0_f32: array<f32>;
@group(0) @binding(1) var<storage, read_write> b1_f32_out: array<f32>;

// A float by its bits: NaN and infinity, which no constant expression may be.
fn float_of(bits: u32) -> f32 {
  return bitcast<f32>(bits ^ frame.zero);
}

// x, as something that no compiler can see through: what depends on it is rounded as written.
fn opaque(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ frame.zero);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// What rounding took from s = a + b (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B).
fn sum_error(a: f32, b: f32, s: f32) -> f32 {
  let sum = opaque(s);
  let b_part = opaque(sum - a);
  let a_part = opaque(sum - b_part);
  let error = (a - a_part) + (b - b_part);
  return select(0.0f, error, is_finite(error));
}

// floor(a / b) for positive b.
fn floor_div(a: i32, b: i32) -> i32 {
  return a / b - select(0, 1, a % b < 0);
}

// The larger, NaN if either is.
fn max_f32(a: f32, b: f32) -> f32 {
  let either = select(b, a, is_nan(a));
  return select(max(a, b), either, is_nan(either));
}

// Counts past the width give 0.
fn shl_i32(a: i32, b: i32) -> i32 {
  return select(a << (u32(b) & 31u), 0, u32(b) > 31u);
}

fn scaledExp_f32(x0: f32) -> f32 {
  let v1 = max_f32(x0, -104f);
  let v4 = opaque((v1 * 1.4426950216293335f + 12583103f));
  let v5 = bitcast<i32>(v4);
  let v7 = shl_i32(v5, 23i);
  let v8 = bitcast<f32>(v7);
  let v10 = (v4 - 12583103f);
  let v13 = opaque((v10 * -0.693145751953125f + v1));
  let v14 = opaque((v10 * -0.000001428606765330187f + v13));
  let v15 = (v14 * v14);
  let v19 = opaque((v14 * 0.008369098417460918f + 0.04166828840970993f));
  let v20 = (v15 * 0.0013819137820973992f + v19);
  let v23 = opaque((v14 * 0.16666516661643982f + 0.4999999403953552f));
  let v24 = (v15 * v20 + v23);
  let v25 = (v24 * v15 + v14);
  let v26 = (v8 * v25 + v8);
  return v26;
}

fn reciprocal_f32(x0: f32) -> f32 {
  let v1 = (1f / x0);
  return v1;
}

// peak scaledExp sum mul
@compute @workgroup_size(64)
fn ka90eb5a80ae68495(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let w0 = i32(group.x + 65535u * group.y);
  if (w0 >= floor_div((frame.d0 + 63), 64)) {
    return;
  }
  let l1 = i32(invocation);
  let p2 = (l1 + (64 * w0));
  if (p2 < frame.d0) {
    let i0 = p2;
    var a3: f32 = float_of(0xff800000u);
    for (var j0 = 0; j0 < frame.d1; j0 += 1) {
      let t4: f32 = b0_f32[((i0 * frame.d1) + j0)];
      a3 = select(a3, t4, t4 > a3);
    }
    var a5: f32 = 0f;
    var a6: f32 = 0f;
    for (var j0 = 0; j0 < frame.d1; j0 += 1) {
      let t7: f32 = b0_f32[((i0 * frame.d1) + j0)];
      let t8: f32 = (t7 - a3);
      let t9: f32 = scaledExp_f32(t8);
      let t10: f32 = (a5 + t9);
      let t11: f32 = sum_error(a5, t9, t10);
      a6 = (a6 + t11);
      a5 = t10;
    }
    let t12: f32 = (a5 + a6);
    let t13: f32 = reciprocal_f32(t12);
    for (var j0 = 0; j0 < frame.d1; j0 += 1) {
      let t14: f32 = b0_f32[((i0 * frame.d1) + j0)];
      let t15: f32 = (t14 - a3);
      let t16: f32 = scaledExp_f32(t15);
      let t17: f32 = (t16 * t13);
      b1_f32_out[((i0 * frame.d1) + j0)] = t17;
    }
  }
}
