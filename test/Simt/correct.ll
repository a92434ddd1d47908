; Correct kernels run without a report, with the same bits in every order of
; threads.
;
; RUN: wav-simt %s --kernel=row_sum --grid=3 --threads=64 x=f32[384]:iota y=f32[6] --print=y | FileCheck %s --check-prefix=SUM
; RUN: wav-simt %s --kernel=row_sum --grid=3 --threads=64 --seed=1 x=f32[384]:iota y=f32[6] --print=y | FileCheck %s --check-prefix=SUM
; RUN: wav-simt %s --kernel=row_sum --grid=3 --threads=64 --seed=2 x=f32[384]:iota y=f32[6] --print=y | FileCheck %s --check-prefix=SUM
; RUN: wav-simt %s --kernel=row_sum --grid=3 --threads=64 --no-check x=f32[384]:iota y=f32[6] --print=y | FileCheck %s --check-prefix=SUM
; SUM: y: 2016 6112 10208 14304 18400 22496

; RUN: wav-simt %s --kernel=block_sum --threads=128 x=f32[128]:iota y=f32[1] --print=y | FileCheck %s --check-prefix=BLOCK
; RUN: wav-simt %s --kernel=block_sum --threads=128 --seed=1 x=f32[128]:iota y=f32[1] --print=y | FileCheck %s --check-prefix=BLOCK
; RUN: wav-simt %s --kernel=block_sum --threads=128 --seed=2 x=f32[128]:iota y=f32[1] --print=y | FileCheck %s --check-prefix=BLOCK
; BLOCK: y: 8128

; RUN: wav-simt %s --kernel=hand_over --seed=1 x=i32[32]:iota --print=x | FileCheck %s --check-prefix=OVER
; RUN: wav-simt %s --kernel=hand_over --seed=2 x=i32[32]:iota --print=x | FileCheck %s --check-prefix=OVER
; OVER: x: 31 30 29 28 27 26 25

; RUN: wav-simt %s --kernel=reverse --grid=2 --threads=64 --shared=256 --seed=3 x=f32[128]:iota y=f32[128] --print=y | FileCheck %s --check-prefix=REVERSE
; REVERSE: y: 63 62 61
; REVERSE-SAME: 1 0 127 126
; REVERSE-SAME: 65 64{{$}}

target datalayout = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"
target triple = "nvptx64-nvidia-cuda"

@sums = internal addrspace(3) global [4 x float] undef, align 4
@line = internal addrspace(3) global [32 x i32] undef, align 4
@dynamic = external addrspace(3) global [0 x float], align 16

; A warp a row of 64 numbers.
define ptx_kernel void @row_sum(ptr addrspace(1) %x, ptr addrspace(1) %y) "nvvm.reqntid"="64" {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %lane = and i32 %tid, 31
  %warp = lshr i32 %tid, 5
  %block2 = shl i32 %block, 1
  %row = add i32 %block2, %warp
  %row64 = shl i32 %row, 6
  %lane2 = shl i32 %lane, 1
  %at = add i32 %row64, %lane2
  %p = getelementptr float, ptr addrspace(1) %x, i32 %at
  %v = load <2 x float>, ptr addrspace(1) %p, align 8, !invariant.load !0
  %v0 = extractelement <2 x float> %v, i32 0
  %v1 = extractelement <2 x float> %v, i32 1
  %s = fadd float %v0, %v1
  br label %loop
loop:
  %distance = phi i32 [ 16, %0 ], [ %half, %loop ]
  %sum = phi float [ %s, %0 ], [ %next, %loop ]
  %other = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %sum, i32 %distance, i32 31)
  %next = fadd float %sum, %other
  %half = lshr i32 %distance, 1
  %more = icmp ne i32 %half, 0
  br i1 %more, label %loop, label %end
end:
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %store, label %exit
store:
  %q = getelementptr float, ptr addrspace(1) %y, i32 %row
  store float %next, ptr addrspace(1) %q, align 4
  br label %exit
exit:
  ret void
}

; Four warps hand their sums over through shared memory.
define ptx_kernel void @block_sum(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %warp = lshr i32 %tid, 5
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %s = load float, ptr addrspace(1) %p, align 4
  br label %loop
loop:
  %distance = phi i32 [ 16, %0 ], [ %half, %loop ]
  %sum = phi float [ %s, %0 ], [ %next, %loop ]
  %other = call float @llvm.nvvm.shfl.sync.down.f32(i32 -1, float %sum, i32 %distance, i32 31)
  %next = fadd float %sum, %other
  %half = lshr i32 %distance, 1
  %more = icmp ne i32 %half, 0
  br i1 %more, label %loop, label %share
share:
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %store, label %meet
store:
  %slot = getelementptr float, ptr addrspace(3) @sums, i32 %warp
  store float %next, ptr addrspace(3) %slot, align 4
  br label %meet
meet:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %leader = icmp eq i32 %tid, 0
  br i1 %leader, label %total, label %exit
total:
  %s0 = load float, ptr addrspace(3) @sums, align 4
  %s1 = load float, ptr addrspace(3) getelementptr (float, ptr addrspace(3) @sums, i32 1), align 4
  %s2 = load float, ptr addrspace(3) getelementptr (float, ptr addrspace(3) @sums, i32 2), align 4
  %s3 = load float, ptr addrspace(3) getelementptr (float, ptr addrspace(3) @sums, i32 3), align 4
  %t0 = fadd float %s0, %s1
  %t1 = fadd float %s2, %s3
  %t = fadd float %t0, %t1
  store float %t, ptr addrspace(1) %y, align 4
  br label %exit
exit:
  ret void
}

; Within a warp, bar.warp.sync is enough: twice over the same slots.
define ptx_kernel void @hand_over(ptr addrspace(1) %x) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %mirror = sub i32 31, %lane
  %p = getelementptr i32, ptr addrspace(1) %x, i32 %lane
  %mine = getelementptr i32, ptr addrspace(3) @line, i32 %lane
  %theirs = getelementptr i32, ptr addrspace(3) @line, i32 %mirror
  br label %loop
loop:
  %i = phi i32 [ 0, %0 ], [ %i1, %loop ]
  %v = load i32, ptr addrspace(1) %p, align 4
  store i32 %v, ptr addrspace(3) %mine, align 4
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  %w = load i32, ptr addrspace(3) %theirs, align 4
  store i32 %w, ptr addrspace(1) %p, align 4
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  %i1 = add i32 %i, 1
  %more = icmp ult i32 %i1, 3
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; Dynamic shared memory, used again by each block.
define ptx_kernel void @reverse(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %size = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %start = mul i32 %block, %size
  %at = add i32 %start, %tid
  %p = getelementptr float, ptr addrspace(1) %x, i32 %at
  %q = getelementptr float, ptr addrspace(1) %y, i32 %at
  %v = load float, ptr addrspace(1) %p, align 4
  %mine = getelementptr float, ptr addrspace(3) @dynamic, i32 %tid
  store float %v, ptr addrspace(3) %mine, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %last = sub i32 %size, 1
  %mirror = sub i32 %last, %tid
  %theirs = getelementptr float, ptr addrspace(3) @dynamic, i32 %mirror
  %w = load float, ptr addrspace(3) %theirs, align 4
  store float %w, ptr addrspace(1) %q, align 4
  ret void
}

!0 = !{}
