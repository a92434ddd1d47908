// RUN: wav-opt %s --wav-differentiate | FileCheck %s

// The gradient ops of each transformer op. That they compute the right numbers
// is checked in test/Check.

// CHECK-LABEL: func.func @embed
// CHECK-SAME:  %[[TABLE:[a-z0-9_#]+]]: tensor<3x4xf32>, %[[TOKENS:[a-z0-9_#]+]]: tensor<2xi32>
// CHECK:       %[[DX:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[ZERO:[a-z0-9_#]+]] = wav.fill {value = 0.0{{.*}}} : tensor<3x4xf32>
// CHECK:       %[[DTABLE:[a-z0-9_#]+]] = wav.embed_grad %[[TOKENS]], %[[DX]] into %[[ZERO]]
// CHECK:       return %{{[a-z0-9_]+}}, %[[DTABLE]]
func.func @embed(%table: tensor<3x4xf32>, %tokens: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %x = wav.embed %table, %tokens : (tensor<3x4xf32>, tensor<2xi32>) -> tensor<2x4xf32>
  %loss = wav.cross_entropy %x, %tokens : (tensor<2x4xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @cross_entropy
// CHECK-SAME:  %[[LOGITS:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[TARGETS:[a-z0-9_#]+]]: tensor<2xi32>
// CHECK:       %[[ONE:[a-z0-9_#]+]] = wav.fill {value = 1.0{{.*}}} : tensor<f32>
// CHECK:       wav.cross_entropy_grad %[[LOGITS]], %[[TARGETS]], %[[ONE]]
func.func @cross_entropy(%logits: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// C = A B: dA = G B^T, dB = A^T G.
// CHECK-LABEL: func.func @matmul
// CHECK-SAME:  %[[A:[a-z0-9_#]+]]: tensor<2x5xf32>, %[[B:[a-z0-9_#]+]]: tensor<5x3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DA:[a-z0-9_#]+]] = wav.matmul %[[G]], %[[B]] {transpose_b} : (tensor<2x3xf32>, tensor<5x3xf32>) -> tensor<2x5xf32>
// CHECK-NEXT:  %[[DB:[a-z0-9_#]+]] = wav.matmul %[[A]], %[[G]] {transpose_a} : (tensor<2x5xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DA]], %[[DB]]
func.func @matmul(%a: tensor<2x5xf32>, %b: tensor<5x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %c = wav.matmul %a, %b : (tensor<2x5xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %c, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// C = A B^T: dA = G B, dB = G^T A.
// CHECK-LABEL: func.func @matmul_transpose_b
// CHECK-SAME:  %[[A:[a-z0-9_#]+]]: tensor<2x5xf32>, %[[B:[a-z0-9_#]+]]: tensor<3x5xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       wav.matmul %[[G]], %[[B]] : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
// CHECK-NEXT:  wav.matmul %[[G]], %[[A]] {transpose_a} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<3x5xf32>
func.func @matmul_transpose_b(%a: tensor<2x5xf32>, %b: tensor<3x5xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %c = wav.matmul %a, %b {transpose_b} : (tensor<2x5xf32>, tensor<3x5xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %c, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// C = A^T B: dA = B G^T, dB = A G.
// CHECK-LABEL: func.func @matmul_transpose_a
// CHECK-SAME:  %[[A:[a-z0-9_#]+]]: tensor<5x2xf32>, %[[B:[a-z0-9_#]+]]: tensor<5x3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       wav.matmul %[[B]], %[[G]] {transpose_b} : (tensor<5x3xf32>, tensor<2x3xf32>) -> tensor<5x2xf32>
// CHECK-NEXT:  wav.matmul %[[A]], %[[G]] : (tensor<5x2xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
func.func @matmul_transpose_a(%a: tensor<5x2xf32>, %b: tensor<5x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %c = wav.matmul %a, %b {transpose_a} : (tensor<5x2xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %c, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// C = A^T B^T: dA = B^T G^T, dB = G^T A^T.
// CHECK-LABEL: func.func @matmul_transpose_both
// CHECK-SAME:  %[[A:[a-z0-9_#]+]]: tensor<5x2xf32>, %[[B:[a-z0-9_#]+]]: tensor<3x5xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       wav.matmul %[[B]], %[[G]] {transpose_a, transpose_b} : (tensor<3x5xf32>, tensor<2x3xf32>) -> tensor<5x2xf32>
// CHECK-NEXT:  wav.matmul %[[G]], %[[A]] {transpose_a, transpose_b} : (tensor<2x3xf32>, tensor<5x2xf32>) -> tensor<3x5xf32>
func.func @matmul_transpose_both(%a: tensor<5x2xf32>, %b: tensor<3x5xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %c = wav.matmul %a, %b {transpose_a, transpose_b} : (tensor<5x2xf32>, tensor<3x5xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %c, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// An accumulator gets the gradient as it is; that of a shared input is a sum,
// which wav-write-in-products may let the products form.
// CHECK-LABEL: func.func @matmul_into
// CHECK-SAME:  %[[A:[a-z0-9_#]+]]: tensor<2x5xf32>, %[[B:[a-z0-9_#]+]]: tensor<3x5xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DA:[a-z0-9_#]+]] = wav.matmul %[[G]], %[[B]] :
// CHECK:       %[[DB:[a-z0-9_#]+]] = wav.matmul %[[G]], %[[A]] {transpose_a} :
// CHECK:       %[[DA2:[a-z0-9_#]+]] = wav.matmul %[[G]], %[[B]] :
// CHECK:       %[[DB2:[a-z0-9_#]+]] = wav.matmul %[[G]], %[[A]] {transpose_a} :
// CHECK:       %[[SA:[a-z0-9_#]+]] = wav.combine %[[DA]], %[[DA2]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK:       %[[SB:[a-z0-9_#]+]] = wav.combine %[[DB]], %[[DB2]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK:       return %{{[a-z0-9_]+}}, %[[SA]], %[[SB]], %[[G]]
func.func @matmul_into(%a: tensor<2x5xf32>, %b: tensor<3x5xf32>, %c0: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %c1 = wav.matmul %a, %b into %c0 {transpose_b} : (tensor<2x5xf32>, tensor<3x5xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %c2 = wav.matmul %a, %b into %c1 {transpose_b} : (tensor<2x5xf32>, tensor<3x5xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %c2, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @rms_norm
// CHECK-SAME:  %[[X:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[GAIN:[a-z0-9_#]+]]: tensor<3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DX:[a-z0-9_#]+]], %[[DGAIN:[a-z0-9_#]+]] = wav.rms_norm_grad %[[X]], %[[GAIN]], %[[G]] {epsilon = 2.5{{.*}}e-01 : f64}
// CHECK:       return %{{[a-z0-9_]+}}, %[[DX]], %[[DGAIN]]
func.func @rms_norm(%x: tensor<2x3xf32>, %gain: tensor<3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %y = wav.rms_norm %x, %gain {epsilon = 0.25 : f64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A rotation's gradient is the opposite rotation; the table has none.
// CHECK-LABEL: func.func @rope
// CHECK:       %[[TABLE:[a-z0-9_#]+]] = wav.rope_table
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DY:[a-z0-9_#]+]] = wav.rope %[[G]], %[[TABLE]] {heads = 2 : i64, sequence_length = 2 : i64} :
// CHECK:       %[[DX:[a-z0-9_#]+]] = wav.rope %[[DY]], %[[TABLE]] {heads = 2 : i64, inverse, sequence_length = 2 : i64} :
// CHECK:       return %{{[a-z0-9_]+}}, %[[DX]]
func.func @rope(%x: tensor<4x8xf32>, %targets: tensor<4xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %table = wav.rope_table {theta = 100.0 : f64} : tensor<2x4xf32>
  %y = wav.rope %x, %table {heads = 2 : i64, sequence_length = 2 : i64} : (tensor<4x8xf32>, tensor<2x4xf32>) -> tensor<4x8xf32>
  %z = wav.rope %y, %table {heads = 2 : i64, sequence_length = 2 : i64, inverse} : (tensor<4x8xf32>, tensor<2x4xf32>) -> tensor<4x8xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @attention
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<4x8xf32>, %[[K:[a-z0-9_#]+]]: tensor<4x8xf32>, %[[V:[a-z0-9_#]+]]: tensor<4x8xf32>
// CHECK:       %[[O:[a-z0-9_#]+]], %[[MAX:[a-z0-9_#]+]], %[[INVERSE:[a-z0-9_#]+]] = wav.attention
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DQ:[a-z0-9_#]+]], %[[DK:[a-z0-9_#]+]], %[[DV:[a-z0-9_#]+]] = wav.attention_grad %[[Q]], %[[K]], %[[V]], %[[O]], %[[MAX]], %[[INVERSE]], %[[G]] {batch = 2 : i64, heads = 2 : i64}
// CHECK:       return %{{[a-z0-9_]+}}, %[[DQ]], %[[DK]], %[[DV]]
func.func @attention(%q: tensor<4x8xf32>, %k: tensor<4x8xf32>, %v: tensor<4x8xf32>, %targets: tensor<4xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %o, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 2 : i64, heads = 2 : i64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  %loss = wav.cross_entropy %o, %targets : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @swiglu
// CHECK-SAME:  %[[GATE:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[UP:[a-z0-9_#]+]]: tensor<2x3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:       %[[DGATE:[a-z0-9_#]+]], %[[DUP:[a-z0-9_#]+]] = wav.swiglu_grad %[[GATE]], %[[UP]], %[[G]]
// CHECK:       return %{{[a-z0-9_]+}}, %[[DGATE]], %[[DUP]]
func.func @swiglu(%gate: tensor<2x3xf32>, %up: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %y = wav.swiglu %gate, %up : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
