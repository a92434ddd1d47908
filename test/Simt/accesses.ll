; What the accesses of warps cost: sectors of 32 bytes, conflicts of banks. Those
; that cost more than they must are named.
;
; RUN: wav-simt %s --kernel=rows --threads=64 --count-accesses x=f32[256]:iota y=f32[64] --print=y | FileCheck %s --check-prefix=ROWS
; RUN: wav-simt %s --kernel=rows --threads=64 --count-accesses --seed=3 x=f32[256]:iota y=f32[64] --print=y | FileCheck %s --check-prefix=ROWS
; Two warps, each 512 bytes of x and 128 of y.
; ROWS: y: 0 4 8
; ROWS-NEXT: kernel 'rows': global memory: 4 requests, 40 sectors where 40 would do; shared memory: 0 requests, 0 bank conflicts
; ROWS-NOT: {{.}}

; RUN: wav-simt %s --kernel=strided --grid=2 --threads=32 --count-accesses x=f32[512]:iota y=f32[64] | FileCheck %s --check-prefix=STRIDED
; A sector for each lane: 32 for the 4 that 128 bytes fill.
; STRIDED: kernel 'strided': global memory: 4 requests, 72 sectors where 16 would do; shared memory: 0 requests, 0 bank conflicts
; STRIDED-NEXT: reads global memory: 2 requests, 64 sectors where 8 would do, at '%v = load float{{.*}}'
; STRIDED-NOT: {{.}}

; RUN: wav-simt %s --kernel=columns --threads=32 --count-accesses y=f32[32] | FileCheck %s --check-prefix=COLUMNS
; A column of 32 words is in one bank; the diagonal, and a row, in 32.
; COLUMNS: kernel 'columns': global memory: 1 requests, 4 sectors where 4 would do; shared memory: 4 requests, 34 bank conflicts
; COLUMNS-NEXT: writes shared memory: 1 requests, 31 bank conflicts, at 'store float 1.000000e+00{{.*}}'
; COLUMNS-NEXT: writes shared memory: 1 requests, 3 bank conflicts, at 'store <4 x float>{{.*}}'
; COLUMNS-NOT: {{.}}

target datalayout = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"
target triple = "nvptx64-nvidia-cuda"

@tile = internal addrspace(3) global [32 x [32 x float]] undef, align 16
@wide = internal addrspace(3) global [256 x float] undef, align 16

; 16 bytes a lane.
define ptx_kernel void @rows(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr <4 x float>, ptr addrspace(1) %x, i32 %tid
  %v = load <4 x float>, ptr addrspace(1) %p, align 16
  %v0 = extractelement <4 x float> %v, i32 0
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %v0, ptr addrspace(1) %q, align 4
  ret void
}

; Every eighth number.
define ptx_kernel void @strided(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %first = shl i32 %block, 5
  %index = or i32 %first, %tid
  %at = shl i32 %index, 3
  %p = getelementptr float, ptr addrspace(1) %x, i32 %at
  %v = load float, ptr addrspace(1) %p, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %index
  store float %v, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @columns(ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %column = getelementptr [32 x float], ptr addrspace(3) @tile, i32 %tid, i32 0
  store float 1.0, ptr addrspace(3) %column, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %diagonal = getelementptr [32 x float], ptr addrspace(3) @tile, i32 %tid, i32 %tid
  store float 2.0, ptr addrspace(3) %diagonal, align 4
  ; All lanes read one word: no conflict.
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %v = load float, ptr addrspace(3) @tile, align 4
  ; Eight lanes are served at once. The first eight write 16 bytes each of
  ; every 64; the others do not write.
  %few = icmp ult i32 %tid, 8
  br i1 %few, label %write, label %end
write:
  %at = mul i32 %tid, 16
  %wide = getelementptr float, ptr addrspace(3) @wide, i32 %at
  store <4 x float> zeroinitializer, ptr addrspace(3) %wide, align 16
  br label %end
end:
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %v, ptr addrspace(1) %q, align 4
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
