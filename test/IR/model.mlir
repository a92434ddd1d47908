// RUN: wav-opt %s | wav-opt | FileCheck %s
// RUN: wav-opt --emit-bytecode %s | wav-opt | FileCheck %s

// CHECK:      wav.model @tiny {
// CHECK-NEXT:   vocab_size = 96,
// CHECK-NEXT:   hidden_size = 8,
// CHECK-NEXT:   intermediate_size = 12,
// CHECK-NEXT:   num_hidden_layers = 1,
// CHECK-NEXT:   num_attention_heads = 2,
// CHECK-NEXT:   max_position_embeddings = 16,
// CHECK-NEXT:   rms_norm_eps = 1.0e-06,
// CHECK-NEXT:   rope_theta = 10000,
// CHECK-NEXT:   initializer_range = 0.02,
// CHECK-NEXT:   tie_word_embeddings = true,
// CHECK-NEXT:   residual = #wav.residual<rows = [<name = "stream">], normaliser = none>
// CHECK-NEXT: }
wav.model @tiny {
  residual = #wav.residual<rows = [<name = "stream">], normaliser = none>,
  vocab_size = 96, hidden_size = 8, intermediate_size = 12,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 16,
  rms_norm_eps = 0.000001, rope_theta = 10000, initializer_range = 2.0e-2,
  tie_word_embeddings = true
}
