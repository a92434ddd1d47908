// RUN: wav-opt %s -wav-expand-math | FileCheck %s

// Values are checked in test/Unit/Codegen/MathTest.cpp.

// CHECK-LABEL: func.func @Transcendental
// CHECK-NOT:     math.exp
// CHECK-NOT:     math.log
// CHECK:         return
func.func @Transcendental(%a: vector<16xf32>, %b: f32) -> (vector<16xf32>, f32, f32) {
  %e = math.exp %a : vector<16xf32>
  %l = math.log %b : f32
  %t = math.exp2 %b : f32
  return %e, %l, %t : vector<16xf32>, f32, f32
}
