#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x3f000000,
};

DAMO_NOINLINE void k0_mul_add_abs_sqrt_sub(const u32* __restrict K, const f32* __restrict b0, const f32* __restrict b1, f32* __restrict b2, i32 n1) {
  const auto t3 = constant<f32, 4>(K + 0, 0.5f);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (4 * (n1 / 4)); n0 += 4) {
    const V<f32, 4> t0 = load<f32, 4>(b0 + n0);
    const V<f32, 4> t1 = load<f32, 4>(b1 + n0);
    const V<f32, 4> t2 = (t0 * t1);
    const V<f32, 4> t4 = (t2 + t3);
    const V<f32, 4> t5 = abs(t4);
    const V<f32, 4> t6 = sqrt(t5);
    const V<f32, 4> t7 = (t6 - t0);
    store<f32>(b2 + n0, t7);
  }
  const auto t11 = constant<f32, 1>(K + 0, 0.5f);
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    const V<f32, 1> t8 = load<f32, 1>(b0 + n0);
    const V<f32, 1> t9 = load<f32, 1>(b1 + n0);
    const V<f32, 1> t10 = (t8 * t9);
    const V<f32, 1> t12 = (t10 + t11);
    const V<f32, 1> t13 = abs(t12);
    const V<f32, 1> t14 = sqrt(t13);
    const V<f32, 1> t15 = (t14 - t8);
    store<f32>(b2 + n0, t15);
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_mul_add_abs_sqrt_sub(K, (f32*)u32(frame[5]), (f32*)u32(frame[6]), (f32*)u32(frame[7]), frame[4]);
  return 0;
}
