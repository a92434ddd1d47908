// RUN: wav-opt %s --wav-plan --split-input-file | FileCheck %s

// A product is added to its accumulator in its place if nobody needs that any
// more.

// CHECK-LABEL: wav.schedule @dead
// CHECK: %[[A:.*]] = wav.view io[256] : memref<8x8xf32>
// CHECK-NEXT: wav.call "wavrt_matmul_f32"(%{{.*}}, %{{.*}}, %{{.*}}, %[[A]]) [8, 8, 8, 0, 0] {{.*}}memref<0xi32>
// CHECK-NEXT: wav.call "wavrt_matmul_f32"(%{{.*}}, %{{.*}}, %[[A]], %[[A]]) [8, 8, 8, 0, 0]
// CHECK-NEXT: wav.output "y" %[[A]]

!s = tensor<8x8xf32>
func.func @dead(%x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}) {
  %a = wav.matmul %x, %x : (!s, !s) -> !s
  %b = wav.matmul %x, %x into %a : (!s, !s, !s) -> !s
  return %b : !s
}

// -----

// If it is needed again, or may not be written (an input, a constant, a factor
// of the product), the product is written elsewhere. Nothing is copied.

// CHECK: wav.constant at 0
// CHECK-NOT: wav.kernel
// CHECK-LABEL: wav.schedule @live
// CHECK: %[[A:.*]] = wav.view io[512] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%{{.*}}, %{{.*}}, %{{.*}}, %[[A]])
// CHECK: %[[B:.*]] = wav.view io[256] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%{{.*}}, %{{.*}}, %[[A]], %[[B]])
// CHECK-LABEL: wav.schedule @readonly
// CHECK: %[[X:.*]] = wav.view io[0] : memref<8x8xf32>
// CHECK: %[[B:.*]] = wav.view io[256] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%[[X]], %[[X]], %[[X]], %[[B]])
// CHECK: %[[Z:.*]] = wav.view constants[0] : memref<8x8xf32>
// CHECK: %[[C:.*]] = wav.view io[512] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%[[X]], %[[X]], %[[Z]], %[[C]])
// CHECK: %[[D:.*]] = wav.view io[768] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%[[B]], %[[X]], %[[B]], %[[D]])

!s = tensor<8x8xf32>
func.func @live(%x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}, !s {wav.name = "z"}) {
  %a = wav.matmul %x, %x : (!s, !s) -> !s
  %b = wav.matmul %x, %x into %a : (!s, !s, !s) -> !s
  return %b, %a : !s, !s
}
func.func @readonly(%x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}, !s {wav.name = "z"}, !s {wav.name = "w"}) {
  %b = wav.matmul %x, %x into %x : (!s, !s, !s) -> !s
  %zero = wav.fill {value = 0.0} : !s
  %c = wav.matmul %x, %x into %zero : (!s, !s, !s) -> !s
  %d = wav.matmul %b, %x into %b : (!s, !s, !s) -> !s
  return %b, %c, %d : !s, !s, !s
}

// -----

// Other results that are tied to an operand have its place. It is copied if it
// is needed again, or may not be written: an input, a constant. A filled tensor
// is filled again.

// CHECK-NOT: wav.constant
// CHECK: wav.kernel @combine attributes {partitions = 1 : i64, rows = 8 : i64}
// CHECK: wav.combine %{{.*}} {coefficients = array<f64: 1.000000e+00>}
// CHECK: wav.kernel @combine_1
// CHECK-NEXT: %[[ZERO:.*]] = wav.fill {value = 0.000000e+00 : f64}
// CHECK-NEXT: wav.combine %[[ZERO]]
// CHECK-LABEL: wav.schedule @copied
// CHECK: %[[X:.*]] = wav.view io[0] : memref<8x8xf32>
// CHECK: wav.launch @combine(%[[X]], %[[A:[0-9]+]]) {
// CHECK: wav.call "wavrt_embed_grad_f32"(%{{.*}}, %[[X]], %[[A]])
// CHECK: wav.launch @combine(%[[A]], %[[B:[0-9]+]]) {
// CHECK: wav.call "wavrt_embed_grad_f32"(%{{.*}}, %[[X]], %[[B]])
// CHECK: wav.launch @combine_1(%[[C:[0-9]+]]) {
// CHECK: wav.call "wavrt_embed_grad_f32"(%{{.*}}, %[[X]], %[[C]])

!s = tensor<8x8xf32>
!i = tensor<8xi32>
func.func @copied(%x: !s {wav.name = "x"}, %i: !i {wav.name = "i"})
    -> (!s {wav.name = "y"}, !s {wav.name = "z"}, !s {wav.name = "w"}) {
  %a = wav.embed_grad %i, %x into %x : (!i, !s, !s) -> !s
  %b = wav.embed_grad %i, %x into %a : (!i, !s, !s) -> !s
  %zero = wav.fill {value = 0.0} : !s
  %c = wav.embed_grad %i, %x into %zero : (!i, !s, !s) -> !s
  return %a, %b, %c : !s, !s, !s
}

// -----

// Banks accumulate in place, tensor by tensor, and their slices and tensors are
// the same memory: the gradient of a bank is never copied.

// CHECK-LABEL: wav.schedule @bank
// CHECK: wav.launch @read_grad({{.*}}, %[[G:[0-9]+]]) {
// CHECK: wav.launch @read_grad_1({{.*}}, %[[G]]) {
// CHECK-NOT: @combine
// CHECK: wav.output "last"
// CHECK: }

!m = tensor<8x8xf32>
!b1 = !wav.bank<1 x tensor<8x8xf32>, scaled>
!b = !wav.bank<2 x tensor<8x8xf32>, scaled>
!v = tensor<8xf32>
func.func @bank(%x: !m {wav.name = "x"}, %g: !m {wav.name = "g"}, %q: !v {wav.name = "q"}, %s: !v {wav.name = "s"})
    -> (!m {wav.name = "first"}, !v {wav.name = "scale"}, !m {wav.name = "last"}) {
  %0 = wav.source %x scaled %s : (!m, !v) -> !b1
  %1 = wav.source %g scaled %s : (!m, !v) -> !b1
  %bank = wav.bank %0, %1 : (!b1, !b1) -> !b
  %dbank = wav.fusion(%q, %bank, %g) {rows = 8, partitions = 1} : (!v, !b, !m) -> !b {
  ^bb0(%q_: !v, %bank_: !b, %g_: !m):
    %dq, %d = wav.read_grad query(%q_) bank(%bank_) grad(%g_) {epsilon = 1.0e-6, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
        : (!v, !b, !m) -> (!v, !b)
    wav.yield %d : !b
  }
  %sum = wav.fusion(%q, %bank, %g, %dbank) {rows = 8, partitions = 1} : (!v, !b, !m, !b) -> !b {
  ^bb0(%q_: !v, %bank_: !b, %g_: !m, %into: !b):
    %dq, %d = wav.read_grad query(%q_) bank(%bank_) grad(%g_) into(%into) {epsilon = 1.0e-6, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
        : (!v, !b, !m, !b) -> (!v, !b)
    wav.yield %d : !b
  }
  %first = wav.slice %sum from 0 : (!b) -> !b1
  %dx = wav.take %first[0] : (!b1) -> !m
  %ds = wav.take %first[0] scale : (!b1) -> !v
  %last = wav.take %sum[1] : (!b) -> !m
  return %dx, %ds, %last : !m, !v, !m
}

// -----

// Gradients are computed where wav.pack wants them; one that is packed twice
// is copied. Parameters are updated in place.

// CHECK-LABEL: wav.schedule @train_step
// CHECK: %[[A:.*]] = wav.view gradients[0] : memref<8x8xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%{{.*}}, %{{.*}}, %{{.*}}, %[[A]])
// CHECK: %[[B:.*]] = wav.view gradients[256] : memref<8x8xf32>
// CHECK: wav.launch @combine(%[[A]], %[[B]])
// CHECK: %[[P:.*]] = wav.view parameters[0] : memref<1x512xf32>
// CHECK: %[[G:.*]] = wav.view gradients[0] : memref<1x512xf32>
// CHECK: wav.launch @adamw(%[[P]], %[[G]], %{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NEXT: {{^ *}}}

!m = tensor<8x8xf32>
!a = tensor<1x512xf32>
!f = tensor<f32>
wav.parameter @a : !m {init_value = 0.0 : f64, decay}
wav.parameter @b : !m {init_value = 0.0 : f64, decay}
func.func @train_step(%x: !m {wav.name = "x"}, %s: !f {wav.name = "s"}) {
  %g = wav.matmul %x, %x : (!m, !m) -> !m
  %grad = wav.pack %g, %g : (!m, !m) -> !a
  %p = wav.get_arena parameters : !a
  %m = wav.get_arena first_moment : !a
  %v = wav.get_arena second_moment : !a
  %u:3 = wav.fusion(%p, %grad, %m, %v, %s) {rows = 1, partitions = 1} : (!a, !a, !a, !a, !f) -> (!a, !a, !a) {
  ^bb0(%p_: !a, %g_: !a, %m_: !a, %v_: !a, %s_: !f):
    %np, %nm, %nv = wav.adamw %p_, %g_ moments(%m_, %v_) norm(%s_) settings(%s_, %s_, %s_, %s_, %s_)
        {beta1 = 0.9, beta2 = 0.95, epsilon = 1.0e-8, decay_rows = 1}
        : (!a, !a, !a, !a, !f, !f, !f, !f, !f, !f) -> (!a, !a, !a)
    wav.yield %np, %nm, %nv : !a, !a, !a
  }
  wav.set_arena parameters, %u#0 : !a
  wav.set_arena first_moment, %u#1 : !a
  wav.set_arena second_moment, %u#2 : !a
  return
}

// -----

// A state is updated in place, and only if it is set.

// CHECK-LABEL: wav.schedule @decode
// CHECK: %[[K:.*]] = wav.view state[0] : memref<16x8xf32>
// CHECK-NEXT: wav.call "wavrt_cache_update_f32"(%{{.*}}, %{{.*}}, %[[K]]) [1, 8, 16]
// CHECK-NEXT: {{^ *}}}
// CHECK-LABEL: wav.schedule @peek
// CHECK: %[[K:.*]] = wav.view state[0] : memref<16x8xf32>
// CHECK: wav.launch @combine(%[[K]], %[[COPY:.*]]) {
// CHECK: wav.call "wavrt_cache_update_f32"(%{{.*}}, %{{.*}}, %[[COPY]])

!c = tensor<16x8xf32>
wav.state @k : !c
func.func @decode(%x: tensor<1x8xf32> {wav.name = "x"}, %at: tensor<1xi32> {wav.name = "position"}) {
  %k = wav.get @k : !c
  %new = wav.cache_update %x at %at into %k : (!c, tensor<1x8xf32>, tensor<1xi32>) -> !c
  wav.set @k, %new : !c
  return
}
func.func @peek(%x: tensor<1x8xf32> {wav.name = "x"}, %at: tensor<1xi32> {wav.name = "position"}) -> (!c {wav.name = "y"}) {
  %k = wav.get @k : !c
  %new = wav.cache_update %x at %at into %k : (!c, tensor<1x8xf32>, tensor<1xi32>) -> !c
  return %new : !c
}
