// RUN: wav-opt %s --split-input-file --verify-diagnostics

// The runtime reads and writes as far as the parameters say, so that every
// buffer must be what they make it.

wav.schedule @unknown {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{calls 'wavrt_sort_f32', which the runtime's library has not; it has wavrt_matmul_f32, wavrt_matmul_bf16, }}
  wav.call "wavrt_sort_f32"(%x) [] {category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4x4xf32>
}

// -----

wav.schedule @count_of_parameters {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 3 parameters to 'wavrt_matmul_f32', which takes 5: m, n, k, transpose_a, transpose_b}}
  wav.call "wavrt_matmul_f32"(%x, %x, %x) [4, 4, 4] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @count_of_buffers {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 2 buffers to 'wavrt_matmul_f32', which takes 4: A, B, C, D}}
  wav.call "wavrt_matmul_f32"(%x, %x) [4, 4, 4, 0, 0] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @sizes {
  %a = wav.view io[0] : memref<4x8xf32>
  %c = wav.view scratch[0] : memref<4x16xf32>
  %b = wav.view io[128] : memref<8x16xf32>
  // expected-error @below {{passes 'memref<8x16xf32>' as 'B' of 'wavrt_matmul_f32', which is [n, k], here 'memref<16x8xf32>'}}
  wav.call "wavrt_matmul_f32"(%a, %b, %c, %c) [4, 16, 8, 0, 1] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x8xf32>, memref<8x16xf32>, memref<4x16xf32>, memref<4x16xf32>
}

// -----

wav.schedule @too_long {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 'memref<4x4xf32>' as 'A' of 'wavrt_matmul_f32', which is [m, k], here 'memref<1000000x4xf32>'}}
  wav.call "wavrt_matmul_f32"(%x, %x, %x, %x) [1000000, 4, 4, 0, 0] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @negative {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes -4 as 'm' of 'wavrt_matmul_f32', which must be positive}}
  wav.call "wavrt_matmul_f32"(%x, %x, %x, %x) [-4, 4, 4, 0, 0] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @flag {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 2 as 'transpose_b' of 'wavrt_matmul_f32', which must be 0 or 1}}
  wav.call "wavrt_matmul_f32"(%x, %x, %x, %x) [4, 4, 4, 0, 2] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @element {
  %x = wav.view io[0] : memref<4x4xbf16>
  // expected-error @below {{passes 'memref<4x4xbf16>' as 'C' of 'wavrt_matmul_bf16_f32', which is [m, n], here 'memref<4x4xf32>'}}
  wav.call "wavrt_matmul_bf16_f32"(%x, %x, %x, %x) [4, 4, 4, 0, 0] {category = "matmul", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xbf16>, memref<4x4xbf16>, memref<4x4xbf16>, memref<4x4xbf16>
}

// -----

wav.schedule @overflow {
  %x = wav.view io[0] : memref<4x4xf32>
  %n = wav.null : memref<0xi32>
  // expected-error @below {{as 'Q' of 'wavrt_attention_f32', which is [batch*q_len, heads*head_dim], here 'memref<9223372036854775807x4xf32>'}}
  wav.call "wavrt_attention_f32"(%x, %x, %x, %n, %x, %x, %x) [4611686018427387904, 4, 4, 1, 4] {category = "attention", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.schedule @absent {
  %x = wav.view io[0] : memref<1x4xf32>
  %c = wav.view state[0] : memref<4x4xf32>
  %n = wav.null : memref<1xi32>
  // expected-error @below {{passes nothing as 'position' of 'wavrt_cache_update_f32', which is [1], here 'memref<1xi32>'}}
  wav.call "wavrt_cache_update_f32"(%x, %n, %c) [1, 4, 4] {category = "other", bytes = 1 : i64, flops = 1 : i64}
      : memref<1x4xf32>, memref<1xi32>, memref<4x4xf32>
}

// -----

wav.schedule @bound {
  %x = wav.view io[0] : memref<4x4xf32>
  %c = wav.view state[0] : memref<2x4xf32>
  %p = wav.view io[64] : memref<1xi32>
  // expected-error @below {{passes 4 as 'n' of 'wavrt_cache_update_f32', more than 'rows', which is 2}}
  wav.call "wavrt_cache_update_f32"(%x, %p, %c) [4, 4, 2] {category = "other", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<1xi32>, memref<2x4xf32>
}

// -----

wav.schedule @null_input {
  %n = wav.null : memref<4xf32>
  // expected-error @below {{needs a buffer, but wav.null is none; only calls have optional buffers}}
  wav.input "x" %n : memref<4xf32>
}

// -----

wav.schedule @no_kind {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{is filled with {name = "clip"}; it must be a dictionary with a string 'kind', as {kind = "tokens"}}}
  wav.input "x" %x fill {name = "clip"} : memref<4xf32>
}

// -----

wav.schedule @no_field {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{is filled with 'stream' = 1 : i8; a field must be a string, a float or an i64}}
  wav.input "x" %x fill {kind = "random", stream = 1 : i8} : memref<4xf32>
}

// -----

wav.schedule @null_slot {
  %n = wav.null : memref<4xf32>
  // expected-error @below {{needs a buffer, but wav.null is none; only calls have optional buffers}}
  wav.launch @k(%n) {partitions = 1 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4xf32>
}

// -----

wav.schedule @strided {
  // expected-error @below {{must be row-major, dense memref of f32, bf16 or i32 and known size}}
  %x = wav.view io[0] : memref<4x4xf32, strided<[1, 4]>>
}

// -----

wav.schedule @end {
  // expected-error @below {{ends beyond 2^62 bytes}}
  %x = wav.view io[0] : memref<4611686018427387904x4xf32>
}

// -----

wav.schedule @other {
  // expected-error @below {{is no step of a wav.schedule}}
  %x = memref.alloc() : memref<4xf32>
}

// -----

// expected-error @below {{but must be a dense value of f32, bf16 or i32}}
wav.constant at 0 dense<true> : tensor<4xi1>
