// RUN: wav-opt %s -wav-approximate-math | FileCheck %s

// CHECK-LABEL: func.func @Exp
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK:         %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
// CHECK:         %[[T:.*]] = arith.mulf %[[X]], %[[LOG2E]]
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%[[T]]) : (f32) -> f32
func.func @Exp(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @Exp2
// CHECK-NOT:     mulf
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
func.func @Exp2(%x: f32) -> f32 {
  %0 = math.exp2 %x : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @Log
// CHECK:         %[[LN2:.*]] = arith.constant 0.693147182 : f32
// CHECK:         %[[T:.*]] = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"
// CHECK:         arith.mulf %[[T]], %[[LN2]]
func.func @Log(%x: f32) -> f32 {
  %0 = math.log %x : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @Tanh
// CHECK-SAME:    %[[X:[a-z0-9]*]]: f32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG:     %[[LOG2E2:.*]] = arith.constant 2.885390{{[0-9e+]*}} : f32
// CHECK:         %[[T:.*]] = arith.mulf %[[X]], %[[LOG2E2]]
// CHECK:         %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%[[T]]) : (f32) -> f32
// CHECK:         %[[D:.*]] = arith.addf %[[E]], %[[ONE]]
// CHECK:         %[[Q:.*]] = llvm.call_intrinsic "llvm.nvvm.div.full"(%[[TWO]], %[[D]])
// CHECK:         arith.subf %[[ONE]], %[[Q]]
func.func @Tanh(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @Roots
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.ftz.f"
// CHECK:         math.sqrt
func.func @Roots(%x: f32, %y: f32) -> (f32, f32, f32) {
  %0 = math.rsqrt %x : f32
  %1 = math.sqrt %x : f32
  %2 = arith.divf %y, %1 : f32
  %3 = math.sqrt %y : f32
  return %0, %2, %3 : f32, f32, f32
}

// Vectors go element by element.

// CHECK-LABEL: func.func @Vector
// CHECK-SAME:    %[[X:.*]]: vector<2xf32>, %[[Y:.*]]: vector<2xf32>
// CHECK:         %[[X0:.*]] = vector.extract %[[X]][0]
// CHECK:         %[[Y0:.*]] = vector.extract %[[Y]][0]
// CHECK:         %[[Q0:.*]] = llvm.call_intrinsic "llvm.nvvm.div.full"(%[[X0]], %[[Y0]]) : (f32, f32) -> f32
// CHECK:         %[[Q1:.*]] = llvm.call_intrinsic "llvm.nvvm.div.full"
// CHECK:         vector.from_elements %[[Q0]], %[[Q1]] : vector<2xf32>
func.func @Vector(%x: vector<2xf32>, %y: vector<2xf32>) -> vector<2xf32> {
  %0 = arith.divf %x, %y : vector<2xf32>
  return %0 : vector<2xf32>
}

// CHECK-LABEL: func.func @OtherType
// CHECK:         arith.divf
func.func @OtherType(%x: f64) -> f64 {
  %0 = arith.divf %x, %x : f64
  return %0 : f64
}
