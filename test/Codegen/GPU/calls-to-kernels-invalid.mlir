// RUN: wav-opt %s --wav-calls-to-kernels --split-input-file --verify-diagnostics

wav.schedule @s {
  %x = wav.view scratch[8] : memref<1x4xf32>
  %at = wav.view io[0] : memref<1xi32>
  %cache = wav.view state[0] : memref<4x4xf32>
  // expected-error @below {{has a buffer at scratch[8]; kernels need buffers at multiples of 16 bytes, as wav-plan places them}}
  wav.call "wavrt_cache_update_f32"(%x, %at, %cache) [1, 4, 4]
      {bytes = 0 : i64, category = "other", flops = 0 : i64} : memref<1x4xf32>, memref<1xi32>, memref<4x4xf32>
}

// -----

wav.schedule @s {
  %x = wav.view scratch[0] : memref<1x4xf32>
  %at = wav.view io[0] : memref<1xi32>
  %cache = wav.view state[0] : memref<536870912x4xf32>
  // expected-error @below {{has a buffer of more than 2^31 - 1 elements, which kernels do not address; use a smaller batch or context}}
  wav.call "wavrt_cache_update_f32"(%x, %at, %cache) [1, 4, 536870912]
      {bytes = 0 : i64, category = "other", flops = 0 : i64} : memref<1x4xf32>, memref<1xi32>, memref<536870912x4xf32>
}

// -----

wav.schedule @s {
  %x = wav.view scratch[0] : memref<4x2048xf32>
  %s = wav.view scratch[32768] : memref<4xf32>
  %none = wav.null : memref<0xi32>
  // expected-error @below {{'wavrt_attention_f32' has heads of 2048 columns, too many for the 232448 bytes of shared memory of a block; use more heads}}
  wav.call "wavrt_attention_f32"(%x, %x, %x, %none, %x, %s, %s) [1, 4, 4, 1, 2048]
      {bytes = 0 : i64, category = "other", flops = 0 : i64}
      : memref<4x2048xf32>, memref<4x2048xf32>, memref<4x2048xf32>, memref<0xi32>, memref<4x2048xf32>, memref<4xf32>, memref<4xf32>
}

// -----

wav.schedule @s {
  %x = wav.view scratch[0] : memref<4x9xbf16>
  %s = wav.view scratch[32768] : memref<4xf32>
  %none = wav.null : memref<0xi32>
  // expected-error @below {{'wavrt_attention_bf16' has heads of 9 columns; in bf16 their number must be even, since memory is copied 4 bytes at a time}}
  wav.call "wavrt_attention_bf16"(%x, %x, %x, %none, %x, %s, %s) [1, 4, 4, 1, 9]
      {bytes = 0 : i64, category = "other", flops = 0 : i64}
      : memref<4x9xbf16>, memref<4x9xbf16>, memref<4x9xbf16>, memref<0xi32>, memref<4x9xbf16>, memref<4xf32>, memref<4xf32>
}

// -----

wav.schedule @s {
  %x = wav.view scratch[0] : memref<4x4xf32>
  // expected-error @below {{has no kernel for 'mine_sort_f32'; its dialect can say what writes one, in 'lower' of a LibraryFunction (wav/Codegen/LibraryFunctions.h), or the program can be for the CPU}}
  wav.call "mine_sort_f32"(%x) [4] {bytes = 0 : i64, category = "other", flops = 0 : i64} : memref<4x4xf32>
}
