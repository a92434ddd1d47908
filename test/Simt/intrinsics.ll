; What the GPU computes by instructions of its own.
;
; RUN: wav-simt %s --kernel=math --threads=1 x=f32[1]:4 y=f32[20] --print=y | FileCheck %s --check-prefix=MATH
; MATH: y: 16 2 0.5 2 0.25 1 17 4 5 nan 4 4 0 0
; RUN: wav-simt %s --kernel=bf16 --threads=1 x=f32[1]:1.00390625 y=bf16[8] --print=y | FileCheck %s --check-prefix=BF16
; BF16: y: 1 1 2 1.00781 nan
; RUN: wav-simt %s --kernel=lanes --seed=1 x=i32[32]:iota y=i32[256] --print=y | FileCheck %s --check-prefix=LANES
; idx 3; up 1; down 1 in segments of 8; its predicate; ballot of odd lanes;
; any; lanes of the same quarter
; LANES: y: 3 3 3
; LANES-SAME: 3 0 0 1 2 3
; LANES-SAME: 30 1 2 3 4 5 6 7 7 9 10
; LANES-SAME: 31 31 1 1 1 1 1 1 1 0 1 1 1
; LANES-SAME: -1431655766 -1431655766
; LANES-SAME: 1 1
; LANES-SAME: 255 255

target triple = "nvptx64-nvidia-cuda"

define ptx_kernel void @math(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %v = load float, ptr addrspace(1) %x, align 4
  %r0 = call float @llvm.nvvm.ex2.approx.ftz.f32(float %v)
  %r1 = call float @llvm.nvvm.lg2.approx.ftz.f(float %v)
  %r2 = call float @llvm.nvvm.rsqrt.approx.ftz.f(float %v)
  %r3 = call float @llvm.nvvm.sqrt.rn.f(float %v)
  %r4 = call float @llvm.nvvm.rcp.approx.ftz.f(float %v)
  %r5 = call float @llvm.nvvm.div.approx.f(float %v, float %v)
  %r6 = call float @llvm.nvvm.fma.rn.f(float %v, float %v, float 1.0)
  %r7 = call float @llvm.nvvm.fabs.f32(float %v)
  %r8 = call float @llvm.nvvm.fmax.f(float %v, float 5.0)
  %r9 = call float @llvm.nvvm.fmax.nan.f(float %v, float 0x7FF8000000000000)
  %r10 = call float @llvm.nvvm.fmax.f(float %v, float 0x7FF8000000000000)
  %r11 = call float @llvm.nvvm.fmin.f(float %v, float 5.0)
  ; 2^-140 is below what ftz keeps, as an operand and as a result.
  %r12 = call float @llvm.nvvm.ex2.approx.ftz.f32(float -1.400000e+02)
  %r13 = call float @llvm.nvvm.mul.rn.ftz.f(float 0x3730000000000000, float 0x47E0000000000000)
  %p1 = getelementptr float, ptr addrspace(1) %y, i32 1
  %p2 = getelementptr float, ptr addrspace(1) %y, i32 2
  %p3 = getelementptr float, ptr addrspace(1) %y, i32 3
  %p4 = getelementptr float, ptr addrspace(1) %y, i32 4
  %p5 = getelementptr float, ptr addrspace(1) %y, i32 5
  %p6 = getelementptr float, ptr addrspace(1) %y, i32 6
  %p7 = getelementptr float, ptr addrspace(1) %y, i32 7
  %p8 = getelementptr float, ptr addrspace(1) %y, i32 8
  %p9 = getelementptr float, ptr addrspace(1) %y, i32 9
  %p10 = getelementptr float, ptr addrspace(1) %y, i32 10
  %p11 = getelementptr float, ptr addrspace(1) %y, i32 11
  %p12 = getelementptr float, ptr addrspace(1) %y, i32 12
  %p13 = getelementptr float, ptr addrspace(1) %y, i32 13
  store float %r0, ptr addrspace(1) %y, align 4
  store float %r1, ptr addrspace(1) %p1, align 4
  store float %r2, ptr addrspace(1) %p2, align 4
  store float %r3, ptr addrspace(1) %p3, align 4
  store float %r4, ptr addrspace(1) %p4, align 4
  store float %r5, ptr addrspace(1) %p5, align 4
  store float %r6, ptr addrspace(1) %p6, align 4
  store float %r7, ptr addrspace(1) %p7, align 4
  store float %r8, ptr addrspace(1) %p8, align 4
  store float %r9, ptr addrspace(1) %p9, align 4
  store float %r10, ptr addrspace(1) %p10, align 4
  store float %r11, ptr addrspace(1) %p11, align 4
  store float %r12, ptr addrspace(1) %p12, align 4
  store float %r13, ptr addrspace(1) %p13, align 4
  ret void
}

; Half way between two bf16, by every road: to the even one. Then a little more.
define ptx_kernel void @bf16(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %v = load float, ptr addrspace(1) %x, align 4
  %a = fptrunc float %v to bfloat
  %b = call bfloat @llvm.nvvm.f2bf16.rn(float %v)
  %more = fmul float %v, 0x3FF0001000000000
  %ab = call <2 x bfloat> @llvm.nvvm.ff2bf16x2.rn(float %more, float 2.0)
  %nan = fptrunc float 0x7FF8000000000000 to bfloat
  %p1 = getelementptr bfloat, ptr addrspace(1) %y, i32 1
  %p2 = getelementptr bfloat, ptr addrspace(1) %y, i32 2
  %p4 = getelementptr bfloat, ptr addrspace(1) %y, i32 4
  store bfloat %a, ptr addrspace(1) %y, align 2
  store bfloat %b, ptr addrspace(1) %p1, align 2
  store <2 x bfloat> %ab, ptr addrspace(1) %p2, align 4
  store bfloat %nan, ptr addrspace(1) %p4, align 2
  ret void
}

define ptx_kernel void @lanes(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %p = getelementptr i32, ptr addrspace(1) %x, i32 %lane
  %v = load i32, ptr addrspace(1) %p, align 4
  %r0 = call i32 @llvm.nvvm.shfl.sync.idx.i32(i32 -1, i32 %v, i32 3, i32 31)
  %r1 = call i32 @llvm.nvvm.shfl.sync.up.i32(i32 -1, i32 %v, i32 1, i32 0)
  ; Segments of 8: the mask of bits that stay is 24.
  %r23 = call {i32, i1} @llvm.nvvm.shfl.sync.down.i32p(i32 -1, i32 %v, i32 1, i32 6175)
  %r2 = extractvalue {i32, i1} %r23, 0
  %inside = extractvalue {i32, i1} %r23, 1
  %r3 = zext i1 %inside to i32
  %bit = and i32 %v, 1
  %odd = icmp eq i32 %bit, 1
  %r4 = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, i1 %odd)
  %some = call i1 @llvm.nvvm.vote.any.sync(i32 -1, i1 %odd)
  %r6 = zext i1 %some to i32
  %quarter = lshr i32 %v, 3
  %r7 = call i32 @llvm.nvvm.match.any.sync.i32(i32 -1, i32 %quarter)
  %q0 = getelementptr i32, ptr addrspace(1) %y, i32 %lane
  %q1 = getelementptr i32, ptr addrspace(1) %q0, i32 32
  %q2 = getelementptr i32, ptr addrspace(1) %q0, i32 64
  %q3 = getelementptr i32, ptr addrspace(1) %q0, i32 96
  %q4 = getelementptr i32, ptr addrspace(1) %q0, i32 128
  %q6 = getelementptr i32, ptr addrspace(1) %q0, i32 192
  %q7 = getelementptr i32, ptr addrspace(1) %q0, i32 224
  store i32 %r0, ptr addrspace(1) %q0, align 4
  store i32 %r1, ptr addrspace(1) %q1, align 4
  store i32 %r2, ptr addrspace(1) %q2, align 4
  store i32 %r3, ptr addrspace(1) %q3, align 4
  store i32 %r4, ptr addrspace(1) %q4, align 4
  store i32 %r6, ptr addrspace(1) %q6, align 4
  store i32 %r7, ptr addrspace(1) %q7, align 4
  ret void
}
