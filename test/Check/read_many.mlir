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
  %bank0 = wav.bank %x0 : (tensor<3x20xf32>) -> !wav.bank<1 x tensor<3x20xf32>>
  %scales0 = wav.bank %one : (tensor<3xf32>) -> !wav.bank<1 x tensor<3xf32>>
  %bank1 = wav.bank extend %bank0, %a, %b, %c, %d
      : (!wav.bank<1 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<5 x tensor<3x20xf32>>
  %scales1 = wav.bank extend %scales0, %one, %s, %one, %s
      : (!wav.bank<1 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<5 x tensor<3xf32>>
  %bank2 = wav.bank extend %bank1, %a, %b, %c, %d
      : (!wav.bank<5 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<9 x tensor<3x20xf32>>
  %scales2 = wav.bank extend %scales1, %one, %s, %one, %s
      : (!wav.bank<5 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<9 x tensor<3xf32>>
  %bank3 = wav.bank extend %bank2, %a, %b, %c, %d
      : (!wav.bank<9 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<13 x tensor<3x20xf32>>
  %scales3 = wav.bank extend %scales2, %one, %s, %one, %s
      : (!wav.bank<9 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<13 x tensor<3xf32>>
  %bank4 = wav.bank extend %bank3, %a, %b, %c, %d
      : (!wav.bank<13 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<17 x tensor<3x20xf32>>
  %scales4 = wav.bank extend %scales3, %one, %s, %one, %s
      : (!wav.bank<13 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<17 x tensor<3xf32>>
  %bank5 = wav.bank extend %bank4, %a, %b, %c, %d
      : (!wav.bank<17 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<21 x tensor<3x20xf32>>
  %scales5 = wav.bank extend %scales4, %one, %s, %one, %s
      : (!wav.bank<17 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<21 x tensor<3xf32>>
  %bank6 = wav.bank extend %bank5, %a, %b, %c, %d
      : (!wav.bank<21 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<25 x tensor<3x20xf32>>
  %scales6 = wav.bank extend %scales5, %one, %s, %one, %s
      : (!wav.bank<21 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<25 x tensor<3xf32>>
  %bank7 = wav.bank extend %bank6, %a, %b, %c, %d
      : (!wav.bank<25 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<29 x tensor<3x20xf32>>
  %scales7 = wav.bank extend %scales6, %one, %s, %one, %s
      : (!wav.bank<25 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<29 x tensor<3xf32>>
  %bank8 = wav.bank extend %bank7, %a, %b, %c, %d
      : (!wav.bank<29 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<33 x tensor<3x20xf32>>
  %scales8 = wav.bank extend %scales7, %one, %s, %one, %s
      : (!wav.bank<29 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<33 x tensor<3xf32>>
  %bank9 = wav.bank extend %bank8, %a, %b, %c, %d
      : (!wav.bank<33 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<37 x tensor<3x20xf32>>
  %scales9 = wav.bank extend %scales8, %one, %s, %one, %s
      : (!wav.bank<33 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<37 x tensor<3xf32>>
  %bank10 = wav.bank extend %bank9, %a, %b, %c, %d
      : (!wav.bank<37 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<41 x tensor<3x20xf32>>
  %scales10 = wav.bank extend %scales9, %one, %s, %one, %s
      : (!wav.bank<37 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<41 x tensor<3xf32>>
  %bank11 = wav.bank extend %bank10, %a, %b, %c, %d
      : (!wav.bank<41 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<45 x tensor<3x20xf32>>
  %scales11 = wav.bank extend %scales10, %one, %s, %one, %s
      : (!wav.bank<41 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<45 x tensor<3xf32>>
  %bank12 = wav.bank extend %bank11, %a, %b, %c, %d
      : (!wav.bank<45 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<49 x tensor<3x20xf32>>
  %scales12 = wav.bank extend %scales11, %one, %s, %one, %s
      : (!wav.bank<45 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<49 x tensor<3xf32>>
  %bank13 = wav.bank extend %bank12, %a, %b, %c, %d
      : (!wav.bank<49 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<53 x tensor<3x20xf32>>
  %scales13 = wav.bank extend %scales12, %one, %s, %one, %s
      : (!wav.bank<49 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<53 x tensor<3xf32>>
  %bank14 = wav.bank extend %bank13, %a, %b, %c, %d
      : (!wav.bank<53 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<57 x tensor<3x20xf32>>
  %scales14 = wav.bank extend %scales13, %one, %s, %one, %s
      : (!wav.bank<53 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<57 x tensor<3xf32>>
  %bank15 = wav.bank extend %bank14, %a, %b, %c, %d
      : (!wav.bank<57 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<61 x tensor<3x20xf32>>
  %scales15 = wav.bank extend %scales14, %one, %s, %one, %s
      : (!wav.bank<57 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<61 x tensor<3xf32>>
  %bank16 = wav.bank extend %bank15, %a, %b, %c, %d
      : (!wav.bank<61 x tensor<3x20xf32>>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<65 x tensor<3x20xf32>>
  %scales16 = wav.bank extend %scales15, %one, %s, %one, %s
      : (!wav.bank<61 x tensor<3xf32>>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<65 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1]> : tensor<65xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank16, %scales16, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<65 x tensor<3x20xf32>>, !wav.bank<65 x tensor<3xf32>>, tensor<65xi32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}
