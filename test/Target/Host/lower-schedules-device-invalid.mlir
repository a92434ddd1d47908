// RUN: wav-opt %s --wav-lower-schedules="target='cuda sm_90a'" --split-input-file --verify-diagnostics

// expected-error @below {{a program for a GPU needs its kernels in 'gpu.module @device'; wav-kernels-to-nvvm makes it}}
module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{}"} {
}

// -----

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{}"} {
gpu.module @device {
  // expected-error @below {{a kernel needs the attribute 'nvvm.reqntid', the threads of a block}}
  llvm.func @k(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    llvm.return
  }
}
}

// -----

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{}"} {
llvm.func @host(%args: !llvm.ptr, %partition: i64) {
  llvm.return
}
gpu.module @device {
}
wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{launches 'host', which 'gpu.module @device' lacks}}
  wav.launch @host(%x) {partitions = 7 : i64, category = "routing", bytes = 10 : i64, flops = 20 : i64}
      : memref<4x4xf32>
}
}

// -----

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{}"} {
gpu.module @device {
  llvm.func @k(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>) attributes {
      nvvm.kernel, nvvm.reqntid = array<i32: 128>} {
    llvm.return
  }
}
wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 1 slots, but 'k' has 2}}
  wav.launch @k(%x) {partitions = 7 : i64, category = "routing", bytes = 10 : i64, flops = 20 : i64}
      : memref<4x4xf32>
}
}

// -----

module attributes {wav.batch = 2 : i64, wav.context = 4 : i64, wav.config = "{}"} {
gpu.module @device {
}
wav.schedule @f {
  %x = wav.view io[0] : memref<4xi32>
  %y = wav.view io[64] : memref<4x4xf32>
  // expected-error @below {{calls 'wavrt_embed_grad_f32', and on a GPU the runtime computes only matrix products; wav-calls-to-kernels makes kernels of the rest}}
  wav.call "wavrt_embed_grad_f32"(%x, %y, %y) [4, 4, 4] {category = "other", bytes = 1 : i64, flops = 2 : i64}
      : memref<4xi32>, memref<4x4xf32>, memref<4x4xf32>
}
}
