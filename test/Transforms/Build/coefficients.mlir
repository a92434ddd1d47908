// Coefficients in odd blocks and of other kinds of rows (docs/schemes.md).
// RUN: wav-opt %s --split-input-file --wav-build="batch=1 entries=eval" 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=WARN < %t.err

// Blocks of 3: two attentions against one MLP, one first half against two
// sublayers; each side weighs 1.5. The last block has one sublayer and no
// details.
// WARN: warning: blocks of 3 sublayers: details are independent of each other only if block_size is a multiple of 4
// CHECK-LABEL: module
// CHECK: func.func @eval
// CHECK: wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: wav.write %[[U]] {coefficient = 7.500000e-01 : f64}
// CHECK: wav.write %[[U]] {coefficient = 1.500000e+00 : f64}
// CHECK: wav.write %[[U:.*]] into %{{.*}} {coefficient = 1.000000e+00 : f64}
// CHECK: wav.write %[[U]] into %{{.*}} {coefficient = -1.500000e+00 : f64}
// CHECK: wav.write %[[U]] into %{{.*}} {coefficient = -7.500000e-01 : f64}
// CHECK: wav.write %[[U:.*]] into %{{.*}} {coefficient = 1.000000e+00 : f64}
// CHECK: wav.write %[[U]] into %{{.*}} {coefficient = 7.500000e-01 : f64}
// CHECK: wav.write %[[U]] into %{{.*}} {coefficient = -7.500000e-01 : f64}
// CHECK: %[[BANK:.*]] = wav.bank {{.*}} -> !wav.bank<4 x
// CHECK: %[[B:.*]] = wav.write %{{.*}} {coefficient = 1.000000e+00 : f64}
// CHECK-NOT: wav.write
// CHECK: %[[SB:.*]] = wav.source %[[B]] scaled
// CHECK: wav.bank %[[BANK]], %[[SB]] : {{.*}} -> !wav.bank<5 x
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 2, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 3, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>]>
}

// -----

// Blocks of 1: no details at all, but the biases of each site.
// CHECK-LABEL: module
// CHECK: wav.parameter @model.layers.0.mlp_read.bias : tensor<2xf32>
// CHECK: func.func @eval
// CHECK: %[[NONE:.*]] = arith.constant dense<-1> : tensor<i32>
// CHECK-NOT: wav.match
// CHECK-NOT: arith.constant
// CHECK-COUNT-3: wav.source %{{.*}} bias %[[NONE]] :
// CHECK-NOT: arith.constant
// CHECK: wav.read {{.*}} bank(%{{.*}}) {epsilon {{.*}} !wav.bank<3 x
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 1, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>]>
}

// -----

// One number a sublayer is used as it is. A row exists once it is written, and a
// matched one once its reference is. One-signed classes are not balanced.
// CHECK-LABEL: module
// CHECK: func.func @eval
// Attention, first half: "late" and "mlp" are not written.
// CHECK: %[[A1:.*]] = wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[R1:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK-NOT: wav.write
// CHECK: %[[SA1:.*]] = wav.source %[[A1]] scaled %[[ONE:.*]] bias %[[NONE:.*]] :
// CHECK: wav.read {{.*}} open(%[[SA1]]) {
// MLP.
// CHECK: %[[L2:.*]] = wav.write %[[U:.*]] {coefficient = 2.500000e+00 : f64}
// CHECK: %[[R2:.*]] = wav.write %[[U]] into %[[R1]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[M2:.*]] = wav.write %[[U]] {coefficient = 3.000000e+00 : f64}
// CHECK: %[[SA2:.*]] = wav.source %[[A1]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[ZERO:.*]] = arith.constant dense<0> : tensor<i32>
// CHECK: %[[SL2:.*]] = wav.source %[[L2]] scaled %[[ONE]] bias %[[ZERO]] :
// CHECK: %[[MATCH:.*]] = wav.match %[[R2]] to %[[M2]]
// CHECK: %[[SR2:.*]] = wav.source %[[R2]] scaled %[[MATCH]] bias %[[NONE]] :
// CHECK: %[[SM2:.*]] = wav.source %[[M2]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: wav.bank %{{.*}}, %[[SA2]], %[[SL2]], %[[SR2]], %[[SM2]] :
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [
      <name = "attention", coefficients = [1, 0, 1, 0]>, <name = "late", coefficients = [0, 2.5], bias_init = 1>,
      <name = "signed", coefficients = [1, -1, 1, -1], match = "mlp">, <name = "mlp", coefficients = [0, 3, 0, 3]>]>
}

// -----

// Without a block size, the network is one block.
// CHECK-LABEL: module
// CHECK: func.func @eval
// CHECK-COUNT-3: wav.read {{.*}} open(
// CHECK: wav.bank %{{.*}}, %{{.*}} :
// CHECK: wav.read {{.*}} !wav.bank<2 x
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 2, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "sum">]>
}
