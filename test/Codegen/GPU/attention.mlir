// RUN: wav-opt %s --wav-calls-to-kernels --split-input-file | FileCheck %s

// bf16 in two groups of copies, so that the next keys and values arrive while
// these are used; products on tensor cores. The tiles before the diagonal are
// not masked.

// CHECK-LABEL: func.func @attention_bf16(
// CHECK-SAME:    wav.shared_bytes = 55296 : i64, wav.threads = 128 : i64
// CHECK-COUNT-6: wav.argument
// CHECK-NOT:     wav.argument
// CHECK:         nvvm.cp.async.shared.global {{.*}}, 16, cache =  cg
// CHECK:         nvvm.cp.async.wait.group 0
// CHECK-NEXT:    gpu.barrier
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK:             nvvm.cp.async.shared.global
// CHECK:           nvvm.cp.async.commit.group
// CHECK-NEXT:      nvvm.cp.async.wait.group 1
// CHECK-NEXT:      gpu.barrier
// CHECK:           nvvm.ldmatrix
// CHECK:           nvvm.mma.sync {{.*}} shape = #nvvm.shape<m = 16, n = 8, k = 16>
// CHECK-NOT:       arith.select
// CHECK:           nvvm.shfl.sync bfly
// CHECK:           math.exp2
// CHECK:           gpu.barrier
// CHECK-NEXT:      scf.yield
// CHECK:         scf.for
// CHECK:           arith.select
// CHECK:           gpu.barrier
// CHECK-NEXT:      scf.yield
// CHECK:         llvm.store {{.*}} : vector<8xbf16>, !llvm.ptr<1>

// The gradient is summed in blocks that own what they sum. What passes from
// launch to launch lies behind the scratch memory: the sums of products of
// gradient and output, which the blocks that own queries form while their first
// tiles arrive.

// CHECK-LABEL: func.func @attention_grad_queries_bf16(
// CHECK-NOT:     atomic
// CHECK:         nvvm.cp.async.shared.global
// CHECK:         llvm.load {{.*}} : !llvm.ptr<1> -> vector<8xbf16>
// CHECK:         nvvm.cp.async.wait.group 0
// CHECK-NEXT:    gpu.barrier
// CHECK:         llvm.load {{.*}} : !llvm.ptr<3> -> vector<8xbf16>
// CHECK:         math.fma
// CHECK:         nvvm.shfl.sync bfly
// CHECK:         llvm.store {{.*}} : f32, !llvm.ptr<1>
// CHECK:         scf.for
// CHECK-NOT:     atomic
// CHECK-LABEL: func.func @attention_grad_keys_bf16(
// CHECK-NOT:     atomic
// CHECK-LABEL: wav.schedule @grads
// CHECK:         wav.launch @attention_bf16
// CHECK-SAME:      bytes = 4259840 : i64, category = "attention", flops = 400 : i64, partitions = 64 : i64
// CHECK:         %[[SUMS:.*]] = wav.view scratch[9445376] : memref<8192xf32>
// CHECK-NEXT:    wav.launch @attention_grad_queries_bf16({{.*}}, %[[SUMS]], {{.*}})
// CHECK-SAME:      flops = 300 : i64
// CHECK-NEXT:    wav.launch @attention_grad_keys_bf16({{.*}}, %[[SUMS]], {{.*}})
// CHECK-SAME:      flops = 400 : i64
// CHECK-NOT:     wav.launch
!m = memref<2048x256xbf16>
wav.schedule @grads {
  %q = wav.view scratch[0] : !m
  %k = wav.view scratch[1048576] : !m
  %v = wav.view scratch[2097152] : !m
  %o = wav.view scratch[3145728] : !m
  %do = wav.view scratch[4194304] : !m
  %dq = wav.view scratch[5242880] : !m
  %dk = wav.view scratch[6291456] : !m
  %dv = wav.view scratch[7340032] : !m
  %max = wav.view scratch[8388608] : memref<8192xf32>
  %inverse = wav.view scratch[8421376] : memref<8192xf32>
  %end = wav.view scratch[9445344] : memref<1xf32>
  %none = wav.null : memref<0xi32>
  wav.call "wavrt_attention_bf16"(%q, %k, %v, %none, %o, %max, %inverse) [8, 256, 256, 4, 64]
      {bytes = 1 : i64, category = "attention", flops = 400 : i64}
      : !m, !m, !m, memref<0xi32>, !m, memref<8192xf32>, memref<8192xf32>
  wav.call "wavrt_attention_grad_bf16"(%q, %k, %v, %o, %max, %inverse, %do, %dq, %dk, %dv) [8, 256, 256, 4, 64]
      {bytes = 1 : i64, category = "attention", flops = 700 : i64}
      : !m, !m, !m, !m, memref<8192xf32>, memref<8192xf32>, !m, !m, !m, !m
}

// -----

// One query against a cache: one row of 16, and the position from memory. In
// f32 by multiply-adds.

// CHECK-LABEL: func.func @attention_f32(
// CHECK-SAME:    nvvm.minctasm = 2 : i32
// CHECK-COUNT-7: wav.argument
// CHECK-NOT:     nvvm.mma
// CHECK:         math.fma
// CHECK-LABEL: wav.schedule @decode
// CHECK:         wav.launch @attention_f32({{.*}}) {{.*}} partitions = 4 : i64
wav.schedule @decode {
  %q = wav.view scratch[0] : memref<1x128xf32>
  %k = wav.view state[0] : memref<256x128xf32>
  %v = wav.view state[131072] : memref<256x128xf32>
  %at = wav.view io[0] : memref<1xi32>
  %o = wav.view scratch[512] : memref<1x128xf32>
  %max = wav.view scratch[1024] : memref<4xf32>
  %inverse = wav.view scratch[1088] : memref<4xf32>
  wav.call "wavrt_attention_f32"(%q, %k, %v, %at, %o, %max, %inverse) [1, 1, 256, 4, 32]
      {bytes = 1 : i64, category = "attention", flops = 700 : i64}
      : memref<1x128xf32>, memref<256x128xf32>, memref<256x128xf32>, memref<1xi32>, memref<1x128xf32>, memref<4xf32>, memref<4xf32>
}
