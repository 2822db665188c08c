#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[4] = {
  0x0, 0x3ff00000, 0x0, 0x0,
};

DAMO_NOINLINE void k0_add(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, i32 n3, i32 n1) {
  const auto t5 = constant<f64, 4>(K + 0, 1.0);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (16 * (n1 / 16)); n0 += 16) {
    V<f64, 4> a0 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a1 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a2 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a3 = constant<f64, 4>(K + 2, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 4> t4 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t6 = convert<f64>(t4);
      a0 = fma(t6, t5, a0);
      const V<f32, 4> t7 = load<f32, 4>(offset<4>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t8 = convert<f64>(t7);
      a1 = fma(t8, t5, a1);
      const V<f32, 4> t9 = load<f32, 4>(offset<8>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t10 = convert<f64>(t9);
      a2 = fma(t10, t5, a2);
      const V<f32, 4> t11 = load<f32, 4>(offset<12>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t12 = convert<f64>(t11);
      a3 = fma(t12, t5, a3);
    }
    const V<f32, 4> t13 = convert<f32>(a0);
    const V<f32, 4> t14 = convert<f32>(a1);
    const V<f32, 4> t15 = convert<f32>(a2);
    const V<f32, 4> t16 = convert<f32>(a3);
    store<f32>(b1 + n0, t13);
    store<f32>(offset<4>(b1 + n0), t14);
    store<f32>(offset<8>(b1 + n0), t15);
    store<f32>(offset<12>(b1 + n0), t16);
  }
  DAMO_LOOP
  for (i32 n0 = (16 * (n1 / 16)); n0 < (4 * (n1 / 4)); n0 += 4) {
    V<f64, 4> a17 = constant<f64, 4>(K + 2, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 4> t18 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t19 = convert<f64>(t18);
      a17 = fma(t19, t5, a17);
    }
    const V<f32, 4> t20 = convert<f32>(a17);
    store<f32>(b1 + n0, t20);
  }
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    V<f64, 1> a21 = 0.0;
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 1> t22 = load<f32, 1>(b0 + ((n2 * n1) + n0));
      const V<f64, 1> t23 = convert<f64>(t22);
      const V<f64, 1> t24 = (a21 + t23);
      a21 = t24;
    }
    const V<f32, 1> t25 = convert<f32>(a21);
    store<f32>(b1 + n0, t25);
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_add(K, (f32*)u32(frame[6]), (f32*)u32(frame[7]), frame[4], frame[5]);
  return 0;
}
