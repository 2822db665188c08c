#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x0,
};

DAMO_NOINLINE void k0_matmul_bias_extents(const u32* __restrict K, const f32* __restrict b0, const f32* __restrict b1, const f32* __restrict b2, f32* __restrict b3, f32* __restrict n6, i32 n0) {
  const auto t14 = constant<f32, 4>(K + 0, 0.0f);
  const auto t68 = constant<f32, 1>(K + 0, 0.0f);
  if (n0 <= 3) {
    DAMO_LOOP
    for (i32 n19 = 0; n19 < n0; n19 += 1) {
      DAMO_LOOP
      for (i32 n20 = 0; n20 < 10; n20 += 12) {
        V<f32, 4> a0 = constant<f32, 4>(K + 0, 0.0f);
        V<f32, 4> a1 = constant<f32, 4>(K + 0, 0.0f);
        V<f32, 4> a2 = constant<f32, 4>(K + 0, 0.0f);
        DAMO_LOOP
        for (i32 n4 = 0; n4 < 784; n4 += 1) {
          const V<f32, 1> t3 = load<f32, 1>(b0 + ((784 * n19) + n4));
          const V<f32, 4> t4 = splat(t3);
          const V<f32, 4> t5 = load<f32, 4>(b1 + (n20 + (10 * n4)));
          a0 = fma(t4, t5, a0);
          const V<f32, 1> t6 = load<f32, 1>(b0 + ((784 * n19) + n4));
          const V<f32, 4> t7 = splat(t6);
          const V<f32, 4> t8 = load<f32, 4>(offset<4>(b1 + (n20 + (10 * n4))));
          a1 = fma(t7, t8, a1);
          const V<f32, 1> t9 = load<f32, 1>(b0 + ((784 * n19) + n4));
          const V<f32, 4> t10 = splat(t9);
          const V<f32, 4> t11 = load<f32, 4>(offset<6>(b1 + (n20 + (10 * n4))));
          a2 = fma(t10, t11, a2);
        }
        const V<f32, 4> t12 = load<f32, 4>(b2 + n20);
        const V<f32, 4> t13 = (a0 + t12);
        const V<f32, 4> t15 = max(t13, t14);
        const V<f32, 4> t16 = load<f32, 4>(offset<4>(b2 + n20));
        const V<f32, 4> t17 = (a1 + t16);
        const V<f32, 4> t18 = max(t17, t14);
        const V<f32, 4> t19 = load<f32, 4>(offset<6>(b2 + n20));
        const V<f32, 4> t20 = (a2 + t19);
        const V<f32, 4> t21 = max(t20, t14);
        store<f32>(b3 + ((10 * n19) + n20), t15);
        store<f32>(offset<4>(b3 + ((10 * n19) + n20)), t18);
        store<f32>(offset<6>(b3 + ((10 * n19) + n20)), t21);
      }
    }
  } else {
    alignas(16) f32 n1[32];
    DAMO_LOOP
    for (i32 n2 = 0; n2 < n0; n2 += 256) {
      DAMO_LOOP
      for (i32 n3 = 0; n3 < 10; n3 += 4) {
        if ((n3 + 4) <= 10) {
          DAMO_LOOP
          for (i32 n4 = 0; n4 < 784; n4 += 1) {
            DAMO_LOOP
            for (i32 n5 = 0; n5 < 4; n5 += 4) {
              const V<f32, 4> t25 = load<f32, 4>(b1 + (n5 + n3 + (10 * n4)));
              store<f32>(n6 + (n5 + (4 * n4)), t25);
            }
          }
        } else {
          DAMO_LOOP
          for (i32 n4 = 0; n4 < 784; n4 += 1) {
            DAMO_LOOP
            for (i32 n5 = 0; n5 < 4; n5 += 1) {
              const V<f32, 1> t26 = load<f32, 1>(b1 + ((10 * n4) + min(9, (n5 + n3))));
              store<f32>(n6 + (n5 + (4 * n4)), t26);
            }
          }
        }
        DAMO_LOOP
        for (i32 n7 = n2; n7 < min(n0, (n2 + 256)); n7 += 8) {
          V<f32, 4> a27 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a28 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a29 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a30 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a31 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a32 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a33 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a34 = constant<f32, 4>(K + 0, 0.0f);
          const i32 n8 = min(n7, (n0 + -1));
          const i32 n9 = min((n7 + 1), (n0 + -1));
          const i32 n10 = min((n7 + 2), (n0 + -1));
          const i32 n11 = min((n7 + 3), (n0 + -1));
          const i32 n12 = min((n7 + 4), (n0 + -1));
          const i32 n13 = min((n7 + 5), (n0 + -1));
          const i32 n14 = min((n7 + 6), (n0 + -1));
          const i32 n15 = min((n7 + 7), (n0 + -1));
          const i32 n16 = opaque(784);
          DAMO_LOOP
          for (i32 n17 = 0; n17 < n16; n17 += 1) {
            const V<f32, 4> t44 = load<f32, 4>(n6 + (4 * n17));
            const V<f32, 1> t45 = load<f32, 1>(b0 + (n17 + (784 * n8)));
            const V<f32, 4> t46 = splat(t45);
            a27 = fma(t46, t44, a27);
            const V<f32, 1> t47 = load<f32, 1>(b0 + (n17 + (784 * n9)));
            const V<f32, 4> t48 = splat(t47);
            a28 = fma(t48, t44, a28);
            const V<f32, 1> t49 = load<f32, 1>(b0 + (n17 + (784 * n10)));
            const V<f32, 4> t50 = splat(t49);
            a29 = fma(t50, t44, a29);
            const V<f32, 1> t51 = load<f32, 1>(b0 + (n17 + (784 * n11)));
            const V<f32, 4> t52 = splat(t51);
            a30 = fma(t52, t44, a30);
            const V<f32, 1> t53 = load<f32, 1>(b0 + (n17 + (784 * n12)));
            const V<f32, 4> t54 = splat(t53);
            a31 = fma(t54, t44, a31);
            const V<f32, 1> t55 = load<f32, 1>(b0 + (n17 + (784 * n13)));
            const V<f32, 4> t56 = splat(t55);
            a32 = fma(t56, t44, a32);
            const V<f32, 1> t57 = load<f32, 1>(b0 + (n17 + (784 * n14)));
            const V<f32, 4> t58 = splat(t57);
            a33 = fma(t58, t44, a33);
            const V<f32, 1> t59 = load<f32, 1>(b0 + (n17 + (784 * n15)));
            const V<f32, 4> t60 = splat(t59);
            a34 = fma(t60, t44, a34);
          }
          store<f32>(n1, a27);
          store<f32>(offset<4>(n1), a28);
          store<f32>(offset<8>(n1), a29);
          store<f32>(offset<12>(n1), a30);
          store<f32>(offset<16>(n1), a31);
          store<f32>(offset<20>(n1), a32);
          store<f32>(offset<24>(n1), a33);
          store<f32>(offset<28>(n1), a34);
          DAMO_LOOP
          for (i32 n18 = 0; n18 < min(8, ((-1 * n7) + n0)); n18 += 1) {
            DAMO_LOOP
            for (i32 n5 = 0; n5 < (4 * indexDiv(min(4, ((-1 * n3) + 10)), 4)); n5 += 4) {
              const V<f32, 4> t61 = load<f32, 4>(b2 + (n5 + n3));
              const V<f32, 4> t62 = load<f32, 4>(n1 + ((4 * n18) + n5));
              const V<f32, 4> t63 = (t62 + t61);
              const V<f32, 4> t64 = max(t63, t14);
              store<f32>(b3 + ((10 * n18) + (10 * n7) + n5 + n3), t64);
            }
            DAMO_LOOP
            for (i32 n5 = (4 * indexDiv(min(4, ((-1 * n3) + 10)), 4)); n5 < min(4, ((-1 * n3) + 10)); n5 += 1) {
              const V<f32, 1> t65 = load<f32, 1>(b2 + (n5 + n3));
              const V<f32, 1> t66 = load<f32, 1>(n1 + ((4 * n18) + n5));
              const V<f32, 1> t67 = (t66 + t65);
              const V<f32, 1> t69 = max(t67, t68);
              store<f32>(b3 + ((10 * n18) + (10 * n7) + n5 + n3), t69);
            }
          }
        }
      }
    }
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_matmul_bias_extents(K, (f32*)u32(frame[5]), (f32*)u32(frame[6]), (f32*)u32(frame[7]), (f32*)u32(frame[8]), (f32*)u32(frame[9]), frame[4]);
  return 0;
}
