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

// -----

// expected-error @below {{cannot be scheduled: an entry point has a body of one block}}
func.func private @declaration(tensor<4xf32>)

// -----

// expected-error @below {{has a value of type 'tensor<?xf32>', which has no place in memory; tensors of f32, bf16 or i32 and known size have, and banks of such}}
func.func @unknown_size(%x: tensor<?xf32> {wav.name = "x"}) {
  return
}

// -----

func.func @arena() {
  // expected-error @below {{treats an arena as 'tensor<97x512xf32>', but the parameters of this module make it 'tensor<0x512xf32>'}}
  %p = wav.get_arena parameters : tensor<97x512xf32>
  return
}

// -----

wav.parameter @w : tensor<4xf32> {init_value = 1.0 : f64}
func.func @pack(%x: tensor<8xf32> {wav.name = "x"}) {
  // expected-error @below {{has a value of type 'tensor<8xf32>' for 'w', which is of another type}}
  %p = wav.pack %x : (tensor<8xf32>) -> tensor<1x512xf32>
  return
}
