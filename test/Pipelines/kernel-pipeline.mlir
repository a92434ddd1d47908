// The whole way down: no vector is wider than a register, and nothing is
// called.
//
// RUN: wav-opt %s -wav-kernel-pipeline | FileCheck %s
// RUN: wav-opt %s -wav-kernel-pipeline=vector-width=8 | FileCheck %s --check-prefix=AVX2

// CHECK-NOT:   vector<{{1[7-9]|[2-9][0-9]|[1-9][0-9][0-9]+}}x
// AVX2-NOT:    vector<{{9|[1-9][0-9]+}}x

// CHECK-LABEL: llvm.func @Loss(
// CHECK-SAME:    %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-NOT:     llvm.call
// CHECK-NOT:     llvm.intr.{{exp|log}}
// CHECK-NOT:     unrealized_conversion_cast
// AVX2-LABEL:  llvm.func @Loss(
wav.kernel @Loss attributes {rows = 64 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<64x73xf32>, %t: tensor<64xi32>, %g: tensor<f32>):
  %loss = wav.cross_entropy %x, %t : (tensor<64x73xf32>, tensor<64xi32>) -> tensor<f32>
  %dx = wav.cross_entropy_grad %x, %t, %g : (tensor<64x73xf32>, tensor<64xi32>, tensor<f32>) -> tensor<64x73xf32>
  wav.yield %loss, %dx : tensor<f32>, tensor<64x73xf32>
}
