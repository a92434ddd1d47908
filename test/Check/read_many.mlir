// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Sixty-five sources; every block leaves the same rows.

func.func @read_many(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %x0: tensor<3x20xf32>,
    %a: tensor<3x20xf32>,
    %b: tensor<3x20xf32>,
    %c: tensor<3x20xf32>,
    %d: tensor<3x20xf32>,
    %s: tensor<3xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<3xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank0_0 = wav.source %x0 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank0 = wav.bank %bank0_0
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank1_1 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_2 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_3 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_4 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1 = wav.bank %bank0, %bank1_1, %bank1_2, %bank1_3, %bank1_4
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<5 x tensor<3x20xf32>, scaled, biased>
  %bank2_5 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank2_6 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank2_7 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank2_8 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank2 = wav.bank %bank1, %bank2_5, %bank2_6, %bank2_7, %bank2_8
      : (!wav.bank<5 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<9 x tensor<3x20xf32>, scaled, biased>
  %bank3_9 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank3_10 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank3_11 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank3_12 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank3 = wav.bank %bank2, %bank3_9, %bank3_10, %bank3_11, %bank3_12
      : (!wav.bank<9 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<13 x tensor<3x20xf32>, scaled, biased>
  %bank4_13 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank4_14 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank4_15 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank4_16 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank4 = wav.bank %bank3, %bank4_13, %bank4_14, %bank4_15, %bank4_16
      : (!wav.bank<13 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<17 x tensor<3x20xf32>, scaled, biased>
  %bank5_17 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank5_18 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank5_19 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank5_20 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank5 = wav.bank %bank4, %bank5_17, %bank5_18, %bank5_19, %bank5_20
      : (!wav.bank<17 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<21 x tensor<3x20xf32>, scaled, biased>
  %bank6_21 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank6_22 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank6_23 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank6_24 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank6 = wav.bank %bank5, %bank6_21, %bank6_22, %bank6_23, %bank6_24
      : (!wav.bank<21 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<25 x tensor<3x20xf32>, scaled, biased>
  %bank7_25 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank7_26 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank7_27 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank7_28 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank7 = wav.bank %bank6, %bank7_25, %bank7_26, %bank7_27, %bank7_28
      : (!wav.bank<25 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<29 x tensor<3x20xf32>, scaled, biased>
  %bank8_29 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank8_30 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank8_31 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank8_32 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank8 = wav.bank %bank7, %bank8_29, %bank8_30, %bank8_31, %bank8_32
      : (!wav.bank<29 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<33 x tensor<3x20xf32>, scaled, biased>
  %bank9_33 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank9_34 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank9_35 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank9_36 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank9 = wav.bank %bank8, %bank9_33, %bank9_34, %bank9_35, %bank9_36
      : (!wav.bank<33 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<37 x tensor<3x20xf32>, scaled, biased>
  %bank10_37 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank10_38 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank10_39 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank10_40 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank10 = wav.bank %bank9, %bank10_37, %bank10_38, %bank10_39, %bank10_40
      : (!wav.bank<37 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<41 x tensor<3x20xf32>, scaled, biased>
  %bank11_41 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank11_42 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank11_43 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank11_44 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank11 = wav.bank %bank10, %bank11_41, %bank11_42, %bank11_43, %bank11_44
      : (!wav.bank<41 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<45 x tensor<3x20xf32>, scaled, biased>
  %bank12_45 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank12_46 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank12_47 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank12_48 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank12 = wav.bank %bank11, %bank12_45, %bank12_46, %bank12_47, %bank12_48
      : (!wav.bank<45 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<49 x tensor<3x20xf32>, scaled, biased>
  %bank13_49 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank13_50 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank13_51 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank13_52 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank13 = wav.bank %bank12, %bank13_49, %bank13_50, %bank13_51, %bank13_52
      : (!wav.bank<49 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<53 x tensor<3x20xf32>, scaled, biased>
  %bank14_53 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank14_54 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank14_55 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank14_56 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank14 = wav.bank %bank13, %bank14_53, %bank14_54, %bank14_55, %bank14_56
      : (!wav.bank<53 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<57 x tensor<3x20xf32>, scaled, biased>
  %bank15_57 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank15_58 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank15_59 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank15_60 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank15 = wav.bank %bank14, %bank15_57, %bank15_58, %bank15_59, %bank15_60
      : (!wav.bank<57 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<61 x tensor<3x20xf32>, scaled, biased>
  %bank16_61 = wav.source %a scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank16_62 = wav.source %b scaled %s bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank16_63 = wav.source %c scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank16_64 = wav.source %d scaled %s bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank16 = wav.bank %bank15, %bank16_61, %bank16_62, %bank16_63, %bank16_64
      : (!wav.bank<61 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<65 x tensor<3x20xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank16) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<65 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y : tensor<3x20xf32>
}
