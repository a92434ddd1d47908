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
// %a is read last through the slice, %b through the whole bank.

// REMARK: Scratch {{.*}}Function=bank {{.*}}Buffers=4, Bytes=768, LiveAtOnce=768
// CHECK-LABEL: wav.schedule @bank
// CHECK: %[[A:.*]] = wav.view scratch[0] : memref<8x8xf32>
// CHECK: %[[B:.*]] = wav.view scratch[256] : memref<8x8xf32>
// CHECK: %[[BANK:.*]] = wav.table(%[[A]], %[[B]])
// CHECK: wav.launch @read(%{{.*}}, %[[BANK]], %[[Y:.*]]) {
// CHECK: %[[SLICE:.*]] = wav.table(%[[A]])
// CHECK: wav.launch @read(%{{.*}}, %[[SLICE]], %[[B]]) {
// CHECK: wav.call {{.*}}(%[[Y]], %[[B]], %{{.*}})

!s = tensor<8x8xf32>
!v = tensor<8xf32>
!b2 = !wav.bank<2 x tensor<8x8xf32>>
!b1 = !wav.bank<1 x tensor<8x8xf32>>
func.func @bank(%x: !s {wav.name = "x"}, %q: !v {wav.name = "q"}) -> (!s {wav.name = "z"}) {
  %a = wav.matmul %x, %x : (!s, !s) -> !s
  %b = wav.matmul %a, %x : (!s, !s) -> !s
  %sa = wav.source %a : (!s) -> !b1
  %sb = wav.source %b : (!s) -> !b1
  %bank = wav.bank %sa, %sb : (!b1, !b1) -> !b2
  %y = wav.fusion(%q, %bank) {rows = 8, partitions = 1} : (!v, !b2) -> !s {
  ^bb0(%q_: !v, %bank_: !b2):
    %r, %r_max, %r_sum = wav.read query(%q_) bank(%bank_) {epsilon = 1.0e-6}
      : (!v, !b2) -> (!s, tensor<8xf32>, tensor<8xf32>)
    wav.yield %r : !s
  }
  %slice = wav.slice %bank from 0 : (!b2) -> !b1
  %z = wav.fusion(%q, %slice) {rows = 8, partitions = 1} : (!v, !b1) -> !s {
  ^bb0(%q_: !v, %bank_: !b1):
    %r, %r_max, %r_sum = wav.read query(%q_) bank(%bank_) {epsilon = 1.0e-6}
      : (!v, !b1) -> (!s, tensor<8xf32>, tensor<8xf32>)
    wav.yield %r : !s
  }
  %out = wav.matmul %y, %z : (!s, !s) -> !s
  return %out : !s
}
