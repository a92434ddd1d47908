// RUN: wav-opt %s --split-input-file --verify-diagnostics

func.func @f(%u: tensor<4x8xf32>, %r: tensor<4x6xf32>) {
  // expected-error @below {{'row' must be 4x8 (the shape of 'update'), not 4x6}}
  %0 = wav.write %u into %r {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<4x6xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>, %s: tensor<6xf32>) {
  // expected-error @below {{'scale' must be 8 (one element for each column of 'update', per channel), not 6}}
  %0 = wav.write %u scaled %s per channel {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<6xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'scale' must be 4 (one element for each row of 'update', per token), not 8}}
  %0 = wav.write %u scaled %s per token {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'scale' must be 1 (one element, per tensor), not 8}}
  %0 = wav.write %u scaled %s per tensor {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>) {
  // expected-error @below {{needs 'scale' and 'per' together}}
  %0 = wav.write %u {per = 1 : i32, coefficient = 1.0 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4x8 (the shape of 'update'), not 4x6}}
  %0 = wav.write %u {coefficient = 1.0 : f64} : (tensor<4x8xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%r: tensor<4x8xf32>, %f: tensor<4x6xf32>) {
  // expected-error @below {{'reference' must be 4x8 (the shape of 'row'), not 4x6}}
  %0 = wav.match %r to %f {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x6xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%r: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4 (one element for each row of 'row'), not 8}}
  %0 = wav.match %r to %r {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%r: tensor<4x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{'grad' must be 4 (one element for each row of 'row'), not 8}}
  %0:2 = wav.match_grad %r to %r, %g {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%r: tensor<4x8xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{'reference_grad' must be 4x8 (the shape of 'row'), not 4x6}}
  %0:2 = wav.match_grad %r to %r, %g {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4x6xf32>)
  return
}

// -----

// expected-error @below {{a bank cannot have -3 sources}}
func.func private @f(!wav.bank<-3 x tensor<4xf32>>)

// -----

// expected-error @below {{the rows of a bank must have a static shape, not 'tensor<?x8xf32>'}}
func.func private @f(!wav.bank<2 x tensor<?x8xf32>>)

// -----

// expected-error @below {{a bank of 'tensor<f32>' cannot be scaled: it has no tokens}}
func.func private @f(!wav.bank<2 x tensor<f32>, scaled>)

// -----

// expected-error @below {{a bank is 'scaled', 'biased', both or neither, not 'gated'}}
func.func private @f(!wav.bank<2 x tensor<4x8xf32>, gated>)

// -----

func.func @f() {
  // expected-error @below {{has no plane}}
  %0 = "wav.source"() {operandSegmentSizes = array<i32: 0, 0, 0>} : () -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{has 2 'planes' but 1 'coefficients'}}
  %0 = wav.source %x, %x {coefficients = array<f64: 1.0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x6xf32>) {
  // expected-error @below {{'planes' must be 4x8 (the shape of 'planes'), not 4x6}}
  %0 = wav.source %x, %y : (tensor<4x8xf32>, tensor<4x6xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{'scale' must be 4 (one element for each row of a plane), not 8}}
  %0 = wav.source %x scaled %s : (tensor<4x8xf32>, tensor<8xf32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{result is '!wav.bank<2 x tensor<4x8xf32>>' but must be '!wav.bank<1 x tensor<4x8xf32>>'}}
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<i32>) {
  // expected-error @below {{result is '!wav.bank<1 x tensor<4x8xf32>, scaled>' but must be '!wav.bank<1 x tensor<4x8xf32>, biased>'}}
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{result has rows 'tensor<4x6xf32>' but a plane is 'tensor<4x8xf32>'}}
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x6xf32>>
  return
}

// -----

func.func @f(%a: !wav.bank<1 x tensor<4x8xf32>>, %b: !wav.bank<1 x tensor<4x6xf32>>) {
  // expected-error @below {{bank 1 is '!wav.bank<1 x tensor<4x6xf32>>' but the result is '!wav.bank<2 x tensor<4x8xf32>>'; their sources have other tensors}}
  %0 = wav.bank %a, %b : (!wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x6xf32>>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%a: !wav.bank<1 x tensor<4x8xf32>>, %b: !wav.bank<1 x tensor<4x8xf32>, scaled>) {
  // expected-error @below {{bank 0 is '!wav.bank<1 x tensor<4x8xf32>>' but the result is '!wav.bank<2 x tensor<4x8xf32>, scaled>'; their sources have other tensors}}
  %0 = wav.bank %a, %b : (!wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>, scaled>) -> !wav.bank<2 x tensor<4x8xf32>, scaled>
  return
}

// -----

func.func @f(%a: !wav.bank<1 x tensor<4x8xf32>>, %b: !wav.bank<1 x tensor<4x8xf32>, biased>) {
  // expected-error @below {{bank 1 is '!wav.bank<1 x tensor<4x8xf32>, biased>' but the result is '!wav.bank<2 x tensor<4x8xf32>>'; their sources have other tensors}}
  %0 = wav.bank %a, %b : (!wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>, biased>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%a: !wav.bank<1 x tensor<4x8xf32>>, %b: !wav.bank<3 x tensor<4x8xf32>>) {
  // expected-error @below {{has 4 sources but forms '!wav.bank<5 x tensor<4x8xf32>>'}}
  %0 = wav.bank %a, %b : (!wav.bank<1 x tensor<4x8xf32>>, !wav.bank<3 x tensor<4x8xf32>>) -> !wav.bank<5 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%a: !wav.bank<? x tensor<4x8xf32>>, %b: !wav.bank<1 x tensor<4x8xf32>>) {
  // expected-error @below {{cannot contain a bank of unknown size}}
  %0 = wav.bank %a, %b : (!wav.bank<? x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> !wav.bank<3 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes source 2 of a bank of 2 sources}}
  %0 = wav.take %b[2] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes source -1 of a bank of 2 sources}}
  %0 = wav.take %b[-1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>, biased>) {
  // expected-error @below {{takes the scale of a source of '!wav.bank<2 x tensor<4x8xf32>, biased>', which has none}}
  %0 = wav.take %b[1] scale : (!wav.bank<2 x tensor<4x8xf32>, biased>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>, scaled>) {
  // expected-error @below {{takes the bias of a source of '!wav.bank<2 x tensor<4x8xf32>, scaled>', which has none}}
  %0 = wav.take %b[1] bias : (!wav.bank<2 x tensor<4x8xf32>, scaled>) -> tensor<i32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{result is 'tensor<4x6xf32>' but must be 'tensor<4x8xf32>'}}
  %0 = wav.take %b[1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>, scaled>) {
  // expected-error @below {{result is 'tensor<8xf32>' but must be 'tensor<4xf32>'}}
  %0 = wav.take %b[1] scale : (!wav.bank<2 x tensor<4x8xf32>, scaled>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes 3 sources from source 0 on of a bank of 2}}
  %0 = wav.slice %b from 0 : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<3 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes 2 sources from source 1 on of a bank of 2}}
  %0 = wav.slice %b from 1 : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes 1 sources from source -1 on of a bank of 2}}
  %0 = wav.slice %b from -1 : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{result is '!wav.bank<1 x tensor<4x6xf32>>' but the bank is '!wav.bank<2 x tensor<4x8xf32>>'; their sources have other tensors}}
  %0 = wav.slice %b from 0 : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x6xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>, scaled>) {
  // expected-error @below {{result is '!wav.bank<1 x tensor<4x8xf32>>' but the bank is '!wav.bank<2 x tensor<4x8xf32>, scaled>'; their sources have other tensors}}
  %0 = wav.slice %b from 0 : (!wav.bank<2 x tensor<4x8xf32>, scaled>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>>) {
  // expected-error @below {{needs banks of known size}}
  %0 = wav.slice %b from 0 : (!wav.bank<? x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{needs banks of known size}}
  %0 = wav.slice %b from 0 : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<? x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{has no query, and so nothing to read}}
  "wav.read"(%b) {epsilon = 1.0e-6 : f64, operandSegmentSizes = array<i32: 0, 0, 1, 0, 0, 0, 0>}
      : (!wav.bank<2 x tensor<4x8xf32>>) -> ()
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{has 3 'results' but 6 'outputs, maxima and inverse sums'}}
  %0:3 = wav.read query(%q, %q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %i: tensor<2xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{has 2 'queries' but 1 'biases'}}
  %0:6 = wav.read query(%q, %q bias %i) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<6xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'query' must be 8 (one element for each column of 'output'), not 6}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %r: tensor<6xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'query' must be 8 (one element for each column of 'output'), not 6}}
  %0:6 = wav.read query(%q, %r) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'output' must be 4x8 (the shape of 'output'), not 4x6}}
  %0:6 = wav.read query(%q, %q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4x6xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x6xf32>>) {
  // expected-error @below {{rows of 'bank' are 'tensor<4x6xf32>' but 'output' is 'tensor<4x8xf32>'}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x6xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<0 x tensor<4x8xf32>>) {
  // expected-error @below {{has no source to read}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>) {
  // expected-error @below {{has no source to read}}
  %0:3 = wav.read query(%q) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %o: !wav.bank<1 x tensor<4x8xf32>>) {
  // expected-error @below {{open source 0 is not a wav.source; only those are read open}}
  %0:3 = wav.read query(%q) bank(%b) open(%o) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %x: tensor<4x8xf32>) {
  %o = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %p = wav.bank %o : (!wav.bank<1 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{open source 1 is not a wav.source; only those are read open}}
  %0:3 = wav.read query(%q) bank(%b) open(%o, %p) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %x: tensor<4x6xf32>) {
  %o = wav.source %x : (tensor<4x6xf32>) -> !wav.bank<1 x tensor<4x6xf32>>
  // expected-error @below {{'open' must be 4x8 (the shape of 'output'), not 4x6}}
  %0:3 = wav.read query(%q) bank(%b) open(%o) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x6xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{result #0 must be variadic of 2-D static tensor of f32 or bf16, but got 'tensor<4xf32>'}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{has 1 'results' but 3 'outputs, maxima and inverse sums'}}
  %0 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'max' must be 4 (one number for each row of 'output'), not 8}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'sum' must be 4 (one number for each row of 'output'), not 8}}
  %0:3 = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'part'}}
  %0:3 = wav.read query(%q) bank(%b) after(%p, %p max %m sum %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'max'}}
  %0:3 = wav.read query(%q) bank(%b) after(%p max %m, %m sum %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'sum'}}
  %0:3 = wav.read query(%q) bank(%b) after(%p max %m sum %m, %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x6xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'part' must be 4x8 (the shape of 'output'), not 4x6}}
  %0:3 = wav.read query(%q) bank(%b) after(%p max %m sum %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x6xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'max' must be 4 (one number for each row of 'output'), not 8}}
  %0:3 = wav.read query(%q) bank(%b) after(%p max %q sum %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %p: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'sum' must be 4 (one number for each row of 'output'), not 8}}
  %0:3 = wav.read query(%q) bank(%b) after(%p max %m sum %q) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 0 'part'}}
  %0:3 = "wav.read"(%q, %b, %m, %m) {epsilon = 1.0e-6 : f64, operandSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<0 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has no source to read}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has no source to read}}
  %0 = wav.read_grad query(%q) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has no query, and so nothing was read}}
  %0 = "wav.read_grad"(%b, %g)
      {epsilon = 1.0e-6 : f64, operandSegmentSizes = array<i32: 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 0, 1, 0, 0, 0, 0>}
      : (!wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 2 'queries' but 1 'grad'}}
  %0:3 = wav.read_grad query(%q, %q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %h: tensor<4x6xf32>) {
  // expected-error @below {{'grad' must be 4x8 (the shape of 'grad'), not 4x6}}
  %0:3 = wav.read_grad query(%q, %q) bank(%b) grad(%g, %h)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x6xf32>) -> (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<6xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'query' must be 8 (one element for each column of 'grad'), not 6}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<3x8xf32>) {
  // expected-error @below {{rows of 'bank' are 'tensor<4x8xf32>' but 'grad' is 'tensor<3x8xf32>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<3x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'query_grads' must be 8 (the shape of 'query'), not 6}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'query_grads'}}
  %0:3 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %i: tensor<2xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 2 'queries' but 1 'biases'}}
  %0:4 = wav.read_grad query(%q, %q bias %i) bank(%b) grad(%g, %g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 1, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %i: tensor<2xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 1 'biases' but 0 'bias_grads'}}
  %0:2 = wav.read_grad query(%q bias %i) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 0 'biases' but 1 'bias_grads'}}
  %0:3 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %i: tensor<2xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bias_grads' must be 2 (the shape of 'bias'), not 3}}
  %0:3 = wav.read_grad query(%q bias %i) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<3xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<3 x tensor<4x8xf32>>' but 'bank' is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<2 x tensor<4x6xf32>>' but 'bank' is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x6xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>, biased>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<2 x tensor<4x8xf32>, biased>' but 'bank' is '!wav.bank<2 x tensor<4x8xf32>, biased>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>, biased>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>, biased>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<2 x tensor<4x8xf32>, scaled>' but 'bank' is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>, scaled>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<1 x tensor<4x8xbf16>>, %g: tensor<4x8xbf16>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<1 x tensor<4x8xbf16>>'; several reads add to its rows, so they must be f32}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xbf16>>, tensor<4x8xbf16>) -> (tensor<8xf32>, !wav.bank<1 x tensor<4x8xbf16>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>, scaled>, %g: tensor<4x8xf32>, %acc: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{'accumulator' is '!wav.bank<2 x tensor<4x8xf32>>' but 'bank_grad' is '!wav.bank<2 x tensor<4x8xf32>, scaled>'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g) into(%acc)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>, scaled>, tensor<4x8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>, scaled>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has a 'bank' but no 'bank_grad'}}
  %0 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %g: tensor<4x8xf32>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{has a 'bank_grad' but no 'bank'}}
  %0:3 = wav.read_grad query(%q) open(%o) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %g: tensor<4x8xf32>, %acc: !wav.bank<2 x tensor<4x8xf32>>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{has an 'accumulator' but no 'bank_grad'}}
  %0:2 = wav.read_grad query(%q) open(%o) grad(%g) into(%acc)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>, !wav.bank<2 x tensor<4x8xf32>>) -> (tensor<8xf32>, tensor<4x8xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{has 1 'open' but 0 'open_grads'}}
  %0:2 = wav.read_grad query(%q) bank(%b) open(%o) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{'open_grads' must be 4x8 (the shape of 'grad'), not 4x6}}
  %0:3 = wav.read_grad query(%q) bank(%b) open(%o) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x6xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{has 2 'open' but 1 'open_scale_grads'}}
  %0:5 = wav.read_grad query(%q) bank(%b) open(%o, %o) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 2, 1, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>) {
  %o = wav.source %g : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{'open_scale_grads' must be 4 (one scalar for each row of 'grad'), not 8}}
  %0:4 = wav.read_grad query(%q) bank(%b) open(%o) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 1, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'part'}}
  %0:4 = wav.read_grad query(%q) bank(%b) after(%g, %g max %m sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'max' must be 4 (one number for each row of 'grad'), not 8}}
  %0:4 = wav.read_grad query(%q) bank(%b) after(%g max %q sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'part' but 0 'part_weights'}}
  %0:3 = wav.read_grad query(%q) bank(%b) after(%g max %m sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'part' but 0 'part_lse_grads'}}
  %0:3 = wav.read_grad query(%q) bank(%b) after(%g max %m sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 0 'part' but 1 'part_weights'}}
  %0:4 = wav.read_grad query(%q) bank(%b) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'part_weights' must be 4 (one number for each row of 'grad'), not 8}}
  %0:4 = wav.read_grad query(%q) bank(%b) after(%g max %m sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<8xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'part_lse_grads' must be 4 (one number for each row of 'grad'), not 8}}
  %0:4 = wav.read_grad query(%q) bank(%b) after(%g max %m sum %m) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4xf32>, tensor<8xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'weight'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g weight %m, %m lse_grad %m)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 2 'lse_grad'}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g weight %m lse_grad %m, %m)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'weight' must be 4 (one number for each row of 'grad'), not 8}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g weight %q lse_grad %m)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<8xf32>, tensor<4xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{'lse_grad' must be 4 (one number for each row of 'grad'), not 8}}
  %0:2 = wav.read_grad query(%q) bank(%b) grad(%g weight %m lse_grad %q)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: !wav.bank<2 x tensor<4x8xf32>>, %g: tensor<4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{has 1 'queries' but 0 'weight'}}
  %0:2 = "wav.read_grad"(%q, %b, %g, %m)
      {epsilon = 1.0e-6 : f64, operandSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0>, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%x: tensor<8xf32>) {
  // expected-error @below {{has 2 'inputs' but 1 'coefficients'}}
  %0 = wav.combine %x, %x {coefficients = array<f64: 1.0>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<8xf32>, %y: tensor<6xf32>) {
  // expected-error @below {{input 1 is 'tensor<6xf32>' but the result is 'tensor<8xf32>'}}
  %0 = wav.combine %x, %y {coefficients = array<f64: 1.0, 1.0>} : (tensor<8xf32>, tensor<6xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4x8 (the shape of 'input'), not 8x4}}
  %0 = wav.cast %x : (tensor<4x8xf32>) -> tensor<8x4xbf16>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{'input' must be 1 (one element, per tensor), not 4}}
  %0 = wav.broadcast %x per tensor : (tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 1 (one element, per tensor), not 4}}
  %0 = wav.row_sum %x per tensor : (tensor<4x8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x6xf32>) {
  // expected-error @below {{'factor' must be 4x8 (the shape of 'input'), not 4x6}}
  %0 = wav.row_sum %x times %y per token : (tensor<4x8xf32>, tensor<4x6xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{'input' must be 8 (one element for each column of 'result', per channel), not 4}}
  %0 = wav.broadcast %x per channel : (tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 8 (one element for each column of 'input', per channel), not 4}}
  %0 = wav.row_sum %x per channel : (tensor<4x8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<8xf32>) {
  // expected-error @below {{'input' must be 4 (one element for each row of 'result', per token), not 8}}
  %0 = wav.broadcast %x per token : (tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4 (one element for each row of 'input', per token), not 8}}
  %0 = wav.row_sum %x per token : (tensor<4x8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>, biased>, %k: index) {
  // expected-error @below {{takes the scale of a source of '!wav.bank<? x tensor<4x8xf32>, biased>', which has none}}
  %0 = wav.bank_row %b[%k] scale : !wav.bank<? x tensor<4x8xf32>, biased> -> memref<4xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>, scaled>, %k: index) {
  // expected-error @below {{takes the bias of a source of '!wav.bank<? x tensor<4x8xf32>, scaled>', which has none}}
  %0 = wav.bank_row %b[%k] bias : !wav.bank<? x tensor<4x8xf32>, scaled> -> memref<i32>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>>, %k: index) {
  // expected-error @below {{is 'memref<4x6xf32>' but must be 'memref<4x8xf32>'}}
  %0 = wav.bank_row %b[%k] : !wav.bank<? x tensor<4x8xf32>> -> memref<4x6xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>, scaled>, %k: index) {
  // expected-error @below {{is 'memref<8xf32>' but must be 'memref<4xf32>'}}
  %0 = wav.bank_row %b[%k] scale : !wav.bank<? x tensor<4x8xf32>, scaled> -> memref<8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>, biased>, %k: index) {
  // expected-error @below {{is 'memref<4xi32>' but must be 'memref<i32>'}}
  %0 = wav.bank_row %b[%k] bias : !wav.bank<? x tensor<4x8xf32>, biased> -> memref<4xi32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{names a plane of type 'tensor<4x8xf32>' as a row of type 'tensor<4x8xbf16>'; wav.cast it before}}
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xbf16>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %q: tensor<8xf32>, %b: tensor<2xf32>) {
  %i = arith.constant dense<2> : tensor<i32>
  // expected-note @below {{the source}}
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  %1 = wav.bank %0, %0 : (!wav.bank<1 x tensor<4x8xf32>, biased>, !wav.bank<1 x tensor<4x8xf32>, biased>) -> !wav.bank<2 x tensor<4x8xf32>, biased>
  // expected-error @below {{has a source with bias 2 of 2; -1 stands for no bias}}
  %y, %y_max, %y_sum = wav.read query(%q bias %b) bank(%1) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>, biased>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f() {
  // expected-error @below {{has no input; a zero is wav.fill}}
  %0 = wav.combine {coefficients = array<f64>} : () -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<2xi32>) {
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<2xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // expected-error @below {{bank 0 is a source with several biases; only open sources can have more than one}}
  %1 = wav.bank %0 : (!wav.bank<1 x tensor<4x8xf32>, biased>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<2xi32>, %q: tensor<8xf32>) {
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<2xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // expected-error @below {{'bank' is a source with several biases; only open sources can have more than one}}
  %y:3 = wav.read query(%q) bank(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>, biased>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<2xi32>) {
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<2xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // expected-error @below {{'bank' is a source with several biases; only open sources can have more than one}}
  %1 = wav.take %0[0] bias : (!wav.bank<1 x tensor<4x8xf32>, biased>) -> tensor<i32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<0xi32>) {
  // expected-error @below {{has a list of no biases; -1 stands for none}}
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<0xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %i: tensor<2x1xi32>) {
  // expected-error @below {{operand #1 must be 0-D or 1-D static tensor of i32, but got 'tensor<2x1xi32>'}}
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<2x1xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>, %q: tensor<8xf32>, %b: tensor<2xf32>) {
  %i = arith.constant dense<[0, -1, 2]> : tensor<3xi32>
  // expected-note @below {{the source}}
  %0 = wav.source %x bias %i : (tensor<4x8xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // expected-error @below {{has a source with bias 2 of 2; -1 stands for no bias}}
  %y:3 = wav.read query(%q bias %b) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<1 x tensor<4x8xf32>, biased>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}
