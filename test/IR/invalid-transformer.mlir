// RUN: wav-opt %s --split-input-file --verify-diagnostics

func.func @f(%t: tensor<4x8xf32>, %i: tensor<3xi32>) {
  // expected-error @below {{'result' must be 3x8 (a row of 'table' for each 'index'), not 4x8}}
  %0 = wav.embed %t, %i : (tensor<4x8xf32>, tensor<3xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%i: tensor<4xi32>, %g: tensor<4x6xf32>, %a: tensor<4x8xf32>) {
  // expected-error @below {{'grad' must be 4x8 (a row as wide as 'accumulator' for each 'index'), not 4x6}}
  %0 = wav.embed_grad %i, %g into %a : (tensor<4xi32>, tensor<4x6xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%i: tensor<4xi32>, %g: tensor<4x8xf32>, %a: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4x8 (the shape of 'accumulator'), not 5x8}}
  %0 = wav.embed_grad %i, %g into %a : (tensor<4xi32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{sums over 8 columns of 'a' but 4 rows of 'b'}}
  %0 = wav.matmul %a, %b : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{sums over 4 rows of 'a' but 8 columns of 'b'}}
  %0 = wav.matmul %a, %b {transpose_a, transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4x4 (the product of 'a' and 'b'), not 4x8}}
  %0 = wav.matmul %a, %b {transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) {
  // expected-error @below {{'accumulator' must be 4x4 (the shape of 'result'), not 4x8}}
  %0 = wav.matmul %a, %b into %a {transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %g: tensor<6xf32>) {
  // expected-error @below {{'gain' must be 8 (one element for each column of 'input'), not 6}}
  %0 = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<6xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{'result' must be 4x8 (the shape of 'input'), not 4x6}}
  %0 = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{'gain_grad' must be 8 (the shape of 'gain'), not 6}}
  %0:2 = wav.rms_norm_grad %x, %g, %x {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<6xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %g: tensor<8xf32>, %d: tensor<4x6xf32>) {
  // expected-error @below {{'grad' must be 4x8 (the shape of 'input'), not 4x6}}
  %0:2 = wav.rms_norm_grad %x, %g, %d {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<4x6xf32>) -> (tensor<4x8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f() {
  // expected-error @below {{holds a cosine and a sine for each pair of a head's channels, but its width 3 is odd}}
  %0 = wav.rope_table {theta = 1.0e+4 : f64} : tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<4x3xf32>) {
  // expected-error @below {{rotates pairs of channels, but 'table' has the odd width 3}}
  %0 = wav.rope %x, %t {heads = 2, sequence_length = 4} : (tensor<4x8xf32>, tensor<4x3xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<4x4xf32>) {
  // expected-error @below {{has 3 heads of width 4 (that of 'table') but 'input' is 8 wide}}
  %0 = wav.rope %x, %t {heads = 3, sequence_length = 4} : (tensor<4x8xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<4x4xf32>) {
  // expected-error @below {{has a sequence_length of 0}}
  %0 = wav.rope %x, %t {heads = 2, sequence_length = 0} : (tensor<4x8xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<2x4xf32>) {
  // expected-error @below {{needs 4 positions but 'table' has 2}}
  %0 = wav.rope %x, %t {heads = 2, sequence_length = 4} : (tensor<4x8xf32>, tensor<2x4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<4x4xf32>, %p: tensor<4xi32>) {
  // expected-error @below {{'position' must be 1 (one position for all rows), not 4}}
  %0 = wav.rope %x, %t at %p {heads = 2, sequence_length = 4} : (tensor<4x8xf32>, tensor<4x4xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>) {
  // expected-error @below {{cannot divide 4 queries and 4 keys into 3 sequences}}
  %0:3 = wav.attention %q, %q, %q {batch = 3, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>) {
  // expected-error @below {{cannot divide 8 columns into 3 heads}}
  %0:3 = wav.attention %q, %q, %q {batch = 1, heads = 3} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %k: tensor<4x6xf32>) {
  // expected-error @below {{'query' is 8 wide but 'key' is 6}}
  %0:3 = wav.attention %q, %k, %k {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<4x6xf32>, tensor<4x6xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %v: tensor<4x6xf32>) {
  // expected-error @below {{'value' must be 4x8 (the shape of 'key'), not 4x6}}
  %0:3 = wav.attention %q, %q, %v {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x6xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %k: tensor<5x8xf32>) {
  // expected-error @below {{without a position needs as many keys as queries, has 5 and 4}}
  %0:3 = wav.attention %q, %k, %k {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %k: tensor<3x8xf32>, %p: tensor<1xi32>) {
  // expected-error @below {{has 4 queries but only 3 keys}}
  %0:3 = wav.attention %q, %k, %k at %p {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<1xi32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>) {
  // expected-error @below {{'max' must be 8 (batch * heads * queries), not 6}}
  %0:3 = wav.attention %q, %q, %q {batch = 2, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<6xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %m: tensor<8xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{'inverse_sum' must be 8 (batch * heads * queries), not 4}}
  %0:3 = wav.attention_grad %q, %q, %q, %q, %m, %s, %q {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%q: tensor<4x8xf32>, %l: tensor<8xf32>, %o: tensor<4x6xf32>) {
  // expected-error @below {{'output' must be 4x8 (the shape of 'query'), not 4x6}}
  %0:3 = wav.attention_grad %q, %q, %q, %o, %l, %l, %q {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x6xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%g: tensor<4x8xf32>, %u: tensor<4x6xf32>) {
  // expected-error @below {{'up' must be 4x8 (the shape of 'gate'), not 4x6}}
  %0 = wav.swiglu %g, %u : (tensor<4x8xf32>, tensor<4x6xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%g: tensor<4x8xf32>) {
  // expected-error @below {{'up_grad' must be 4x8 (the shape of 'gate'), not 4x6}}
  %0:2 = wav.swiglu_grad %g, %g, %g : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x6xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<3xi32>) {
  // expected-error @below {{'targets' must be 4 (one index for each row of 'logits'), not 3}}
  %0 = wav.cross_entropy %x, %t : (tensor<4x8xf32>, tensor<3xi32>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %t: tensor<4xi32>, %g: tensor<f32>) {
  // expected-error @below {{'logits_grad' must be 4x8 (the shape of 'logits'), not 4x6}}
  %0 = wav.cross_entropy_grad %x, %t, %g : (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %k: tensor<4x6xf32>, %p: tensor<1xi32>) {
  // expected-error @below {{rows of 'input' are 8 wide but those of 'cache' are 6}}
  %0 = wav.cache_update %x at %p into %k : (tensor<4x6xf32>, tensor<4x8xf32>, tensor<1xi32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %k: tensor<3x8xf32>, %p: tensor<1xi32>) {
  // expected-error @below {{writes 4 rows into a cache of 3}}
  %0 = wav.cache_update %x at %p into %k : (tensor<3x8xf32>, tensor<4x8xf32>, tensor<1xi32>) -> tensor<3x8xf32>
  return
}

// -----

// Shapes are static; elements are f32 or bf16.

func.func @f(%t: tensor<?x8xf32>, %i: tensor<4xi32>) {
  // expected-error @below {{operand #0 must be 2-D static tensor of f32 or bf16, but got 'tensor<?x8xf32>'}}
  %0 = wav.embed %t, %i : (tensor<?x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf64>) {
  // expected-error @below {{operand #0 must be 2-D static tensor of f32 or bf16, but got 'tensor<4x8xf64>'}}
  %0 = wav.swiglu %a, %a : (tensor<4x8xf64>, tensor<4x8xf64>) -> tensor<4x8xf64>
  return
}

// -----

// The library computes products, attention and caches for one type.

func.func @f(%a: tensor<4x8xbf16>, %b: tensor<8x4xf32>) {
  // expected-error @below {{'b' is of 'f32' but 'a' of 'bf16'; make them one type with wav.cast}}
  %0 = wav.matmul %a, %b : (tensor<4x8xbf16>, tensor<8x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) {
  // expected-error @below {{gives 'bf16' from factors of f32; give f32 and wav.cast it, or wav.cast the factors}}
  %0 = wav.matmul %a, %b : (tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<4x4xbf16>
  return
}

// -----

func.func @f(%a: tensor<4x8xbf16>, %b: tensor<8x4xbf16>, %c: tensor<4x4xbf16>) {
  // expected-error @below {{'accumulator' is of 'bf16' but 'result' of 'f32'; make them one type with wav.cast}}
  %0 = wav.matmul %a, %b into %c : (tensor<4x8xbf16>, tensor<8x4xbf16>, tensor<4x4xbf16>) -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%q: tensor<4x8xbf16>, %k: tensor<4x8xbf16>, %v: tensor<4x8xf32>) {
  // expected-error @below {{'value' is of 'f32' but 'query' of 'bf16'}}
  %0, %1, %2 = wav.attention %q, %k, %v {batch = 1, heads = 2}
      : (tensor<4x8xbf16>, tensor<4x8xbf16>, tensor<4x8xf32>) -> (tensor<4x8xbf16>, tensor<8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%cache: tensor<4x8xbf16>, %x: tensor<1x8xf32>, %p: tensor<1xi32>) {
  // expected-error @below {{'input' is of 'f32' but 'cache' of 'bf16'}}
  %0 = wav.cache_update %x at %p into %cache : (tensor<4x8xbf16>, tensor<1x8xf32>, tensor<1xi32>) -> tensor<4x8xbf16>
  return
}

// -----

func.func @f(%x: tensor<4x8xbf16>, %gain: tensor<8xbf16>) {
  // expected-error @below {{operand #1 must be 1-D static tensor of f32, but got 'tensor<8xbf16>'}}
  %0 = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64} : (tensor<4x8xbf16>, tensor<8xbf16>) -> tensor<4x8xbf16>
  return
}
