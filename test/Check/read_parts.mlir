// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Reads without a bank, by many roles and in parts, and their gradients. That
// parts add up to the whole is tested in test/Unit/Reference/ReadTest.cpp.

!m = tensor<7x20xf32>
!q = tensor<20xf32>
!s = tensor<7xf32>
!c = tensor<2xf32>
!i = tensor<i32>
!b = !wav.bank<1 x tensor<7x20xf32>>
!b2 = !wav.bank<2 x tensor<7x20xf32>>
!bs = !wav.bank<1 x tensor<7x20xf32>, scaled>
!bs2 = !wav.bank<2 x tensor<7x20xf32>, scaled>
!bb = !wav.bank<1 x tensor<7x20xf32>, biased>
!bsb = !wav.bank<1 x tensor<7x20xf32>, scaled, biased>
!bsb2 = !wav.bank<2 x tensor<7x20xf32>, scaled, biased>

func.func @no_bank(%q: !q, %bias: !c, %a: !m, %b: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a scaled %s bias %one : (!m, !s, !i) -> !bsb
  %1 = wav.source %b : (!m) -> !b
  %y, %max, %sum = wav.read query(%q bias %bias) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !c, !bsb, !b) -> (!m, !s, !s)
  return %y : !m
}

func.func @no_bank_for_two_roles(%q: !q, %r: !q, %a: !m, %b: !m) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %b : (!m) -> !b
  %y:6 = wav.read query(%q, %r) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !b, !b) -> (!m, !m, !s, !s, !s, !s)
  return %y#0, %y#1 : !m, !m
}

// More roles than have their sums in registers at once.
func.func @many_roles(%q: !q, %r: !q, %s: !q, %t: !q, %u: !q, %v: !q, %w: !q, %a: !m, %b: !m, %c: !m)
    -> (!m, !m, !m, !m, !m, !m, !m)
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %b : (!m) -> !b
  %bank = wav.bank %0, %1 : (!b, !b) -> !b2
  %2 = wav.source %c : (!m) -> !b
  %y:21 = wav.read query(%q, %r, %s, %t, %u, %v, %w) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !q, !q, !q, !q, !q, !b2, !b)
      -> (!m, !m, !m, !m, !m, !m, !m, !s, !s, !s, !s, !s, !s, !s, !s, !s, !s, !s, !s, !s, !s)
  return %y#0, %y#1, %y#2, %y#3, %y#4, %y#5, %y#6 : !m, !m, !m, !m, !m, !m, !m
}

// Of three roles two matter, and the gradient is of them.
func.func @unused_role(%q: !q, %r: !q, %s: !q, %b0: !c, %b1: !c, %b2: !c, %a: !m, %b: !m) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a bias %one : (!m, !i) -> !bb
  %1 = wav.source %b bias %zero : (!m, !i) -> !bb
  %y:9 = wav.read query(%q, %r, %s bias %b0, %b1, %b2) bank(%0) open(%1) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !q, !c, !c, !c, !bb, !bb) -> (!m, !m, !m, !s, !s, !s, !s, !s, !s)
  return %y#2, %y#0 : !m, !m
}

// A read in parts: one over the bank, and one that continues it over an open
// source and gives what a third would need; beside them the read as a whole.
func.func @parts(%q: !q, %r: !q, %bias: !c, %a: !m, %b: !m, %c: !m, %s: !s, %stream: !m)
    -> (!m, !m, !m, !m, !s, !s, !s, !s, !s, !s) {
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a scaled %s bias %one : (!m, !s, !i) -> !bsb
  %1 = wav.source %b scaled %s bias %zero : (!m, !s, !i) -> !bsb
  %bank = wav.bank %0, %1 : (!bsb, !bsb) -> !bsb2
  %2 = wav.source %c bias %one : (!m, !i) -> !bb
  %p:6 = wav.read query(%q, %r bias %bias, %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !bsb2) -> (!m, !m, !s, !s, !s, !s)
  %y:6 = wav.read query(%q, %r bias %bias, %bias) open(%2) after(%p#0, %p#1 max %p#2, %p#3 sum %p#4, %p#5)
      {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !bb, !m, !m, !s, !s, !s, !s) -> (!m, !m, !s, !s, !s, !s)
  %sum = arith.addf %y#0, %stream : !m
  %z:6 = wav.read query(%q, %r bias %bias, %bias) bank(%bank) open(%2) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !bsb2, !bb) -> (!m, !m, !s, !s, !s, !s)
  return %sum, %y#1, %z#0, %z#1, %p#2, %p#5, %y#2, %y#5, %z#3, %z#4 : !m, !m, !m, !m, !s, !s, !s, !s, !s, !s
}

// Bank and open sources after a part.
func.func @bank_after_part(%q: !q, %a: !m, %b: !m, %p: !m, %max: !s, %sum: !s {wav.range = [0.1, 1.0]})
    -> (!m, !s, !s) {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %b : (!m) -> !b
  %y:3 = wav.read query(%q) bank(%0) open(%1) after(%p max %max sum %sum) {epsilon = 1.0e-6 : f64}
      : (!q, !b, !b, !m, !s, !s) -> (!m, !s, !s)
  return %y#0, %y#1, %y#2 : !m, !s, !s
}

// The gradient of the whole and that in parts, with the gradients of scales.
func.func @gradient_in_parts(%q: !q, %r: !q, %bias: !c, %a: !m, %b: !m, %c: !m, %s: !s {wav.range = [0.5, 2.0]},
                             %g: !m, %h: !m)
    -> (!q, !q, !c, !c, !m, !s, !m, !s, !q, !q, !c, !c, !m, !s, !s, !s, !s, !s, !q, !q, !c, !c, !m, !s) {
  %none = arith.constant dense<-1> : !i
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a scaled %s bias %zero : (!m, !s, !i) -> !bsb
  %1 = wav.source %b scaled %s bias %none : (!m, !s, !i) -> !bsb
  %bank = wav.bank %0, %1 : (!bsb, !bsb) -> !bsb2
  %2 = wav.source %c scaled %s bias %one : (!m, !s, !i) -> !bsb
  %whole:7 = wav.read_grad query(%q, %r bias %bias, %bias) bank(%bank) open(%2) grad(%g, %h)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 2, 1, 1, 1, 0, 0>}
      : (!q, !q, !c, !c, !bsb2, !bsb, !m, !m) -> (!q, !q, !c, !c, !bs2, !m, !s)
  %row = wav.take %whole#4[1] : (!bs2) -> !m
  %scale = wav.take %whole#4[1] scale : (!bs2) -> !s
  %p:6 = wav.read query(%q, %r bias %bias, %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !bsb2) -> (!m, !m, !s, !s, !s, !s)
  %own:10 = wav.read_grad query(%q, %r bias %bias, %bias) open(%2)
      after(%p#0, %p#1 max %p#2, %p#3 sum %p#4, %p#5) grad(%g, %h)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 2, 0, 1, 1, 2, 2>}
      : (!q, !q, !c, !c, !bsb, !m, !m, !s, !s, !s, !s, !m, !m) -> (!q, !q, !c, !c, !m, !s, !s, !s, !s, !s)
  %shared:5 = wav.read_grad query(%q, %r bias %bias, %bias) bank(%bank)
      grad(%g, %h weight %own#6, %own#7 lse_grad %own#8, %own#9)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 2, 1, 0, 0, 0, 0>}
      : (!q, !q, !c, !c, !bsb2, !m, !m, !s, !s, !s, !s) -> (!q, !q, !c, !c, !bs2)
  %shared_row = wav.take %shared#4[1] : (!bs2) -> !m
  %shared_scale = wav.take %shared#4[1] scale : (!bs2) -> !s
  return %whole#0, %whole#1, %whole#2, %whole#3, %row, %scale, %whole#5, %whole#6,
         %own#0, %own#1, %own#2, %own#3, %own#4, %own#5, %own#6, %own#7, %own#8, %own#9,
         %shared#0, %shared#1, %shared#2, %shared#3, %shared_row, %shared_scale
      : !q, !q, !c, !c, !m, !s, !m, !s, !q, !q, !c, !c, !m, !s, !s, !s, !s, !s, !q, !q, !c, !c, !m, !s
}

// A part between two others: it continues one and was continued by another. The
// gradient of the bank adds to what is there.
func.func @gradient_of_middle_part(%q: !q, %a: !m, %before: !m, %p: !m, %g: !m, %max: !s, %sum: !s {wav.range = [0.1, 1.0]},
                                   %weight: !s {wav.range = [0.0, 1.0]}, %lse_grad: !s)
    -> (!q, !m, !m, !s, !s) {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %before : (!m) -> !b
  %2 = wav.source %p : (!m) -> !b
  %d:5 = wav.read_grad query(%q) bank(%0) open(%2) after(%p max %max sum %sum)
      grad(%g weight %weight lse_grad %lse_grad) into(%1)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 1>}
      : (!q, !b, !b, !m, !s, !s, !m, !s, !s, !b) -> (!q, !b, !m, !s, !s)
  %row = wav.take %d#1[0] : (!b) -> !m
  return %d#0, %row, %d#2, %d#3, %d#4 : !q, !m, !m, !s, !s
}
