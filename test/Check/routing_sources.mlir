// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// What the routing passes make of sources: rows that a read forms of several
// planes, and one source in place of several equal ones. On each back end,
// with gradients, in f32 and bf16.

!m = tensor<7x20xf32>
!q = tensor<20xf32>
!s = tensor<7xf32>
!c = tensor<2xf32>
!i = tensor<i32>
!i2 = tensor<2xi32>
!i3 = tensor<3xi32>
!i4 = tensor<4xi32>
!b = !wav.bank<1 x tensor<7x20xf32>>
!bs = !wav.bank<1 x tensor<7x20xf32>, scaled>
!bb = !wav.bank<1 x tensor<7x20xf32>, biased>
!bsb = !wav.bank<1 x tensor<7x20xf32>, scaled, biased>

!h = tensor<7x20xbf16>
!hb = !wav.bank<1 x tensor<7x20xbf16>>
!hbb = !wav.bank<1 x tensor<7x20xbf16>, biased>
!hbsb = !wav.bank<1 x tensor<7x20xbf16>, scaled, biased>

// The rows of a block of WAV v1 by their planes, which are two accumulators and
// a snapshot. Planes are shared, and one is in a source twice.
func.func @planes(%q: !q, %a: !m, %m: !m, %half: !m, %x: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %bank = wav.source %x : (!m) -> !b
  %sum = wav.source %a, %m : (!m, !m) -> !b
  %phase = wav.source %a, %m {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !b
  %split = wav.source %a, %m, %half {coefficients = array<f64: -1.0, -1.0, 2.0>} : (!m, !m, !m) -> !b
  %twice = wav.source %m, %x, %m {coefficients = array<f64: 0.5, 0.25, -2.0>} : (!m, !m, !m) -> !b
  %y:3 = wav.read query(%q) bank(%bank) open(%sum, %phase, %split, %twice) {epsilon = 1.0e-6 : f64}
      : (!q, !b, !b, !b, !b, !b) -> (!m, !s, !s)
  return %y#0 : !m
}

// One plane with a coefficient, and one that does not count at all.
func.func @single_planes(%q: !q, %a: !m, %m: !m) -> !m attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a {coefficients = array<f64: -1.5>} : (!m) -> !b
  %1 = wav.source %m, %a {coefficients = array<f64: 1.0, 0.0>} : (!m, !m) -> !b
  %y:3 = wav.read query(%q) open(%0, %1) {epsilon = 1.0e-6 : f64} : (!q, !b, !b) -> (!m, !s, !s)
  return %y#0 : !m
}

// As many planes as a block of random signs may have.
func.func @many_planes(%q: !q, %a: !m, %b: !m, %c: !m, %d: !m, %e: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a, %b, %c, %d, %e
      {coefficients = array<f64: 1.0, -1.0, 2.0, -2.0, 0.5>} : (!m, !m, !m, !m, !m) -> !b
  %1 = wav.source %e, %d, %c, %b, %a
      {coefficients = array<f64: 1.0, 1.0, -1.0, 1.0, -3.0>} : (!m, !m, !m, !m, !m) -> !b
  %y:3 = wav.read query(%q) open(%0, %1) {epsilon = 1.0e-6 : f64} : (!q, !b, !b) -> (!m, !s, !s)
  return %y#0 : !m
}

// A plane that the kernel of the read forms itself, and stores for others.
func.func @formed_planes(%q: !q, %u: !m, %a: !m, %m: !m, %half: !m) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %plane = wav.write %u into %a {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %plane, %m {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !b
  %1 = wav.source %plane, %m, %half {coefficients = array<f64: -1.0, -1.0, 2.0>} : (!m, !m, !m) -> !b
  %y:3 = wav.read query(%q) open(%0, %1) {epsilon = 1.0e-6 : f64} : (!q, !b, !b) -> (!m, !s, !s)
  return %y#0, %plane : !m, !m
}

// Scales of such rows, with gradients through a match that looks at the same
// combination; the bank has scales too.
func.func @scaled_planes(%q: !q, %a: !m, %m: !m, %x: !m, %s: !s {wav.range = [0.5, 2.0]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %bank = wav.source %x scaled %s : (!m, !s) -> !bs
  %sum = wav.combine %a, %m {coefficients = array<f64: 1.0, 1.0>} : (!m, !m) -> !m
  %phase = wav.combine %a, %m {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !m
  %t = wav.match %phase to %sum {epsilon = 1.0e-3 : f64} : (!m, !m) -> !s
  %0 = wav.source %a, %m : (!m, !m) -> !b
  %1 = wav.source %a, %m scaled %t {coefficients = array<f64: 1.0, -1.0>} : (!m, !m, !s) -> !bs
  %2 = wav.source %m, %x scaled %s {coefficients = array<f64: -1.0, 0.5>} : (!m, !m, !s) -> !bs
  %y:3 = wav.read query(%q) bank(%bank) open(%0, %1, %2) {epsilon = 1.0e-6 : f64}
      : (!q, !bs, !b, !bs, !bs) -> (!m, !s, !s)
  return %y#0 : !m
}

// Several biases weigh as the sum of their exponentials: one of them is none,
// one is there twice.
func.func @several_biases(%q: !q, %bias: !c, %a: !m, %b: !m, %c: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %zero = arith.constant dense<0> : !i
  %all = arith.constant dense<[-1, 0, 1]> : !i3
  %some = arith.constant dense<[1, -1, 1, -1]> : !i4
  %bank = wav.source %a bias %zero : (!m, !i) -> !bb
  %0 = wav.source %b bias %all : (!m, !i3) -> !bb
  %1 = wav.source %c bias %some : (!m, !i4) -> !bb
  %y:3 = wav.read query(%q bias %bias) bank(%bank) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !c, !bb, !bb, !bb) -> (!m, !s, !s)
  return %y#0 : !m
}

// A list of one, and lists of no bias at all, which still count.
func.func @lists_of_few(%q: !q, %bias: !c, %a: !m, %b: !m, %c: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %one = arith.constant dense<[1]> : tensor<1xi32>
  %none = arith.constant dense<[-1]> : tensor<1xi32>
  %nones = arith.constant dense<[-1, -1, -1]> : !i3
  %0 = wav.source %a bias %one : (!m, tensor<1xi32>) -> !bb
  %1 = wav.source %b bias %none : (!m, tensor<1xi32>) -> !bb
  %2 = wav.source %c bias %nones : (!m, !i3) -> !bb
  %y:3 = wav.read query(%q bias %bias) open(%0, %1, %2) {epsilon = 1.0e-6 : f64}
      : (!q, !c, !bb, !bb, !bb) -> (!m, !s, !s)
  return %y#0 : !m
}

// Biases far from each other: the largest is what remains.
func.func @large_biases(%q: !q, %bias: !c {wav.range = [80.0, 100.0]}, %a: !m, %b: !m) -> !m
    attributes {wav.gradient = "vjp"} {
  %some = arith.constant dense<[-1, 0]> : !i2
  %one = arith.constant dense<1> : !i
  %0 = wav.source %a bias %some : (!m, !i2) -> !bb
  %1 = wav.source %b bias %one : (!m, !i) -> !bb
  %y:3 = wav.read query(%q bias %bias) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !c, !bb, !bb) -> (!m, !s, !s)
  return %y#0 : !m
}

// Without a vector of biases all are zero, and a source counts as often as it
// has indices.
func.func @several_without_biases(%q: !q, %a: !m, %b: !m) -> !m attributes {wav.gradient = "vjp"} {
  %all = arith.constant dense<[-1, 0, 1]> : !i3
  %bank = wav.source %a : (!m) -> !b
  %0 = wav.source %b bias %all : (!m, !i3) -> !bb
  %y:3 = wav.read query(%q) bank(%bank) open(%0) {epsilon = 1.0e-6 : f64} : (!q, !b, !bb) -> (!m, !s, !s)
  return %y#0 : !m
}

// Indices that are known when the kernel runs.
func.func @indices_of_the_caller(%q: !q, %bias: !c, %a: !m, %b: !m, %i: !i3 {wav.range = [-1, 2]}) -> !m
    attributes {wav.gradient = "vjp"} {
  %bank = wav.source %a : (!m) -> !b
  %0 = wav.source %b bias %i : (!m, !i3) -> !bb
  %y:3 = wav.read query(%q bias %bias) bank(%bank) open(%0) {epsilon = 1.0e-6 : f64}
      : (!q, !c, !b, !bb) -> (!m, !s, !s)
  return %y#0 : !m
}

// All of it, for two roles with biases of their own, one of which has more.
func.func @planes_scales_and_biases(%q: !q, %r: !q, %b0: !c, %b1: tensor<3xf32>, %a: !m, %m: !m, %half: !m,
                                    %x: !m, %s: !s {wav.range = [0.5, 2.0]}) -> (!m, !m)
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : !i
  %some = arith.constant dense<[1, -1]> : !i2
  %all = arith.constant dense<[0, 1, -1]> : !i3
  %bank = wav.source %x scaled %s bias %none : (!m, !s, !i) -> !bsb
  %0 = wav.source %a, %m bias %some : (!m, !m, !i2) -> !bb
  %1 = wav.source %a, %m, %half scaled %s bias %all
      {coefficients = array<f64: -1.0, -1.0, 2.0>} : (!m, !m, !m, !s, !i3) -> !bsb
  %y:6 = wav.read query(%q, %r bias %b0, %b1) bank(%bank) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, tensor<3xf32>, !bsb, !bb, !bsb) -> (!m, !m, !s, !s, !s, !s)
  return %y#0, %y#1 : !m, !m
}

// After a part: the gradients of rows and scales, of biases and of the part.
func.func @after_part(%q: !q, %bias: !c, %a: !m, %m: !m, %s: !s {wav.range = [0.5, 2.0]}, %p: !m,
                      %max: !s, %inverse_sum: !s {wav.range = [0.1, 1.0]}, %g: !m)
    -> (!m, !s, !s, !q, !c, !m, !m, !s, !s, !s, !s) {
  %some = arith.constant dense<[1, -1]> : !i2
  %0 = wav.source %a, %m {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !b
  %1 = wav.source %m, %a scaled %s bias %some
      {coefficients = array<f64: 0.5, 2.0>} : (!m, !m, !s, !i2) -> !bsb
  %y:3 = wav.read query(%q bias %bias) open(%0, %1) after(%p max %max sum %inverse_sum)
      {epsilon = 1.0e-6 : f64} : (!q, !c, !b, !bsb, !m, !s, !s) -> (!m, !s, !s)
  %d:8 = wav.read_grad query(%q bias %bias) open(%0, %1) after(%p max %max sum %inverse_sum) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 0, 2, 2, 1, 1>}
      : (!q, !c, !b, !bsb, !m, !s, !s, !m) -> (!q, !c, !m, !m, !s, !s, !s, !s)
  return %y#0, %y#1, %y#2, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6, %d#7
      : !m, !s, !s, !q, !c, !m, !m, !s, !s, !s, !s
}

// What was bf16 is a sum in f32 inside the kernel.
func.func @planes_bf16(%q: !q, %a: !h, %m: !h, %half: !h, %x: !h) -> !h
    attributes {wav.gradient = "vjp"} {
  %bank = wav.source %x : (!h) -> !hb
  %sum = wav.source %a, %m : (!h, !h) -> !hb
  %phase = wav.source %a, %m {coefficients = array<f64: 1.0, -1.0>} : (!h, !h) -> !hb
  %split = wav.source %a, %m, %half {coefficients = array<f64: -1.0, -1.0, 2.0>} : (!h, !h, !h) -> !hb
  %y:3 = wav.read query(%q) bank(%bank) open(%sum, %phase, %split) {epsilon = 1.0e-6 : f64}
      : (!q, !hb, !hb, !hb, !hb) -> (!h, !s, !s)
  return %y#0 : !h
}

func.func @several_biases_bf16(%q: !q, %r: !q, %b0: !c, %b1: !c, %a: !h, %m: !h, %x: !h,
                               %s: !s {wav.range = [0.5, 2.0]}) -> (!h, !h)
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : !i
  %all = arith.constant dense<[-1, 0, 1]> : !i3
  %some = arith.constant dense<[0, 1]> : !i2
  %bank = wav.source %x scaled %s bias %none : (!h, !s, !i) -> !hbsb
  %0 = wav.source %a bias %all : (!h, !i3) -> !hbb
  %1 = wav.source %a, %m scaled %s bias %some
      {coefficients = array<f64: 1.0, -1.0>} : (!h, !h, !s, !i2) -> !hbsb
  %y:6 = wav.read query(%q, %r bias %b0, %b1) bank(%bank) open(%0, %1) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !hbsb, !hbb, !hbsb) -> (!h, !h, !s, !s, !s, !s)
  return %y#0, %y#1 : !h, !h
}
