; Asynchronous copies into shared memory: they are done when they have been
; waited for, and seen by others after a barrier.
;
; RUN: wav-simt %s --kernel=reverse --threads=64 x=f32[64]:iota y=f32[64] --print=y | FileCheck %s
; RUN: wav-simt %s --kernel=reverse --threads=64 --seed=1 x=f32[64]:iota y=f32[64] --print=y | FileCheck %s
; CHECK: y: 63 62 61 60

; The second of two groups is still on its way when the first is used.
; RUN: wav-simt %s --kernel=pipeline x=f32[64]:iota y=f32[32] --print=y | FileCheck %s --check-prefix=PIPELINE
; PIPELINE: y: 32 34 36 38

; Fewer bytes than are written: the others are zero.
; RUN: wav-simt %s --kernel=zero_fill --threads=1 x=f32[4]:5 y=f32[4] --print=y | FileCheck %s --check-prefix=FILL
; FILL: y: 5 5 0 0

; RUN: not wav-simt %s --kernel=no_wait x=f32[64] y=f32[32] 2>&1 | FileCheck %s --check-prefix=WAIT
; WAIT: error: read of shared memory that cp.async is writing: kernel 'no_wait', block 0, thread 0: reads 4 bytes at tile + 0 of 256 bytes; thread 0 has not waited for its copy

; Waiting for one's own copies does not show them to others.
; RUN: not wav-simt %s --kernel=no_barrier --threads=64 x=f32[64] y=f32[64] 2>&1 | FileCheck %s --check-prefix=BARRIER
; BARRIER: error: {{race on shared memory|read of shared memory that cp.async is writing|read of unwritten shared memory}}: kernel 'no_barrier', block 0, thread {{[0-9]+}}: reads 4 bytes at tile

; RUN: not wav-simt %s --kernel=misaligned --threads=1 x=f32[64] y=f32[64] 2>&1 | FileCheck %s --check-prefix=ALIGN
; ALIGN: error: misaligned access: kernel 'misaligned', block 0, thread 0: cp.async.cg.shared.global.16 needs addresses that are multiples of 16

; RUN: not wav-simt %s --kernel=beyond --threads=64 x=f32[32] y=f32[64] 2>&1 | FileCheck %s --check-prefix=BEYOND
; BEYOND: error: out of bounds: kernel 'beyond', block 0, thread 32: reads 4 bytes at x + 128 of 128 bytes

target triple = "nvptx64-nvidia-cuda"

@tile = internal addrspace(3) global [64 x float] undef, align 16

define ptx_kernel void @reverse(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %s = getelementptr float, ptr addrspace(3) @tile, i32 %tid
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 0)
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %m = xor i32 %tid, 63
  %r = getelementptr float, ptr addrspace(3) @tile, i32 %m
  %v = load float, ptr addrspace(3) %r, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %v, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @pipeline(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %p1 = getelementptr float, ptr addrspace(1) %p, i32 32
  %s = getelementptr float, ptr addrspace(3) @tile, i32 %tid
  %s1 = getelementptr float, ptr addrspace(3) %s, i32 32
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s1, ptr addrspace(1) %p1)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  %v = load float, ptr addrspace(3) %s, align 4
  call void @llvm.nvvm.cp.async.wait.group(i32 0)
  %v1 = load float, ptr addrspace(3) %s1, align 4
  %sum = fadd float %v, %v1
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %sum, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @zero_fill(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  call void @llvm.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3) @tile, ptr addrspace(1) %x, i32 8)
  call void @llvm.nvvm.cp.async.wait.all()
  %v = load <4 x float>, ptr addrspace(3) @tile, align 16
  store <4 x float> %v, ptr addrspace(1) %y, align 16
  ret void
}

define ptx_kernel void @no_wait(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %s = getelementptr float, ptr addrspace(3) @tile, i32 %tid
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %v = load float, ptr addrspace(3) %s, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %v, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @no_barrier(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %s = getelementptr float, ptr addrspace(3) @tile, i32 %tid
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.wait.all()
  %m = xor i32 %tid, 63
  %r = getelementptr float, ptr addrspace(3) @tile, i32 %m
  %v = load float, ptr addrspace(3) %r, align 4
  ret void
}

define ptx_kernel void @misaligned(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %p = getelementptr float, ptr addrspace(1) %x, i32 1
  call void @llvm.nvvm.cp.async.cg.shared.global.16(ptr addrspace(3) @tile, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.wait.all()
  ret void
}

define ptx_kernel void @beyond(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %s = getelementptr float, ptr addrspace(3) @tile, i32 %tid
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %s, ptr addrspace(1) %p)
  call void @llvm.nvvm.cp.async.wait.all()
  ret void
}
