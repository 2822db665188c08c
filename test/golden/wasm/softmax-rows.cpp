#include "damo.hpp"
namespace damo {
alignas(16) static const u32 constants[19] = {
  0x0, 0x3ff00000, 0xff800000, 0x0, 0x0, 0x42b30000, 0xc2d00000, 0x3fb8aa3b,
  0x4b4000fe, 0xb5bfbe8e, 0xbf317200, 0x3ab52155, 0x3c091e8b, 0x3d2aac5e, 0x3e2aaa46, 0x3efffffe,
  0x3f800000, 0x16, 0x17,
};

template <int N, class T0> DAMO_INLINE V<f32, N> f0_exp(const u32* __restrict K, T0 v0) {
  const auto v1 = constant<f32, N>(K + 5, 89.5f);
  const V<f32, N> v2 = min(v0, v1);
  const auto v3 = constant<f32, N>(K + 6, -104.0f);
  const V<f32, N> v4 = max(v2, v3);
  const auto v5 = constant<f32, N>(K + 7, 1.4426950216293335f);
  const auto v6 = constant<f32, N>(K + 8, 12583166.0f);
  const V<f32, N> v7 = fma(v4, v5, v6);
  const auto v8 = constant<f32, N>(K + 8, 12583166.0f);
  const V<f32, N> v9 = (v7 - v8);
  const auto v10 = constant<f32, N>(K + 9, -0.000001428606765330187f);
  const auto v11 = constant<f32, N>(K + 10, -0.693145751953125f);
  const V<f32, N> v12 = fma(v9, v11, v4);
  const V<f32, N> v13 = fma(v9, v10, v12);
  const V<f32, N> v14 = (v13 * v13);
  const auto v15 = constant<f32, N>(K + 11, 0.0013819137820973992f);
  const auto v16 = constant<f32, N>(K + 12, 0.008369098417460918f);
  const auto v17 = constant<f32, N>(K + 13, 0.04166828840970993f);
  const V<f32, N> v18 = fma(v13, v16, v17);
  const V<f32, N> v19 = fma(v14, v15, v18);
  const auto v20 = constant<f32, N>(K + 14, 0.16666516661643982f);
  const auto v21 = constant<f32, N>(K + 15, 0.4999999403953552f);
  const V<f32, N> v22 = fma(v13, v20, v21);
  const V<f32, N> v23 = fma(v14, v19, v22);
  const V<f32, N> v24 = fma(v23, v14, v13);
  const auto v25 = constant<f32, N>(K + 16, 1.0f);
  const V<f32, N> v26 = (v24 + v25);
  const V<i32, N> v27 = bitcast<i32>(v7);
  const auto v28 = constant<i32, N>(K + 17, 22);
  const V<i32, N> v29 = shl(v27, v28);
  const auto v30 = constant<i32, N>(K + 2, -8388608);
  const V<i32, N> v31 = (v29 & v30);
  const V<f32, N> v32 = bitcast<f32>(v31);
  const V<f32, N> v33 = (v26 * v32);
  const auto v34 = constant<i32, N>(K + 18, 23);
  const V<i32, N> v35 = shl(v27, v34);
  const V<i32, N> v36 = (v35 - v31);
  const V<f32, N> v37 = bitcast<f32>(v36);
  const V<f32, N> v38 = (v33 * v37);
  return v38;
}

DAMO_NOINLINE void k0_softmax(const u32* __restrict K, const f32* __restrict b0, f32* __restrict b1, f32* __restrict n7, i32 n1, i32 n3) {
  const auto t47 = constant<f64, 4>(K + 0, 1.0);
  DAMO_LOOP
  for (i32 n0 = 0; n0 < n1; n0 += 1) {
    V<f32, 4> a1 = constant<f32, 4>(K + 2, -__builtin_inff());
    V<f32, 4> a2 = constant<f32, 4>(K + 2, -__builtin_inff());
    V<f32, 4> a3 = constant<f32, 4>(K + 2, -__builtin_inff());
    V<f32, 4> a4 = constant<f32, 4>(K + 2, -__builtin_inff());
    V<f32, 1> a5 = -__builtin_inff();
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (16 * (n3 / 16)); n2 += 16) {
      const V<f32, 4> t6 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<f32, 4> t7 = max(a1, t6);
      a1 = t7;
      const V<f32, 4> t8 = load<f32, 4>(offset<4>(b0 + ((n0 * n3) + n2)));
      const V<f32, 4> t9 = max(a2, t8);
      a2 = t9;
      const V<f32, 4> t10 = load<f32, 4>(offset<8>(b0 + ((n0 * n3) + n2)));
      const V<f32, 4> t11 = max(a3, t10);
      a3 = t11;
      const V<f32, 4> t12 = load<f32, 4>(offset<12>(b0 + ((n0 * n3) + n2)));
      const V<f32, 4> t13 = max(a4, t12);
      a4 = t13;
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t14 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<f32, 4> t15 = max(a1, t14);
      a1 = t15;
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t16 = load<f32, 1>(b0 + ((n0 * n3) + n2));
      const V<f32, 1> t17 = max(a5, t16);
      a5 = t17;
    }
    const V<f32, 4> t18 = max(a1, a2);
    const V<f32, 4> t19 = max(a3, a4);
    const V<f32, 4> t20 = max(t18, t19);
    const V<f32, 1> t21 = lane<0>(t20);
    const V<f32, 1> t22 = lane<1>(t20);
    const V<f32, 1> t23 = lane<2>(t20);
    const V<f32, 1> t24 = lane<3>(t20);
    const V<f32, 1> t25 = max(t21, t22);
    const V<f32, 1> t26 = max(t23, t24);
    const V<f32, 1> t27 = max(t25, t26);
    const V<f32, 1> t28 = max(t27, a5);
    V<f64, 4> a29 = constant<f64, 4>(K + 3, 0.0);
    V<f64, 1> a30 = 0.0;
    const V<f32, 4> t32 = splat(t28);
    DAMO_LOOP
    for (i32 n4 = 0; n4 < (16 * (n3 / 16)); n4 += 256) {
      const i32 n5 = min((16 * (n3 / 16)), (n4 + 256));
      alignas(16) f32 n6[512];
      DAMO_LOOP
      for (i32 n2 = n4; n2 < n5; n2 += 16) {
        const V<f32, 4> t31 = load<f32, 4>(b0 + ((n0 * n3) + n2));
        const V<f32, 4> t33 = (t31 - t32);
        const auto t34_0 = constant<f32, 4>(K + 5, 89.5f);
        const V<f32, 4> t34_1 = min(t33, t34_0);
        const auto t34_2 = constant<f32, 4>(K + 6, -104.0f);
        const V<f32, 4> t34_3 = max(t34_1, t34_2);
        const auto t34_4 = constant<f32, 4>(K + 7, 1.4426950216293335f);
        const auto t34_5 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t34_6 = fma(t34_3, t34_4, t34_5);
        const auto t34_7 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t34_8 = (t34_6 - t34_7);
        const auto t34_9 = constant<f32, 4>(K + 9, -0.000001428606765330187f);
        const auto t34_10 = constant<f32, 4>(K + 10, -0.693145751953125f);
        const V<f32, 4> t34_11 = fma(t34_8, t34_10, t34_3);
        const V<f32, 4> t34_12 = fma(t34_8, t34_9, t34_11);
        const V<f32, 4> t35 = load<f32, 4>(offset<4>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t36 = (t35 - t32);
        const auto t37_37 = constant<f32, 4>(K + 5, 89.5f);
        const V<f32, 4> t37_38 = min(t36, t37_37);
        const auto t37_39 = constant<f32, 4>(K + 6, -104.0f);
        const V<f32, 4> t37_40 = max(t37_38, t37_39);
        const auto t37_41 = constant<f32, 4>(K + 7, 1.4426950216293335f);
        const auto t37_42 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t37_43 = fma(t37_40, t37_41, t37_42);
        const auto t37_44 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t37_45 = (t37_43 - t37_44);
        const auto t37_46 = constant<f32, 4>(K + 9, -0.000001428606765330187f);
        const auto t37_47 = constant<f32, 4>(K + 10, -0.693145751953125f);
        const V<f32, 4> t37_48 = fma(t37_45, t37_47, t37_40);
        const V<f32, 4> t37_49 = fma(t37_45, t37_46, t37_48);
        const V<f32, 4> t38 = load<f32, 4>(offset<8>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t39 = (t38 - t32);
        const auto t40_74 = constant<f32, 4>(K + 5, 89.5f);
        const V<f32, 4> t40_75 = min(t39, t40_74);
        const auto t40_76 = constant<f32, 4>(K + 6, -104.0f);
        const V<f32, 4> t40_77 = max(t40_75, t40_76);
        const auto t40_78 = constant<f32, 4>(K + 7, 1.4426950216293335f);
        const auto t40_79 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t40_80 = fma(t40_77, t40_78, t40_79);
        const auto t40_81 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t40_82 = (t40_80 - t40_81);
        const auto t40_83 = constant<f32, 4>(K + 9, -0.000001428606765330187f);
        const auto t40_84 = constant<f32, 4>(K + 10, -0.693145751953125f);
        const V<f32, 4> t40_85 = fma(t40_82, t40_84, t40_77);
        const V<f32, 4> t40_86 = fma(t40_82, t40_83, t40_85);
        const V<f32, 4> t41 = load<f32, 4>(offset<12>(b0 + ((n0 * n3) + n2)));
        const V<f32, 4> t42 = (t41 - t32);
        const auto t43_111 = constant<f32, 4>(K + 5, 89.5f);
        const V<f32, 4> t43_112 = min(t42, t43_111);
        const auto t43_113 = constant<f32, 4>(K + 6, -104.0f);
        const V<f32, 4> t43_114 = max(t43_112, t43_113);
        const auto t43_115 = constant<f32, 4>(K + 7, 1.4426950216293335f);
        const auto t43_116 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t43_117 = fma(t43_114, t43_115, t43_116);
        const auto t43_118 = constant<f32, 4>(K + 8, 12583166.0f);
        const V<f32, 4> t43_119 = (t43_117 - t43_118);
        const auto t43_120 = constant<f32, 4>(K + 9, -0.000001428606765330187f);
        const auto t43_121 = constant<f32, 4>(K + 10, -0.693145751953125f);
        const V<f32, 4> t43_122 = fma(t43_119, t43_121, t43_114);
        const V<f32, 4> t43_123 = fma(t43_119, t43_120, t43_122);
        store<f32>(n6 + ((2 * n2) + (-2 * n4)), t34_6);
        store<f32>(offset<4>(n6 + ((2 * n2) + (-2 * n4))), t34_12);
        store<f32>(offset<8>(n6 + ((2 * n2) + (-2 * n4))), t37_43);
        store<f32>(offset<12>(n6 + ((2 * n2) + (-2 * n4))), t37_49);
        store<f32>(offset<16>(n6 + ((2 * n2) + (-2 * n4))), t40_80);
        store<f32>(offset<20>(n6 + ((2 * n2) + (-2 * n4))), t40_86);
        store<f32>(offset<24>(n6 + ((2 * n2) + (-2 * n4))), t43_117);
        store<f32>(offset<28>(n6 + ((2 * n2) + (-2 * n4))), t43_123);
      }
      DAMO_LOOP
      for (i32 n2 = n4; n2 < n5; n2 += 16) {
        const V<f32, 4> t34_6_again1 = load<f32, 4>(n6 + ((2 * n2) + (-2 * n4)));
        const V<f32, 4> t34_12_again1 = load<f32, 4>(offset<4>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t37_43_again1 = load<f32, 4>(offset<8>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t37_49_again1 = load<f32, 4>(offset<12>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t40_80_again1 = load<f32, 4>(offset<16>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t40_86_again1 = load<f32, 4>(offset<20>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t43_117_again1 = load<f32, 4>(offset<24>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t43_123_again1 = load<f32, 4>(offset<28>(n6 + ((2 * n2) + (-2 * n4))));
        const V<f32, 4> t34_13 = (t34_12_again1 * t34_12_again1);
        const auto t34_14 = constant<f32, 4>(K + 11, 0.0013819137820973992f);
        const auto t34_15 = constant<f32, 4>(K + 12, 0.008369098417460918f);
        const auto t34_16 = constant<f32, 4>(K + 13, 0.04166828840970993f);
        const V<f32, 4> t34_17 = fma(t34_12_again1, t34_15, t34_16);
        const V<f32, 4> t34_18 = fma(t34_13, t34_14, t34_17);
        const auto t34_19 = constant<f32, 4>(K + 14, 0.16666516661643982f);
        const auto t34_20 = constant<f32, 4>(K + 15, 0.4999999403953552f);
        const V<f32, 4> t34_21 = fma(t34_12_again1, t34_19, t34_20);
        const V<f32, 4> t34_22 = fma(t34_13, t34_18, t34_21);
        const V<f32, 4> t34_23 = fma(t34_22, t34_13, t34_12_again1);
        const auto t34_24 = constant<f32, 4>(K + 16, 1.0f);
        const V<f32, 4> t34_25 = (t34_23 + t34_24);
        const V<i32, 4> t34_26 = bitcast<i32>(t34_6_again1);
        const auto t34_27 = constant<i32, 4>(K + 17, 22);
        const V<i32, 4> t34_28 = shl(t34_26, t34_27);
        const auto t34_29 = constant<i32, 4>(K + 2, -8388608);
        const V<i32, 4> t34_30 = (t34_28 & t34_29);
        const V<f32, 4> t34_31 = bitcast<f32>(t34_30);
        const V<f32, 4> t34_32 = (t34_25 * t34_31);
        const auto t34_33 = constant<i32, 4>(K + 18, 23);
        const V<i32, 4> t34_34 = shl(t34_26, t34_33);
        const V<i32, 4> t34_35 = (t34_34 - t34_30);
        const V<f32, 4> t34_36 = bitcast<f32>(t34_35);
        const V<f32, 4> t34 = (t34_32 * t34_36);
        const V<f32, 4> t37_50 = (t37_49_again1 * t37_49_again1);
        const auto t37_51 = constant<f32, 4>(K + 11, 0.0013819137820973992f);
        const auto t37_52 = constant<f32, 4>(K + 12, 0.008369098417460918f);
        const auto t37_53 = constant<f32, 4>(K + 13, 0.04166828840970993f);
        const V<f32, 4> t37_54 = fma(t37_49_again1, t37_52, t37_53);
        const V<f32, 4> t37_55 = fma(t37_50, t37_51, t37_54);
        const auto t37_56 = constant<f32, 4>(K + 14, 0.16666516661643982f);
        const auto t37_57 = constant<f32, 4>(K + 15, 0.4999999403953552f);
        const V<f32, 4> t37_58 = fma(t37_49_again1, t37_56, t37_57);
        const V<f32, 4> t37_59 = fma(t37_50, t37_55, t37_58);
        const V<f32, 4> t37_60 = fma(t37_59, t37_50, t37_49_again1);
        const auto t37_61 = constant<f32, 4>(K + 16, 1.0f);
        const V<f32, 4> t37_62 = (t37_60 + t37_61);
        const V<i32, 4> t37_63 = bitcast<i32>(t37_43_again1);
        const auto t37_64 = constant<i32, 4>(K + 17, 22);
        const V<i32, 4> t37_65 = shl(t37_63, t37_64);
        const auto t37_66 = constant<i32, 4>(K + 2, -8388608);
        const V<i32, 4> t37_67 = (t37_65 & t37_66);
        const V<f32, 4> t37_68 = bitcast<f32>(t37_67);
        const V<f32, 4> t37_69 = (t37_62 * t37_68);
        const auto t37_70 = constant<i32, 4>(K + 18, 23);
        const V<i32, 4> t37_71 = shl(t37_63, t37_70);
        const V<i32, 4> t37_72 = (t37_71 - t37_67);
        const V<f32, 4> t37_73 = bitcast<f32>(t37_72);
        const V<f32, 4> t37 = (t37_69 * t37_73);
        const V<f32, 4> t40_87 = (t40_86_again1 * t40_86_again1);
        const auto t40_88 = constant<f32, 4>(K + 11, 0.0013819137820973992f);
        const auto t40_89 = constant<f32, 4>(K + 12, 0.008369098417460918f);
        const auto t40_90 = constant<f32, 4>(K + 13, 0.04166828840970993f);
        const V<f32, 4> t40_91 = fma(t40_86_again1, t40_89, t40_90);
        const V<f32, 4> t40_92 = fma(t40_87, t40_88, t40_91);
        const auto t40_93 = constant<f32, 4>(K + 14, 0.16666516661643982f);
        const auto t40_94 = constant<f32, 4>(K + 15, 0.4999999403953552f);
        const V<f32, 4> t40_95 = fma(t40_86_again1, t40_93, t40_94);
        const V<f32, 4> t40_96 = fma(t40_87, t40_92, t40_95);
        const V<f32, 4> t40_97 = fma(t40_96, t40_87, t40_86_again1);
        const auto t40_98 = constant<f32, 4>(K + 16, 1.0f);
        const V<f32, 4> t40_99 = (t40_97 + t40_98);
        const V<i32, 4> t40_100 = bitcast<i32>(t40_80_again1);
        const auto t40_101 = constant<i32, 4>(K + 17, 22);
        const V<i32, 4> t40_102 = shl(t40_100, t40_101);
        const auto t40_103 = constant<i32, 4>(K + 2, -8388608);
        const V<i32, 4> t40_104 = (t40_102 & t40_103);
        const V<f32, 4> t40_105 = bitcast<f32>(t40_104);
        const V<f32, 4> t40_106 = (t40_99 * t40_105);
        const auto t40_107 = constant<i32, 4>(K + 18, 23);
        const V<i32, 4> t40_108 = shl(t40_100, t40_107);
        const V<i32, 4> t40_109 = (t40_108 - t40_104);
        const V<f32, 4> t40_110 = bitcast<f32>(t40_109);
        const V<f32, 4> t40 = (t40_106 * t40_110);
        const V<f32, 4> t43_124 = (t43_123_again1 * t43_123_again1);
        const auto t43_125 = constant<f32, 4>(K + 11, 0.0013819137820973992f);
        const auto t43_126 = constant<f32, 4>(K + 12, 0.008369098417460918f);
        const auto t43_127 = constant<f32, 4>(K + 13, 0.04166828840970993f);
        const V<f32, 4> t43_128 = fma(t43_123_again1, t43_126, t43_127);
        const V<f32, 4> t43_129 = fma(t43_124, t43_125, t43_128);
        const auto t43_130 = constant<f32, 4>(K + 14, 0.16666516661643982f);
        const auto t43_131 = constant<f32, 4>(K + 15, 0.4999999403953552f);
        const V<f32, 4> t43_132 = fma(t43_123_again1, t43_130, t43_131);
        const V<f32, 4> t43_133 = fma(t43_124, t43_129, t43_132);
        const V<f32, 4> t43_134 = fma(t43_133, t43_124, t43_123_again1);
        const auto t43_135 = constant<f32, 4>(K + 16, 1.0f);
        const V<f32, 4> t43_136 = (t43_134 + t43_135);
        const V<i32, 4> t43_137 = bitcast<i32>(t43_117_again1);
        const auto t43_138 = constant<i32, 4>(K + 17, 22);
        const V<i32, 4> t43_139 = shl(t43_137, t43_138);
        const auto t43_140 = constant<i32, 4>(K + 2, -8388608);
        const V<i32, 4> t43_141 = (t43_139 & t43_140);
        const V<f32, 4> t43_142 = bitcast<f32>(t43_141);
        const V<f32, 4> t43_143 = (t43_136 * t43_142);
        const auto t43_144 = constant<i32, 4>(K + 18, 23);
        const V<i32, 4> t43_145 = shl(t43_137, t43_144);
        const V<i32, 4> t43_146 = (t43_145 - t43_141);
        const V<f32, 4> t43_147 = bitcast<f32>(t43_146);
        const V<f32, 4> t43 = (t43_143 * t43_147);
        const V<f32, 4> t44 = (t34 + t37);
        const V<f32, 4> t45 = (t40 + t43);
        const V<f32, 4> t46 = (t44 + t45);
        const V<f64, 4> t48 = convert<f64>(t46);
        a29 = fma(t48, t47, a29);
        store<f32>(n7 + n2, t34);
        store<f32>(offset<4>(n7 + n2), t37);
        store<f32>(offset<8>(n7 + n2), t40);
        store<f32>(offset<12>(n7 + n2), t43);
      }
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t49 = load<f32, 4>(b0 + ((n0 * n3) + n2));
      const V<f32, 4> t50 = (t49 - t32);
      const V<f32, 4> t51 = f0_exp<4>(K, t50);
      const V<f64, 4> t52 = convert<f64>(t51);
      a29 = fma(t52, t47, a29);
      store<f32>(n7 + n2, t51);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t53 = load<f32, 1>(b0 + ((n0 * n3) + n2));
      const V<f32, 1> t54 = (t53 - t28);
      const V<f32, 1> t55 = f0_exp<1>(K, t54);
      const V<f64, 1> t56 = convert<f64>(t55);
      const V<f64, 1> t57 = (a30 + t56);
      a30 = t57;
      store<f32>(n7 + n2, t55);
    }
    const V<f64, 1> t58 = lane<0>(a29);
    const V<f64, 1> t59 = lane<1>(a29);
    const V<f64, 1> t60 = lane<2>(a29);
    const V<f64, 1> t61 = lane<3>(a29);
    const V<f64, 1> t62 = (t58 + t59);
    const V<f64, 1> t63 = (t60 + t61);
    const V<f64, 1> t64 = (t62 + t63);
    const V<f64, 1> t65 = (t64 + a30);
    const V<f32, 1> t66 = convert<f32>(t65);
    const V<f32, 4> t68 = splat(t66);
    DAMO_LOOP
    for (i32 n2 = 0; n2 < (16 * (n3 / 16)); n2 += 16) {
      const V<f32, 4> t67 = load<f32, 4>(n7 + n2);
      const V<f32, 4> t69 = (t67 / t68);
      store<f32>(b1 + ((n0 * n3) + n2), t69);
      const V<f32, 4> t70 = load<f32, 4>(offset<4>(n7 + n2));
      const V<f32, 4> t71 = (t70 / t68);
      store<f32>(offset<4>(b1 + ((n0 * n3) + n2)), t71);
      const V<f32, 4> t72 = load<f32, 4>(offset<8>(n7 + n2));
      const V<f32, 4> t73 = (t72 / t68);
      store<f32>(offset<8>(b1 + ((n0 * n3) + n2)), t73);
      const V<f32, 4> t74 = load<f32, 4>(offset<12>(n7 + n2));
      const V<f32, 4> t75 = (t74 / t68);
      store<f32>(offset<12>(b1 + ((n0 * n3) + n2)), t75);
    }
    DAMO_LOOP
    for (i32 n2 = (16 * (n3 / 16)); n2 < (4 * (n3 / 4)); n2 += 4) {
      const V<f32, 4> t76 = load<f32, 4>(n7 + n2);
      const V<f32, 4> t77 = (t76 / t68);
      store<f32>(b1 + ((n0 * n3) + n2), t77);
    }
    DAMO_LOOP
    for (i32 n2 = (4 * (n3 / 4)); n2 < n3; n2 += 1) {
      const V<f32, 1> t78 = load<f32, 1>(n7 + n2);
      const V<f32, 1> t79 = (t78 / t66);
      store<f32>(b1 + ((n0 * n3) + n2), t79);
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
