// What the NVPTX back end would leave unresolved, or abort on, is an error with
// a name.

// RUN: split-file %s %t
// RUN: not wav-translate --device-to-ptx %t/call.mlir 2>&1 | FileCheck %s --check-prefix=CALL
// CALL: error: kernel 'k' calls '__nv_expf', which has no body
// RUN: not wav-translate --device-to-ptx %t/math.mlir 2>&1 | FileCheck %s --check-prefix=MATH
// MATH: error: kernel 'k' calls 'llvm.exp.f64', which GPUs do not have; wav-approximate-math replaces exp, log and tanh of f32
// RUN: not wav-translate --device-to-ptx %t/unknown.mlir 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: kernel 'k' calls 'llvm.nvvm.redux.sync.fmin', which is not known to work on every GPU
// RUN: not wav-translate --device-to-ptx %t/assembly.mlir 2>&1 | FileCheck %s --check-prefix=ASSEMBLY
// ASSEMBLY: error: kernel 'k' holds inline assembly
// RUN: not wav-translate --device-to-ptx --chip=sm_80 %t/chip.mlir 2>&1 | FileCheck %s --check-prefix=CHIP
// CHIP: error: kernel 'k' calls 'llvm.nvvm.cp.async.bulk.commit.group', which needs sm_90, not sm_80

// RUN: not wav-translate --device-to-ptx --chip=sm_70 %t/call.mlir 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: error: GPU 'sm_70' has no bf16; sm_80 or later is needed
// RUN: not wav-translate --device-to-ptx --chip=gfx90a %t/call.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: unknown GPU 'gfx90a'; use 'sm_80', 'sm_90a', or a name that 'llc -march=nvptx64 -mcpu=help' lists
// RUN: not wav-translate --device-to-ptx %t/none.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: has no 'gpu.module @device'; wav-kernels-to-nvvm makes it

//--- call.mlir
gpu.module @device {
  llvm.func @__nv_expf(f32) -> f32
  llvm.func @k(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %0 = llvm.load %p : !llvm.ptr<1> -> f32
    %1 = llvm.call @__nv_expf(%0) : (f32) -> f32
    llvm.store %1, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
//--- math.mlir
gpu.module @device {
  llvm.func @k(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %0 = llvm.load %p : !llvm.ptr<1> -> f64
    %1 = llvm.intr.exp(%0) : (f64) -> f64
    llvm.store %1, %p : f64, !llvm.ptr<1>
    llvm.return
  }
}
//--- unknown.mlir
gpu.module @device {
  llvm.func @k(%p: !llvm.ptr<1>, %mask: i32) attributes {nvvm.kernel} {
    %0 = llvm.load %p : !llvm.ptr<1> -> f32
    %1 = llvm.call_intrinsic "llvm.nvvm.redux.sync.fmin"(%0, %mask) : (f32, i32) -> f32
    llvm.store %1, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
//--- assembly.mlir
gpu.module @device {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.inline_asm has_side_effects "trap;", "" : () -> ()
    llvm.return
  }
}
//--- chip.mlir
gpu.module @device {
  llvm.func @k() attributes {nvvm.kernel} {
    nvvm.cp.async.bulk.commit.group
    llvm.return
  }
}
//--- none.mlir
module {}
