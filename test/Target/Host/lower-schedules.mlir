// RUN: wav-opt %s --wav-lower-schedules="target='cpu test'" | FileCheck %s
// RUN: wav-opt %s --wav-lower-schedules | mlir-translate --mlir-to-llvmir \
// RUN:   | FileCheck %s --check-prefix=LLVM

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64,
                   wav.config = "{\"vocab_size\": 5, \"num_hidden_layers\": 1}",
                   wav.optimizer = {beta1 = 0.5 : f64, beta2 = 0.75 : f64, epsilon = 0.125 : f64, name = "adamw"}} {

wav.parameter @w : tensor<4x4xf32> {init_value = 2.000000e-02 : f64, normal, decay}
wav.parameter @g : tensor<4xf32> {init_value = 1.0 : f64}
wav.state @k : tensor<4x4xf32>
wav.constant at 0 dense<[1, -1]> : tensor<2xi32>
wav.constant at 64 dense<1.0> : tensor<4xf32>

llvm.func @kernel(%args: !llvm.ptr, %partition: i64) {
  llvm.return
}

// Pairs (base, offset). Bases 0 to 7 are the arenas, 8 is the table itself, 9
// is zero. A bank is its size and its rows, once; a slot that is a bank points
// into the table.
// CHECK: llvm.mlir.global internal constant @f.addresses(dense<[9, 2, 6, 0, 5, 0, 5, 0, 8, 0, 7, 0,
// CHECK-SAME: 5, 0, 5, 0, 5, 0, 9, 0, 6, 0, 6, 64, 6, 80]> : tensor<26xi64>)
// CHECK: llvm.mlir.global internal constant @f.params(dense<[1, 4, 4, 1, 4]> : tensor<5xi64>)

// CHECK-LABEL: llvm.func internal @f(
// CHECK-SAME: %[[CONTEXT:[^:]*]]: !llvm.ptr, %[[ADDRESSES:[^:]*]]: !llvm.ptr) -> i32
// CHECK: %[[FIRST:.*]] = llvm.mlir.constant(3 : i64)
// CHECK: %[[SLOTS:.*]] = llvm.getelementptr %[[ADDRESSES]][%[[FIRST]]]
// CHECK: %[[KERNEL:.*]] = llvm.mlir.addressof @kernel
// CHECK: %[[PARTITIONS:.*]] = llvm.mlir.constant(7 : i64)
// CHECK: llvm.call @wavrt_launch(%[[CONTEXT]], %{{.*}}, %[[KERNEL]], %[[SLOTS]], %[[PARTITIONS]])
// CHECK: %[[STATUS:.*]] = llvm.call @wavrt_call(%[[CONTEXT]],
// CHECK: %[[FAILED:.*]] = llvm.icmp "ne" %[[STATUS]]
// CHECK: llvm.cond_br %[[FAILED]], ^[[EXIT:.*]](%[[STATUS]] : i32), ^
// CHECK: ^[[EXIT]](%[[RESULT:.*]]: i32):
// CHECK: llvm.return %[[RESULT]] : i32
wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  %s = wav.view scratch[0] : memref<4x4xf32>
  %kinds = wav.view constants[0] : memref<2xi32>
  %max = wav.view scratch[64] : memref<4xf32>
  %inverse_sum = wav.view scratch[80] : memref<4xf32>
  %null = wav.null : memref<0xi32>
  wav.input "x" %x fill {kind = "random", stream = 3 : i64, name = "noise", scale = 0.5 : f64} : memref<4x4xf32>
  %bank = wav.table(%s, %x) : (memref<4x4xf32>, memref<4x4xf32>) -> !wav.bank<2 x tensor<4x4xf32>>
  wav.launch @kernel(%x, %bank, %kinds) {partitions = 7 : i64, category = "routing", bytes = 10 : i64, bytes_by_category = {norm = 3 : i64, routing = 7 : i64}, flops = 20 : i64}
      : memref<4x4xf32>, !wav.bank<2 x tensor<4x4xf32>>, memref<2xi32>
  wav.call "wavrt_attention_f32"(%x, %x, %x, %null, %s, %max, %inverse_sum) [1, 4, 4, 1, 4] {category = "attention", bytes = 1 : i64, flops = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>, memref<4xf32>, memref<4xf32>
  wav.output "y" %s : memref<4x4xf32>
}
}

// The runtime learns from the manifest what was compiled. Gradients and moments
// are not used here, so that they take no memory.
// CHECK: @wav_manifest("{\22abi\22:5,\22model\22:{\22num_hidden_layers\22:1,\22vocab_size\22:5},\22batch\22:2,\22context\22:4,\22precision\22:\22f32\22,\22target\22:\22cpu test\22,
// CHECK-SAME: \22optimizer\22:{\22beta1\22:0.5,\22beta2\22:0.75,\22epsilon\22:0.125,\22name\22:\22adamw\22},
// CHECK-SAME: \22arenas\22:{\22parameters\22:4096,\22gradients\22:0,\22first_moment\22:0,\22second_moment\22:0,\22state\22:0,\22io\22:64,\22scratch\22:96,\22constants\22:80},
// CHECK-SAME: {\22name\22:\22w\22,\22shape\22:[4,4],\22dtype\22:\22f32\22,\22offset\22:0,\22init\22:{\22kind\22:\22normal\22,\22value\22:0.02},\22decay\22:true}
// CHECK-SAME: {\22name\22:\22g\22,\22shape\22:[4],\22dtype\22:\22f32\22,\22offset\22:2048,\22init\22:{\22kind\22:\22constant\22,\22value\22:1},\22decay\22:false}
// CHECK-SAME: \22inputs\22:[{\22name\22:\22x\22,\22shape\22:[4,4],\22dtype\22:\22f32\22,\22offset\22:0,\22arena\22:\22io\22,\22fill\22:{\22kind\22:\22random\22,\22name\22:\22noise\22,\22scale\22:0.5,\22stream\22:3}}]
// CHECK-SAME: \22outputs\22:[{\22name\22:\22y\22,\22shape\22:[4,4],\22dtype\22:\22f32\22,\22offset\22:0,\22arena\22:\22scratch\22}]
// CHECK-SAME: \22launches\22:[{\22name\22:\22kernel\22,\22category\22:\22routing\22,\22bytes\22:10,\22bytes_by_category\22:{\22norm\22:3,\22routing\22:7},\22flops\22:20,\22partitions\22:7},{\22name\22:\22attention_f32\22,
// CHECK: llvm.mlir.global external constant @wav_program()
// CHECK-NOT: wav.kernel

// The constants arena: two integers, padding, four ones.
// LLVM: @wav_constants = internal constant [80 x i8] c"\01\00\00\00\FF\FF\FF\FF\00{{.*}}\00\00\80?\00\00\80?\00\00\80?\00\00\80?"
// LLVM: @f.name = internal constant [2 x i8] c"f\00"
// LLVM: @wav_entries = internal constant [1 x { ptr, ptr, i64, ptr }] [{ ptr, ptr, i64, ptr } { ptr @f.name, ptr @f, i64 13, ptr @f.addresses }]
// LLVM: @wav_program = constant { i64, i32, i32, ptr, ptr, i64, ptr, ptr, i64, ptr } { i64 3552586181501141335, i32 5, i32 1, ptr @wav_entries, ptr @wav_manifest, i64 {{[0-9]+}}, ptr @wav_constants, ptr null, i64 0, ptr null }
// LLVM: define internal void @kernel
