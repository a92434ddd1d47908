// RUN: wav-opt %s --wav-plan --split-input-file --verify-diagnostics

// expected-error @below {{argument 0 of an entry point must be a tensor with a 'wav.name'}}
func.func @f(%x: tensor<8x8xf32>) {
  return
}

// -----

func.func @f(%x: tensor<8x8xf32> {wav.name = "x"}) -> tensor<8x8xf32> {
  // expected-error @below {{result 0 of an entry point must be a tensor with a 'wav.name'}}
  return %x : tensor<8x8xf32>
}

// -----

func.func @f(%x: tensor<8x8xf32> {wav.name = "x"}) -> (tensor<8x8xf32> {wav.name = "y"}) {
  // expected-error @below {{cannot be scheduled: it is neither a fusion (run wav-fuse) nor a library call}}
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// -----

func.func @f(%x: tensor<8xi32> {wav.name = "x"}) -> (tensor<8xi32> {wav.name = "y"}) {
  // expected-error @below {{needs a copy of a value of type 'tensor<8xi32>'; only floats can be copied}}
  return %x : tensor<8xi32>
}

// -----

wav.parameter @w : tensor<8x8xf32> {init_value = 0.0 : f64}
func.func @f(%x: tensor<8x8xf32> {wav.name = "x"}) -> (tensor<8x8xf32> {wav.name = "y"}) {
  %w = wav.get @w : tensor<8x8xf32>
  // expected-error @below {{replaces memory that is read afterwards}}
  wav.set @w, %x : tensor<8x8xf32>
  %y = wav.matmul %w, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}
