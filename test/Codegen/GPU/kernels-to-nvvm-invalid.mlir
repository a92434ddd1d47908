// RUN: wav-opt %s -wav-kernels-to-nvvm -split-input-file -verify-diagnostics

// expected-error @below {{'func.func' op with 'wav.threads' must have type '(!llvm.ptr, i64) -> ()', as a kernel}}
func.func @NotAKernel(%x: i64) attributes {wav.threads = 32 : i64} {
  return
}

// -----

// expected-error @below {{'func.func' op 'wav.threads' must be an integer in [1, 1024]}}
func.func @TooManyThreads(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 2048 : i64} {
  return
}

// -----

func.func @Unsupported(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  // expected-error @below {{failed to legalize operation 'gpu.thread_id'}}
  %id = gpu.thread_id y
  return
}

// -----

func.func @Partitions(%args: !llvm.ptr, %partition: i64) attributes {wav.threads = 32 : i64} {
  return
}
wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  wav.launch @Partitions(%x, %x) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64} : memref<4xf32>, memref<4xf32>
  // expected-error @below {{runs 4 partitions of 'Partitions' and another launch 2; a kernel that is launched for several instances needs as many everywhere}}
  wav.launch @Partitions(%x) {partitions = 4 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4xf32>
}
