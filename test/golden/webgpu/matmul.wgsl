struct Frame {
  zero: u32,
  d0: i32, // n
  d1: i32, // k
  d2: i32, // m
}

@group(1) @binding(0) var<uniform> frame: Frame;

@group(0) @binding(0) var<storage, read> b0_f32: array<f32>;
@group(0) @binding(1) var<storage, read> b1_f32: array<f32>;
@group(0) @binding(2) var<storage, read_write> b2_f32_out: array<f32>;

// floor(a / b) for positive b.
fn floor_div(a: i32, b: i32) -> i32 {
  return a / b - select(0, 1, a % b < 0);
}

// a - b floor(a / b) for positive b.
fn floor_mod(a: i32, b: i32) -> i32 {
  let rest = a % b;
  return rest + select(0, b, rest < 0);
}

// einsum
@compute @workgroup_size(64)
fn kacbf6d593bb1ecf7(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let w0 = i32(group.x + 65535u * group.y);
  if (w0 >= floor_div(((frame.d2 * frame.d0) + 63), 64)) {
    return;
  }
  let l1 = i32(invocation);
  let p2 = ((64 * w0) + l1);
  if (p2 < (frame.d2 * frame.d0)) {
    let i1 = floor_mod(p2, frame.d2);
    let i0 = floor_div(p2, frame.d2);
    var a3: f32 = 0f;
    for (var j0 = 0; j0 < frame.d1; j0 += 1) {
      let t4: f32 = b1_f32[(i1 + (j0 * frame.d2))];
      let t5: f32 = b0_f32[((i0 * frame.d1) + j0)];
      let t6: f32 = (t5 * t4);
      a3 = (a3 + t6);
    }
    b2_f32_out[((i0 * frame.d2) + i1)] = a3;
  }
}
