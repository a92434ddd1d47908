; Products of matrices by a warp, with the fragments that the PTX manual draws:
; A is 16 x 16, B is given as its transpose, 8 x 16, C is all ones.
;
; RUN: wav-simt %s --kernel=product a=bf16[256]:iota b=bf16[128]:iota y=f32[128]:1 --print=y | FileCheck %s
; RUN: wav-simt %s --kernel=product --seed=1 a=bf16[256]:iota b=bf16[128]:iota y=f32[128]:1 --print=y | FileCheck %s
; RUN: wav-simt %s --kernel=by_ldmatrix a=bf16[256]:iota b=bf16[128]:iota y=f32[128]:1 --print=y | FileCheck %s
; CHECK: y: 1241 3161 5081 7001 8921 10841 12761 14681 3161 9177 15193 21209 27225 33241 39257 45273
; CHECK-SAME: 5081 15193 25305 35417 45529 55641 65753 75865 7001 21209 35417 49625 63833 78041 92249 106457
; CHECK-SAME: 8921 27225 45529 63833 82137 100441 118745 137049 10841 33241 55641 78041 100441 122841 145241 167641
; CHECK-SAME: 12761 39257 65753 92249 118745 145241 171737 198233 14681 45273 75865 106457 137049 167641 198233 228825
; CHECK-SAME: 16601 51289 85977 120665 155353 190041 224729 259417 18521 57305 96089 134873 173657 212441 251225 290009
; CHECK-SAME: 20441 63321 106201 149081 191961 234841 277721 320601 22361 69337 116313 163289 210265 257241 304217 351193
; CHECK-SAME: 24281 75353 126425 177497 228569 279641 330713 381785 26201 81369 136537 191705 246873 302041 357209 412377
; CHECK-SAME: 28121 87385 146649 205913 265177 324441 383705 442969 30041 93401 156761 220121 283481 346841 410201 473561

; The first eight columns only.
; RUN: wav-simt %s --kernel=half a=bf16[256]:iota b=bf16[128]:iota y=f32[128]:1 --print=y | FileCheck %s --check-prefix=HALF
; HALF: y: 141 589 1037 1485 1933 2381 2829 3277 589 3085 5581 8077 10573 13069 15565 18061
; HALF-SAME: 1037 5581 10125 14669 19213 23757 28301 32845 1485 8077 14669 21261 27853 34445 41037 47629
; HALF-SAME: 1933 10573 19213 27853 36493 45133 53773 62413 2381 13069 23757 34445 45133 55821 66509 77197
; HALF-SAME: 2829 15565 28301 41037 53773 66509 79245 91981 3277 18061 32845 47629 62413 77197 91981 106765
; HALF-SAME: 3725 20557 37389 54221 71053 87885 104717 121549 4173 23053 41933 60813 79693 98573 117453 136333
; HALF-SAME: 4621 25549 46477 67405 88333 109261 130189 151117 5069 28045 51021 73997 96973 119949 142925 165901
; HALF-SAME: 5517 30541 55565 80589 105613 130637 155661 180685 5965 33037 60109 87181 114253 141325 168397 195469
; HALF-SAME: 6413 35533 64653 93773 122893 152013 181133 210253 6861 38029 69197 100365 131533 162701 193869 225037

; Registers of A in the wrong order give other numbers, in the same places that
; a GPU would: row 8 of A stands in columns 8 to 15 of row 0.
; RUN: wav-simt %s --kernel=wrong_fragment a=bf16[256]:iota b=bf16[128]:iota y=f32[128]:1 --print=y | FileCheck %s --check-prefix=WRONG
; WRONG: y: 12281 29561 46841 64121 81401 98681 115961 133241

; RUN: wav-simt %s --kernel=transpose x=bf16[64]:iota y=bf16[64] --print=y | FileCheck %s --check-prefix=TRANSPOSE
; TRANSPOSE: y: 0 8 16 24 32 40 48 56 1 9 17

; A product is of the whole warp.
; RUN: not wav-simt %s --kernel=product --threads=16 a=bf16[256] b=bf16[128] y=f32[128] 2>&1 | FileCheck %s --check-prefix=FEW
; FEW: error: divergent lanes: kernel 'product', block 0, thread 0: mma.m16n8k16.row.col.bf16 under divergence waits for lane 16 (mask 0xffffffff), which the block does not have

target triple = "nvptx64-nvidia-cuda"

@tile_a = internal addrspace(3) global [256 x bfloat] undef, align 16
@tile_b = internal addrspace(3) global [128 x bfloat] undef, align 16

define ptx_kernel void @product(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3
  %t2 = shl i32 %t, 1
  %a0.r = add i32 %g, 0
  %a0.m = mul i32 %a0.r, 16
  %a0.c = add i32 %t2, 0
  %a0.o = add i32 %a0.m, %a0.c
  %a0.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a0.o
  %a0 = load i32, ptr addrspace(1) %a0.p, align 4
  %a1.r = add i32 %g, 8
  %a1.m = mul i32 %a1.r, 16
  %a1.c = add i32 %t2, 0
  %a1.o = add i32 %a1.m, %a1.c
  %a1.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a1.o
  %a1 = load i32, ptr addrspace(1) %a1.p, align 4
  %a2.r = add i32 %g, 0
  %a2.m = mul i32 %a2.r, 16
  %a2.c = add i32 %t2, 8
  %a2.o = add i32 %a2.m, %a2.c
  %a2.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a2.o
  %a2 = load i32, ptr addrspace(1) %a2.p, align 4
  %a3.r = add i32 %g, 8
  %a3.m = mul i32 %a3.r, 16
  %a3.c = add i32 %t2, 8
  %a3.o = add i32 %a3.m, %a3.c
  %a3.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a3.o
  %a3 = load i32, ptr addrspace(1) %a3.p, align 4
  %b0.r = add i32 %g, 0
  %b0.m = mul i32 %b0.r, 16
  %b0.c = add i32 %t2, 0
  %b0.o = add i32 %b0.m, %b0.c
  %b0.p = getelementptr bfloat, ptr addrspace(1) %b, i32 %b0.o
  %b0 = load i32, ptr addrspace(1) %b0.p, align 4
  %b1.r = add i32 %g, 0
  %b1.m = mul i32 %b1.r, 16
  %b1.c = add i32 %t2, 8
  %b1.o = add i32 %b1.m, %b1.c
  %b1.p = getelementptr bfloat, ptr addrspace(1) %b, i32 %b1.o
  %b1 = load i32, ptr addrspace(1) %b1.p, align 4
  %c.m = mul i32 %g, 8
  %c.o = add i32 %c.m, %t2
  %c0.p = getelementptr float, ptr addrspace(1) %y, i32 %c.o
  %c2.p = getelementptr float, ptr addrspace(1) %c0.p, i32 64
  %c01 = load <2 x float>, ptr addrspace(1) %c0.p, align 8
  %c23 = load <2 x float>, ptr addrspace(1) %c2.p, align 8
  %c0 = extractelement <2 x float> %c01, i32 0
  %c1 = extractelement <2 x float> %c01, i32 1
  %c2 = extractelement <2 x float> %c23, i32 0
  %c3 = extractelement <2 x float> %c23, i32 1
  %d = call {float, float, float, float} @llvm.nvvm.mma.m16n8k16.row.col.bf16(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3)
  %d0 = extractvalue {float, float, float, float} %d, 0
  %d1 = extractvalue {float, float, float, float} %d, 1
  %d2 = extractvalue {float, float, float, float} %d, 2
  %d3 = extractvalue {float, float, float, float} %d, 3
  %d01.0 = insertelement <2 x float> poison, float %d0, i32 0
  %d01 = insertelement <2 x float> %d01.0, float %d1, i32 1
  %d23.0 = insertelement <2 x float> poison, float %d2, i32 0
  %d23 = insertelement <2 x float> %d23.0, float %d3, i32 1
  store <2 x float> %d01, ptr addrspace(1) %c0.p, align 8
  store <2 x float> %d23, ptr addrspace(1) %c2.p, align 8
  ret void
}

; a1 and a2 swapped.
define ptx_kernel void @wrong_fragment(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3
  %t2 = shl i32 %t, 1
  %a0.r = add i32 %g, 0
  %a0.m = mul i32 %a0.r, 16
  %a0.c = add i32 %t2, 0
  %a0.o = add i32 %a0.m, %a0.c
  %a0.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a0.o
  %a0 = load i32, ptr addrspace(1) %a0.p, align 4
  %a1.r = add i32 %g, 8
  %a1.m = mul i32 %a1.r, 16
  %a1.c = add i32 %t2, 0
  %a1.o = add i32 %a1.m, %a1.c
  %a1.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a1.o
  %a1 = load i32, ptr addrspace(1) %a1.p, align 4
  %a2.r = add i32 %g, 0
  %a2.m = mul i32 %a2.r, 16
  %a2.c = add i32 %t2, 8
  %a2.o = add i32 %a2.m, %a2.c
  %a2.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a2.o
  %a2 = load i32, ptr addrspace(1) %a2.p, align 4
  %a3.r = add i32 %g, 8
  %a3.m = mul i32 %a3.r, 16
  %a3.c = add i32 %t2, 8
  %a3.o = add i32 %a3.m, %a3.c
  %a3.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a3.o
  %a3 = load i32, ptr addrspace(1) %a3.p, align 4
  %b0.r = add i32 %g, 0
  %b0.m = mul i32 %b0.r, 16
  %b0.c = add i32 %t2, 0
  %b0.o = add i32 %b0.m, %b0.c
  %b0.p = getelementptr bfloat, ptr addrspace(1) %b, i32 %b0.o
  %b0 = load i32, ptr addrspace(1) %b0.p, align 4
  %b1.r = add i32 %g, 0
  %b1.m = mul i32 %b1.r, 16
  %b1.c = add i32 %t2, 8
  %b1.o = add i32 %b1.m, %b1.c
  %b1.p = getelementptr bfloat, ptr addrspace(1) %b, i32 %b1.o
  %b1 = load i32, ptr addrspace(1) %b1.p, align 4
  %c.m = mul i32 %g, 8
  %c.o = add i32 %c.m, %t2
  %c0.p = getelementptr float, ptr addrspace(1) %y, i32 %c.o
  %c2.p = getelementptr float, ptr addrspace(1) %c0.p, i32 64
  %c01 = load <2 x float>, ptr addrspace(1) %c0.p, align 8
  %c23 = load <2 x float>, ptr addrspace(1) %c2.p, align 8
  %c0 = extractelement <2 x float> %c01, i32 0
  %c1 = extractelement <2 x float> %c01, i32 1
  %c2 = extractelement <2 x float> %c23, i32 0
  %c3 = extractelement <2 x float> %c23, i32 1
  %d = call {float, float, float, float} @llvm.nvvm.mma.m16n8k16.row.col.bf16(i32 %a0, i32 %a2, i32 %a1, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3)
  %d0 = extractvalue {float, float, float, float} %d, 0
  %d1 = extractvalue {float, float, float, float} %d, 1
  %d2 = extractvalue {float, float, float, float} %d, 2
  %d3 = extractvalue {float, float, float, float} %d, 3
  %d01.0 = insertelement <2 x float> poison, float %d0, i32 0
  %d01 = insertelement <2 x float> %d01.0, float %d1, i32 1
  %d23.0 = insertelement <2 x float> poison, float %d2, i32 0
  %d23 = insertelement <2 x float> %d23.0, float %d3, i32 1
  store <2 x float> %d01, ptr addrspace(1) %c0.p, align 8
  store <2 x float> %d23, ptr addrspace(1) %c2.p, align 8
  ret void
}

define ptx_kernel void @half(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3
  %t2 = shl i32 %t, 1
  %a0.r = add i32 %g, 0
  %a0.m = mul i32 %a0.r, 16
  %a0.c = add i32 %t2, 0
  %a0.o = add i32 %a0.m, %a0.c
  %a0.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a0.o
  %a0 = load i32, ptr addrspace(1) %a0.p, align 4
  %a1.r = add i32 %g, 8
  %a1.m = mul i32 %a1.r, 16
  %a1.c = add i32 %t2, 0
  %a1.o = add i32 %a1.m, %a1.c
  %a1.p = getelementptr bfloat, ptr addrspace(1) %a, i32 %a1.o
  %a1 = load i32, ptr addrspace(1) %a1.p, align 4
  %b0.r = add i32 %g, 0
  %b0.m = mul i32 %b0.r, 16
  %b0.c = add i32 %t2, 0
  %b0.o = add i32 %b0.m, %b0.c
  %b0.p = getelementptr bfloat, ptr addrspace(1) %b, i32 %b0.o
  %b0 = load i32, ptr addrspace(1) %b0.p, align 4
  %c.m = mul i32 %g, 8
  %c.o = add i32 %c.m, %t2
  %c0.p = getelementptr float, ptr addrspace(1) %y, i32 %c.o
  %c2.p = getelementptr float, ptr addrspace(1) %c0.p, i32 64
  %c01 = load <2 x float>, ptr addrspace(1) %c0.p, align 8
  %c23 = load <2 x float>, ptr addrspace(1) %c2.p, align 8
  %c0 = extractelement <2 x float> %c01, i32 0
  %c1 = extractelement <2 x float> %c01, i32 1
  %c2 = extractelement <2 x float> %c23, i32 0
  %c3 = extractelement <2 x float> %c23, i32 1
  %d = call {float, float, float, float} @llvm.nvvm.mma.m16n8k8.row.col.bf16(i32 %a0, i32 %a1, i32 %b0, float %c0, float %c1, float %c2, float %c3)
  %d0 = extractvalue {float, float, float, float} %d, 0
  %d1 = extractvalue {float, float, float, float} %d, 1
  %d2 = extractvalue {float, float, float, float} %d, 2
  %d3 = extractvalue {float, float, float, float} %d, 3
  %d01.0 = insertelement <2 x float> poison, float %d0, i32 0
  %d01 = insertelement <2 x float> %d01.0, float %d1, i32 1
  %d23.0 = insertelement <2 x float> poison, float %d2, i32 0
  %d23 = insertelement <2 x float> %d23.0, float %d3, i32 1
  store <2 x float> %d01, ptr addrspace(1) %c0.p, align 8
  store <2 x float> %d23, ptr addrspace(1) %c2.p, align 8
  ret void
}

; The same by way of shared memory. Lanes 0 to 15 name the rows of the left half
; of A, lanes 16 to 31 those of the right half.
define ptx_kernel void @by_ldmatrix(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3
  %t2 = shl i32 %t, 1
  %oa = shl i32 %lane, 3
  %ga = getelementptr bfloat, ptr addrspace(1) %a, i32 %oa
  %sa = getelementptr bfloat, ptr addrspace(3) @tile_a, i32 %oa
  %va = load <8 x bfloat>, ptr addrspace(1) %ga, align 16
  store <8 x bfloat> %va, ptr addrspace(3) %sa, align 16
  %ob = shl i32 %lane, 2
  %gb = getelementptr bfloat, ptr addrspace(1) %b, i32 %ob
  %sb = getelementptr bfloat, ptr addrspace(3) @tile_b, i32 %ob
  %vb = load <4 x bfloat>, ptr addrspace(1) %gb, align 8
  store <4 x bfloat> %vb, ptr addrspace(3) %sb, align 8
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  %row = and i32 %lane, 15
  %right = lshr i32 %lane, 4
  %ra = shl i32 %row, 4
  %ca = shl i32 %right, 3
  %la = add i32 %ra, %ca
  %pa = getelementptr bfloat, ptr addrspace(3) @tile_a, i32 %la
  %fa = call {i32, i32, i32, i32} @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16.p3(ptr addrspace(3) %pa)
  %rowb = and i32 %lane, 7
  %rightb = lshr i32 %lane, 3
  %rightb1 = and i32 %rightb, 1
  %rb = shl i32 %rowb, 4
  %cb = shl i32 %rightb1, 3
  %lb = add i32 %rb, %cb
  %pb = getelementptr bfloat, ptr addrspace(3) @tile_b, i32 %lb
  %fb = call {i32, i32} @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x2.b16.p3(ptr addrspace(3) %pb)
  %a0 = extractvalue {i32, i32, i32, i32} %fa, 0
  %a1 = extractvalue {i32, i32, i32, i32} %fa, 1
  %a2 = extractvalue {i32, i32, i32, i32} %fa, 2
  %a3 = extractvalue {i32, i32, i32, i32} %fa, 3
  %b0 = extractvalue {i32, i32} %fb, 0
  %b1 = extractvalue {i32, i32} %fb, 1
  %c.m = mul i32 %g, 8
  %c.o = add i32 %c.m, %t2
  %c0.p = getelementptr float, ptr addrspace(1) %y, i32 %c.o
  %c2.p = getelementptr float, ptr addrspace(1) %c0.p, i32 64
  %c01 = load <2 x float>, ptr addrspace(1) %c0.p, align 8
  %c23 = load <2 x float>, ptr addrspace(1) %c2.p, align 8
  %c0 = extractelement <2 x float> %c01, i32 0
  %c1 = extractelement <2 x float> %c01, i32 1
  %c2 = extractelement <2 x float> %c23, i32 0
  %c3 = extractelement <2 x float> %c23, i32 1
  %d = call {float, float, float, float} @llvm.nvvm.mma.m16n8k16.row.col.bf16(i32 %a0, i32 %a1, i32 %a2, i32 %a3, i32 %b0, i32 %b1, float %c0, float %c1, float %c2, float %c3)
  %d0 = extractvalue {float, float, float, float} %d, 0
  %d1 = extractvalue {float, float, float, float} %d, 1
  %d2 = extractvalue {float, float, float, float} %d, 2
  %d3 = extractvalue {float, float, float, float} %d, 3
  %d01.0 = insertelement <2 x float> poison, float %d0, i32 0
  %d01 = insertelement <2 x float> %d01.0, float %d1, i32 1
  %d23.0 = insertelement <2 x float> poison, float %d2, i32 0
  %d23 = insertelement <2 x float> %d23.0, float %d3, i32 1
  store <2 x float> %d01, ptr addrspace(1) %c0.p, align 8
  store <2 x float> %d23, ptr addrspace(1) %c2.p, align 8
  ret void
}

; An 8 x 8 matrix, its rows loaded by eight lanes.
define ptx_kernel void @transpose(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %g = lshr i32 %lane, 2
  %t = and i32 %lane, 3
  %t2 = shl i32 %t, 1
  %o = shl i32 %lane, 1
  %p = getelementptr bfloat, ptr addrspace(1) %x, i32 %o
  %s = getelementptr bfloat, ptr addrspace(3) @tile_a, i32 %o
  %v = load <2 x bfloat>, ptr addrspace(1) %p, align 4
  store <2 x bfloat> %v, ptr addrspace(3) %s, align 4
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  %row = and i32 %lane, 7
  %r = shl i32 %row, 3
  %ps = getelementptr bfloat, ptr addrspace(3) @tile_a, i32 %r
  %f = call i32 @llvm.nvvm.ldmatrix.sync.aligned.m8n8.x1.trans.b16.p3(ptr addrspace(3) %ps)
  %gr = shl i32 %g, 3
  %go = add i32 %gr, %t2
  %q = getelementptr bfloat, ptr addrspace(1) %y, i32 %go
  store i32 %f, ptr addrspace(1) %q, align 4
  ret void
}
