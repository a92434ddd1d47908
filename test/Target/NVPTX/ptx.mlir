// RUN: wav-opt %s -wav-approximate-math -wav-kernels-to-nvvm -canonicalize > %t.mlir
// RUN: wav-translate --device-to-ptx %t.mlir | FileCheck %s
// RUN: wav-translate --device-to-ptx --chip=sm_80 %t.mlir | FileCheck %s --check-prefix=SM80
// RUN: wav-translate --device-to-llvmir %t.mlir | FileCheck %s --check-prefix=LLVM

// The lowest ISA version of the chip, without its suffix: the code runs on
// later ones too.

// CHECK: .version 7.8
// CHECK: .target sm_90{{$}}
// SM80:  .version 7.0
// SM80:  .target sm_80{{$}}

// LLVM: target datalayout = "e-
// LLVM: target triple = "nvptx64-nvidia-cuda"
// LLVM: define ptx_kernel void @Scale(ptr addrspace(1) noalias readonly align 16

// Accesses of 16 bytes stay whole, and what the kernel does not write is read
// through the read-only path. bf16 is rounded in pairs.

// CHECK-LABEL: .visible .entry Scale(
// CHECK:       .reqntid 32
// CHECK-NOT:   .extern .func
// CHECK:       ld.global.nc.v4.b32
// CHECK-COUNT-4: cvt.rn.bf16x2.f32
// CHECK-NOT:   cvt.rn.bf16.f32
// CHECK:       st.global.v4.b32
func.func @Scale(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c8 = arith.constant 8 : index
  %x = wav.argument %args[0] : memref<4x256xbf16>
  %y = wav.argument %args[1] : memref<4x256xbf16>
  %row = arith.index_cast %partition : i64 to index
  %id = gpu.thread_id x
  %column = arith.muli %id, %c8 : index
  %0 = vector.load %x[%row, %column] {alignment = 16 : i64} : memref<4x256xbf16>, vector<8xbf16>
  %1 = arith.extf %0 : vector<8xbf16> to vector<8xf32>
  %factor = arith.constant dense<3.0> : vector<8xf32>
  %2 = math.fma %1, %1, %factor : vector<8xf32>
  %3 = arith.truncf %2 : vector<8xf32> to vector<8xbf16>
  vector.store %3, %y[%row, %column] {alignment = 16 : i64} : memref<4x256xbf16>, vector<8xbf16>
  return
}

// Products and sums are not fused but where the IR says so.

// CHECK-LABEL: .visible .entry Math(
// CHECK-DAG:   ex2.approx.ftz.f32
// CHECK-DAG:   lg2.approx.ftz.f32
// CHECK-DAG:   rsqrt.approx.ftz.f32
// CHECK-DAG:   sqrt.rn.f32
// CHECK-DAG:   div.full.f32
// CHECK-DAG:   fma.rn.f32
// CHECK-DAG:   add.rn.f32
// CHECK:       ret
func.func @Math(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = wav.argument %args[0] : memref<6xf32>
  %x = memref.load %m[%c0] : memref<6xf32>
  %y = memref.load %m[%c1] : memref<6xf32>
  %e = math.exp %x : f32
  %l = math.log %y : f32
  %r = math.rsqrt %x : f32
  %s = math.sqrt %y : f32
  %q = arith.divf %x, %y : f32
  %f = math.fma %e, %l, %r : f32
  %p = arith.mulf %s, %q : f32
  %t = arith.addf %p, %f : f32
  memref.store %t, %m[%c0] : memref<6xf32>
  return
}

// Banks are in global memory. The rows of one that is not written are read
// through the read-only path, as buffers are.

// CHECK-LABEL: .visible .entry Bank(
// CHECK-NOT:   ld.b
// CHECK:       ld.global.nc.b64
// CHECK-NOT:   ld.b
// CHECK:       ld.global.nc.v4.b32
// CHECK:       st.global.v4.b32
func.func @Bank(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %bank = wav.argument %args[0] : !wav.bank<? x tensor<4x8xf32>>
  %y = wav.argument %args[1] : memref<4x8xf32>
  %row = arith.index_cast %partition : i64 to index
  %x = wav.bank_row %bank[%row] : !wav.bank<? x tensor<4x8xf32>> -> memref<4x8xf32>
  %0 = vector.load %x[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  vector.store %0, %y[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  return
}

// One that is written is not, and neither is a buffer.

// CHECK-LABEL: .visible .entry WrittenBank(
// CHECK:       ld.global.nc.b64
// CHECK:       ld.global.v4.b32
// CHECK:       ld.global.v4.b32
// CHECK:       st.global.v4.b32
// CHECK:       st.global.v4.b32
func.func @WrittenBank(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %bank = wav.argument %args[0] : !wav.bank<? x tensor<4x8xf32>>
  %y = wav.argument %args[1] : memref<4x8xf32>
  %row = arith.index_cast %partition : i64 to index
  %x = wav.bank_row %bank[%row] : !wav.bank<? x tensor<4x8xf32>> -> memref<4x8xf32>
  %0 = vector.load %x[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  %1 = vector.load %y[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  %2 = arith.addf %0, %1 : vector<4xf32>
  vector.store %2, %x[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  vector.store %2, %y[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  return
}
