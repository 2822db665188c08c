#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[4] = {
  0x0, 0x3ff00000, 0x0, 0x0,
};

DAMO_NOINLINE void k0_add(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, i32 n3, i32 n1) {
  const auto t6 = constant<f64, 4>(K + 0, 1.0);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (16 * (n1 / 16)); n0 += 16) {
    V<f64, 4> a0 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a1 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a2 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a3 = constant<f64, 4>(K + 2, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n3; n2 += 1) {
      const V<f32, 4> t4 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t5 = loadWide(b0 + ((n2 * n1) + n0));
      a0 = fma(t5, t6, a0);
      const V<f32, 4> t7 = load<f32, 4>(offset<4>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t8 = loadWide(offset<4>(b0 + ((n2 * n1) + n0)));
      a1 = fma(t8, t6, a1);
      const V<f32, 4> t9 = load<f32, 4>(offset<8>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t10 = loadWide(offset<8>(b0 + ((n2 * n1) + n0)));
      a2 = fma(t10, t6, a2);
      const V<f32, 4> t11 = load<f32, 4>(offset<12>(b0 + ((n2 * n1) + n0)));
      const V<f64, 4> t12 = loadWide(offset<12>(b0 + ((n2 * n1) + n0)));
      a3 = fma(t12, t6, a3);
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
    V<f64, 4> a18 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a19 = constant<f64, 4>(K + 2, 0.0);
    V<f64, 4> a20 = constant<f64, 4>(K + 2, 0.0);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t21 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t22 = loadWide(b0 + ((n2 * n1) + n0));
      a17 = fma(t22, t6, a17);
      const V<f32, 4> t23 = load<f32, 4>(b0 + ((n2 * n1) + n0 + n1));
      const V<f64, 4> t24 = loadWide(b0 + ((n2 * n1) + n0 + n1));
      a18 = fma(t24, t6, a18);
      const V<f32, 4> t25 = load<f32, 4>(b0 + ((n2 * n1) + n0 + (2 * n1)));
      const V<f64, 4> t26 = loadWide(b0 + ((n2 * n1) + n0 + (2 * n1)));
      a19 = fma(t26, t6, a19);
      const V<f32, 4> t27 = load<f32, 4>(b0 + ((n2 * n1) + n0 + (3 * n1)));
      const V<f64, 4> t28 = loadWide(b0 + ((n2 * n1) + n0 + (3 * n1)));
      a20 = fma(t28, t6, a20);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 4> t29 = load<f32, 4>(b0 + ((n2 * n1) + n0));
      const V<f64, 4> t30 = loadWide(b0 + ((n2 * n1) + n0));
      a17 = fma(t30, t6, a17);
    }
    const V<f64, 4> t31 = (a17 + a18);
    a17 = t31;
    const V<f64, 4> t32 = (a17 + a19);
    a17 = t32;
    const V<f64, 4> t33 = (a17 + a20);
    a17 = t33;
    const V<f32, 4> t34 = convert<f32>(a17);
    store<f32>(b1 + n0, t34);
  }
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    V<f64, 1> a35 = 0.0;
    V<f64, 1> a36 = 0.0;
    V<f64, 1> a37 = 0.0;
    V<f64, 1> a38 = 0.0;
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 1> t39 = load<f32, 1>(b0 + ((n2 * n1) + n0));
      const V<f64, 1> t40 = convert<f64>(t39);
      const V<f64, 1> t41 = (a35 + t40);
      a35 = t41;
      const V<f32, 1> t42 = load<f32, 1>(b0 + ((n2 * n1) + n0 + n1));
      const V<f64, 1> t43 = convert<f64>(t42);
      const V<f64, 1> t44 = (a36 + t43);
      a36 = t44;
      const V<f32, 1> t45 = load<f32, 1>(b0 + ((n2 * n1) + n0 + (2 * n1)));
      const V<f64, 1> t46 = convert<f64>(t45);
      const V<f64, 1> t47 = (a37 + t46);
      a37 = t47;
      const V<f32, 1> t48 = load<f32, 1>(b0 + ((n2 * n1) + n0 + (3 * n1)));
      const V<f64, 1> t49 = convert<f64>(t48);
      const V<f64, 1> t50 = (a38 + t49);
      a38 = t50;
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t51 = load<f32, 1>(b0 + ((n2 * n1) + n0));
      const V<f64, 1> t52 = convert<f64>(t51);
      const V<f64, 1> t53 = (a35 + t52);
      a35 = t53;
    }
    const V<f64, 1> t54 = (a35 + a36);
    a35 = t54;
    const V<f64, 1> t55 = (a35 + a37);
    a35 = t55;
    const V<f64, 1> t56 = (a35 + a38);
    a35 = t56;
    const V<f32, 1> t57 = convert<f32>(a35);
    store<f32>(b1 + n0, t57);
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
