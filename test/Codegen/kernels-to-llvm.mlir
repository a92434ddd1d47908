// RUN: wav-opt %s -wav-kernels-to-llvm | FileCheck %s

// CHECK-LABEL: llvm.func @Kernel(
// CHECK-SAME:    %[[ARGS:.*]]: !llvm.ptr, %[[K:.*]]: i64)
// CHECK:         %[[SLOT:.*]] = llvm.getelementptr %[[ARGS]][1]
// CHECK:         %[[BANK:.*]] = llvm.load %[[SLOT]] : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[SIZESLOT:.*]] = llvm.getelementptr %[[BANK]][0]
// CHECK:         %[[SIZE:.*]] = llvm.load %[[SIZESLOT]] : !llvm.ptr -> i64
// CHECK:         %[[ONE:.*]] = llvm.mlir.constant(1 : i64)
// CHECK:         %[[ENTRY:.*]] = llvm.add %{{.*}}, %[[ONE]]
// CHECK:         %[[ROWSLOT:.*]] = llvm.getelementptr %[[BANK]][%[[ENTRY]]]
// CHECK:         llvm.load %[[ROWSLOT]] : !llvm.ptr -> !llvm.ptr
func.func @Kernel(%args: !llvm.ptr, %k: i64) {
  %c0 = arith.constant 0 : index
  %kinds = wav.argument %args[0] : memref<?xi32>
  %bank = wav.argument %args[1] : !wav.bank<? x tensor<4x8xf32>>
  %index = arith.index_cast %k : i64 to index
  %size = wav.bank_size %bank : !wav.bank<? x tensor<4x8xf32>>
  %row = wav.bank_row %bank[%index] : !wav.bank<? x tensor<4x8xf32>> -> memref<4x8xf32>
  %kind = memref.load %kinds[%size] : memref<?xi32>
  %f = arith.sitofp %kind : i32 to f32
  memref.store %f, %row[%c0, %size] : memref<4x8xf32>
  return
}
