// The residual scheme as an attribute: text, defaults, round trip.
// RUN: wav-opt %s | wav-opt | FileCheck %s
// RUN: wav-opt --emit-bytecode %s | wav-opt | FileCheck %s

func.func private @schemes() attributes {
  // Defaults are not printed.
  // CHECK: a = #wav.residual<rows = [<name = "sum">]>,
  a = #wav.residual<block_size = 0, rows = [#wav.row<name = "sum",
      coefficients = [1, 1.0, 1, 1.0], match = "">], normaliser = softmax,
      bias_mode = learned, bias_scope = site_type, base = false,
      key_gain = false, partial_details = online, final_details = true,
      match_detach = true, write_scale = none, write_scale_init = 1.0,
      heads = 1, key_slice = 0>,

  // Everything else is.
  // CHECK-SAME: b = #wav.residual<block_size = 3, rows = [<name = "sum">, <name = "x", coefficients = [0.5, -1.0e-07, 3], match = "sum", bias_init = -1.5>, <name = "y", bias_init = 0>], bias_mode = fixed, bias_scope = source, base = true, key_gain = true, partial_details = completed, final_details = false, match_detach = false, write_scale = vector, write_scale_init = 0.1>,
  b = #wav.residual<rows = [<name = "sum">, <name = "x", bias_init = -1.5,
      coefficients = [0.5, -0.0000001, 3], match = "sum">,
      <name = "y", bias_init = 0>], write_scale_init = 0.1,
      write_scale = vector, match_detach = false, final_details = false,
      partial_details = completed, key_gain = true, base = true,
      bias_scope = source, bias_mode = fixed, block_size = 3>,

  // CHECK-SAME: c = #wav.residual<rows = [<name = "stream">], normaliser = none>
  c = #wav.residual<rows = [<name = "stream">], normaliser = none>
}
