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
