// Every entry point of a plain PreNorm model of one layer.
// RUN: wav-opt %s --wav-build=batch=2 | FileCheck %s

wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = false,
  residual = #wav.residual<rows = [<name = "stream">], normaliser = none>
}

// The configuration stays with the program.
// CHECK:      module attributes {
// CHECK-SAME:   wav.batch = 2 : i64
// CHECK-SAME:   wav.config = "{\22vocab_size\22:12,{{.*}}\22residual\22:{\22scheme\22:\22standard\22}}"
// CHECK-SAME:   wav.context = 4 : i64
// CHECK-NOT:  wav.model

// Matrices first: they decay. Q, K, V and gate, up are adjacent.
// CHECK:      wav.parameter @model.embed_tokens.weight : tensor<12x8xf32> {decay, init_value = 5.000000e-01 : f64, normal}
// CHECK-NEXT: wav.parameter @model.layers.0.self_attn.q_proj.weight : tensor<8x8xf32> {decay, init_value = 5.000000e-01 : f64, normal}
// CHECK-NEXT: wav.parameter @model.layers.0.self_attn.k_proj.weight : tensor<8x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.self_attn.v_proj.weight : tensor<8x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.self_attn.o_proj.weight : tensor<8x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.mlp.gate_proj.weight : tensor<16x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.mlp.up_proj.weight : tensor<16x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.mlp.down_proj.weight : tensor<8x16xf32> {decay
// CHECK-NEXT: wav.parameter @lm_head.weight : tensor<12x8xf32> {decay
// CHECK-NEXT: wav.parameter @model.layers.0.input_layernorm.weight : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK-NEXT: wav.parameter @model.layers.0.post_attention_layernorm.weight : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK-NEXT: wav.parameter @model.norm.weight : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK-NEXT: wav.state @cache.0.key : tensor<4x8xf32>
// CHECK-NEXT: wav.state @cache.0.value : tensor<4x8xf32>

// CHECK-NEXT: func.func @train_step(
// CHECK-SAME:   %[[TOKENS:.*]]: tensor<8xi32> {wav.fill = {kind = "tokens"}, wav.name = "tokens"}, %[[TARGETS:.*]]: tensor<8xi32> {wav.fill = {kind = "targets"}, wav.name = "targets"})
// CHECK-SAME:   -> (tensor<f32> {wav.name = "loss"}) attributes {wav.gradient = "parameters", wav.update} {
// CHECK:      %[[ROPE:.*]] = wav.rope_table {theta = 1.000000e+02 : f64} : tensor<4x4xf32>
// CHECK:      %[[X0:.*]] = wav.embed %{{.*}}, %[[TOKENS]]
// CHECK:      %[[IN:.*]] = wav.rms_norm %[[X0]], %{{.*}} {epsilon = 1.000000e-03 : f64}
// CHECK:      %[[Q:.*]] = wav.matmul %[[IN]], %{{.*}} {transpose_b}
// CHECK:      %[[K:.*]] = wav.matmul %[[IN]]
// CHECK:      %[[V:.*]] = wav.matmul %[[IN]]
// CHECK:      %[[RQ:.*]] = wav.rope %[[Q]], %[[ROPE]] {heads = 2 : i64, sequence_length = 4 : i64}
// CHECK:      %[[RK:.*]] = wav.rope %[[K]], %[[ROPE]] {heads = 2 : i64, sequence_length = 4 : i64}
// CHECK:      %[[A:[^,]*]], %{{.*}} = wav.attention %[[RQ]], %[[RK]], %[[V]] {batch = 2 : i64, heads = 2 : i64}
// CHECK:      %[[U1:.*]] = wav.matmul %[[A]], %{{.*}} {transpose_b}
// CHECK:      %[[X1:.*]] = wav.write %[[U1]] into %[[X0]] {coefficient = 1.000000e+00 : f64}
// CHECK:      %[[IN2:.*]] = wav.rms_norm %[[X1]]
// CHECK:      %[[GATE:.*]] = wav.matmul %[[IN2]]
// CHECK:      %[[UP:.*]] = wav.matmul %[[IN2]]
// CHECK:      %[[ACT:.*]] = wav.swiglu %[[GATE]], %[[UP]]
// CHECK:      %[[U2:.*]] = wav.matmul %[[ACT]]
// CHECK:      %[[X2:.*]] = wav.write %[[U2]] into %[[X1]]
// CHECK:      %[[H:.*]] = wav.rms_norm %[[X2]]
// CHECK:      %[[HEAD:.*]] = wav.get @lm_head.weight
// CHECK:      %[[LOGITS:.*]] = wav.matmul %[[H]], %[[HEAD]] {transpose_b} : {{.*}} -> tensor<8x12xf32>
// CHECK:      %[[LOSS:.*]] = wav.cross_entropy %[[LOGITS]], %[[TARGETS]]
// CHECK:      return %[[LOSS]]

// CHECK:      func.func @eval(
// CHECK-SAME:   -> (tensor<f32> {wav.name = "loss"}) {

// CHECK:      func.func @grads(
// CHECK-SAME:   -> (tensor<f32> {wav.name = "loss"}, tensor<8x12xf32> {wav.name = "logits"}) attributes {wav.gradient = "parameters"} {
// CHECK:      return %{{.*}}, %{{.*}} : tensor<f32>, tensor<8x12xf32>

// One sequence; keys and values stay, one row goes through the head.
// CHECK:      func.func @prefill(
// CHECK-SAME:   %{{.*}}: tensor<4xi32> {wav.fill = {kind = "tokens"}, wav.name = "tokens"}, %[[LAST:.*]]: tensor<1xi32> {wav.fill = {kind = "position"}, wav.name = "last"})
// CHECK-SAME:   -> (tensor<1x12xf32> {wav.name = "logits"}) {
// CHECK:      %[[K:.*]] = wav.rope %
// CHECK:      %[[K:.*]] = wav.rope %
// CHECK-NEXT: wav.set @cache.0.key, %[[K]]
// CHECK-NEXT: wav.set @cache.0.value, %[[V:.*]] : tensor<4x8xf32>
// CHECK-NEXT: wav.attention %{{.*}}, %[[K]], %[[V]] {batch = 1 : i64
// CHECK:      %[[X2:.*]] = wav.write
// CHECK:      %[[X2:.*]] = wav.write
// CHECK-NEXT: %[[ROW:.*]] = wav.embed %[[X2]], %[[LAST]] : (tensor<4x8xf32>, tensor<1xi32>) -> tensor<1x8xf32>
// CHECK:      wav.rms_norm %[[ROW]]

// One token at a position, against the caches.
// CHECK:      func.func @decode(
// CHECK-SAME:   %{{.*}}: tensor<1xi32> {wav.fill = {kind = "tokens"}, wav.name = "tokens"}, %[[AT:.*]]: tensor<1xi32> {wav.fill = {kind = "position"}, wav.name = "position"})
// CHECK-SAME:   -> (tensor<1x12xf32> {wav.name = "logits"}) {
// CHECK:      %[[Q:.*]] = wav.rope %{{.*}}, %{{.*}} at %[[AT]] {heads = 2 : i64, sequence_length = 1 : i64}
// CHECK:      %[[K:.*]] = wav.rope %{{.*}}, %{{.*}} at %[[AT]]
// CHECK-NEXT: %[[OLD:.*]] = wav.get @cache.0.key
// CHECK-NEXT: %[[KEYS:.*]] = wav.cache_update %[[K]] at %[[AT]] into %[[OLD]]
// CHECK-NEXT: wav.set @cache.0.key, %[[KEYS]]
// CHECK-NEXT: %[[OLD:.*]] = wav.get @cache.0.value
// CHECK-NEXT: %[[VALUES:.*]] = wav.cache_update %{{.*}} at %[[AT]] into %[[OLD]]
// CHECK-NEXT: wav.set @cache.0.value, %[[VALUES]]
// CHECK-NEXT: wav.attention %[[Q]], %[[KEYS]], %[[VALUES]] at %[[AT]] {batch = 1 : i64, heads = 2 : i64}

// The entries option; a tied head is the embedding.
// RUN: wav-opt %s --wav-build="entries=eval" | FileCheck %s --check-prefix=EVAL
// EVAL-NOT: wav.state
// EVAL-NOT: func.func @{{[^e]}}
// EVAL:     func.func @eval(%{{.*}}: tensor<32xi32>
// EVAL-NOT: func.func
// RUN: sed 's/tie_word_embeddings = false/tie_word_embeddings = true/' %s | wav-opt --wav-build="entries=eval" | FileCheck %s --check-prefix=TIED
// TIED-NOT: wav.parameter @lm_head.weight
// TIED:     %[[E:.*]] = wav.get @model.embed_tokens.weight
// TIED:     wav.embed %[[E]]
// TIED:     wav.matmul %{{.*}}, %[[E]] {transpose_b}
