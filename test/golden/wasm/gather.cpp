#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x0,
};

DAMO_NOINLINE i32 k0_gather(i32* frame, const u32* __restrict K, const f32* __restrict b0, const i64* __restrict b1, f32* __restrict b2, i32 n1, i32 n4) {
  DAMO_LOOP
  for (i32 n0 = 0; n0 < n1; n0 += 1) {
    const V<i64, 1> t0 = load<i64, 1>(b1 + n0);
    const i32 n2 = i32(max(-2147483648LL, min(2147483647LL, t0)));
    if (u32(n2) >= u32(n1)) return fail(frame, 4, n2, n1);
    DAMO_LOOP
    for (i32 n3 = 0; n3 < (16 * (n4 / 16)); n3 += 16) {
      const V<f32, 4> t2 = load<f32, 4>(b0 + (n3 + (n4 * n2)));
      const V<f32, 4> t3 = (t2 * t2);
      store<f32>(b2 + ((n0 * n4) + n3), t3);
      const V<f32, 4> t4 = load<f32, 4>(offset<4>(b0 + (n3 + (n4 * n2))));
      const V<f32, 4> t5 = (t4 * t4);
      store<f32>(offset<4>(b2 + ((n0 * n4) + n3)), t5);
      const V<f32, 4> t6 = load<f32, 4>(offset<8>(b0 + (n3 + (n4 * n2))));
      const V<f32, 4> t7 = (t6 * t6);
      store<f32>(offset<8>(b2 + ((n0 * n4) + n3)), t7);
      const V<f32, 4> t8 = load<f32, 4>(offset<12>(b0 + (n3 + (n4 * n2))));
      const V<f32, 4> t9 = (t8 * t8);
      store<f32>(offset<12>(b2 + ((n0 * n4) + n3)), t9);
    }
    DAMO_LOOP
    for (i32 n3 = (16 * (n4 / 16)); n3 < (4 * (n4 / 4)); n3 += 4) {
      const V<f32, 4> t10 = load<f32, 4>(b0 + (n3 + (n4 * n2)));
      const V<f32, 4> t11 = (t10 * t10);
      store<f32>(b2 + ((n0 * n4) + n3), t11);
    }
    DAMO_LOOP
    for (i32 n3 = (4 * (n4 / 4)); n3 < n4; n3 += 1) {
      const V<f32, 1> t12 = load<f32, 1>(b0 + (n3 + (n4 * n2)));
      const V<f32, 1> t13 = (t12 * t12);
      store<f32>(b2 + ((n0 * n4) + n3), t13);
    }
  }
  return 0;
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  if (const i32 status = k0_gather(frame, K, (f32*)u32(frame[6]), (i64*)u32(frame[7]), (f32*)u32(frame[8]), frame[4], frame[5])) return status;
  return 0;
}
