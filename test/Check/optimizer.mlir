// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3
// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3 --optimizer=lion

wav.parameter @weight : tensor<20x8xf32> {normal, init_value = 0.02 : f64, decay}
wav.parameter @gain : tensor<20xf32> {init_value = 1.0 : f64}
wav.state @cache : tensor<5x8xf32>

func.func @pack(%x: tensor<20x8xf32>, %y: tensor<20xf32>) -> tensor<2x512xf32> {
  %g = wav.pack %x, %y : (tensor<20x8xf32>, tensor<20xf32>) -> tensor<2x512xf32>
  return %g : tensor<2x512xf32>
}

func.func @norm(%x: tensor<7x512xf32>) -> (tensor<f32>, tensor<f32>) {
  %s = wav.sum_squares %x : (tensor<7x512xf32>) -> tensor<f32>
  %n = math.sqrt %s : tensor<f32>
  return %s, %n : tensor<f32>, tensor<f32>
}

func.func @adamw_clipped(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %v: tensor<2x512xf32> {wav.range = [0.0, 1.0]},
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [1.0, 1.5]},
    %c1: tensor<f32> {wav.range = [0.1, 1.0]},
    %c2: tensor<f32> {wav.range = [0.1, 1.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n, %w = wav.adamw %p, %g moments(%m, %v) norm(%norm)
      settings(%lr, %decay, %clip, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>,
         tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n, %w : tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @adamw_below_the_clip(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %v: tensor<2x512xf32> {wav.range = [0.0, 1.0]},
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [5.0, 6.0]},
    %c1: tensor<f32> {wav.range = [0.1, 1.0]},
    %c2: tensor<f32> {wav.range = [0.1, 1.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n, %w = wav.adamw %p, %g moments(%m, %v) norm(%norm)
      settings(%lr, %decay, %clip, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>,
         tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n, %w : tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @adamw_unclipped(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %v: tensor<2x512xf32> {wav.range = [0.0, 1.0]},
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [0.0, 0.0]},
    %c1: tensor<f32> {wav.range = [0.1, 1.0]},
    %c2: tensor<f32> {wav.range = [0.1, 1.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n, %w = wav.adamw %p, %g moments(%m, %v) norm(%norm)
      settings(%lr, %decay, %clip, %c1, %c2)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>,
         tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n, %w : tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @lion_clipped(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [1.0, 1.5]}) -> (tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %decay, %clip)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>,
         tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n : tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @lion_below_the_clip(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [5.0, 6.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %decay, %clip)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>,
         tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n : tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @lion_unclipped(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32>,
    %m: tensor<2x512xf32>,
    %norm: tensor<f32> {wav.range = [3.0, 4.0]},
    %lr: tensor<f32> {wav.range = [0.001, 0.01]},
    %decay: tensor<f32> {wav.range = [0.0, 0.2]},
    %clip: tensor<f32> {wav.range = [0.0, 0.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %decay, %clip)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>,
         tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n : tensor<2x512xf32>, tensor<2x512xf32>
}

// A sign of zero is zero: nothing moves but by decay.
func.func @lion_of_zero(
    %p: tensor<2x512xf32>,
    %g: tensor<2x512xf32> {wav.range = [0.0, 0.0]},
    %m: tensor<2x512xf32> {wav.range = [0.0, 0.0]},
    %norm: tensor<f32> {wav.range = [0.0, 0.0]},
    %one: tensor<f32> {wav.range = [1.0, 1.0]}) -> (tensor<2x512xf32>, tensor<2x512xf32>) {
  %q, %n = wav.lion %p, %g moments(%m) norm(%norm) settings(%one, %one, %one)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 1}
      : (tensor<2x512xf32>, tensor<2x512xf32>, tensor<2x512xf32>, tensor<f32>, tensor<f32>,
         tensor<f32>, tensor<f32>) -> (tensor<2x512xf32>, tensor<2x512xf32>)
  return %q, %n : tensor<2x512xf32>, tensor<2x512xf32>
}

func.func @arenas(%d: tensor<2x512xf32>) -> (tensor<2x512xf32>, tensor<20xf32>) {
  %p = wav.get_arena parameters : tensor<2x512xf32>
  %q = wav.combine %p, %d {coefficients = array<f64: 1.0, -0.1>} : (tensor<2x512xf32>, tensor<2x512xf32>) -> tensor<2x512xf32>
  wav.set_arena parameters, %q : tensor<2x512xf32>
  %m = wav.get_arena first_moment : tensor<2x512xf32>
  %g = wav.get @gain : tensor<20xf32>
  return %m, %g : tensor<2x512xf32>, tensor<20xf32>
}

func.func @state(
    %x: tensor<1x8xf32>,
    %position: tensor<1xi32> {wav.range = [0, 5]}) -> tensor<5x8xf32> {
  %c = wav.get @cache : tensor<5x8xf32>
  %d = wav.cache_update %x at %position into %c
      : (tensor<5x8xf32>, tensor<1x8xf32>, tensor<1xi32>) -> tensor<5x8xf32>
  wav.set @cache, %d : tensor<5x8xf32>
  return %d : tensor<5x8xf32>
}

func.func @parameters(
    %x: tensor<3x8xf32>,
    %targets: tensor<3xi32> {wav.range = [0, 20]}) -> tensor<f32>
    attributes {wav.gradient = "parameters"} {
  %w = wav.get @weight : tensor<20x8xf32>
  %g = wav.get @gain : tensor<20xf32>
  %y = wav.matmul %x, %w {transpose_b} : (tensor<3x8xf32>, tensor<20x8xf32>) -> tensor<3x20xf32>
  %z = wav.rms_norm %y, %g {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<20xf32>) -> tensor<3x20xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<3x20xf32>, tensor<3xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @update(
    %x: tensor<3x8xf32>,
    %targets: tensor<3xi32> {wav.range = [0, 20]}) -> tensor<f32>
    attributes {wav.gradient = "parameters", wav.update} {
  %w = wav.get @weight : tensor<20x8xf32>
  %g = wav.get @gain : tensor<20xf32>
  %y = wav.matmul %x, %w {transpose_b} : (tensor<3x8xf32>, tensor<20x8xf32>) -> tensor<3x20xf32>
  %z = wav.rms_norm %y, %g {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<20xf32>) -> tensor<3x20xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<3x20xf32>, tensor<3xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
