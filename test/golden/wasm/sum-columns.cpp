#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[2] = {
  0x0, 0x0,
};

DAMO_NOINLINE void k0_add(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, i32 n3, i32 n1) {
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (16 * (n1 / 16)); n0 += 16) {
    V<f64, 4> a0 = constant<f64, 4>(K + 0, 0.0);
    V<f64, 4> a1 = constant<f64, 4>(K + 0, 0.0);
    V<f64, 4> a2 = constant<f64, 4>(K + 0, 0.0);
    V<f64, 4> a3 = constant<f64, 4>(K + 0, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 4> t4 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t5 = convert<f64>(t4);
      const V<f64, 4> t6 = (a0 + t5);
      a0 = t6;
      const V<f32, 4> t7 = load<f32, 4>(offset<4>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t8 = convert<f64>(t7);
      const V<f64, 4> t9 = (a1 + t8);
      a1 = t9;
      const V<f32, 4> t10 = load<f32, 4>(offset<8>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t11 = convert<f64>(t10);
      const V<f64, 4> t12 = (a2 + t11);
      a2 = t12;
      const V<f32, 4> t13 = load<f32, 4>(offset<12>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t14 = convert<f64>(t13);
      const V<f64, 4> t15 = (a3 + t14);
      a3 = t15;
    }
    const V<f32, 4> t16 = convert<f32>(a0);
    const V<f32, 4> t17 = convert<f32>(a1);
    const V<f32, 4> t18 = convert<f32>(a2);
    const V<f32, 4> t19 = convert<f32>(a3);
    store<f32>(b1 + n0, t16);
    store<f32>(offset<4>(b1 + n0), t17);
    store<f32>(offset<8>(b1 + n0), t18);
    store<f32>(offset<12>(b1 + n0), t19);
  }
  DAMO_LOOP
  for (i32 n0 = (16 * (n1 / 16)); n0 < (4 * (n1 / 4)); n0 += 4) {
    V<f64, 4> a20 = constant<f64, 4>(K + 0, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 4> t21 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t22 = convert<f64>(t21);
      const V<f64, 4> t23 = (a20 + t22);
      a20 = t23;
    }
    const V<f32, 4> t24 = convert<f32>(a20);
    store<f32>(b1 + n0, t24);
  }
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    V<f64, 1> a25 = 0.0;
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 1> t26 = load<f32, 1>(b0 + ((n2 * n1) + n0));
      const V<f64, 1> t27 = convert<f64>(t26);
      const V<f64, 1> t28 = (a25 + t27);
      a25 = t28;
    }
    const V<f32, 1> t29 = convert<f32>(a25);
    store<f32>(b1 + n0, t29);
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
