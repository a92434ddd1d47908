// RUN: wav-opt %s --split-input-file --verify-diagnostics --wav-lower-schedules

module attributes {wav.batch = 1 : i64, wav.context = 1 : i64, wav.config = "{}"} {
  // expected-error @below {{must be lowered before schedules are: functions by wav-plan, kernels by wav-kernel-pipeline, or by wav-lane-pipeline and wav-kernels-to-nvvm}}
  func.func @f() {
    return
  }
}

// -----

module attributes {wav.batch = 1 : i64, wav.context = 1 : i64, wav.config = "{}"} {
  wav.parameter @w : tensor<4xf32> {init_value = 1.0 : f64}
  wav.schedule @s {
    // expected-error @below {{ends at byte 2064 of the arena 'gradients', which has 2048}}
    %g = wav.view gradients[2048] : memref<4xf32>
  }
}

// -----

module attributes {wav.batch = 1 : i64, wav.context = 1 : i64, wav.config = "{}"} {
  wav.constant at 0 dense<1.0> : tensor<4xf32>
  wav.schedule @s {
    // expected-error @below {{ends at byte 20 of the arena 'constants', which has 16}}
    %g = wav.view constants[0] : memref<5xf32>
  }
}
