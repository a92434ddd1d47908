// RUN: wav-opt %s --wav-batch-steps | FileCheck %s
// RUN: wav-opt %s --wav-batch-steps=few-partitions=2 | FileCheck %s --check-prefix=FEW
// RUN: wav-opt %s --wav-batch-steps --remarks-filter=wav-batch-steps \
// RUN:   --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!x = memref<16x8xf32>
!w = memref<8x8xf32>
!none = memref<0xi32>
!p = memref<4x8xf32>
!s = memref<8xf32>

wav.kernel @sum attributes {partitions = 1 : i64, rows = 1 : i64} {
^bb0(%p: tensor<4x8xf32>):
  %0 = wav.sum_partials %p : (tensor<4x8xf32>) -> tensor<8xf32>
  wav.yield %0 : tensor<8xf32>
}

wav.kernel @add attributes {partitions = 2 : i64, rows = 16 : i64} {
^bb0(%a: tensor<16x8xf32>, %b: tensor<16x8xf32>):
  %0 = wav.combine %a, %b {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<16x8xf32>, tensor<16x8xf32>) -> tensor<16x8xf32>
  wav.yield %0 : tensor<16x8xf32>
}

// Products of the same sizes meet across a step that has nothing to do with
// them; what they cost is added.

// CHECK-LABEL: wav.schedule @products
// CHECK: %[[NONE:.*]] = wav.null
// CHECK: %[[X:.*]] = wav.view io[0]
// CHECK: wav.call "wavrt_matmul_f32"(%[[X]], %[[W0:.*]], %[[NONE]], %[[Y0:.*]], %[[X]], %[[W1:.*]], %[[NONE]], %[[Y1:.*]]) [16, 8, 8, 0, 1]
// CHECK-SAME: bytes = 30 : i64
// CHECK-SAME: bytes_by_category = {matmul = 26 : i64, routing = 4 : i64}
// CHECK-SAME: flops = 3 : i64
// CHECK-SAME: instances = 2 : i64
// CHECK: wav.launch @sum
// CHECK-NOT: instances
// CHECK: wav.call "wavrt_matmul_f32"({{.*}}) [16, 8, 8, 0, 0]
// REMARK: BatchSteps {{.*}}Function=products {{.*}}SavedLaunches=1
wav.schedule @products {
  %none = wav.null : !none
  %x = wav.view io[0] : !x
  %w0 = wav.view parameters[0] : !w
  %y0 = wav.view scratch[0] : !x
  wav.call "wavrt_matmul_f32"(%x, %w0, %none, %y0) [16, 8, 8, 0, 1]
    {category = "matmul", bytes = 10 : i64, flops = 1 : i64,
     bytes_by_category = {matmul = 6 : i64, routing = 4 : i64}} : !x, !w, !none, !x
  %p = wav.view scratch[4096] : !p
  %s = wav.view gradients[0] : !s
  wav.launch @sum(%p, %s) {partitions = 1 : i64, category = "other", bytes = 5 : i64, flops = 2 : i64} : !p, !s
  %w1 = wav.view parameters[256] : !w
  %y1 = wav.view scratch[512] : !x
  wav.call "wavrt_matmul_f32"(%x, %w1, %none, %y1) [16, 8, 8, 0, 1]
    {category = "matmul", bytes = 20 : i64, flops = 2 : i64} : !x, !w, !none, !x
  %y2 = wav.view scratch[1024] : !x
  wav.call "wavrt_matmul_f32"(%x, %w1, %none, %y2) [16, 8, 8, 0, 0]
    {category = "matmul", bytes = 20 : i64, flops = 2 : i64} : !x, !w, !none, !x
}

// None of these may move: the second reads what the first wrote, the third
// writes what the second reads, the fourth writes part of what the third did,
// and the last would have to pass a step that writes its input.

// CHECK-LABEL: wav.schedule @conflicts
// CHECK-COUNT-4: wav.call
// CHECK: wav.launch @sum
// CHECK: wav.call
// CHECK-NOT: instances
// REMARK: Function=conflicts {{.*}}SavedLaunches=0
wav.schedule @conflicts {
  %none = wav.null : !none
  %x = wav.view io[0] : !x
  %w = wav.view parameters[0] : !w
  %a = wav.view scratch[0] : !x
  %b = wav.view scratch[512] : !x
  %c = wav.view scratch[256] : !x
  wav.call "wavrt_matmul_f32"(%x, %w, %none, %a) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
  wav.call "wavrt_matmul_f32"(%a, %w, %none, %b) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
  wav.call "wavrt_matmul_f32"(%x, %w, %none, %a) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
  wav.call "wavrt_matmul_f32"(%x, %w, %none, %c) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
  %p = wav.view scratch[4096] : !p
  %s = wav.view scratch[8192] : !s
  %y = wav.view scratch[8192] : !x
  %z = wav.view scratch[16384] : !x
  wav.launch @sum(%p, %s) {partitions = 1 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : !p, !s
  wav.call "wavrt_matmul_f32"(%y, %w, %none, %z) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
}

// Launches of one kernel, with an accumulator in place and without: products
// that add to what is there are others.

// CHECK-LABEL: wav.schedule @launches
// CHECK: wav.launch @add({{.*}}) {{.*}}instances = 2 : i64
// CHECK: wav.call {{.*}} : memref<16x8xf32>, memref<8x8xf32>, memref<0xi32>, memref<16x8xf32>
// CHECK: wav.call {{.*}} : memref<16x8xf32>, memref<8x8xf32>, memref<16x8xf32>, memref<16x8xf32>
// REMARK: Function=launches {{.*}}SavedLaunches=1
// FEW-LABEL: wav.schedule @launches
// FEW-COUNT-2: wav.launch @add
wav.schedule @launches {
  %none = wav.null : !none
  %x = wav.view io[0] : !x
  %w = wav.view parameters[0] : !w
  %a = wav.view scratch[0] : !x
  %b = wav.view scratch[512] : !x
  %c = wav.view scratch[1024] : !x
  %d = wav.view scratch[1536] : !x
  wav.launch @add(%x, %x, %a) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : !x, !x, !x
  wav.launch @add(%x, %x, %b) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : !x, !x, !x
  wav.call "wavrt_matmul_f32"(%x, %w, %none, %c) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !none, !x
  wav.call "wavrt_matmul_f32"(%x, %w, %d, %d) [16, 8, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64} : !x, !w, !x, !x
}

// What a kernel that is already lowered writes is not known; one that is
// launched with other partitions is another.

// CHECK-LABEL: wav.schedule @lowered
// CHECK-COUNT-2: wav.launch @Lowered
// CHECK-NOT: instances
func.func private @Lowered(!llvm.ptr, i64)
wav.schedule @lowered {
  %x = wav.view scratch[0] : !x
  %y = wav.view scratch[512] : !x
  wav.launch @Lowered(%x) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : !x
  wav.launch @Lowered(%y) {partitions = 4 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : !x
}
