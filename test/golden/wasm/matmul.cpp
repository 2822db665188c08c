#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x0,
};

DAMO_NOINLINE void k0_matmul_bias_extents(const u32* __restrict K, const f32* __restrict b0, const f32* __restrict b1, const f32* __restrict b2, f32* __restrict b3, f32* __restrict n6, i32 n0) {
  const auto t6 = constant<f32, 4>(K + 0, 0.0f);
  const auto t13 = constant<f32, 1>(K + 0, 0.0f);
  if (n0 <= 4) {
    DAMO_LOOP
    for (i32 n19 = 0; n19 < n0; n19 += 1) {
      DAMO_LOOP
      for (i32 n20 = 0; n20 < 8; n20 += 4) {
        V<f32, 4> a0 = constant<f32, 4>(K + 0, 0.0f);
        DAMO_LOOP
        for (i32 n4 = 0; n4 < 784; n4 += 1) {
          const V<f32, 1> t1 = load<f32, 1>(b0 + ((784 * n19) + n4));
          const V<f32, 4> t2 = splat(t1);
          const V<f32, 4> t3 = load<f32, 4>(b1 + (n20 + (10 * n4)));
          a0 = fma(t2, t3, a0);
        }
        const V<f32, 4> t4 = load<f32, 4>(b2 + n20);
        const V<f32, 4> t5 = (a0 + t4);
        const V<f32, 4> t7 = max(t5, t6);
        store<f32>(b3 + ((10 * n19) + n20), t7);
      }
      DAMO_LOOP
      for (i32 n20 = 8; n20 < 10; n20 += 1) {
        V<f32, 1> a8 = 0.0f;
        DAMO_LOOP
        for (i32 n4 = 0; n4 < 784; n4 += 1) {
          const V<f32, 1> t9 = load<f32, 1>(b0 + ((784 * n19) + n4));
          const V<f32, 1> t10 = load<f32, 1>(b1 + (n20 + (10 * n4)));
          a8 = fma(t9, t10, a8);
        }
        const V<f32, 1> t11 = load<f32, 1>(b2 + n20);
        const V<f32, 1> t12 = (a8 + t11);
        const V<f32, 1> t14 = max(t12, t13);
        store<f32>(b3 + ((10 * n19) + n20), t14);
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
              const V<f32, 4> t18 = load<f32, 4>(b1 + (n5 + n3 + (10 * n4)));
              store<f32>(n6 + (n5 + (4 * n4)), t18);
            }
          }
        } else {
          DAMO_LOOP
          for (i32 n4 = 0; n4 < 784; n4 += 1) {
            DAMO_LOOP
            for (i32 n5 = 0; n5 < 4; n5 += 1) {
              const V<f32, 1> t19 = load<f32, 1>(b1 + ((10 * n4) + min(9, (n5 + n3))));
              store<f32>(n6 + (n5 + (4 * n4)), t19);
            }
          }
        }
        DAMO_LOOP
        for (i32 n7 = n2; n7 < min(n0, (n2 + 256)); n7 += 8) {
          V<f32, 4> a20 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a21 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a22 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a23 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a24 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a25 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a26 = constant<f32, 4>(K + 0, 0.0f);
          V<f32, 4> a27 = constant<f32, 4>(K + 0, 0.0f);
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
            const V<f32, 4> t37 = load<f32, 4>(n6 + (4 * n17));
            const V<f32, 1> t38 = load<f32, 1>(b0 + (n17 + (784 * n8)));
            const V<f32, 4> t39 = splat(t38);
            a20 = fma(t39, t37, a20);
            const V<f32, 1> t40 = load<f32, 1>(b0 + (n17 + (784 * n9)));
            const V<f32, 4> t41 = splat(t40);
            a21 = fma(t41, t37, a21);
            const V<f32, 1> t42 = load<f32, 1>(b0 + (n17 + (784 * n10)));
            const V<f32, 4> t43 = splat(t42);
            a22 = fma(t43, t37, a22);
            const V<f32, 1> t44 = load<f32, 1>(b0 + (n17 + (784 * n11)));
            const V<f32, 4> t45 = splat(t44);
            a23 = fma(t45, t37, a23);
            const V<f32, 1> t46 = load<f32, 1>(b0 + (n17 + (784 * n12)));
            const V<f32, 4> t47 = splat(t46);
            a24 = fma(t47, t37, a24);
            const V<f32, 1> t48 = load<f32, 1>(b0 + (n17 + (784 * n13)));
            const V<f32, 4> t49 = splat(t48);
            a25 = fma(t49, t37, a25);
            const V<f32, 1> t50 = load<f32, 1>(b0 + (n17 + (784 * n14)));
            const V<f32, 4> t51 = splat(t50);
            a26 = fma(t51, t37, a26);
            const V<f32, 1> t52 = load<f32, 1>(b0 + (n17 + (784 * n15)));
            const V<f32, 4> t53 = splat(t52);
            a27 = fma(t53, t37, a27);
          }
          store<f32>(n1, a20);
          store<f32>(offset<4>(n1), a21);
          store<f32>(offset<8>(n1), a22);
          store<f32>(offset<12>(n1), a23);
          store<f32>(offset<16>(n1), a24);
          store<f32>(offset<20>(n1), a25);
          store<f32>(offset<24>(n1), a26);
          store<f32>(offset<28>(n1), a27);
          DAMO_LOOP
          for (i32 n18 = 0; n18 < min(8, ((-1 * n7) + n0)); n18 += 1) {
            DAMO_LOOP
            for (i32 n5 = 0; n5 < (4 * indexDiv(min(4, ((-1 * n3) + 10)), 4)); n5 += 4) {
              const V<f32, 4> t54 = load<f32, 4>(b2 + (n5 + n3));
              const V<f32, 4> t55 = load<f32, 4>(n1 + ((4 * n18) + n5));
              const V<f32, 4> t56 = (t55 + t54);
              const V<f32, 4> t57 = max(t56, t6);
              store<f32>(b3 + ((10 * n18) + (10 * n7) + n5 + n3), t57);
            }
            DAMO_LOOP
            for (i32 n5 = (4 * indexDiv(min(4, ((-1 * n3) + 10)), 4)); n5 < min(4, ((-1 * n3) + 10)); n5 += 1) {
              const V<f32, 1> t58 = load<f32, 1>(b2 + (n5 + n3));
              const V<f32, 1> t59 = load<f32, 1>(n1 + ((4 * n18) + n5));
              const V<f32, 1> t60 = (t59 + t58);
              const V<f32, 1> t61 = max(t60, t13);
              store<f32>(b3 + ((10 * n18) + (10 * n7) + n5 + n3), t61);
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
