#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[2] = {
  0xff800000, 0x0,
};

DAMO_NOINLINE void k0_argmax(const u32* __restrict K, const f32* __restrict b0, i32* __restrict b1, i32 n1, i32 n3) {
  DAMO_LOOP
  for (i32 n0 = 0; n0 < n1; n0 += 1) {
    V<f32, 4> a0 = constant<f32, 4>(K + 0, -__builtin_inff());
    V<i32, 4> a1 = constant<i32, 4>(K + 1, 0);
    V<f32, 4> a2 = constant<f32, 4>(K + 0, -__builtin_inff());
    V<i32, 4> a3 = constant<i32, 4>(K + 1, 0);
    V<f32, 4> a4 = constant<f32, 4>(K + 0, -__builtin_inff());
    V<i32, 4> a5 = constant<i32, 4>(K + 1, 0);
    V<f32, 4> a6 = constant<f32, 4>(K + 0, -__builtin_inff());
    V<i32, 4> a7 = constant<i32, 4>(K + 1, 0);
    V<f32, 1> a8 = -__builtin_inff();
    V<i32, 1> a9 = 0;
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (16 * (n3 / 16)); n2 += 16) {
      const V<f32, 4> t10 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<i32, 4> t11 = (splat(i32(n2)) + pack(i32(0), i32(1), i32(2 * 1), i32(3 * 1)));
      const V<bool, 4> t12 = above(a0, a1, t10, t11);
      const V<f32, 4> t13 = select(a0, t10, t12);
      const V<i32, 4> t14 = select(a1, t11, t12);
      a0 = t13;
      a1 = t14;
      const V<f32, 4> t15 = load<f32, 4>(offset<4>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t16 = (splat(i32((n2 + 4))) + pack(i32(0), i32(1), i32(2 * 1), i32(3 * 1)));
      const V<bool, 4> t17 = above(a2, a3, t15, t16);
      const V<f32, 4> t18 = select(a2, t15, t17);
      const V<i32, 4> t19 = select(a3, t16, t17);
      a2 = t18;
      a3 = t19;
      const V<f32, 4> t20 = load<f32, 4>(offset<8>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t21 = (splat(i32((n2 + 8))) + pack(i32(0), i32(1), i32(2 * 1), i32(3 * 1)));
      const V<bool, 4> t22 = above(a4, a5, t20, t21);
      const V<f32, 4> t23 = select(a4, t20, t22);
      const V<i32, 4> t24 = select(a5, t21, t22);
      a4 = t23;
      a5 = t24;
      const V<f32, 4> t25 = load<f32, 4>(offset<12>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t26 = (splat(i32((n2 + 12))) + pack(i32(0), i32(1), i32(2 * 1), i32(3 * 1)));
      const V<bool, 4> t27 = above(a6, a7, t25, t26);
      const V<f32, 4> t28 = select(a6, t25, t27);
      const V<i32, 4> t29 = select(a7, t26, t27);
      a6 = t28;
      a7 = t29;
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t30 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<i32, 4> t31 = (splat(i32(n2)) + pack(i32(0), i32(1), i32(2 * 1), i32(3 * 1)));
      const V<bool, 4> t32 = above(a0, a1, t30, t31);
      const V<f32, 4> t33 = select(a0, t30, t32);
      const V<i32, 4> t34 = select(a1, t31, t32);
      a0 = t33;
      a1 = t34;
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t35 = load<f32, 1>(b0 + ((n0 * n3) + n2));
      const V<i32, 1> t36 = i32(n2);
      const V<bool, 1> t37 = above(a8, a9, t35, t36);
      const V<f32, 1> t38 = select(a8, t35, t37);
      const V<i32, 1> t39 = select(a9, t36, t37);
      a8 = t38;
      a9 = t39;
    }
    const V<bool, 4> t40 = above(a0, a1, a2, a3);
    const V<f32, 4> t41 = select(a0, a2, t40);
    const V<i32, 4> t42 = select(a1, a3, t40);
    const V<bool, 4> t43 = above(a4, a5, a6, a7);
    const V<f32, 4> t44 = select(a4, a6, t43);
    const V<i32, 4> t45 = select(a5, a7, t43);
    const V<bool, 4> t46 = above(t41, t42, t44, t45);
    const V<f32, 4> t47 = select(t41, t44, t46);
    const V<i32, 4> t48 = select(t42, t45, t46);
    const V<f32, 1> t49 = lane<0>(t47);
    const V<i32, 1> t50 = lane<0>(t48);
    const V<f32, 1> t51 = lane<1>(t47);
    const V<i32, 1> t52 = lane<1>(t48);
    const V<f32, 1> t53 = lane<2>(t47);
    const V<i32, 1> t54 = lane<2>(t48);
    const V<f32, 1> t55 = lane<3>(t47);
    const V<i32, 1> t56 = lane<3>(t48);
    const V<bool, 1> t57 = above(t49, t50, t51, t52);
    const V<f32, 1> t58 = select(t49, t51, t57);
    const V<i32, 1> t59 = select(t50, t52, t57);
    const V<bool, 1> t60 = above(t53, t54, t55, t56);
    const V<f32, 1> t61 = select(t53, t55, t60);
    const V<i32, 1> t62 = select(t54, t56, t60);
    const V<bool, 1> t63 = above(t58, t59, t61, t62);
    const V<f32, 1> t64 = select(t58, t61, t63);
    const V<i32, 1> t65 = select(t59, t62, t63);
    const V<bool, 1> t66 = above(t64, t65, a8, a9);
    const V<f32, 1> t67 = select(t64, a8, t66);
    const V<i32, 1> t68 = select(t65, a9, t66);
    store<i32>(b1 + n0, t68);
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_argmax(K, (f32*)u32(frame[6]), (i32*)u32(frame[7]), frame[4], frame[5]);
  return 0;
}
