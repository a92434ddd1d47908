// RUN: wav-opt %s --wav-plan --split-input-file | FileCheck %s
// RUN: wav-opt %s --wav-plan --split-input-file --remarks-filter=wav-plan \
// RUN:   --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK

// Two buffers serve a chain of any length: a result never lies where an
// operand is read, but may lie where the operand's operand was.

// REMARK: Scratch {{.*}}Function=chain {{.*}}Buffers=4, Bytes=512, LiveAtOnce=512, {{.*}}WithoutReuse=1024
// CHECK-LABEL: wav.schedule @chain
// CHECK: %[[A:.*]] = wav.view scratch[[[P:0|256]]] : memref<8x8xf32>
// CHECK: wav.call {{.*}}(%{{.*}}, %{{.*}}, %[[A]])
// CHECK: %[[B:.*]] = wav.view scratch[[[Q:0|256]]] : memref<8x8xf32>
// CHECK: wav.call {{.*}}(%[[A]], %{{.*}}, %[[B]])
// CHECK: wav.call {{.*}}(%[[B]], %{{.*}}, %[[A]])
// CHECK: wav.call {{.*}}(%[[A]], %{{.*}}, %[[B]])
// CHECK: %[[OUT:.*]] = wav.view io
// CHECK: wav.call {{.*}}(%[[B]], %{{.*}}, %[[OUT]])

!s = tensor<8x8xf32>
func.func @chain(%x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}) {
  %a = wav.matmul %x, %x : (!s, !s) -> !s
  %b = wav.matmul %a, %x : (!s, !s) -> !s
  %c = wav.matmul %b, %x : (!s, !s) -> !s
  %d = wav.matmul %c, %x : (!s, !s) -> !s
  %e = wav.matmul %d, %x : (!s, !s) -> !s
  return %e : !s
}

// -----

// A value that a bank holds is live as long as the bank, or any view of it.
// %a is read last through the prefix, %b through the whole bank.

// REMARK: Scratch {{.*}}Function=bank {{.*}}Buffers=4, Bytes=768, LiveAtOnce=768
// CHECK-LABEL: wav.schedule @bank
// CHECK: %[[A:.*]] = wav.view scratch[0] : memref<8x8xf32>
// CHECK: %[[B:.*]] = wav.view scratch[256] : memref<8x8xf32>
// CHECK: %[[BANK:.*]] = wav.table(%[[A]], %[[B]])
// CHECK: wav.launch @read(%{{.*}}, %[[BANK]], %{{.*}}, %{{.*}}, %[[Y:.*]]) {
// CHECK: %[[PREFIX:.*]] = wav.table(%[[A]])
// CHECK: wav.launch @read(%{{.*}}, %[[PREFIX]], %{{.*}}, %{{.*}}, %[[B]]) {
// CHECK: wav.call {{.*}}(%[[Y]], %[[B]], %{{.*}})

!s = tensor<8x8xf32>
!b2 = !wav.bank<2 x tensor<8x8xf32>>
!b1 = !wav.bank<1 x tensor<8x8xf32>>
!s2 = !wav.bank<2 x tensor<8xf32>>
!s1 = !wav.bank<1 x tensor<8xf32>>
func.func @bank(%x: !s {wav.name = "x"}, %q: tensor<8xf32> {wav.name = "q"}) -> (!s {wav.name = "z"}) {
  %a = wav.matmul %x, %x : (!s, !s) -> !s
  %b = wav.matmul %a, %x : (!s, !s) -> !s
  %bank_0 = wav.source %a
      : (tensor<8x8xf32>) -> !wav.bank<1 x tensor<8x8xf32>>
  %bank_1 = wav.source %b
      : (tensor<8x8xf32>) -> !wav.bank<1 x tensor<8x8xf32>>
  %bank = wav.bank %bank_0, %bank_1
      : (!wav.bank<1 x tensor<8x8xf32>>, !wav.bank<1 x tensor<8x8xf32>>) -> !wav.bank<2 x tensor<8x8xf32>>
  %one = wav.fill {value = 1.0} : tensor<8xf32>
  %scales_0 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scales_1 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scales = wav.bank %scales_0, %scales_1
      : (!wav.bank<1 x tensor<8xf32>>, !wav.bank<1 x tensor<8xf32>>) -> !wav.bank<2 x tensor<8xf32>>
  %kinds = arith.constant dense<-1> : tensor<2xi32>
  %y = wav.fusion(%q, %bank, %scales, %kinds) {rows = 8, partitions = 1} : (tensor<8xf32>, !b2, !s2, tensor<2xi32>) -> !s {
  ^bb0(%q_: tensor<8xf32>, %bank_: !b2, %scales_: !s2, %kinds_: tensor<2xi32>):
    %r = wav.read query(%q_) bank(%bank_) {epsilon = 1.0e-6}
        : (tensor<8xf32>, !wav.bank<2 x tensor<8x8xf32>, scaled>) -> !s
    wav.yield %r : !s
  }
  %prefix = wav.prefix %bank : (!b2) -> !b1
  %scale_0 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scale = wav.bank %scale_0
      : (!wav.bank<1 x tensor<8xf32>>) -> !wav.bank<1 x tensor<8xf32>>
  %kind = arith.constant dense<-1> : tensor<1xi32>
  %z = wav.fusion(%q, %prefix, %scale, %kind) {rows = 8, partitions = 1} : (tensor<8xf32>, !b1, !s1, tensor<1xi32>) -> !s {
  ^bb0(%q_: tensor<8xf32>, %bank_: !b1, %scales_: !s1, %kinds_: tensor<1xi32>):
    %r = wav.read query(%q_) bank(%bank_) {epsilon = 1.0e-6}
        : (tensor<8xf32>, !wav.bank<1 x tensor<8x8xf32>, scaled>) -> !s
    wav.yield %r : !s
  }
  %out = wav.matmul %y, %z : (!s, !s) -> !s
  return %out : !s
}
