// RUN: wav-opt %s -wav-fuse-multiply-add -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @MultiplyAdds
// CHECK-SAME:    %[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32
// CHECK:         %[[ADD:.*]] = math.fma %[[A]], %[[B]], %[[C]]
// CHECK:         %[[MINUSC:.*]] = arith.negf %[[C]]
// CHECK:         %[[SUB:.*]] = math.fma %[[A]], %[[B]], %[[MINUSC]]
// CHECK:         %[[MINUSA:.*]] = arith.negf %[[A]]
// CHECK:         %[[RSUB:.*]] = math.fma %[[MINUSA]], %[[B]], %[[C]]
// CHECK:         return %[[ADD]], %[[SUB]], %[[RSUB]]
func.func @MultiplyAdds(%a: f32, %b: f32, %c: f32) -> (f32, f32, f32) {
  %p0 = arith.mulf %a, %b : f32
  %add = arith.addf %c, %p0 : f32
  %p1 = arith.mulf %a, %b : f32
  %sub = arith.subf %p1, %c : f32
  %p2 = arith.mulf %a, %b : f32
  %rsub = arith.subf %c, %p2 : f32
  return %add, %sub, %rsub : f32, f32, f32
}

// -----

// A product that is needed anyway stays.

// CHECK-LABEL: func.func @SharedProduct
// CHECK:         arith.mulf
// CHECK-NEXT:    arith.addf
// CHECK-NEXT:    return
func.func @SharedProduct(%a: f32, %b: f32, %c: f32) -> (f32, f32) {
  %p = arith.mulf %a, %b : f32
  %s = arith.addf %p, %c : f32
  return %p, %s : f32, f32
}
