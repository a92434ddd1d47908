// RUN: wav-opt %s -wav-kernels-to-nvvm -canonicalize | FileCheck %s

// A kernel that neither declares threads nor is a kernel stays.

// CHECK-LABEL: func.func @Host

// CHECK:       gpu.module @device {
// CHECK-DAG:     llvm.mlir.global external @wav_dynamic_shared() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
// CHECK-DAG:     llvm.mlir.global private @partials() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<4 x f32>
memref.global "private" @partials : memref<4xf32, 3> = uninitialized

// One parameter a slot, also for slot 1, which is not used. The block is the
// partition.

// CHECK-LABEL: llvm.func @Slots(
// CHECK-SAME:    %[[X:.*]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias},
// CHECK-SAME:    %{{.*}}: !llvm.ptr<1> {llvm.noalias},
// CHECK-SAME:    %[[Y:.*]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias})
// CHECK-SAME:    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64>, wav.shared_bytes = 256 : i64, wav.threads = 64 : i64}
// CHECK:         %[[BLOCK:.*]] = nvvm.read.ptx.sreg.ctaid.x : i32
// CHECK:         llvm.zext %[[BLOCK]] : i32 to i64
// CHECK:         llvm.addrspacecast %[[X]] : !llvm.ptr<1> to !llvm.ptr
// CHECK:         llvm.addrspacecast %[[Y]] : !llvm.ptr<1> to !llvm.ptr
// CHECK:         llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr -> vector<4xf32>
// CHECK:         llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xf32>, !llvm.ptr
func.func @Slots(%args: !llvm.ptr, %partition: i64)
    attributes {wav.threads = 64 : i64, wav.shared_bytes = 256 : i64} {
  %c0 = arith.constant 0 : index
  %x = wav.argument %args[0] : memref<4x8xf32>
  %y = wav.argument %args[2] : memref<4x8xf32>
  %row = arith.index_cast %partition : i64 to index
  %0 = vector.load %x[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  vector.store %0, %y[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  return
}

// A kernel of several instances has one parameter, a table of the slots of all:
// here of two partitions and two slots each.

// CHECK-LABEL: llvm.func @Instances(
// CHECK-SAME:    %[[TABLE:[^:]*]]: !llvm.ptr<1> {llvm.align = 8 : i64, llvm.noalias})
// CHECK-SAME:    wav.instances = array<i64: 2, 2>
// CHECK:         %[[C2:.*]] = llvm.mlir.constant(2 : i64)
// CHECK:         llvm.urem %{{.*}}, %[[C2]]
// CHECK:         %[[INSTANCE:.*]] = llvm.udiv
// CHECK:         %[[FIRST:.*]] = llvm.mul %[[INSTANCE]], %[[C2]]
// CHECK:         %[[INDEX:.*]] = llvm.add %[[FIRST]]
// CHECK:         %[[ENTRY:.*]] = llvm.getelementptr %[[TABLE]][%[[INDEX]]] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, i64
// CHECK:         %[[X:.*]] = llvm.load %[[ENTRY]] : !llvm.ptr<1> -> !llvm.ptr<1>
// CHECK:         llvm.intr.assume %{{.*}} ["align"(%[[X]], %{{.*}} : !llvm.ptr<1>, i64)]
// CHECK:         llvm.addrspacecast %[[X]] : !llvm.ptr<1> to !llvm.ptr
func.func @Instances(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %x = wav.argument %args[0] : memref<4x8xf32>
  %y = wav.argument %args[1] : memref<4x8xf32>
  %row = arith.index_cast %partition : i64 to index
  %0 = vector.load %x[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  vector.store %0, %y[%row, %c0] {alignment = 16 : i64} : memref<4x8xf32>, vector<4xf32>
  return
}
wav.schedule @launches {
  %x = wav.view io[0] : memref<4x8xf32>
  %y = wav.view io[128] : memref<4x8xf32>
  %z = wav.view io[256] : memref<4x8xf32>
  wav.launch @Instances(%x, %y, %x, %z) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64}
      : memref<4x8xf32>, memref<4x8xf32>, memref<4x8xf32>, memref<4x8xf32>
}

// A bank's table and its rows are in global memory.

// CHECK-LABEL: llvm.func @Bank(
// CHECK-SAME:    %[[BANK:.*]]: !llvm.ptr<1> {llvm.align = 8 : i64, llvm.noalias})
// CHECK:         %[[SIZE:.*]] = llvm.load %[[BANK]] : !llvm.ptr<1> -> i64
// CHECK:         llvm.add %{{.*}}, %{{.*}} : i64
// CHECK:         %[[ENTRY:.*]] = llvm.getelementptr %[[BANK]]
// CHECK:         %[[ROW:.*]] = llvm.load %[[ENTRY]] : !llvm.ptr<1> -> !llvm.ptr<1>
// CHECK:         llvm.addrspacecast %[[ROW]] : !llvm.ptr<1> to !llvm.ptr
func.func @Bank(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %c0 = arith.constant 0 : index
  %bank = wav.argument %args[0] : !wav.bank<? x tensor<4x8xf32>>
  %index = arith.index_cast %partition : i64 to index
  %size = wav.bank_size %bank : !wav.bank<? x tensor<4x8xf32>>
  %row = wav.bank_row %bank[%index] : !wav.bank<? x tensor<4x8xf32>> -> memref<4x8xf32>
  %f = arith.constant 1.0 : f32
  memref.store %f, %row[%c0, %size] : memref<4x8xf32>
  return
}

// CHECK-LABEL: llvm.func @Shared(
// CHECK-DAG:     llvm.mlir.addressof @wav_dynamic_shared : !llvm.ptr<3>
// CHECK-DAG:     llvm.mlir.addressof @partials : !llvm.ptr<3>
// CHECK:         %[[TID:.*]] = nvvm.read.ptx.sreg.tid.x : i32
// CHECK:         llvm.zext %[[TID]] : i32 to i64
// CHECK:         llvm.store %{{.*}}, %{{.*}} : f32, !llvm.ptr<3>
// CHECK:         nvvm.barrier0
// CHECK:         llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK:         llvm.store %{{.*}}, %{{.*}} : f32, !llvm.ptr<3>
func.func @Shared(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  %f = arith.constant 1.0 : f32
  %c0 = arith.constant 0 : index
  %bytes = gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
  %tile = memref.view %bytes[%c0][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<32xf32, #gpu.address_space<workgroup>>
  %id = gpu.thread_id x
  %partials = memref.get_global @partials : memref<4xf32, 3>
  memref.store %f, %partials[%id] : memref<4xf32, 3>
  gpu.barrier
  %0 = memref.load %partials[%c0] : memref<4xf32, 3>
  memref.store %0, %tile[%id] : memref<32xf32, #gpu.address_space<workgroup>>
  return
}

func.func @Host(%x: i32) {
  return
}
