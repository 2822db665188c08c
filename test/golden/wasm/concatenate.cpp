#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x3f800000,
};

DAMO_NOINLINE void k0_concatenate_add(const u32* __restrict K, const f32* __restrict b0, const f32* __restrict b1, f32* __restrict b2, i32 n1, i32 n2) {
  const auto t1 = constant<f32, 4>(K + 0, 1.0f);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (16 * (max(0, min(n1, (n2 + n1))) / 16)); n0 += 16) {
    const V<f32, 4> t0 = load<f32, 4>(b0 + n0);
    const V<f32, 4> t2 = (t0 + t1);
    store<f32>(b2 + n0, t2);
    const V<f32, 4> t3 = load<f32, 4>(offset<4>(b0 + n0));
    const V<f32, 4> t4 = (t3 + t1);
    store<f32>(offset<4>(b2 + n0), t4);
    const V<f32, 4> t5 = load<f32, 4>(offset<8>(b0 + n0));
    const V<f32, 4> t6 = (t5 + t1);
    store<f32>(offset<8>(b2 + n0), t6);
    const V<f32, 4> t7 = load<f32, 4>(offset<12>(b0 + n0));
    const V<f32, 4> t8 = (t7 + t1);
    store<f32>(offset<12>(b2 + n0), t8);
  }
  DAMO_LOOP
  for (i32 n0 = (16 * (max(0, min(n1, (n2 + n1))) / 16)); n0 < (4 * (max(0, min(n1, (n2 + n1))) / 4)); n0 += 4) {
    const V<f32, 4> t9 = load<f32, 4>(b0 + n0);
    const V<f32, 4> t10 = (t9 + t1);
    store<f32>(b2 + n0, t10);
  }
  const auto t12 = constant<f32, 1>(K + 0, 1.0f);
  DAMO_LOOP
  for (i32 n0 = (4 * (max(0, min(n1, (n2 + n1))) / 4)); n0 < max(0, min(n1, (n2 + n1))); n0 += 1) {
    const V<f32, 1> t11 = load<f32, 1>(b0 + n0);
    const V<f32, 1> t13 = (t11 + t12);
    store<f32>(b2 + n0, t13);
  }
  DAMO_LOOP
  for (i32 n0 = max(0, min(n1, (n2 + n1))); n0 < ((16 * indexDiv((n2 + n1 + (-1 * max(0, min(n1, (n2 + n1))))), 16)) + max(0, min(n1, (n2 + n1)))); n0 += 16) {
    const V<f32, 4> t14 = load<f32, 4>(b1 + (n0 + (-1 * n1)));
    const V<f32, 4> t15 = (t14 + t1);
    store<f32>(b2 + n0, t15);
    const V<f32, 4> t16 = load<f32, 4>(offset<4>(b1 + (n0 + (-1 * n1))));
    const V<f32, 4> t17 = (t16 + t1);
    store<f32>(offset<4>(b2 + n0), t17);
    const V<f32, 4> t18 = load<f32, 4>(offset<8>(b1 + (n0 + (-1 * n1))));
    const V<f32, 4> t19 = (t18 + t1);
    store<f32>(offset<8>(b2 + n0), t19);
    const V<f32, 4> t20 = load<f32, 4>(offset<12>(b1 + (n0 + (-1 * n1))));
    const V<f32, 4> t21 = (t20 + t1);
    store<f32>(offset<12>(b2 + n0), t21);
  }
  DAMO_LOOP
  for (i32 n0 = ((16 * indexDiv((n2 + n1 + (-1 * max(0, min(n1, (n2 + n1))))), 16)) + max(0, min(n1, (n2 + n1)))); n0 < ((4 * indexDiv((n2 + n1 + (-1 * max(0, min(n1, (n2 + n1))))), 4)) + max(0, min(n1, (n2 + n1)))); n0 += 4) {
    const V<f32, 4> t22 = load<f32, 4>(b1 + (n0 + (-1 * n1)));
    const V<f32, 4> t23 = (t22 + t1);
    store<f32>(b2 + n0, t23);
  }
  DAMO_LOOP
  for (i32 n0 = ((4 * indexDiv((n2 + n1 + (-1 * max(0, min(n1, (n2 + n1))))), 4)) + max(0, min(n1, (n2 + n1)))); n0 < (n2 + n1); n0 += 1) {
    const V<f32, 1> t24 = load<f32, 1>(b1 + (n0 + (-1 * n1)));
    const V<f32, 1> t25 = (t24 + t12);
    store<f32>(b2 + n0, t25);
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_concatenate_add(K, (f32*)u32(frame[6]), (f32*)u32(frame[7]), (f32*)u32(frame[8]), frame[4], frame[5]);
  return 0;
}
