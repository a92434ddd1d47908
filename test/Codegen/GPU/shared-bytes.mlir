// RUN: wav-opt %s --wav-calls-to-kernels | FileCheck %s
// RUN: not wav-opt %s --wav-to-nvvm=chip=sm_80 2>&1 | FileCheck %s --check-prefix=SM80

// RUN: sed 's/704/256/g' %s > %t.mlir
// RUN: wavc %t.mlir --compile-from=scheduled --compile-to=target --target=cuda --chip=sm_80,sm_86,sm_120 \
// RUN:   | FileCheck %s --check-prefix=LIST

// What a block has on all chips of a list: 101,376 bytes at most, as sm_86.
// LIST: wav.shared_bytes = {{([0-9]{5}|100[0-9]{3}|101[0-2][0-9]{2}|1013[0-6][0-9]|10137[0-6])}} : i64

// Blocks of an older GPU have less shared memory.

// CHECK: func.func @attention_f32
// SM80:  'wavrt_attention_f32' has heads of 704 columns, too many for the 166912 bytes of shared memory of a block; use more heads
module attributes {wav.batch = 1 : i64, wav.context = 16 : i64,
                   wav.config = "{\"vocab_size\": 5, \"num_hidden_layers\": 1}"} {
wav.schedule @s {
  %x = wav.view scratch[0] : memref<16x704xf32>
  %y = wav.view scratch[45056] : memref<16x704xf32>
  %s = wav.view scratch[90112] : memref<16xf32>
  %none = wav.null : memref<0xi32>
  wav.call "wavrt_attention_f32"(%x, %x, %x, %none, %y, %s, %s) [1, 16, 16, 1, 704]
      {bytes = 0 : i64, category = "other", flops = 0 : i64}
      : memref<16x704xf32>, memref<16x704xf32>, memref<16x704xf32>, memref<0xi32>, memref<16x704xf32>, memref<16xf32>, memref<16xf32>
}
}
