// RUN: wav-opt %s | FileCheck %s
// RUN: wav-opt %s --verify-roundtrip -o /dev/null

// Every op prints as it is written here, in text and through bytecode.

// CHECK: wav.parameter @model.norm.weight : tensor<8xf32> {init_value = 1.000000e+00 : f64}
wav.parameter @"model.norm.weight" : tensor<8xf32> {init_value = 1.0 : f64}
// CHECK: wav.parameter @weight : tensor<4x8xf32> {decay, init_value = 2.000000e-02 : f64, normal}
wav.parameter @weight : tensor<4x8xf32> {decay, init_value = 2.0e-2 : f64, normal}
// CHECK: wav.state @cache : tensor<16x8xbf16>
wav.state @cache : tensor<16x8xbf16>

// CHECK-LABEL: func.func @transformer
func.func @transformer(%x: tensor<4x8xf32>, %gain: tensor<8xf32>, %table: tensor<5x8xf32>, %index: tensor<4xi32>,
                       %position: tensor<1xi32>, %cache: tensor<16x8xf32>, %square: tensor<4x4xf32>) {
  // CHECK: wav.embed %{{.*}}, %{{.*}} : (tensor<5x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  %embed = wav.embed %table, %index : (tensor<5x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  // CHECK: wav.embed_grad %{{.*}}, %{{.*}} into %{{.*}} :
  %embed_grad = wav.embed_grad %index, %x into %table : (tensor<4xi32>, tensor<4x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  // CHECK: wav.matmul %{{.*}}, %{{.*}} {transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  %matmul = wav.matmul %x, %embed {transpose_b} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  // CHECK: wav.matmul %{{.*}}, %{{.*}} into %{{.*}} {transpose_a} :
  %accumulated = wav.matmul %square, %square into %matmul {transpose_a} : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  // CHECK: wav.rms_norm %{{.*}}, %{{.*}} {epsilon = {{.*}} : f64} :
  %norm = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.rms_norm_grad %{{.*}}, %{{.*}}, %{{.*}} {epsilon = {{.*}} : f64} :
  %norm_grad:2 = wav.rms_norm_grad %x, %gain, %x {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>)
  // CHECK: wav.rope_table {theta = 1.000000e+04 : f64} : tensor<4x4xf32>
  %angles = wav.rope_table {theta = 1.0e+4 : f64} : tensor<4x4xf32>
  // CHECK: wav.rope %{{.*}}, %{{.*}} {heads = 2 : i64, inverse, sequence_length = 4 : i64} :
  %rope = wav.rope %x, %angles {heads = 2, sequence_length = 4, inverse} : (tensor<4x8xf32>, tensor<4x4xf32>) -> tensor<4x8xf32>
  // CHECK: wav.rope %{{.*}}, %{{.*}} at %{{.*}} {heads = 2 : i64, sequence_length = 4 : i64} :
  %rope_at = wav.rope %x, %angles at %position {heads = 2, sequence_length = 4} : (tensor<4x8xf32>, tensor<4x4xf32>, tensor<1xi32>) -> tensor<4x8xf32>
  // CHECK: wav.attention %{{.*}}, %{{.*}}, %{{.*}} {batch = 2 : i64, heads = 2 : i64} :
  %attention, %max, %inverse_sum = wav.attention %x, %x, %x {batch = 2, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  // CHECK: wav.attention %{{.*}}, %{{.*}}, %{{.*}} at %{{.*}} {batch = 1 : i64, heads = 2 : i64} :
  %cached:3 = wav.attention %x, %cache, %cache at %position {batch = 1, heads = 2} : (tensor<4x8xf32>, tensor<16x8xf32>, tensor<16x8xf32>, tensor<1xi32>) -> (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>)
  // CHECK: wav.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {batch = 2 : i64, heads = 2 : i64} :
  %attention_grad:3 = wav.attention_grad %x, %x, %x, %attention, %max, %inverse_sum, %x {batch = 2, heads = 2} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
  // CHECK: wav.swiglu %{{.*}}, %{{.*}} :
  %swiglu = wav.swiglu %x, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.swiglu_grad %{{.*}}, %{{.*}}, %{{.*}} :
  %swiglu_grad:2 = wav.swiglu_grad %x, %x, %x : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  // CHECK: wav.cross_entropy %{{.*}}, %{{.*}} : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  %loss = wav.cross_entropy %x, %index : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>
  // CHECK: wav.cross_entropy_grad %{{.*}}, %{{.*}}, %{{.*}} :
  %logits_grad = wav.cross_entropy_grad %x, %index, %loss : (tensor<4x8xf32>, tensor<4xi32>, tensor<f32>) -> tensor<4x8xf32>
  // CHECK: wav.cache_update %{{.*}} at %{{.*}} into %{{.*}} : (tensor<16x8xf32>, tensor<4x8xf32>, tensor<1xi32>) -> tensor<16x8xf32>
  %updated = wav.cache_update %x at %position into %cache : (tensor<16x8xf32>, tensor<4x8xf32>, tensor<1xi32>) -> tensor<16x8xf32>
  return
}

// CHECK-LABEL: func.func @residual
func.func @residual(%x: tensor<4x8xf32>, %scale: tensor<8xf32>, %factor: tensor<4xf32>, %query: tensor<8xf32>, %bias: tensor<2xf32>) {
  // CHECK: wav.write %{{.*}} {coefficient = 1.000000e+00 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %first = wav.write %x {coefficient = 1.0 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.write %{{.*}} into %{{.*}} scaled %{{.*}} per channel {coefficient = -1.000000e+00 : f64} :
  %second = wav.write %x into %first scaled %scale per channel {coefficient = -1.0 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.match %{{.*}} to %{{.*}} {detach, epsilon = {{.*}} : f64} :
  %match = wav.match %first to %second {detach, epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4xf32>
  // CHECK: wav.match_grad %{{.*}} to %{{.*}}, %{{.*}} {epsilon = {{.*}} : f64} :
  %match_grad:2 = wav.match_grad %first to %second, %factor {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
  // CHECK: wav.fill {value = 1.000000e+00 : f64} : tensor<4xf32>
  %one = wav.fill {value = 1.0 : f64} : tensor<4xf32>
  // CHECK: wav.source %{{.*}} : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %plain = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // CHECK: wav.source %{{.*}}, %{{.*}} {coefficients = array<f64: 1.000000e+00, -1.000000e+00>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %difference = wav.source %x, %first {coefficients = array<f64: 1.0, -1.0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // CHECK: wav.source %{{.*}} scaled %{{.*}} : (tensor<4x8xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
  %scaled = wav.source %x scaled %one : (tensor<4x8xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
  %none = arith.constant dense<-1> : tensor<i32>
  // CHECK: wav.source %{{.*}} bias %{{.*}} : (tensor<4x8xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  %biased = wav.source %x bias %none : (tensor<4x8xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // CHECK: wav.source %{{.*}} scaled %{{.*}} bias %{{.*}} : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %both = wav.source %second scaled %match bias %none : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  // CHECK: wav.bank %{{.*}} : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %start = wav.bank %both : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  // CHECK: wav.bank %{{.*}}, %{{.*}}, %{{.*}} : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<3 x tensor<4x8xf32>, scaled, biased>
  %bank = wav.bank %start, %both, %both
      : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>)
      -> !wav.bank<3 x tensor<4x8xf32>, scaled, biased>
  // CHECK: wav.take %{{.*}}[2] : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<4x8xf32>
  %row = wav.take %bank[2] : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<4x8xf32>
  // CHECK: wav.take %{{.*}}[1] scale : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<4xf32>
  %row_scale = wav.take %bank[1] scale : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<4xf32>
  // CHECK: wav.take %{{.*}}[0] bias : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<i32>
  %row_bias = wav.take %bank[0] bias : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> tensor<i32>
  // CHECK: wav.slice %{{.*}} from 1 : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<2 x tensor<4x8xf32>, scaled, biased>
  %slice = wav.slice %bank from 1 : (!wav.bank<3 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<2 x tensor<4x8xf32>, scaled, biased>
  // CHECK: wav.read query(%{{.*}}) bank(%{{.*}}) {epsilon = {{.*}} : f64} :
  %read, %read_max, %read_sum = wav.read query(%query) bank(%plain) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read query(%{{.*}}, %{{.*}} bias %{{.*}}, %{{.*}}) bank(%{{.*}}) open(%{{.*}}, %{{.*}}) {epsilon = {{.*}} : f64} :
  // CHECK-SAME: -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  %roles:6 = wav.read query(%query, %scale bias %bias, %bias) bank(%bank) open(%plain, %both) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, tensor<2xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled, biased>,
         !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read query(%{{.*}}) open(%{{.*}}) {epsilon = {{.*}} : f64} :
  %open:3 = wav.read query(%query) open(%plain) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read query(%{{.*}}) bank(%{{.*}}) open(%{{.*}}) after(%{{.*}} max %{{.*}} sum %{{.*}}) {epsilon = {{.*}} : f64} :
  %rest:3 = wav.read query(%query) bank(%bank) open(%plain) after(%read max %read_max sum %read_sum) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
      -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read query(%{{.*}}, %{{.*}}) open(%{{.*}}) after(%{{.*}}, %{{.*}} max %{{.*}}, %{{.*}} sum %{{.*}}, %{{.*}}) {epsilon = {{.*}} : f64} :
  %rest_of_roles:6 = wav.read query(%query, %scale) open(%plain) after(%roles#0, %roles#1 max %roles#2, %roles#3 sum %roles#4, %roles#5)
      {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read_grad query(%{{.*}}) bank(%{{.*}}) grad(%{{.*}}) {epsilon = {{.*}} : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>} :
  %start_grad:2 = wav.read_grad query(%query) bank(%bank) grad(%x)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled, biased>, tensor<4x8xf32>)
      -> (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled>)
  // CHECK: wav.read_grad query(%{{.*}}, %{{.*}} bias %{{.*}}, %{{.*}}) bank(%{{.*}}) open(%{{.*}}) grad(%{{.*}}, %{{.*}}) into(%{{.*}}) {epsilon
  %read_grad:7 = wav.read_grad query(%query, %scale bias %bias, %bias) bank(%bank) open(%scaled) grad(%x, %x) into(%start_grad#1)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 2, 1, 1, 1, 0, 0>}
      : (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, tensor<2xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled>,
         tensor<4x8xf32>, tensor<4x8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled>)
      -> (tensor<8xf32>, tensor<8xf32>, tensor<2xf32>, tensor<2xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled>, tensor<4x8xf32>, tensor<4xf32>)
  // CHECK: wav.read_grad query(%{{.*}}) open(%{{.*}}) after(%{{.*}} max %{{.*}} sum %{{.*}}) grad(%{{.*}}) {epsilon
  %rest_grad:4 = wav.read_grad query(%query) open(%plain) after(%read max %read_max sum %read_sum) grad(%x)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 0, 1, 0, 1, 1>}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>)
      -> (tensor<8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK: wav.read_grad query(%{{.*}}) bank(%{{.*}}) grad(%{{.*}} weight %{{.*}} lse_grad %{{.*}}) into(%{{.*}}) {epsilon
  %part_grad:2 = wav.read_grad query(%query) bank(%bank) grad(%x weight %rest_grad#2 lse_grad %rest_grad#3) into(%read_grad#4)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled, biased>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled>)
      -> (tensor<8xf32>, !wav.bank<3 x tensor<4x8xf32>, scaled>)
  // CHECK: wav.combine %{{.*}}, %{{.*}} {coefficients = array<f64: 1.000000e+00, -2.000000e+00>} :
  %combine = wav.combine %x, %first {coefficients = array<f64: 1.0, -2.0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.broadcast %{{.*}} per token : (tensor<4xf32>) -> tensor<4x8xf32>
  %broadcast = wav.broadcast %factor per token : (tensor<4xf32>) -> tensor<4x8xf32>
  // CHECK: wav.row_sum %{{.*}} per channel : (tensor<4x8xf32>) -> tensor<8xf32>
  %row_sum = wav.row_sum %broadcast per channel : (tensor<4x8xf32>) -> tensor<8xf32>
  // CHECK: wav.row_sum %{{.*}} times %{{.*}} per token : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4xf32>
  %product_sum = wav.row_sum %broadcast times %x per token : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4xf32>
  return
}

// CHECK-LABEL: func.func @memory
func.func @memory(%p: tensor<4x8xf32>, %s: tensor<f32>) {
  // CHECK: wav.get @weight : tensor<4x8xf32>
  %weight = wav.get @weight : tensor<4x8xf32>
  // CHECK: wav.set @weight, %{{.*}} : tensor<4x8xf32>
  wav.set @weight, %weight : tensor<4x8xf32>
  // CHECK: wav.get_arena first_moment : tensor<4x8xf32>
  %moment = wav.get_arena first_moment : tensor<4x8xf32>
  // CHECK: wav.pack %{{.*}}, %{{.*}} :
  %gradient = wav.pack %p, %p : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: wav.sum_squares %{{.*}} : (tensor<4x8xf32>) -> tensor<f32>
  %square = wav.sum_squares %gradient : (tensor<4x8xf32>) -> tensor<f32>
  %norm = math.sqrt %square : tensor<f32>
  // CHECK: wav.adamw %{{.*}}, %{{.*}} moments(%{{.*}}, %{{.*}}) norm(%{{.*}}) settings(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {beta1
  %new:3 = wav.adamw %p, %gradient moments(%moment, %moment) norm(%norm) settings(%s, %s, %s, %s, %s)
      {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, decay_rows = 2}
      : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)
  // CHECK: wav.lion %{{.*}}, %{{.*}} moments(%{{.*}}) norm(%{{.*}}) settings(%{{.*}}, %{{.*}}, %{{.*}}) {beta1
  %lion:2 = wav.lion %p, %gradient moments(%moment) norm(%norm) settings(%s, %s, %s)
      {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 2}
      : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>)
  // CHECK: wav.set_arena first_moment, %{{.*}} : tensor<4x8xf32>
  wav.set_arena first_moment, %new#1 : tensor<4x8xf32>
  return
}

// CHECK-LABEL: func.func @fusion
func.func @fusion(%x: tensor<4x8xf32>, %gain: tensor<8xf32>) {
  // CHECK: wav.fusion(%{{.*}}, %{{.*}}) {partitions = 2 : i64, rows = 4 : i64} : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<2x8xf32>) {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<4x8xf32>, %{{.*}}: tensor<8xf32>):
  %y:2 = wav.fusion(%x, %gain) {partitions = 2, rows = 4} : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<4x8xf32>, tensor<2x8xf32>) {
  ^bb0(%a: tensor<4x8xf32>, %g: tensor<8xf32>):
    %0:2 = wav.rms_norm_grad %a, %g, %a {epsilon = 1.0e-6 : f64} : (tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>)
    // CHECK: wav.yield %{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8xf32>
    wav.yield %0#0, %0#1 : tensor<4x8xf32>, tensor<8xf32>
  }
  // CHECK: wav.sum_partials %{{.*}} : (tensor<2x8xf32>) -> tensor<8xf32>
  %gain_grad = wav.sum_partials %y#1 : (tensor<2x8xf32>) -> tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @open_sources
func.func @open_sources(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %s: tensor<4xf32>, %i: tensor<3xi32>,
                        %query: tensor<8xf32>, %biases: tensor<2xf32>) {
  // CHECK: wav.source %{{.*}} bias %{{.*}} : (tensor<4x8xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  %several = wav.source %x bias %i : (tensor<4x8xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
  // CHECK: wav.source %{{.*}}, %{{.*}} scaled %{{.*}} bias %{{.*}} {coefficients = array<f64: 1.000000e+00, -1.000000e+00>} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %planes = wav.source %x, %y scaled %s bias %i {coefficients = array<f64: 1.0, -1.0>}
      : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  // CHECK: wav.read query(%{{.*}} bias %{{.*}}) open(%{{.*}}, %{{.*}}) {epsilon = {{.*}}} : (tensor<8xf32>, tensor<2xf32>, !wav.bank<1 x tensor<4x8xf32>, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>) ->
  %read:3 = wav.read query(%query bias %biases) open(%several, %planes) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<2xf32>, !wav.bank<1 x tensor<4x8xf32>, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>)
      -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}
