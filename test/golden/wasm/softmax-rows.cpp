#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[22] = {
  0xff800000, 0x0, 0x0, 0x3ff00000, 0x80000000, 0xffffffff, 0x0, 0x0,
  0x42b30000, 0xc2d00000, 0x3fb8aa3b, 0x4b4000fe, 0xb5bfbe8e, 0xbf317200, 0x3ab52155, 0x3c091e8b,
  0x3d2aac5e, 0x3e2aaa46, 0x3efffffe, 0x3f800000, 0x16, 0x17,
};

template <int N, class T0> DAMO_INLINE V<f32, N> f0_exp(const u32* __restrict K, T0 v0) {
  const auto v1 = constant<f32, N>(K + 8, 89.5f);
  const V<f32, N> v2 = min(v0, v1);
  const auto v3 = constant<f32, N>(K + 9, -104.0f);
  const V<f32, N> v4 = max(v2, v3);
  const auto v5 = constant<f32, N>(K + 10, 1.4426950216293335f);
  const auto v6 = constant<f32, N>(K + 11, 12583166.0f);
  const V<f32, N> v7 = fma(v4, v5, v6);
  const auto v8 = constant<f32, N>(K + 11, 12583166.0f);
  const V<f32, N> v9 = (v7 - v8);
  const auto v10 = constant<f32, N>(K + 12, -0.000001428606765330187f);
  const auto v11 = constant<f32, N>(K + 13, -0.693145751953125f);
  const V<f32, N> v12 = fma(v9, v11, v4);
  const V<f32, N> v13 = fma(v9, v10, v12);
  const V<f32, N> v14 = (v13 * v13);
  const auto v15 = constant<f32, N>(K + 14, 0.0013819137820973992f);
  const auto v16 = constant<f32, N>(K + 15, 0.008369098417460918f);
  const auto v17 = constant<f32, N>(K + 16, 0.04166828840970993f);
  const V<f32, N> v18 = fma(v13, v16, v17);
  const V<f32, N> v19 = fma(v14, v15, v18);
  const auto v20 = constant<f32, N>(K + 17, 0.16666516661643982f);
  const auto v21 = constant<f32, N>(K + 18, 0.4999999403953552f);
  const V<f32, N> v22 = fma(v13, v20, v21);
  const V<f32, N> v23 = fma(v14, v19, v22);
  const V<f32, N> v24 = fma(v23, v14, v13);
  const auto v25 = constant<f32, N>(K + 19, 1.0f);
  const V<f32, N> v26 = (v24 + v25);
  const V<i32, N> v27 = bitcast<i32>(v7);
  const auto v28 = constant<i32, N>(K + 20, 22);
  const V<i32, N> v29 = shl(v27, v28);
  const auto v30 = constant<i32, N>(K + 0, -8388608);
  const V<i32, N> v31 = (v29 & v30);
  const V<f32, N> v32 = bitcast<f32>(v31);
  const V<f32, N> v33 = (v26 * v32);
  const auto v34 = constant<i32, N>(K + 21, 23);
  const V<i32, N> v35 = shl(v27, v34);
  const V<i32, N> v36 = (v35 - v31);
  const V<f32, N> v37 = bitcast<f32>(v36);
  const V<f32, N> v38 = (v33 * v37);
  return v38;
}

DAMO_NOINLINE void k0_softmax(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, f32* __restrict n7, i32 n1, i32 n3) {
  const auto t93 = constant<u32, 1>(K + 0, 4286578688u);
  const auto t95 = constant<u32, 1>(K + 0, 4286578688u);
  const auto t98 = constant<i32, 1>(K + 1, 0);
  const auto t102 = constant<u32, 1>(K + 0, 4286578688u);
  const auto t123 = constant<f64, 4>(K + 2, 1.0);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < n1; n0 += 1) {
    V<i32, 4> a1 = constant<i32, 4>(K + 4, (-2147483647 - 1));
    V<i32, 4> a2 = constant<i32, 4>(K + 4, (-2147483647 - 1));
    V<i32, 4> a3 = constant<i32, 4>(K + 4, (-2147483647 - 1));
    V<i32, 4> a4 = constant<i32, 4>(K + 4, (-2147483647 - 1));
    V<u32, 4> a5 = constant<u32, 4>(K + 5, 4294967295u);
    V<u32, 4> a6 = constant<u32, 4>(K + 5, 4294967295u);
    V<u32, 4> a7 = constant<u32, 4>(K + 5, 4294967295u);
    V<u32, 4> a8 = constant<u32, 4>(K + 5, 4294967295u);
    V<u32, 4> a9 = constant<u32, 4>(K + 1, 0u);
    V<u32, 4> a10 = constant<u32, 4>(K + 1, 0u);
    V<u32, 4> a11 = constant<u32, 4>(K + 1, 0u);
    V<u32, 4> a12 = constant<u32, 4>(K + 1, 0u);
    V<i32, 1> a13 = (-2147483647 - 1);
    V<u32, 1> a14 = 4294967295u;
    V<u32, 1> a15 = 0u;
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (16 * (n3 / 16)); n2 += 16) {
      const V<f32, 4> t16 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<i32, 4> t17 = bitcast<i32>(t16);
      const V<i32, 4> t18 = max(a1, t17);
      a1 = t18;
      const V<f32, 4> t19 = load<f32, 4>(offset<4>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t20 = bitcast<i32>(t19);
      const V<i32, 4> t21 = max(a2, t20);
      a2 = t21;
      const V<f32, 4> t22 = load<f32, 4>(offset<8>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t23 = bitcast<i32>(t22);
      const V<i32, 4> t24 = max(a3, t23);
      a3 = t24;
      const V<f32, 4> t25 = load<f32, 4>(offset<12>(b0 + ((n0 * n3) + n2)));
      const V<i32, 4> t26 = bitcast<i32>(t25);
      const V<i32, 4> t27 = max(a4, t26);
      a4 = t27;
      const V<u32, 4> t28 = bitcast<u32>(t16);
      const V<u32, 4> t29 = min(a5, t28);
      a5 = t29;
      const V<u32, 4> t30 = bitcast<u32>(t19);
      const V<u32, 4> t31 = min(a6, t30);
      a6 = t31;
      const V<u32, 4> t32 = bitcast<u32>(t22);
      const V<u32, 4> t33 = min(a7, t32);
      a7 = t33;
      const V<u32, 4> t34 = bitcast<u32>(t25);
      const V<u32, 4> t35 = min(a8, t34);
      a8 = t35;
      const V<u32, 4> t36 = bitcast<u32>(t16);
      const V<u32, 4> t37 = max(a9, t36);
      a9 = t37;
      const V<u32, 4> t38 = bitcast<u32>(t19);
      const V<u32, 4> t39 = max(a10, t38);
      a10 = t39;
      const V<u32, 4> t40 = bitcast<u32>(t22);
      const V<u32, 4> t41 = max(a11, t40);
      a11 = t41;
      const V<u32, 4> t42 = bitcast<u32>(t25);
      const V<u32, 4> t43 = max(a12, t42);
      a12 = t43;
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t44 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<i32, 4> t45 = bitcast<i32>(t44);
      const V<i32, 4> t46 = max(a1, t45);
      a1 = t46;
      const V<u32, 4> t47 = bitcast<u32>(t44);
      const V<u32, 4> t48 = min(a5, t47);
      a5 = t48;
      const V<u32, 4> t49 = bitcast<u32>(t44);
      const V<u32, 4> t50 = max(a9, t49);
      a9 = t50;
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t51 = load<f32, 1>(b0 + ((n0 * n3) + n2));
      const V<i32, 1> t52 = bitcast<i32>(t51);
      const V<i32, 1> t53 = max(a13, t52);
      a13 = t53;
      const V<u32, 1> t54 = bitcast<u32>(t51);
      const V<u32, 1> t55 = min(a14, t54);
      a14 = t55;
      const V<u32, 1> t56 = bitcast<u32>(t51);
      const V<u32, 1> t57 = max(a15, t56);
      a15 = t57;
    }
    const V<i32, 4> t58 = max(a1, a2);
    const V<i32, 4> t59 = max(a3, a4);
    const V<i32, 4> t60 = max(t58, t59);
    const V<i32, 1> t61 = lane<0>(t60);
    const V<i32, 1> t62 = lane<1>(t60);
    const V<i32, 1> t63 = lane<2>(t60);
    const V<i32, 1> t64 = lane<3>(t60);
    const V<i32, 1> t65 = max(t61, t62);
    const V<i32, 1> t66 = max(t63, t64);
    const V<i32, 1> t67 = max(t65, t66);
    const V<i32, 1> t68 = max(t67, a13);
    const V<u32, 4> t69 = min(a5, a6);
    const V<u32, 4> t70 = min(a7, a8);
    const V<u32, 4> t71 = min(t69, t70);
    const V<u32, 1> t72 = lane<0>(t71);
    const V<u32, 1> t73 = lane<1>(t71);
    const V<u32, 1> t74 = lane<2>(t71);
    const V<u32, 1> t75 = lane<3>(t71);
    const V<u32, 1> t76 = min(t72, t73);
    const V<u32, 1> t77 = min(t74, t75);
    const V<u32, 1> t78 = min(t76, t77);
    const V<u32, 1> t79 = min(t78, a14);
    const V<u32, 4> t80 = max(a9, a10);
    const V<u32, 4> t81 = max(a11, a12);
    const V<u32, 4> t82 = max(t80, t81);
    const V<u32, 1> t83 = lane<0>(t82);
    const V<u32, 1> t84 = lane<1>(t82);
    const V<u32, 1> t85 = lane<2>(t82);
    const V<u32, 1> t86 = lane<3>(t82);
    const V<u32, 1> t87 = max(t83, t84);
    const V<u32, 1> t88 = max(t85, t86);
    const V<u32, 1> t89 = max(t87, t88);
    const V<u32, 1> t90 = max(t89, a15);
    V<f64, 4> a91 = constant<f64, 4>(K + 6, 0.0);
    V<f64, 1> a92 = 0.0;
    const V<bool, 1> t94 = (t79 > t93);
    const V<u32, 1> t96 = select(t79, t95, t94);
    const V<i32, 1> t97 = bitcast<i32>(t96);
    const V<bool, 1> t99 = (t68 < t98);
    const V<i32, 1> t100 = select(t68, t97, t99);
    const V<i32, 1> t101 = bitcast<i32>(t90);
    const V<bool, 1> t103 = (t90 > t102);
    const V<i32, 1> t104 = select(t100, t101, t103);
    const V<f32, 1> t105 = bitcast<f32>(t104);
    const V<f32, 4> t107 = splat(t105);
    DAMO_LOOP
    for (i32 n4 = 0; n4 < (16 * (n3 / 16)); n4 += 256) {
      const i32 n5 = min((16 * (n3 / 16)), (n4 + 256));
      alignas(16) f32 n6[512];
      DAMO_LOOP
      for (i32 n2 = n4; n2 < n5; n2 += 16) {
        const V<f32, 4> t106 = load<f32, 4>(b0 + ((n0 * n3) + n2));
        const V<f32, 4> t108 = (t106 - t107);
        const auto t109_0 = constant<f32, 4>(K + 8, 89.5f);
        const V<f32, 4> t109_1 = min(t108, t109_0);
        const auto t109_2 = constant<f32, 4>(K + 9, -104.0f);
        const V<f32, 4> t109_3 = max(t109_1, t109_2);
        const auto t109_4 = constant<f32, 4>(K + 10, 1.4426950216293335f);
        const auto t109_5 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t109_6 = fma(t109_3, t109_4, t109_5);
        const auto t109_7 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t109_8 = (t109_6 - t109_7);
        const auto t109_9 = constant<f32, 4>(K + 12, -0.000001428606765330187f);
        const auto t109_10 = constant<f32, 4>(K + 13, -0.693145751953125f);
        const V<f32, 4> t109_11 = fma(t109_8, t109_10, t109_3);
        const V<f32, 4> t109_12 = fma(t109_8, t109_9, t109_11);
        const V<f32, 4> t110 = load<f32, 4>(offset<4>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t111 = (t110 - t107);
        const auto t112_37 = constant<f32, 4>(K + 8, 89.5f);
        const V<f32, 4> t112_38 = min(t111, t112_37);
        const auto t112_39 = constant<f32, 4>(K + 9, -104.0f);
        const V<f32, 4> t112_40 = max(t112_38, t112_39);
        const auto t112_41 = constant<f32, 4>(K + 10, 1.4426950216293335f);
        const auto t112_42 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t112_43 = fma(t112_40, t112_41, t112_42);
        const auto t112_44 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t112_45 = (t112_43 - t112_44);
        const auto t112_46 = constant<f32, 4>(K + 12, -0.000001428606765330187f);
        const auto t112_47 = constant<f32, 4>(K + 13, -0.693145751953125f);
        const V<f32, 4> t112_48 = fma(t112_45, t112_47, t112_40);
        const V<f32, 4> t112_49 = fma(t112_45, t112_46, t112_48);
        const V<f32, 4> t113 = load<f32, 4>(offset<8>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t114 = (t113 - t107);
        const auto t115_74 = constant<f32, 4>(K + 8, 89.5f);
        const V<f32, 4> t115_75 = min(t114, t115_74);
        const auto t115_76 = constant<f32, 4>(K + 9, -104.0f);
        const V<f32, 4> t115_77 = max(t115_75, t115_76);
        const auto t115_78 = constant<f32, 4>(K + 10, 1.4426950216293335f);
        const auto t115_79 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t115_80 = fma(t115_77, t115_78, t115_79);
        const auto t115_81 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t115_82 = (t115_80 - t115_81);
        const auto t115_83 = constant<f32, 4>(K + 12, -0.000001428606765330187f);
        const auto t115_84 = constant<f32, 4>(K + 13, -0.693145751953125f);
        const V<f32, 4> t115_85 = fma(t115_82, t115_84, t115_77);
        const V<f32, 4> t115_86 = fma(t115_82, t115_83, t115_85);
        const V<f32, 4> t116 = load<f32, 4>(offset<12>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t117 = (t116 - t107);
        const auto t118_111 = constant<f32, 4>(K + 8, 89.5f);
        const V<f32, 4> t118_112 = min(t117, t118_111);
        const auto t118_113 = constant<f32, 4>(K + 9, -104.0f);
        const V<f32, 4> t118_114 = max(t118_112, t118_113);
        const auto t118_115 = constant<f32, 4>(K + 10, 1.4426950216293335f);
        const auto t118_116 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t118_117 = fma(t118_114, t118_115, t118_116);
        const auto t118_118 = constant<f32, 4>(K + 11, 12583166.0f);
        const V<f32, 4> t118_119 = (t118_117 - t118_118);
        const auto t118_120 = constant<f32, 4>(K + 12, -0.000001428606765330187f);
        const auto t118_121 = constant<f32, 4>(K + 13, -0.693145751953125f);
        const V<f32, 4> t118_122 = fma(t118_119, t118_121, t118_114);
        const V<f32, 4> t118_123 = fma(t118_119, t118_120, t118_122);
        store<f32>(n6 + ((2 * n2) + (-2 * n4)), t109_6);
        store<f32>(offset<4>(n6 + ((2 * n2) + (-2 * n4))), t109_12);
        store<f32>(offset<8>(n6 + ((2 * n2) + (-2 * n4))), t112_43);
        store<f32>(offset<12>(n6 + ((2 * n2) + (-2 * n4))), t112_49);
        store<f32>(offset<16>(n6 + ((2 * n2) + (-2 * n4))), t115_80);
        store<f32>(offset<20>(n6 + ((2 * n2) + (-2 * n4))), t115_86);
        store<f32>(offset<24>(n6 + ((2 * n2) + (-2 * n4))), t118_117);
        store<f32>(offset<28>(n6 + ((2 * n2) + (-2 * n4))), t118_123);
      }
      DAMO_LOOP
      for (i32 n2 = n4; n2 < n5; n2 += 16) {
        const V<f32, 4> t109_6_again1 = load<f32, 4>(n6 + ((2 * n2) + (-2 * n4)));
        const V<f32, 4> t109_12_again1 = load<f32, 4>(offset<4>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t112_43_again1 = load<f32, 4>(offset<8>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t112_49_again1 = load<f32, 4>(offset<12>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t115_80_again1 = load<f32, 4>(offset<16>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t115_86_again1 = load<f32, 4>(offset<20>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t118_117_again1 = load<f32, 4>(offset<24>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t118_123_again1 = load<f32, 4>(offset<28>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t109_13 = (t109_12_again1 * t109_12_again1);
        const auto t109_14 = constant<f32, 4>(K + 14, 0.0013819137820973992f);
        const auto t109_15 = constant<f32, 4>(K + 15, 0.008369098417460918f);
        const auto t109_16 = constant<f32, 4>(K + 16, 0.04166828840970993f);
        const V<f32, 4> t109_17 = fma(t109_12_again1, t109_15, t109_16);
        const V<f32, 4> t109_18 = fma(t109_13, t109_14, t109_17);
        const auto t109_19 = constant<f32, 4>(K + 17, 0.16666516661643982f);
        const auto t109_20 = constant<f32, 4>(K + 18, 0.4999999403953552f);
        const V<f32, 4> t109_21 = fma(t109_12_again1, t109_19, t109_20);
        const V<f32, 4> t109_22 = fma(t109_13, t109_18, t109_21);
        const V<f32, 4> t109_23 = fma(t109_22, t109_13, t109_12_again1);
        const auto t109_24 = constant<f32, 4>(K + 19, 1.0f);
        const V<f32, 4> t109_25 = (t109_23 + t109_24);
        const V<i32, 4> t109_26 = bitcast<i32>(t109_6_again1);
        const auto t109_27 = constant<i32, 4>(K + 20, 22);
        const V<i32, 4> t109_28 = shl(t109_26, t109_27);
        const auto t109_29 = constant<i32, 4>(K + 0, -8388608);
        const V<i32, 4> t109_30 = (t109_28 & t109_29);
        const V<f32, 4> t109_31 = bitcast<f32>(t109_30);
        const V<f32, 4> t109_32 = (t109_25 * t109_31);
        const auto t109_33 = constant<i32, 4>(K + 21, 23);
        const V<i32, 4> t109_34 = shl(t109_26, t109_33);
        const V<i32, 4> t109_35 = (t109_34 - t109_30);
        const V<f32, 4> t109_36 = bitcast<f32>(t109_35);
        const V<f32, 4> t109 = (t109_32 * t109_36);
        const V<f32, 4> t112_50 = (t112_49_again1 * t112_49_again1);
        const auto t112_51 = constant<f32, 4>(K + 14, 0.0013819137820973992f);
        const auto t112_52 = constant<f32, 4>(K + 15, 0.008369098417460918f);
        const auto t112_53 = constant<f32, 4>(K + 16, 0.04166828840970993f);
        const V<f32, 4> t112_54 = fma(t112_49_again1, t112_52, t112_53);
        const V<f32, 4> t112_55 = fma(t112_50, t112_51, t112_54);
        const auto t112_56 = constant<f32, 4>(K + 17, 0.16666516661643982f);
        const auto t112_57 = constant<f32, 4>(K + 18, 0.4999999403953552f);
        const V<f32, 4> t112_58 = fma(t112_49_again1, t112_56, t112_57);
        const V<f32, 4> t112_59 = fma(t112_50, t112_55, t112_58);
        const V<f32, 4> t112_60 = fma(t112_59, t112_50, t112_49_again1);
        const auto t112_61 = constant<f32, 4>(K + 19, 1.0f);
        const V<f32, 4> t112_62 = (t112_60 + t112_61);
        const V<i32, 4> t112_63 = bitcast<i32>(t112_43_again1);
        const auto t112_64 = constant<i32, 4>(K + 20, 22);
        const V<i32, 4> t112_65 = shl(t112_63, t112_64);
        const auto t112_66 = constant<i32, 4>(K + 0, -8388608);
        const V<i32, 4> t112_67 = (t112_65 & t112_66);
        const V<f32, 4> t112_68 = bitcast<f32>(t112_67);
        const V<f32, 4> t112_69 = (t112_62 * t112_68);
        const auto t112_70 = constant<i32, 4>(K + 21, 23);
        const V<i32, 4> t112_71 = shl(t112_63, t112_70);
        const V<i32, 4> t112_72 = (t112_71 - t112_67);
        const V<f32, 4> t112_73 = bitcast<f32>(t112_72);
        const V<f32, 4> t112 = (t112_69 * t112_73);
        const V<f32, 4> t115_87 = (t115_86_again1 * t115_86_again1);
        const auto t115_88 = constant<f32, 4>(K + 14, 0.0013819137820973992f);
        const auto t115_89 = constant<f32, 4>(K + 15, 0.008369098417460918f);
        const auto t115_90 = constant<f32, 4>(K + 16, 0.04166828840970993f);
        const V<f32, 4> t115_91 = fma(t115_86_again1, t115_89, t115_90);
        const V<f32, 4> t115_92 = fma(t115_87, t115_88, t115_91);
        const auto t115_93 = constant<f32, 4>(K + 17, 0.16666516661643982f);
        const auto t115_94 = constant<f32, 4>(K + 18, 0.4999999403953552f);
        const V<f32, 4> t115_95 = fma(t115_86_again1, t115_93, t115_94);
        const V<f32, 4> t115_96 = fma(t115_87, t115_92, t115_95);
        const V<f32, 4> t115_97 = fma(t115_96, t115_87, t115_86_again1);
        const auto t115_98 = constant<f32, 4>(K + 19, 1.0f);
        const V<f32, 4> t115_99 = (t115_97 + t115_98);
        const V<i32, 4> t115_100 = bitcast<i32>(t115_80_again1);
        const auto t115_101 = constant<i32, 4>(K + 20, 22);
        const V<i32, 4> t115_102 = shl(t115_100, t115_101);
        const auto t115_103 = constant<i32, 4>(K + 0, -8388608);
        const V<i32, 4> t115_104 = (t115_102 & t115_103);
        const V<f32, 4> t115_105 = bitcast<f32>(t115_104);
        const V<f32, 4> t115_106 = (t115_99 * t115_105);
        const auto t115_107 = constant<i32, 4>(K + 21, 23);
        const V<i32, 4> t115_108 = shl(t115_100, t115_107);
        const V<i32, 4> t115_109 = (t115_108 - t115_104);
        const V<f32, 4> t115_110 = bitcast<f32>(t115_109);
        const V<f32, 4> t115 = (t115_106 * t115_110);
        const V<f32, 4> t118_124 = (t118_123_again1 * t118_123_again1);
        const auto t118_125 = constant<f32, 4>(K + 14, 0.0013819137820973992f);
        const auto t118_126 = constant<f32, 4>(K + 15, 0.008369098417460918f);
        const auto t118_127 = constant<f32, 4>(K + 16, 0.04166828840970993f);
        const V<f32, 4> t118_128 = fma(t118_123_again1, t118_126, t118_127);
        const V<f32, 4> t118_129 = fma(t118_124, t118_125, t118_128);
        const auto t118_130 = constant<f32, 4>(K + 17, 0.16666516661643982f);
        const auto t118_131 = constant<f32, 4>(K + 18, 0.4999999403953552f);
        const V<f32, 4> t118_132 = fma(t118_123_again1, t118_130, t118_131);
        const V<f32, 4> t118_133 = fma(t118_124, t118_129, t118_132);
        const V<f32, 4> t118_134 = fma(t118_133, t118_124, t118_123_again1);
        const auto t118_135 = constant<f32, 4>(K + 19, 1.0f);
        const V<f32, 4> t118_136 = (t118_134 + t118_135);
        const V<i32, 4> t118_137 = bitcast<i32>(t118_117_again1);
        const auto t118_138 = constant<i32, 4>(K + 20, 22);
        const V<i32, 4> t118_139 = shl(t118_137, t118_138);
        const auto t118_140 = constant<i32, 4>(K + 0, -8388608);
        const V<i32, 4> t118_141 = (t118_139 & t118_140);
        const V<f32, 4> t118_142 = bitcast<f32>(t118_141);
        const V<f32, 4> t118_143 = (t118_136 * t118_142);
        const auto t118_144 = constant<i32, 4>(K + 21, 23);
        const V<i32, 4> t118_145 = shl(t118_137, t118_144);
        const V<i32, 4> t118_146 = (t118_145 - t118_141);
        const V<f32, 4> t118_147 = bitcast<f32>(t118_146);
        const V<f32, 4> t118 = (t118_143 * t118_147);
        const V<f32, 4> t119 = (t109 + t112);
        const V<f32, 4> t120 = (t115 + t118);
        const V<f32, 4> t121 = (t119 + t120);
        const V<f64, 4> t122 = convert<f64>(t121);
        a91 = fma(t122, t123, a91);
        store<f32>(n7 + n2, t109);
        store<f32>(offset<4>(n7 + n2), t112);
        store<f32>(offset<8>(n7 + n2), t115);
        store<f32>(offset<12>(n7 + n2), t118);
      }
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t124 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<f32, 4> t125 = (t124 - t107);
      const V<f32, 4> t126 = f0_exp<4>(K, t125);
      const V<f64, 4> t127 = convert<f64>(t126);
      a91 = fma(t127, t123, a91);
      store<f32>(n7 + n2, t126);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t128 = load<f32, 1>(b0 + ((n0 * n3) + n2));
      const V<f32, 1> t129 = (t128 - t105);
      const V<f32, 1> t130 = f0_exp<1>(K, t129);
      const V<f64, 1> t131 = convert<f64>(t130);
      const V<f64, 1> t132 = (a92 + t131);
      a92 = t132;
      store<f32>(n7 + n2, t130);
    }
    const V<f64, 1> t133 = lane<0>(a91);
    const V<f64, 1> t134 = lane<1>(a91);
    const V<f64, 1> t135 = lane<2>(a91);
    const V<f64, 1> t136 = lane<3>(a91);
    const V<f64, 1> t137 = (t133 + t134);
    const V<f64, 1> t138 = (t135 + t136);
    const V<f64, 1> t139 = (t137 + t138);
    const V<f64, 1> t140 = (t139 + a92);
    const V<f32, 1> t141 = convert<f32>(t140);
    const V<f32, 4> t143 = splat(t141);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t142 = load<f32, 4>(n7 + n2);
      const V<f32, 4> t144 = (t142 / t143);
      store<f32>(b1 + ((n0 * n3) + n2), t144);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t145 = load<f32, 1>(n7 + n2);
      const V<f32, 1> t146 = (t145 / t141);
      store<f32>(b1 + ((n0 * n3) + n2), t146);
    }
  }
}

}  // namespace damo

extern "C" __attribute__((visibility("default"))) int run(int* frame) {
  using namespace damo;
  const u32* K = constants;
  asm("" : "+r"(K));
  k0_softmax(K, (f32*)u32(frame[6]), (f32*)u32(frame[7]), (f32*)u32(frame[8]), frame[4], frame[5]);
  return 0;
}
