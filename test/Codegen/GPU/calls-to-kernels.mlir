// RUN: wav-opt %s --wav-calls-to-kernels --split-input-file | FileCheck %s

// Calls of one function with the same parameters and types share a kernel;
// matrix products stay.

// CHECK-LABEL: func.func @cache_update_f32(
// CHECK-SAME:    %[[ARGS:.*]]: !llvm.ptr, %[[PARTITION:.*]]: i64) attributes {wav.threads = 128 : i64}
// CHECK:         wav.argument %[[ARGS]][0] : memref<2x128xf32>
// CHECK:         wav.argument %[[ARGS]][1] : memref<1xi32>
// CHECK:         wav.argument %[[ARGS]][2] : memref<256x128xf32>
// Accesses of 16 bytes.
// CHECK:         %[[ROW:.*]] = llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
// CHECK:         llvm.store %[[ROW]], {{.*}} {alignment = 16 : i64}
// CHECK-LABEL: func.func @cache_update_f32_1(
// CHECK:         memref<1x126xf32>
// CHECK:         llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
// CHECK-LABEL: wav.schedule @prefill
// CHECK:         %[[X:.*]] = wav.view scratch[0]
// CHECK:         %[[KEYS:.*]] = wav.view state[0]
// CHECK:         %[[VALUES:.*]] = wav.view state[131072]
// CHECK:         %[[AT:.*]] = wav.view io[0]
// CHECK:         wav.call "wavrt_matmul_f32"
// CHECK:         wav.launch @cache_update_f32(%[[X]], %[[AT]], %[[KEYS]])
// CHECK-SAME:      {bytes = 132100 : i64, category = "other", flops = 0 : i64, partitions = 2 : i64}
// CHECK:         wav.launch @cache_update_f32(%[[X]], %[[AT]], %[[VALUES]])
// CHECK:         wav.launch @cache_update_f32_1
// CHECK-NOT:     wav.call
wav.schedule @prefill {
  %x = wav.view scratch[0] : memref<2x128xf32>
  %w = wav.view parameters[0] : memref<128x128xf32>
  %keys = wav.view state[0] : memref<256x128xf32>
  %values = wav.view state[131072] : memref<256x128xf32>
  %at = wav.view io[0] : memref<1xi32>
  wav.call "wavrt_matmul_f32"(%x, %w, %x, %x) [2, 128, 128, 0, 0]
      {bytes = 0 : i64, category = "matmul", flops = 0 : i64}
      : memref<2x128xf32>, memref<128x128xf32>, memref<2x128xf32>, memref<2x128xf32>
  wav.call "wavrt_cache_update_f32"(%x, %at, %keys) [2, 128, 256]
      {bytes = 1 : i64, category = "other", flops = 0 : i64}
      : memref<2x128xf32>, memref<1xi32>, memref<256x128xf32>
  wav.call "wavrt_cache_update_f32"(%x, %at, %values) [2, 128, 256]
      {bytes = 1 : i64, category = "other", flops = 0 : i64}
      : memref<2x128xf32>, memref<1xi32>, memref<256x128xf32>
  %narrow = wav.view scratch[0] : memref<1x126xf32>
  %cache = wav.view state[262144] : memref<5x126xf32>
  wav.call "wavrt_cache_update_f32"(%narrow, %at, %cache) [1, 126, 5]
      {bytes = 1 : i64, category = "other", flops = 0 : i64}
      : memref<1x126xf32>, memref<1xi32>, memref<5x126xf32>
}

// -----

// A block a row of the table; 16 warps share the tokens, and add their sums in
// order.

// CHECK-LABEL: func.func @embed_grad_bf16(
// CHECK-SAME:    wav.shared_bytes = 16384 : i64, wav.threads = 512 : i64
// CHECK:         scf.for {{.*}} step %c32_i32
// CHECK:           nvvm.vote.sync ballot
// CHECK:           scf.while
// CHECK:             math.cttz
// CHECK:             llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xbf16>
// CHECK:         gpu.barrier
// CHECK-COUNT-16: arith.addf
// CHECK:         llvm.store {{.*}} : f32, !llvm.ptr<1>
// CHECK-NOT:     atomic
// CHECK:         wav.launch @embed_grad_bf16
// CHECK-SAME:      flops = 131072 : i64, partitions = 73 : i64
wav.schedule @train_step {
  %index = wav.view io[0] : memref<1024xi32>
  %grad = wav.view scratch[0] : memref<1024x128xbf16>
  %table = wav.view gradients[0] : memref<73x128xf32>
  wav.call "wavrt_embed_grad_bf16"(%index, %grad, %table) [1024, 128, 73]
      {bytes = 1 : i64, category = "other", flops = 131072 : i64}
      : memref<1024xi32>, memref<1024x128xbf16>, memref<73x128xf32>
}
