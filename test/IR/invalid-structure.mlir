// RUN: wav-opt %s --split-input-file --verify-diagnostics

func.func @f(%p: tensor<2x512xf32>, %g: tensor<3x512xf32>, %m: tensor<2x512xf32>, %v: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>, %c1: tensor<f32>, %c2: tensor<f32>) {
  // expected-error @below {{'grad' must be 2x512 (the shape of 'parameters'), not 3x512}}
  %0:3 = wav.adamw %p, %g moments(%m, %v) norm(%norm) settings(%lr, %d, %c, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<3x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %v: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>, %c1: tensor<f32>, %c2: tensor<f32>) {
  // expected-error @below {{beta1 must be in [0, 1), not 1.0}}
  %0:3 = wav.adamw %p, %g moments(%m, %v) norm(%norm) settings(%lr, %d, %c, %c1, %c2)
      {beta1 = 1.0 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %v: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>, %c1: tensor<f32>, %c2: tensor<f32>) {
  // expected-error @below {{beta2 must be in [0, 1), not -5.0}}
  %0:3 = wav.adamw %p, %g moments(%m, %v) norm(%norm) settings(%lr, %d, %c, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = -0.5 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %v: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>, %c1: tensor<f32>, %c2: tensor<f32>) {
  // expected-error @below {{decays 3 rows but 'parameters' has 2}}
  %0:3 = wav.adamw %p, %g moments(%m, %v) norm(%norm) settings(%lr, %d, %c, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 3}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %v: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>, %c1: tensor<f32>, %c2: tensor<f32>) {
  // expected-error @below {{'new_second_moment' must be 2x512 (the shape of 'parameters'), not 4x8}}
  %0:3 = wav.adamw %p, %g moments(%m, %v) norm(%norm) settings(%lr, %d, %c, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<3x512xf32>, %m: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>) {
  // expected-error @below {{'grad' must be 2x512 (the shape of 'parameters'), not 3x512}}
  %0:2 = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %d, %c)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<3x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<4x8xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>) {
  // expected-error @below {{'first_moment' must be 2x512 (the shape of 'parameters'), not 4x8}}
  %0:2 = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %d, %c)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<4x8xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>) {
  // expected-error @below {{'new_first_moment' must be 2x512 (the shape of 'parameters'), not 4x8}}
  %0:2 = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %d, %c)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>) {
  // expected-error @below {{beta1 must be in [0, 1), not 1.0}}
  %0:2 = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %d, %c)
      {beta1 = 1.0 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f(%p: tensor<2x512xf32>, %g: tensor<2x512xf32>, %m: tensor<2x512xf32>, %norm: tensor<f32>, %lr: tensor<f32>, %d: tensor<f32>, %c: tensor<f32>) {
  // expected-error @below {{decays 3 rows but 'parameters' has 2}}
  %0:2 = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %d, %c)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 3}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return
}

// -----

func.func @f() {
  // expected-error @below {{refers to @w, which is not a wav.parameter or wav.state of the module}}
  %0 = wav.get @w : tensor<4x8xf32>
  return
}

// -----

wav.parameter @w : tensor<8xf32> {init_value = 0.0 : f64}

func.func @f() {
  // expected-error @below {{has type 'tensor<4x8xf32>' but @w is declared as 'tensor<8xf32>'}}
  %0 = wav.get @w : tensor<4x8xf32>
  return
}

// -----

wav.state @s : tensor<8xf32>

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{has type 'tensor<4x8xf32>' but @s is declared as 'tensor<8xf32>'}}
  wav.set @s, %x : tensor<4x8xf32>
  return
}

// -----

func.func private @w()

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{refers to @w, which is not a wav.parameter or wav.state of the module}}
  wav.set @w, %x : tensor<4x8xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{the arena 'io' is not a matrix; parameters, gradients, first_moment and second_moment are}}
  %0 = wav.get_arena io : tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{the arena 'scratch' is not a matrix}}
  wav.set_arena scratch, %x : tensor<4x8xf32>
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{has 1 'inputs' but 2 'block arguments'}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%b0: tensor<4x8xf32>, %b1: tensor<4x8xf32>):
    %x = wav.swiglu %b0, %b0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    wav.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{input 0 is 'tensor<4x8xf32>' but the body takes 'tensor<4x6xf32>'}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%b0: tensor<4x6xf32>):
    wav.yield %b0 : tensor<4x6xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{has 0 partitions}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 0} : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.swiglu %b0, %b0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    wav.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{holds wav.matmul, which is not a row program}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> tensor<4x4xf32> {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.matmul %b0, %b0 {transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
    wav.yield %x : tensor<4x4xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{treats 8 rows but holds wav.swiglu of 4 rows}}
  %0 = wav.fusion(%a0) {rows = 8, partitions = 2} : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.swiglu %b0, %b0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    wav.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{has 0 'results' but 1 'yielded values'}}
  wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> () {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.swiglu %b0, %b0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    wav.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{result 0 is 'tensor<4x6xf32>' but must be 'tensor<4x8xf32>', as yielded}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> tensor<4x6xf32> {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.swiglu %b0, %b0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    wav.yield %x : tensor<4x8xf32>
  }
  return
}

// -----

// Sums over the rows leave as partial sums, and nothing inside can use them.

func.func @f(%a0: tensor<4x8xf32>) {
  // expected-error @below {{result 0 is 'tensor<f32>' but must be 'tensor<2xf32>', a partial sum for each partition}}
  %0 = wav.fusion(%a0) {rows = 4, partitions = 2} : (tensor<4x8xf32>) -> tensor<f32> {
  ^bb0(%b0: tensor<4x8xf32>):
    %x = wav.sum_squares %b0 : (tensor<4x8xf32>) -> tensor<f32>
    wav.yield %x : tensor<f32>
  }
  return
}

// -----

func.func @f(%a0: tensor<4x8xf32>, %a1: tensor<4xi32>) {
  %0 = wav.fusion(%a0, %a1) {rows = 4, partitions = 2} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<4x8xf32> {
  ^bb0(%b0: tensor<4x8xf32>, %b1: tensor<4xi32>):
    // expected-note @below {{formed here}}
    %x = wav.sum_squares %b0 : (tensor<4x8xf32>) -> tensor<f32>
    // expected-error @below {{cannot use operand 2 inside the kernel that forms it: it needs a sum over all rows; form it in a kernel before}}
    %y = wav.cross_entropy_grad %b0, %b1, %x : (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>) -> tensor<4x8xf32>
    wav.yield %y : tensor<4x8xf32>
  }
  return
}

// -----

// expected-error @below {{treats 8 rows but holds wav.swiglu of 4 rows}}
wav.kernel @k attributes {rows = 8, partitions = 2} {
^bb0(%a: tensor<4x8xf32>):
  %0 = wav.swiglu %a, %a : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  wav.yield %0 : tensor<4x8xf32>
}

// -----

func.func @f(%x: tensor<f32>) {
  // expected-error @below {{has no partial sums to add: an input is a scalar}}
  %0 = wav.sum_partials %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 8 (the shape of an input without its first dimension), not 6}}
  %0 = wav.sum_partials %x : (tensor<4x8xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{has no partial sums to add}}
  %0 = wav.sum_partials : () -> tensor<6xf32>
  return
}

// -----

// expected-error @below {{has 1 initial values for 2 elements}}
wav.parameter @p : tensor<2xf32> {init_value = 0.0 : f64, init_values = array<f64: 1.0>}

// -----

// expected-error @below {{is normal and has initial values; state one of them}}
wav.parameter @p : tensor<1xf32> {init_value = 0.0 : f64, init_values = array<f64: 1.0>, normal}
