#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x3f000000,
};

DAMO_NOINLINE void k0_mul_add_abs_sqrt_sub(const u32* __restrict K, const f32* __restrict b0, const f32* __restrict b1, f32* __restrict b2, i32 n1) {
  const auto t3 = constant<f32, 4>(K + 0, 0.5f);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (16 * (n1 / 16)); n0 += 16) {
    const V<f32, 4> t0 = load<f32, 4>(b0 + n0);
    const V<f32, 4> t1 = load<f32, 4>(b1 + n0);
    const V<f32, 4> t2 = (t0 * t1);
    const V<f32, 4> t4 = (t2 + t3);
    const V<f32, 4> t5 = abs(t4);
    const V<f32, 4> t6 = sqrt(t5);
    const V<f32, 4> t7 = (t6 - t0);
    store<f32>(b2 + n0, t7);
    const V<f32, 4> t8 = load<f32, 4>(offset<4>(b0 + n0));
    const V<f32, 4> t9 = load<f32, 4>(offset<4>(b1 + n0));
    const V<f32, 4> t10 = (t8 * t9);
    const V<f32, 4> t11 = (t10 + t3);
    const V<f32, 4> t12 = abs(t11);
    const V<f32, 4> t13 = sqrt(t12);
    const V<f32, 4> t14 = (t13 - t8);
    store<f32>(offset<4>(b2 + n0), t14);
    const V<f32, 4> t15 = load<f32, 4>(offset<8>(b0 + n0));
    const V<f32, 4> t16 = load<f32, 4>(offset<8>(b1 + n0));
    const V<f32, 4> t17 = (t15 * t16);
    const V<f32, 4> t18 = (t17 + t3);
    const V<f32, 4> t19 = abs(t18);
    const V<f32, 4> t20 = sqrt(t19);
    const V<f32, 4> t21 = (t20 - t15);
    store<f32>(offset<8>(b2 + n0), t21);
    const V<f32, 4> t22 = load<f32, 4>(offset<12>(b0 + n0));
    const V<f32, 4> t23 = load<f32, 4>(offset<12>(b1 + n0));
    const V<f32, 4> t24 = (t22 * t23);
    const V<f32, 4> t25 = (t24 + t3);
    const V<f32, 4> t26 = abs(t25);
    const V<f32, 4> t27 = sqrt(t26);
    const V<f32, 4> t28 = (t27 - t22);
    store<f32>(offset<12>(b2 + n0), t28);
  }
  DAMO_LOOP
  for (i32 n0 = (16 * (n1 / 16)); n0 < (4 * (n1 / 4)); n0 += 4) {
    const V<f32, 4> t29 = load<f32, 4>(b0 + n0);
    const V<f32, 4> t30 = load<f32, 4>(b1 + n0);
    const V<f32, 4> t31 = (t29 * t30);
    const V<f32, 4> t32 = (t31 + t3);
    const V<f32, 4> t33 = abs(t32);
    const V<f32, 4> t34 = sqrt(t33);
    const V<f32, 4> t35 = (t34 - t29);
    store<f32>(b2 + n0, t35);
  }
  const auto t39 = constant<f32, 1>(K + 0, 0.5f);
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    const V<f32, 1> t36 = load<f32, 1>(b0 + n0);
    const V<f32, 1> t37 = load<f32, 1>(b1 + n0);
    const V<f32, 1> t38 = (t36 * t37);
    const V<f32, 1> t40 = (t38 + t39);
    const V<f32, 1> t41 = abs(t40);
    const V<f32, 1> t42 = sqrt(t41);
    const V<f32, 1> t43 = (t42 - t36);
    store<f32>(b2 + n0, t43);
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
