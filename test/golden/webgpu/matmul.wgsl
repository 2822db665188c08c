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
var<workgroup> kacbf6d593bb1ecf7_columns: array<f32, 256>;
var<workgroup> kacbf6d593bb1ecf7_rows: array<f32, 256>;

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
@compute @workgroup_size(256)
fn kacbf6d593bb1ecf7(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let w2 = i32(group.x + 65535u * group.y);
  if (w2 >= (floor_div((frame.d2 + 15), 16) * floor_div((frame.d0 + 15), 16))) {
    return;
  }
  let l3 = i32(invocation);
  let g1 = floor_mod(w2, floor_div((frame.d2 + 15), 16));
  let g0 = floor_div(w2, floor_div((frame.d2 + 15), 16));
  let x5 = floor_mod(l3, 16);
  let y4 = floor_div(l3, 16);
  let i0 = ((16 * g0) + y4);
  let i1 = ((16 * g1) + x5);
  var a6: f32 = 0f;
  for (var k7 = 0; k7 < floor_div((frame.d1 + 15), 16); k7 += 1) {
    var a9: f32 = 0f;
    let j8 = ((16 * k7) + x5);
    if (i0 < frame.d0 && j8 < frame.d1) {
      let t10: f32 = b0_f32[((i0 * frame.d1) + j8)];
      a9 = t10;
    }
    kacbf6d593bb1ecf7_rows[l3] = a9;
    var a12: f32 = 0f;
    let j11 = ((16 * k7) + y4);
    if (i1 < frame.d2 && j11 < frame.d1) {
      let t13: f32 = b1_f32[(i1 + (j11 * frame.d2))];
      a12 = t13;
    }
    kacbf6d593bb1ecf7_columns[l3] = a12;
    workgroupBarrier();
    for (var q14 = 0; q14 < 16; q14 += 1) {
      let t15: f32 = kacbf6d593bb1ecf7_rows[(q14 + (16 * y4))];
      let t16: f32 = kacbf6d593bb1ecf7_columns[((16 * q14) + x5)];
      a6 = (t15 * t16 + a6);
    }
    workgroupBarrier();
  }
  if (i0 < frame.d0 && i1 < frame.d2) {
    b2_f32_out[((i0 * frame.d2) + i1)] = a6;
  }
}
