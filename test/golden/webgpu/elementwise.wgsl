struct Frame {
  zero: u32,
  d0: i32, // n
}

@group(1) @binding(0) var<uniform> frame: Frame;

@group(0) @binding(0) var<storage, read> b0_f32: array<f32>;
@group(0) @binding(1) var<storage, read> b1_f32: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2_f32_out: array<f32>;

// x, as something that no compiler can see through: what depends on it is rounded as written.
fn opaque(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ frame.zero);
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
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

// The smaller, NaN if either is.
fn min_f32(a: f32, b: f32) -> f32 {
  let either = select(b, a, is_nan(a));
  return select(min(a, b), either, is_nan(either));
}

// Counts past the width give 0.
fn shl_i32(a: i32, b: i32) -> i32 {
  return select(a << (u32(b) & 31u), 0, u32(b) > 31u);
}

fn exp_f32(x0: f32) -> f32 {
  let v1 = min_f32(x0, 89.5f);
  let v3 = max_f32(v1, -104f);
  let v6 = opaque((v3 * 1.4426950216293335f + 12583166f));
  let v8 = (v6 - 12583166f);
  let v11 = opaque((v8 * -0.693145751953125f + v3));
  let v12 = opaque((v8 * -0.000001428606765330187f + v11));
  let v13 = (v12 * v12);
  let v17 = opaque((v12 * 0.008369098417460918f + 0.04166828840970993f));
  let v18 = (v13 * 0.0013819137820973992f + v17);
  let v21 = opaque((v12 * 0.16666516661643982f + 0.4999999403953552f));
  let v22 = (v13 * v18 + v21);
  let v23 = (v22 * v13 + v12);
  let v25 = (v23 + 1f);
  let v26 = bitcast<i32>(v6);
  let v28 = shl_i32(v26, 22i);
  let v30 = (v28 & -8388608i);
  let v31 = bitcast<f32>(v30);
  let v32 = (v25 * v31);
  let v34 = shl_i32(v26, 23i);
  let v35 = (v34 - v30);
  let v36 = bitcast<f32>(v35);
  let v37 = (v32 * v36);
  return v37;
}

fn tanh_f32(x0: f32) -> f32 {
  let v0 = bitcast<i32>(x0);
  let v2 = (v0 | (-2147483647i - 1i));
  let v3 = bitcast<f32>(v2);
  let v4 = (v3 + v3);
  let v6 = max_f32(v4, -104f);
  let v9 = opaque((v6 * 1.4426950216293335f + 12583103f));
  let v10 = bitcast<i32>(v9);
  let v12 = shl_i32(v10, 23i);
  let v13 = bitcast<f32>(v12);
  let v15 = (v9 - 12583103f);
  let v18 = opaque((v15 * -0.693145751953125f + v6));
  let v19 = opaque((v15 * -0.000001428606765330187f + v18));
  let v20 = (v19 * v19);
  let v24 = opaque((v19 * 0.008369098417460918f + 0.04166828840970993f));
  let v25 = (v20 * 0.0013819137820973992f + v24);
  let v28 = opaque((v19 * 0.16666516661643982f + 0.4999999403953552f));
  let v29 = (v20 * v25 + v28);
  let v30 = (v29 * v20 + v19);
  let v32 = opaque((v13 - 18446744073709552000f));
  let v33 = (v13 * v30 + v32);
  let v35 = opaque((v13 + 18446744073709552000f));
  let v36 = (v13 * v30 + v35);
  let v37 = (v33 / v36);
  let v38 = bitcast<i32>(v37);
  let v40 = (v38 | (-2147483647i - 1i));
  let v41 = (v2 ^ v0);
  let v42 = (v40 ^ v41);
  let v43 = bitcast<f32>(v42);
  return v43;
}

// div
@compute @workgroup_size(64)
fn k4c80fa6a3dd96702(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let w0 = i32(group.x + 65535u * group.y);
  if (w0 >= floor_div((frame.d0 + 63), 64)) {
    return;
  }
  let l1 = i32(invocation);
  let p2 = (l1 + (64 * w0));
  if (p2 < frame.d0) {
    let i0 = p2;
    let t3: f32 = b0_f32[i0];
    let t4: f32 = abs(t3);
    let t6: f32 = (1f + t4);
    let t7: f32 = b1_f32[i0];
    let t8: f32 = exp_f32(t7);
    let t9: f32 = tanh_f32(t3);
    let t10: f32 = (t9 * t8);
    let t11: f32 = (t10 / t6);
    b2_f32_out[i0] = t11;
  }
}
