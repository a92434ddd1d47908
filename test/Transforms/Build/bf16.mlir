// What is bf16 with precision=bf16, and what stays f32.
// RUN: wav-opt %s --wav-build="batch=1 precision=bf16" | FileCheck %s
// RUN: not wav-opt %s --wav-build=precision=f16 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: sed s/hidden_size\ =\ 16/hidden_size\ =\ 20/ %s | not wav-opt --wav-build=precision=bf16 2>&1 | FileCheck %s --check-prefix=WIDTH

// UNKNOWN: error: unknown precision 'f16'; available: f32, bf16
// WIDTH: error: hidden_size 20 is not a multiple of 8, as bf16 needs; change it, or use the precision f32

// CHECK-NOT: wav.parameter {{.*}}bf16
// CHECK:     wav.parameter @model.final_read.query : tensor<16xf32>
// CHECK:     wav.state @cache.0.key : tensor<4x16xbf16>
// CHECK:     wav.state @cache.0.value : tensor<4x16xbf16>

// CHECK:     func.func @grads
// CHECK-SAME:  -> (tensor<f32> {wav.name = "loss"}, tensor<4x12xbf16> {wav.name = "logits"})
// CHECK:     wav.rope_table {{.*}} : tensor<4x8xf32>
// CHECK:     %[[TABLE:.*]] = wav.get @model.embed_tokens.weight : tensor<12x16xf32>
// CHECK:     wav.embed %[[TABLE]], %{{.*}} : (tensor<12x16xf32>, tensor<4xi32>) -> tensor<4x16xbf16>
// CHECK:     wav.read {{.*}} : (tensor<16xf32>, tensor<1xf32>, !wav.bank<1 x tensor<4x16xbf16>, scaled, biased>) -> (tensor<4x16xbf16>, tensor<4xf32>, tensor<4xf32>)
// CHECK:     wav.rms_norm {{.*}} : (tensor<4x16xbf16>, tensor<16xf32>) -> tensor<4x16xbf16>
// CHECK:     %[[MASTER:.*]] = wav.get @model.layers.0.self_attn.q_proj.weight : tensor<16x16xf32>
// CHECK:     %[[W:.*]] = wav.cast %[[MASTER]] : (tensor<16x16xf32>) -> tensor<16x16xbf16>
// CHECK:     wav.matmul %{{.*}}, %[[W]] {transpose_b} : (tensor<4x16xbf16>, tensor<16x16xbf16>) -> tensor<4x16xbf16>
// CHECK:     wav.attention {{.*}} -> (tensor<4x16xbf16>, tensor<8xf32>, tensor<8xf32>)
// CHECK:     wav.match {{.*}} : (tensor<4x16xbf16>, tensor<4x16xbf16>) -> tensor<4xf32>
// CHECK:     %[[HEAD:.*]] = wav.cast %[[TABLE]] : (tensor<12x16xf32>) -> tensor<12x16xbf16>
// CHECK:     wav.matmul %{{.*}}, %[[HEAD]] {transpose_b} {{.*}} -> tensor<4x12xbf16>
// CHECK:     wav.cross_entropy {{.*}} -> tensor<f32>

// CHECK:     func.func @decode
// CHECK-SAME:  -> (tensor<1x12xbf16> {wav.name = "logits"})
// CHECK:     wav.cache_update {{.*}} : (tensor<4x16xbf16>, tensor<1x16xbf16>, tensor<1xi32>) -> tensor<4x16xbf16>

wav.model @m {
  vocab_size = 12, hidden_size = 16, intermediate_size = 24,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>]>
}
