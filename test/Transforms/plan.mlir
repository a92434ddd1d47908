// RUN: wav-opt %s --wav-plan --split-input-file | FileCheck %s

// An inference-only function: fixed places, scratch, constants, library calls.
// CHECK-LABEL: wav.constant at 0 dense<1.000000e+00> : tensor<256xf32>
// CHECK: wav.kernel @combine attributes {partitions = 4 : i64, rows = 256 : i64}
// CHECK: wav.schedule @eval {
// CHECK-DAG: %[[W:.*]] = wav.view parameters[0] : memref<64x64xf32>
// CHECK-DAG: %[[X:.*]] = wav.view io[0] : memref<256x64xf32>
// CHECK: wav.input "x" %[[X]]
// CHECK: %[[Y:.*]] = wav.view scratch[0] : memref<256x64xf32>
// CHECK: wav.call "wavrt_matmul_f32"(%[[X]], %[[W]], %[[Y]]) [256, 64, 64, 0, 0, 0]
// CHECK: %[[Z:.*]] = wav.view io[65536] : memref<256x64xf32>
// CHECK: wav.launch @combine(%[[Y]], %[[X]], %[[Z]])
// CHECK: wav.output "y" %[[Z]]

wav.parameter @w : tensor<64x64xf32> {init_value = 1.0 : f64}
func.func @eval(%x: tensor<256x64xf32> {wav.name = "x"}) -> (tensor<256x64xf32> {wav.name = "y"}) {
  %w = wav.get @w : tensor<64x64xf32>
  %y = wav.matmul %x, %w : (tensor<256x64xf32>, tensor<64x64xf32>) -> tensor<256x64xf32>
  %z = wav.fusion(%y, %x) {rows = 256, partitions = 4} : (tensor<256x64xf32>, tensor<256x64xf32>) -> tensor<256x64xf32> {
  ^bb0(%a: tensor<256x64xf32>, %b: tensor<256x64xf32>):
    %c = wav.combine %a, %b {coefficients = array<f64: 1.0, 1.0>} : (tensor<256x64xf32>, tensor<256x64xf32>) -> tensor<256x64xf32>
    wav.yield %c : tensor<256x64xf32>
  }
  %one = wav.fill {value = 1.0} : tensor<256xf32>
  return %z : tensor<256x64xf32>
}
