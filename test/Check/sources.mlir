// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Sources of routing reads in all their forms.

!m = tensor<7x20xf32>
!q = tensor<20xf32>
!s = tensor<7xf32>
!i = tensor<i32>
!b = !wav.bank<1 x tensor<7x20xf32>>
!b2 = !wav.bank<2 x tensor<7x20xf32>>
!bs = !wav.bank<1 x tensor<7x20xf32>, scaled>
!bs2 = !wav.bank<2 x tensor<7x20xf32>, scaled>
!bb = !wav.bank<1 x tensor<7x20xf32>, biased>
!bb2 = !wav.bank<2 x tensor<7x20xf32>, biased>
!bsb = !wav.bank<1 x tensor<7x20xf32>, scaled, biased>
!bsb2 = !wav.bank<2 x tensor<7x20xf32>, scaled, biased>

// Sources that are combinations, in the bank and open; a plane may be in
// several, and twice in one.
func.func @planes(%q: !q, %a: !m, %b: !m, %c: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a, %b {coefficients = array<f64: 1.0, -0.5>} : (!m, !m) -> !b
  %1 = wav.source %c {coefficients = array<f64: 2.0>} : (!m) -> !b
  %bank = wav.bank %0, %1 : (!b, !b) -> !b2
  %2 = wav.source %b, %c, %b : (!m, !m, !m) -> !b
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !b2, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

func.func @planes_scaled(%q: !q, %a: !m, %b: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a, %b scaled %s {coefficients = array<f64: 1.0, -0.5>} : (!m, !m, !s) -> !bs
  %bank = wav.bank %0 : (!bs) -> !bs
  %1 = wav.source %b, %a scaled %s {coefficients = array<f64: 0.5, 1.0>} : (!m, !m, !s) -> !bs
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, !bs, !bs) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

func.func @rows_alone(%q: !q, %a: !m, %b: !m, %c: !m, %base: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %b : (!m) -> !b
  %bank = wav.bank %0, %1 : (!b, !b) -> !b2
  %2 = wav.source %c : (!m) -> !b
  %y_mix, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !b2, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  %y = arith.addf %y_mix, %base : !m
  return %y : !m
}

func.func @biases_without_scales(%q: !q, %bias: tensor<2xf32>, %a: !m, %b: !m, %c: !m, %d: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : !i
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a bias %one : (!m, !i) -> !bb
  %1 = wav.source %b bias %none : (!m, !i) -> !bb
  %bank = wav.bank %0, %1 : (!bb, !bb) -> !bb2
  %2 = wav.source %c bias %zero : (!m, !i) -> !bb
  %3 = wav.source %d : (!m) -> !b
  %y, %y_max, %y_sum = wav.read query(%q bias %bias) bank(%bank) open(%2, %3) {epsilon = 1.0e-6 : f64}
      : (!q, tensor<2xf32>, !bb2, !bb, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

// A read without biases of sources that have indices, and the other way round.
func.func @indices_without_biases(%q: !q, %a: !m, %b: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %zero = arith.constant dense<0> : !i
  %0 = wav.source %a bias %zero : (!m, !i) -> !bb
  %bank = wav.bank %0 : (!bb) -> !bb
  %1 = wav.source %b bias %zero : (!m, !i) -> !bb
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, !bb, !bb) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

func.func @biases_without_indices(%q: !q, %bias: tensor<2xf32>, %a: !m, %b: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %bank = wav.bank %0 : (!b) -> !b
  %1 = wav.source %b : (!m) -> !b
  %y, %y_max, %y_sum = wav.read query(%q bias %bias) bank(%bank) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, tensor<2xf32>, !b, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

func.func @two_roles(%q: !q, %r: !q, %a: !m, %b: !m, %c: !m, %base: !m) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %b : (!m) -> !b
  %bank = wav.bank %0, %1 : (!b, !b) -> !b2
  %2 = wav.source %c : (!m) -> !b
  %y_mix, %z_mix, %y_max, %z_max, %y_sum, %z_sum = wav.read query(%q, %r) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !b2, !b) -> (!m, !m, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>)
  %y = arith.addf %y_mix, %base : !m
  %z = arith.addf %z_mix, %base : !m
  return %y, %z : !m, !m
}

func.func @two_roles_with_biases(%q: !q, %r: !q, %b0: tensor<2xf32>, %b1: tensor<3xf32>,
                                 %a: !m, %b: !m, %c: !m, %s: !s {wav.range = [0.5, 2.0]}) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : !i
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a scaled %s bias %one : (!m, !s, !i) -> !bsb
  %1 = wav.source %b scaled %s bias %none : (!m, !s, !i) -> !bsb
  %bank = wav.bank %0, %1 : (!bsb, !bsb) -> !bsb2
  %2 = wav.source %c bias %zero : (!m, !i) -> !bb
  %y, %z, %y_max, %z_max, %y_sum, %z_sum = wav.read query(%q, %r bias %b0, %b1) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !q, tensor<2xf32>, tensor<3xf32>, !bsb2, !bb) -> (!m, !m, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>)
  return %y, %z : !m, !m
}

// The gradients of scales that are not detached: through the bank, through an
// open source, through one bank that extends another and is read before and
// after.
func.func @scales(%q: !q, %a: !m, %b: !m, %c: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %a to %b {epsilon = 1.0e-3 : f64} : (!m, !m) -> !s
  %t = wav.match %c to %b {epsilon = 1.0e-3 : f64} : (!m, !m) -> !s
  %0 = wav.source %a scaled %s : (!m, !s) -> !bs
  %bank = wav.bank %0 : (!bs) -> !bs
  %1 = wav.source %c scaled %t : (!m, !s) -> !bs
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, !bs, !bs) -> (!m, tensor<7xf32>, tensor<7xf32>)
  %2 = wav.source %y scaled %t : (!m, !s) -> !bs
  %longer = wav.bank %bank, %2 : (!bs, !bs) -> !bs2
  %z, %z_max, %z_sum = wav.read query(%q) bank(%longer) {epsilon = 1.0e-6 : f64}
      : (!q, !bs2) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %z : !m
}

// Only the extension has a scale with a gradient; the shorter bank is read after
// it.
func.func @scales_of_an_extension(%q: !q, %a: !m, %b: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : !s
  %0 = wav.source %a scaled %one : (!m, !s) -> !bs
  %bank = wav.bank %0 : (!bs) -> !bs
  %1 = wav.source %b scaled %s : (!m, !s) -> !bs
  %longer = wav.bank %bank, %1 : (!bs, !bs) -> !bs2
  %y, %y_max, %y_sum = wav.read query(%q) bank(%longer) {epsilon = 1.0e-6 : f64}
      : (!q, !bs2) -> (!m, tensor<7xf32>, tensor<7xf32>)
  %2 = wav.source %y : (!m) -> !b
  %z, %z_max, %z_sum = wav.read query(%q) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !bs, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %z : !m
}

// One of the open sources has a scale.
func.func @scale_of_one_open_source(%q: !q, %a: !m, %b: !m, %c: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %bank = wav.bank %0 : (!b) -> !b
  %1 = wav.source %b : (!m) -> !b
  %2 = wav.source %c scaled %s : (!m, !s) -> !bs
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%1, %2) {epsilon = 1.0e-6 : f64}
      : (!q, !b, !b, !bs) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}

// A read whose bank is a source.
func.func @source_as_bank(%q: !q, %a: !m, %b: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a scaled %s : (!m, !s) -> !bs
  %1 = wav.source %b : (!m) -> !b
  %y, %y_max, %y_sum = wav.read query(%q) bank(%0) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, !bs, !b) -> (!m, tensor<7xf32>, tensor<7xf32>)
  return %y : !m
}
