// RUN: wav-opt %s --wav-lower-schedules="target='cuda sm_90a'" | FileCheck %s
// RUN: wav-opt %s --wav-lower-schedules="target='cuda sm_90a'" \
// RUN:   | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVM

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64,
                   wav.config = "{\"vocab_size\": 5, \"num_hidden_layers\": 1}"} {

// The device code stays for whoever assembles it.
// CHECK: gpu.module @device
gpu.module @device {
  llvm.func @first(%x: !llvm.ptr<1>) attributes {
      nvvm.kernel, nvvm.reqntid = array<i32: 128>} {
    llvm.return
  }
  llvm.func @helper() {
    llvm.return
  }
  llvm.func @second(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>) attributes {
      nvvm.kernel, nvvm.reqntid = array<i32: 256, 1, 1>,
      wav.shared_bytes = 65536 : i64} {
    llvm.return
  }
  llvm.func @third(%table: !llvm.ptr<1>) attributes {
      nvvm.kernel, nvvm.reqntid = array<i32: 32>,
      wav.instances = array<i64: 3, 2>} {
    llvm.return
  }
}

// CHECK-LABEL: llvm.func internal @f(
// CHECK-SAME: %[[CONTEXT:[^:]*]]: !llvm.ptr, %[[ADDRESSES:[^:]*]]: !llvm.ptr) -> i32
// CHECK: %[[SLOTS:.*]] = llvm.getelementptr %[[ADDRESSES]]
// CHECK: %[[KERNELS:.*]] = llvm.mlir.addressof @wav_device_kernels
// CHECK: %[[SECOND:.*]] = llvm.mlir.constant(1 : i64)
// CHECK: %[[KERNEL:.*]] = llvm.getelementptr %[[KERNELS]][%[[SECOND]]]
// CHECK-SAME: !llvm.struct<(ptr, i32, i32, i32)>
// CHECK: %[[BLOCKS:.*]] = llvm.mlir.constant(7 : i64)
// CHECK: llvm.call @wavrt_launch_device(%[[CONTEXT]], %{{.*}}, %[[KERNEL]], %[[SLOTS]], %[[BLOCKS]])
// CHECK: llvm.call @wavrt_call(
// CHECK-NOT: llvm.call @wavrt_launch(
wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  %s = wav.view scratch[0] : memref<4x4xf32>
  wav.input "x" %x : memref<4x4xf32>
  wav.launch @second(%x, %s) {partitions = 7 : i64, category = "routing", bytes = 10 : i64, flops = 20 : i64}
      : memref<4x4xf32>, memref<4x4xf32>
  wav.call "wavrt_matmul_f32"(%x, %x, %x, %s) [4, 4, 4, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  wav.output "y" %s : memref<4x4xf32>
}

// Instances are blocks of one launch, which gets a table of all their slots. A
// call gets the buffers of all, one list for each of its own, and where these
// lists are.
// CHECK: llvm.mlir.global internal constant @g.addresses(dense<[
// CHECK-SAME: 5, 0, 6, 0, 5, 0, 6, 64, 8, 0,
// CHECK-SAME: 5, 0, 6, 0, 8, 40,
// CHECK-SAME: 5, 0, 5, 0, 5, 0, 5, 0, 9, 0, 9, 0, 6, 0, 6, 64, 8, 64, 8, 80, 8, 96, 8, 112]>
// CHECK-LABEL: llvm.func internal @g(
// CHECK: %[[SIX:.*]] = llvm.mlir.constant(6 : i64)
// CHECK: llvm.call @wavrt_launch_device(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[SIX]])
// CHECK: %[[THREE:.*]] = llvm.mlir.constant(3 : i64)
// CHECK: llvm.call @wavrt_launch_device(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[THREE]])
// CHECK: %[[NUMBER:.*]] = llvm.mlir.constant(4 : i64)
// CHECK-NEXT: %[[INSTANCES:.*]] = llvm.mlir.constant(2 : i64)
// CHECK-NEXT: llvm.call @wavrt_call_batch(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[NUMBER]], %[[INSTANCES]])
// CHECK: llvm.mlir.global external constant @wav_device_code()
wav.schedule @g {
  %x = wav.view io[0] : memref<4x4xf32>
  %s = wav.view scratch[0] : memref<4x4xf32>
  %t = wav.view scratch[64] : memref<4x4xf32>
  %none = wav.null : memref<0xi32>
  wav.launch @third(%x, %s, %x, %t) {partitions = 3 : i64, category = "other", bytes = 1 : i64, flops = 2 : i64, instances = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  wav.launch @third(%x, %s) {partitions = 3 : i64, category = "other", bytes = 1 : i64, flops = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>
  wav.call "wavrt_matmul_f32"(%x, %x, %none, %s, %x, %x, %none, %t) [4, 4, 4, 0, 1]
      {category = "matmul", bytes = 1 : i64, flops = 2 : i64, instances = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>,
        memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>
}
}

// LLVM: @wav_device_code = external constant { ptr, ptr, i64, ptr }
// LLVM: @second.device_name = internal constant [7 x i8] c"second\00"
// LLVM: @wav_device_kernels = internal constant [3 x { ptr, i32, i32, i32 }]
// LLVM-SAME: { ptr @first.device_name, i32 1, i32 128, i32 0 }
// LLVM-SAME: { ptr @second.device_name, i32 2, i32 256, i32 65536 }
// LLVM-SAME: { ptr @third.device_name, i32 1, i32 32, i32 0 }
// LLVM: @wav_program = constant
// LLVM-SAME: ptr @wav_device_code, i64 3, ptr @wav_device_kernels }
