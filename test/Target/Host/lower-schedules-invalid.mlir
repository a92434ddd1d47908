// RUN: wav-opt %s --wav-lower-schedules --split-input-file --verify-diagnostics

// expected-error @below {{a program needs the module attributes 'wav.config', 'wav.batch' and 'wav.context'; wav-build sets them}}
module {
}

// -----

// expected-error @below {{'wav.config' is not JSON}}
module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{"} {
}
