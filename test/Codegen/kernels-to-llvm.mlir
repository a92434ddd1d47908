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

// A source's tensors stand one after the other in the table of its bank.

// CHECK-LABEL: llvm.func @Parts(
// CHECK:         %[[BANK:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[THREE:.*]] = llvm.mlir.constant(3 : i64)
// CHECK:         %[[SOURCE:.*]] = llvm.mul %{{.*}}, %[[THREE]]
// CHECK:         %[[FIRST:.*]] = llvm.mlir.constant(1 : i64)
// CHECK:         llvm.add %[[SOURCE]], %[[FIRST]]
// CHECK:         %[[SECOND:.*]] = llvm.mlir.constant(2 : i64)
// CHECK:         %[[SCALE:.*]] = llvm.add %{{.*}}, %[[SECOND]]
// CHECK:         %[[SCALESLOT:.*]] = llvm.getelementptr %[[BANK]][%[[SCALE]]]
// CHECK:         %[[SOURCE:.*]] = llvm.mul
// CHECK:         %[[THIRD:.*]] = llvm.mlir.constant(3 : i64)
// CHECK:         %[[INDEX:.*]] = llvm.add %[[SOURCE]], %[[THIRD]]
// CHECK:         %[[INDEXSLOT:.*]] = llvm.getelementptr %[[BANK]][%[[INDEX]]]
func.func @Parts(%args: !llvm.ptr, %k: i64) {
  %bank = wav.argument %args[0] : !wav.bank<? x tensor<4x8xf32>, scaled, biased>
  %c0 = arith.constant 0 : index
  %index = arith.index_cast %k : i64 to index
  %row = wav.bank_row %bank[%index] : !wav.bank<? x tensor<4x8xf32>, scaled, biased> -> memref<4x8xf32>
  %scale = wav.bank_row %bank[%index] scale : !wav.bank<? x tensor<4x8xf32>, scaled, biased> -> memref<4xf32>
  %bias = wav.bank_row %bank[%index] bias : !wav.bank<? x tensor<4x8xf32>, scaled, biased> -> memref<i32>
  %i = memref.load %bias[] : memref<i32>
  %b = arith.sitofp %i : i32 to f32
  memref.store %b, %row[%c0, %c0] : memref<4x8xf32>
  memref.store %b, %scale[%c0] : memref<4xf32>
  return
}

// bf16 is i16 to LLVM: its vectors of bf16 are slow where the processor has no
// instructions for them. Rounding is to nearest, ties to even, and keeps NaNs.

// CHECK-LABEL: llvm.func @Bfloat16(
// CHECK-NOT:     bf16
// CHECK:         %[[X:.*]] = llvm.load %{{.*}} {alignment = 2 : i64} : !llvm.ptr -> vector<8xi16>
// CHECK:         %[[LOW:.*]] = llvm.zext %[[X]] : vector<8xi16> to vector<8xi32>
// CHECK:         %[[HIGH:.*]] = llvm.shl %[[LOW]], %{{.*}} : vector<8xi32>
// CHECK:         %[[WIDE:.*]] = llvm.bitcast %[[HIGH]] : vector<8xi32> to vector<8xf32>
// CHECK:         %[[NUMBER:.*]] = llvm.fadd %[[WIDE]], %[[WIDE]]
// CHECK:         %[[BITS:.*]] = llvm.bitcast %[[NUMBER]] : vector<8xf32> to vector<8xi32>
// CHECK:         %[[UPPER:.*]] = llvm.lshr %[[BITS]]
// CHECK:         %[[ODD:.*]] = llvm.and %[[UPPER]]
// CHECK:         %[[BIAS:.*]] = llvm.add %[[ODD]]
// CHECK:         %[[SUM:.*]] = llvm.add %[[BITS]], %[[BIAS]]
// CHECK:         %[[ROUNDED:.*]] = llvm.lshr %[[SUM]]
// CHECK:         %[[NAN:.*]] = llvm.fcmp "uno" %[[NUMBER]], %[[NUMBER]]
// CHECK:         %[[QUIET:.*]] = llvm.or %[[UPPER]]
// CHECK:         %[[RESULT:.*]] = llvm.select %[[NAN]], %[[QUIET]], %[[ROUNDED]]
// CHECK:         %[[NARROW:.*]] = llvm.trunc %[[RESULT]] : vector<8xi32> to vector<8xi16>
// CHECK:         llvm.store %[[NARROW]], %{{.*}} {alignment = 2 : i64} : vector<8xi16>, !llvm.ptr
// CHECK:         llvm.load %{{.*}} : !llvm.ptr -> i16
// CHECK:         llvm.return
func.func @Bfloat16(%args: !llvm.ptr, %k: i64) {
  %c0 = arith.constant 0 : index
  %x = wav.argument %args[0] : memref<4x8xbf16>
  %bank = wav.argument %args[1] : !wav.bank<? x tensor<4x8xbf16>>
  %row = wav.bank_row %bank[%c0] : !wav.bank<? x tensor<4x8xbf16>> -> memref<4x8xbf16>
  %0 = vector.load %x[%c0, %c0] : memref<4x8xbf16>, vector<8xbf16>
  %1 = arith.extf %0 : vector<8xbf16> to vector<8xf32>
  %2 = arith.addf %1, %1 : vector<8xf32>
  %3 = arith.truncf %2 : vector<8xf32> to vector<8xbf16>
  vector.store %3, %row[%c0, %c0] : memref<4x8xbf16>, vector<8xbf16>
  %4 = memref.load %x[%c0, %c0] : memref<4x8xbf16>
  %5 = arith.extf %4 : bf16 to f32
  %6 = arith.truncf %5 : f32 to bf16
  memref.store %6, %x[%c0, %c0] : memref<4x8xbf16>
  return
}
