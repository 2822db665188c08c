#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[1] = {
  0x0,
};

DAMO_NOINLINE void k0_add(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, i32 n1, i32 n3) {
  DAMO_LOOP
  for (i32 n0 = 0; n0 < (8 * (n1 / 8)); n0 += 8) {
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t0 = load<f32, 4>(b0 + (n0 + (n2 * n1)));
      const V<f32, 4> t1 = load<f32, 4>(b0 + (n0 + (n2 * n1) + n1));
      const V<f32, 4> t2 = load<f32, 4>(b0 + (n0 + (n2 * n1) + (2 * n1)));
      const V<f32, 4> t3 = load<f32, 4>(b0 + (n0 + (n2 * n1) + (3 * n1)));
      const V<f32, 4> t4 = zip<0>(t0, t2);
      const V<f32, 4> t5 = zip<0>(t1, t3);
      const V<f32, 4> t6 = zip<1>(t0, t2);
      const V<f32, 4> t7 = zip<1>(t1, t3);
      const V<f32, 4> t8 = zip<0>(t4, t5);
      const V<f32, 4> t9 = zip<1>(t4, t5);
      const V<f32, 4> t10 = zip<0>(t6, t7);
      const V<f32, 4> t11 = zip<1>(t6, t7);
      const V<f32, 4> t12 = load<f32, 4>(offset<4>(b0 + (n0 + (n2 * n1))));
      const V<f32, 4> t13 = load<f32, 4>(offset<4>(b0 + (n0 + (n2 * n1) + n1)));
      const V<f32, 4> t14 = load<f32, 4>(offset<4>(b0 + (n0 + (n2 * n1) + (2 * n1))));
      const V<f32, 4> t15 = load<f32, 4>(offset<4>(b0 + (n0 + (n2 * n1) + (3 * n1))));
      const V<f32, 4> t16 = zip<0>(t12, t14);
      const V<f32, 4> t17 = zip<0>(t13, t15);
      const V<f32, 4> t18 = zip<1>(t12, t14);
      const V<f32, 4> t19 = zip<1>(t13, t15);
      const V<f32, 4> t20 = zip<0>(t16, t17);
      const V<f32, 4> t21 = zip<1>(t16, t17);
      const V<f32, 4> t22 = zip<0>(t18, t19);
      const V<f32, 4> t23 = zip<1>(t18, t19);
      const V<f32, 4> t24 = (t8 + t8);
      store<f32>(b1 + ((n0 * n3) + n2), t24);
      const V<f32, 4> t25 = (t9 + t9);
      store<f32>(b1 + ((n0 * n3) + n2 + n3), t25);
      const V<f32, 4> t26 = (t10 + t10);
      store<f32>(b1 + ((n0 * n3) + n2 + (2 * n3)), t26);
      const V<f32, 4> t27 = (t11 + t11);
      store<f32>(b1 + ((n0 * n3) + n2 + (3 * n3)), t27);
      const V<f32, 4> t28 = (t20 + t20);
      store<f32>(b1 + ((n0 * n3) + n2 + (4 * n3)), t28);
      const V<f32, 4> t29 = (t21 + t21);
      store<f32>(b1 + ((n0 * n3) + n2 + (5 * n3)), t29);
      const V<f32, 4> t30 = (t22 + t22);
      store<f32>(b1 + ((n0 * n3) + n2 + (6 * n3)), t30);
      const V<f32, 4> t31 = (t23 + t23);
      store<f32>(b1 + ((n0 * n3) + n2 + (7 * n3)), t31);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t32 = load<f32, 1>(b0 + (n0 + (n2 * n1)));
      const V<f32, 1> t33 = (t32 + t32);
      store<f32>(b1 + ((n0 * n3) + n2), t33);
      const V<f32, 1> t34 = load<f32, 1>(offset<1>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t35 = (t34 + t34);
      store<f32>(b1 + ((n0 * n3) + n2 + n3), t35);
      const V<f32, 1> t36 = load<f32, 1>(offset<2>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t37 = (t36 + t36);
      store<f32>(b1 + ((n0 * n3) + n2 + (2 * n3)), t37);
      const V<f32, 1> t38 = load<f32, 1>(offset<3>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t39 = (t38 + t38);
      store<f32>(b1 + ((n0 * n3) + n2 + (3 * n3)), t39);
      const V<f32, 1> t40 = load<f32, 1>(offset<4>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t41 = (t40 + t40);
      store<f32>(b1 + ((n0 * n3) + n2 + (4 * n3)), t41);
      const V<f32, 1> t42 = load<f32, 1>(offset<5>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t43 = (t42 + t42);
      store<f32>(b1 + ((n0 * n3) + n2 + (5 * n3)), t43);
      const V<f32, 1> t44 = load<f32, 1>(offset<6>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t45 = (t44 + t44);
      store<f32>(b1 + ((n0 * n3) + n2 + (6 * n3)), t45);
      const V<f32, 1> t46 = load<f32, 1>(offset<7>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t47 = (t46 + t46);
      store<f32>(b1 + ((n0 * n3) + n2 + (7 * n3)), t47);
    }
  }
  DAMO_LOOP
  for (i32 n0 = (8 * (n1 / 8)); n0 < (4 * (n1 / 4)); n0 += 4) {
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t48 = load<f32, 4>(b0 + (n0 + (n2 * n1)));
      const V<f32, 4> t49 = load<f32, 4>(b0 + (n0 + (n2 * n1) + n1));
      const V<f32, 4> t50 = load<f32, 4>(b0 + (n0 + (n2 * n1) + (2 * n1)));
      const V<f32, 4> t51 = load<f32, 4>(b0 + (n0 + (n2 * n1) + (3 * n1)));
      const V<f32, 4> t52 = zip<0>(t48, t50);
      const V<f32, 4> t53 = zip<0>(t49, t51);
      const V<f32, 4> t54 = zip<1>(t48, t50);
      const V<f32, 4> t55 = zip<1>(t49, t51);
      const V<f32, 4> t56 = zip<0>(t52, t53);
      const V<f32, 4> t57 = zip<1>(t52, t53);
      const V<f32, 4> t58 = zip<0>(t54, t55);
      const V<f32, 4> t59 = zip<1>(t54, t55);
      const V<f32, 4> t60 = (t56 + t56);
      store<f32>(b1 + ((n0 * n3) + n2), t60);
      const V<f32, 4> t61 = (t57 + t57);
      store<f32>(b1 + ((n0 * n3) + n2 + n3), t61);
      const V<f32, 4> t62 = (t58 + t58);
      store<f32>(b1 + ((n0 * n3) + n2 + (2 * n3)), t62);
      const V<f32, 4> t63 = (t59 + t59);
      store<f32>(b1 + ((n0 * n3) + n2 + (3 * n3)), t63);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t64 = load<f32, 1>(b0 + (n0 + (n2 * n1)));
      const V<f32, 1> t65 = (t64 + t64);
      store<f32>(b1 + ((n0 * n3) + n2), t65);
      const V<f32, 1> t66 = load<f32, 1>(offset<1>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t67 = (t66 + t66);
      store<f32>(b1 + ((n0 * n3) + n2 + n3), t67);
      const V<f32, 1> t68 = load<f32, 1>(offset<2>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t69 = (t68 + t68);
      store<f32>(b1 + ((n0 * n3) + n2 + (2 * n3)), t69);
      const V<f32, 1> t70 = load<f32, 1>(offset<3>(b0 + (n0 + (n2 * n1))));
      const V<f32, 1> t71 = (t70 + t70);
      store<f32>(b1 + ((n0 * n3) + n2 + (3 * n3)), t71);
    }
  }
  DAMO_LOOP
  for (i32 n0 = (4 * (n1 / 4)); n0 < n1; n0 += 1) {
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t72 = loadStrided<f32>(b0 + (n0 + (n2 * n1)), n1);
      const V<f32, 4> t73 = (t72 + t72);
      store<f32>(b1 + ((n0 * n3) + n2), t73);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t74 = load<f32, 1>(b0 + (n0 + (n2 * n1)));
      const V<f32, 1> t75 = (t74 + t74);
      store<f32>(b1 + ((n0 * n3) + n2), t75);
    }
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
