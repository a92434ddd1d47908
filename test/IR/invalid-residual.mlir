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

func.func @f(%u: tensor<4x8xf32>, %g: tensor<4x6xf32>) {
  // expected-error @below {{'grad' must be 4x8 (the shape of 'update'), not 4x6}}
  %0 = wav.write_scale_grad %u, %g per channel {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<4x6xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%u: tensor<4x8xf32>) {
  // expected-error @below {{'scale_grad' must be 8 (one element for each column of 'update', per channel), not 6}}
  %0 = wav.write_scale_grad %u, %u per channel {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<6xf32>
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

func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x6xf32>) {
  // expected-error @below {{row 1 is 'tensor<4x6xf32>' but rows of the result are 'tensor<4x8xf32>'}}
  %0 = wav.bank %x, %y : (tensor<4x8xf32>, tensor<4x6xf32>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{forms a bank of 1 rows but the result is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0 = wav.bank %x : (tensor<4x8xf32>) -> !wav.bank<2 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%p: !wav.bank<2 x tensor<4x6xf32>>, %x: tensor<4x8xf32>) {
  // expected-error @below {{rows of 'prefix' are 'tensor<4x6xf32>' but those of the result are 'tensor<4x8xf32>'}}
  %0 = wav.bank extend %p, %x : (!wav.bank<2 x tensor<4x6xf32>>, tensor<4x8xf32>) -> !wav.bank<3 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%p: !wav.bank<? x tensor<4x8xf32>>, %x: tensor<4x8xf32>) {
  // expected-error @below {{cannot extend a bank of unknown size}}
  %0 = wav.bank extend %p, %x : (!wav.bank<? x tensor<4x8xf32>>, tensor<4x8xf32>) -> !wav.bank<3 x tensor<4x8xf32>>
  return
}

// -----

// expected-error @below {{a bank cannot have -3 rows}}
func.func private @f(!wav.bank<-3 x tensor<4xf32>>)

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes row 2 of a bank of 2 rows}}
  %0 = wav.take %b[2] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes row -1 of a bank of 2 rows}}
  %0 = wav.take %b[-1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{result is 'tensor<4x6xf32>' but rows of the bank are 'tensor<4x8xf32>'}}
  %0 = wav.take %b[1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{takes the first 3 rows of a bank of 2}}
  %0 = wav.prefix %b : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<3 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<2 x tensor<4x8xf32>>) {
  // expected-error @below {{rows of the result are 'tensor<4x6xf32>' but those of the bank are 'tensor<4x8xf32>'}}
  %0 = wav.prefix %b : (!wav.bank<2 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x6xf32>>
  return
}

// -----

func.func @f(%b: !wav.bank<? x tensor<4x8xf32>>) {
  // expected-error @below {{needs banks of known size}}
  %0 = wav.prefix %b : (!wav.bank<? x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  return
}

// -----

func.func @f(%q: tensor<6xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>) {
  // expected-error @below {{'query' must be 8 (one element for each column of 'result'), not 6}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x6xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>) {
  // expected-error @below {{rows of 'bank' are 'tensor<4x6xf32>' but 'result' is 'tensor<4x8xf32>'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x6xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<8xf32>>, %kinds: tensor<2xi32>) {
  // expected-error @below {{rows of 'scales' are 'tensor<8xf32>' but must be 'tensor<4xf32>', one scalar for each row of 'result'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<8xf32>>, tensor<2xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<3 x tensor<4xf32>>, %kinds: tensor<2xi32>) {
  // expected-error @below {{'bank', 'scales' and 'kinds' must be of one size, not '!wav.bank<2 x tensor<4x8xf32>>', '!wav.bank<3 x tensor<4xf32>>' and 'tensor<2xi32>'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<3 x tensor<4xf32>>, tensor<2xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<3xi32>) {
  // expected-error @below {{'bank', 'scales' and 'kinds' must be of one size, not '!wav.bank<2 x tensor<4x8xf32>>', '!wav.bank<2 x tensor<4xf32>>' and 'tensor<3xi32>'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<3xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<? x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<?xi32>) {
  // expected-error @below {{'bank', 'scales' and 'kinds' must be of one size}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<?xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<0 x tensor<4x8xf32>>, %scales: !wav.bank<0 x tensor<4xf32>>, %kinds: tensor<0xi32>) {
  // expected-error @below {{has no source to read}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>, !wav.bank<0 x tensor<4xf32>>, tensor<0xi32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>) {
  // expected-error @below {{has 1 'open' but 0 'open_kinds'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>, %s1: tensor<4xf32>) {
  // expected-error @below {{has 1 'open' but 2 'open_scales'}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0, %s1) {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x6xf32>, %s0: tensor<4xf32>) {
  // expected-error @below {{'open' must be 4x8 (the shape of 'result'), not 4x6}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x6xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<8xf32>) {
  // expected-error @below {{'open_scales' must be 4 (one scalar for each row of 'result'), not 8}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: tensor<2xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>) {
  // expected-error @below {{open row 0 has kind 2 but 'bias' has 2 elements; -1 stands for no bias}}
  %0 = wav.read query(%q, bias %b) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) {open_kinds = array<i64: 2>, epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>) {
  // expected-error @below {{open row 0 has kind 0 but 'bias' has 0 elements; -1 stands for no bias}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) {open_kinds = array<i64: 0>, epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %base: tensor<4x6xf32>) {
  // expected-error @below {{'base' must be 4x8 (the shape of 'result'), not 4x6}}
  %0 = wav.read query(%q) bank(%bank, %scales, %kinds) base(%base) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x6xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'query_grad' must be 8 (the shape of 'query'), not 6}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>) -> (tensor<6xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %b: tensor<2xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has a 'bias' but no 'bias_grad'}}
  %0:2 = wav.read_grad query(%q, bias %b) bank(%bank, %scales, %kinds) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has a 'bias_grad' but no 'bias'}}
  %0:3 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<3 x tensor<4x8xf32>>' but 'bank' is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>, %acc: !wav.bank<3 x tensor<4x8xf32>>) {
  // expected-error @below {{'accumulator' is '!wav.bank<3 x tensor<4x8xf32>>' but 'bank_grad' is '!wav.bank<2 x tensor<4x8xf32>>'}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g) into(%acc)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, !wav.bank<3 x tensor<4x8xf32>>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{has 1 'open' but 0 'open_grads'}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) grad(%g)
      {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'open_grads' must be 4x8 (the shape of 'grad'), not 4x6}}
  %0:3 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) grad(%g)
      {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x6xf32>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'scales_grad' is '!wav.bank<3 x tensor<4xf32>>' but 'scales' is '!wav.bank<2 x tensor<4xf32>>'}}
  %0:3 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 1, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<3 x tensor<4xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %g: tensor<4x8xf32>, %acc: !wav.bank<2 x tensor<4x8xf32>>, %sacc: !wav.bank<2 x tensor<4xf32>>) {
  // expected-error @below {{has a 'scales_accumulator' but no 'scales_grad'}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) grad(%g) into(%acc, %sacc)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>)
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<2 x tensor<4x8xf32>>, %scales: !wav.bank<2 x tensor<4xf32>>, %kinds: tensor<2xi32>, %o0: tensor<4x8xf32>, %s0: tensor<4xf32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{'open_scales_grads' must be 4 (one scalar for each row of 'grad'), not 8}}
  %0:4 = wav.read_grad query(%q) bank(%bank, %scales, %kinds) open(%o0 scaled %s0) grad(%g)
      {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1>}
      : (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, !wav.bank<2 x tensor<4xf32>>, tensor<2xi32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>) -> (tensor<8xf32>, !wav.bank<2 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<8xf32>)
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

func.func @f(%x: tensor<8xf32>, %y: tensor<6xf32>) {
  // expected-error @below {{'rhs' must be 8 (the shape of 'lhs'), not 6}}
  %0 = wav.multiply %x, %y : (tensor<8xf32>, tensor<6xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @below {{'result' must be 4x8 (the shape of 'input'), not 8x4}}
  %0 = wav.cast %x : (tensor<4x8xf32>) -> tensor<8x4xbf16>
  return
}

// -----

func.func @f(%q: tensor<8xf32>, %bank: !wav.bank<1 x tensor<4x8xbf16>>, %s: !wav.bank<1 x tensor<4xf32>>,
             %k: tensor<1xi32>, %g: tensor<4x8xbf16>) {
  // expected-error @below {{'bank_grad' is '!wav.bank<1 x tensor<4x8xbf16>>'; many reads add to its rows, so they must be f32}}
  %0:2 = wav.read_grad query(%q) bank(%bank, %s, %k) grad(%g)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xbf16>>, !wav.bank<1 x tensor<4xf32>>, tensor<1xi32>, tensor<4x8xbf16>)
      -> (tensor<8xf32>, !wav.bank<1 x tensor<4x8xbf16>>)
  return
}
