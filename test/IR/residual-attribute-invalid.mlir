// RUN: wav-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{block_size -1 is negative; give a number of sublayers, or 0 for one block}}
func.func private @f() attributes {a = #wav.residual<block_size = -1, rows = [<name = "a">]>}

// -----

// expected-error@+1 {{a scheme needs at least one row}}
func.func private @f() attributes {a = #wav.residual<rows = []>}

// -----

// expected-error@+1 {{two rows are named 'a'}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">, <name = "a">]>}

// -----

// expected-error@+1 {{row 'a' has 3 coefficients; give 4, or one for each of the 2 sublayers of a block}}
func.func private @f() attributes {a = #wav.residual<block_size = 2, rows = [<name = "a", coefficients = [1, 2, 3]>]>}

// -----

// expected-error@+1 {{row 'b' is matched to 'c', which is not a row without a match of its own}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">, <name = "b", match = "c">]>}

// -----

// expected-error@+1 {{row 'c' is matched to 'b', which is not a row without a match of its own}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">, <name = "b", match = "a">, <name = "c", match = "b">]>}

// -----

// expected-error@+1 {{normaliser 'none' reads the stream itself: it takes one row without match or bias, no base and no key_gain}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">, <name = "b">], normaliser = none>}

// -----

// expected-error@+1 {{normaliser 'none' reads the stream itself}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">], base = true, normaliser = none>}

// -----

// expected-error@+1 {{heads = 4 is not available yet; use 1}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">], heads = 4>}

// -----

// expected-error@+1 {{key_slice = 32 is not available yet; use 0, the whole width}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">], key_slice = 32>}

// -----

// expected-error@+1 {{expected one of [learned, fixed, none] for how details are biased, got: free}}
func.func private @f() attributes {a = #wav.residual<rows = [<name = "a">], bias_mode = free>}
// expected-error@-1 {{failed to parse Wav_ResidualAttr parameter 'bias_mode'}}

// -----

// expected-error@+1 {{expected a number}}
func.func private @f() attributes {a = #wav.row<name = "a", bias_init = "much">}
// expected-error@-1 {{failed to parse Wav_RowAttr parameter 'bias_init'}}

// -----

// expected-error@+1 {{a row needs a name}}
func.func private @f() attributes {a = #wav.row<name = "">}

// -----

// expected-error@+1 {{row 'a' has no coefficients; give four numbers, or one for each sublayer of the block}}
func.func private @f() attributes {a = #wav.row<name = "a", coefficients = []>}

// -----

// expected-error@+1 {{row 'a' is matched to itself}}
func.func private @f() attributes {a = #wav.row<name = "a", match = "a">}

// -----

// expected-error@+1 {{row 'a' has a number that is not finite}}
func.func private @f() attributes {a = #wav.row<name = "a", bias_init = 0x7FF0000000000000 : f64>}
