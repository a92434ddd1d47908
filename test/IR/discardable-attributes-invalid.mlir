// RUN: wav-opt %s --split-input-file --verify-diagnostics

// Names.

// expected-error @below {{the attribute 'wav.grdient' is none of the dialect's; did you mean 'wav.gradient'?}}
func.func private @f() attributes {wav.grdient = "vjp"}

// -----

// expected-error @below {{argument 1: the attribute 'wav.nmae' is none of the dialect's; did you mean 'wav.name'?}}
func.func private @f(f32, f32 {wav.nmae = "x"})

// -----

// expected-error @below {{the attribute 'wav.optimiser' is none of the dialect's; did you mean 'wav.optimizer'?}}
module attributes {wav.optimiser = {}} {}

// -----

func.func @f(%x: f32) {
  // expected-error @below {{the attribute 'wav.results' is none of the dialect's; did you mean 'wav.result'?}}
  %y = arith.mulf %x, %x {wav.results} : f32
  return
}

// -----

// Places.

// expected-error @below {{the attribute 'wav.gradient' belongs on a function}}
module attributes {wav.gradient = "vjp"} {}

// -----

// expected-error @below {{the attribute 'wav.name' belongs on an argument or a result}}
func.func private @f() attributes {wav.name = "x"}

// -----

// expected-error @below {{result 0: the attribute 'wav.range' belongs on an argument}}
func.func private @f() -> (f32 {wav.range = [0.0, 1.0]})

// -----

// expected-error @below {{the attribute 'wav.level' belongs on a module}}
func.func private @f() attributes {wav.level = "step"}

// -----

// expected-error @below {{the attribute 'wav.result' belongs on an op}}
func.func private @f() attributes {wav.result}

// -----

func.func @f(%x: f32) {
  // expected-error @below {{the attribute 'wav.rows' belongs on a loop}}
  %y = arith.mulf %x, %x {wav.rows = 8 : i64} : f32
  return
}

// -----

// Values.

// expected-error @below {{the attribute 'wav.gradient' must be "parameters", "arguments" or "vjp", not 7 : i64}}
func.func private @f() attributes {wav.gradient = 7}

// -----

// expected-error @below {{the attribute 'wav.gradient' must be "parameters", "arguments" or "vjp", not "weights"}}
func.func private @f() attributes {wav.gradient = "weights"}

// -----

// expected-error @below {{argument 0: the attribute 'wav.name' must be a string that is not empty, not ""}}
func.func private @f(f32 {wav.name = ""})

// -----

// expected-error @below {{argument 0: the attribute 'wav.range' must be [low, high], two floats in order or two i64}}
func.func private @f(f32 {wav.range = [1.0, 0.0]})

// -----

// expected-error @below {{argument 0: the attribute 'wav.range' must be [low, high]}}
func.func private @f(i32 {wav.range = [3, 3]})

// -----

// expected-error @below {{argument 0: the attribute 'wav.range' must be [low, high]}}
func.func private @f(i32 {wav.range = [3]})

// -----

// expected-error @below {{the attribute 'wav.batch' must be an i64 of at least 1, not 0 : i64}}
module attributes {wav.batch = 0 : i64} {}

// -----

// expected-error @below {{the attribute 'wav.context' must be an i64 of at least 1, not 8 : i32}}
module attributes {wav.context = 8 : i32} {}

// -----

// expected-error @below {{the attribute 'wav.config' must be a string that is one JSON object, nested at most 64 deep, not "[]"}}
module attributes {wav.config = "[]"} {}

// -----

// expected-error @below {{the attribute 'wav.config' must be a string that is one JSON object, nested at most 64 deep, not}}
module attributes {wav.config = "{\22a\22:[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"} {}

// -----

// expected-error @below {{the attribute 'wav.level' must be the name of a level, from "model" to "target", not "fusd"}}
module attributes {wav.level = "fusd"} {}

// -----

// expected-error @below {{the attribute 'wav.optimizer' must be a dictionary of a string 'name' and floats, not {beta1 = 1 : i64, name = "adamw"}}}
module attributes {wav.optimizer = {name = "adamw", beta1 = 1 : i64}} {}

// -----

// expected-error @below {{the attribute 'wav.threads' must be an i64 of at least 1, not "32"}}
func.func private @f() attributes {wav.threads = "32"}

// -----

// expected-error @below {{the attribute 'wav.shared_bytes' must be an i64 of at least 0, not -1 : i64}}
func.func private @f() attributes {wav.shared_bytes = -1}

// -----

// expected-error @below {{the attribute 'wav.lanes' must be an i64 of at least 1, not 0 : i64}}
func.func private @f() attributes {wav.lanes = 0}

// -----

func.func @f(%x: f32) {
  // expected-error @below {{the attribute 'wav.result' must be a unit attribute, not true}}
  %y = arith.mulf %x, %x {wav.result = true} : f32
  return
}

// -----

func.func @f(%n: index) {
  // expected-error @below {{the attribute 'wav.rows' must be an i64 of at least 1, not unit}}
  scf.for %i = %n to %n step %n {
  } {wav.rows}
  return
}

// -----

// expected-error @below {{argument 0: the attribute 'wav.fill' must be a dictionary of a string 'kind' and other strings and numbers, not {name = "clip"}}}
func.func private @f(tensor<f32> {wav.fill = {name = "clip"}})

// -----

// expected-error @below {{the attribute 'wav.update' must be a unit attribute, not true}}
func.func private @f() attributes {wav.update = true}
