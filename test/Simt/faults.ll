; Errors planted in kernels: each is reported, in a fixed order of threads and
; in shuffled ones, also where the numbers happen to be right.
;
; DEFINE: %{kernel} =
; DEFINE: %{prefix} =
; DEFINE: %{arguments} = --threads=64 x=f32[64]:iota y=f32[64]
; DEFINE: %{simt} = not wav-simt %s --kernel=%{kernel} %{arguments} 2>&1
; DEFINE: %{check} = FileCheck %s --check-prefix=%{prefix}
; DEFINE: %{only} = FileCheck %s --check-prefix=%{prefix} --implicit-check-not=error:

; A reduction that takes one element too many.
; REDEFINE: %{kernel} = off_by_one
; REDEFINE: %{prefix} = OFF
; RUN: %{simt} | %{only}
; OFF: error: out of bounds: kernel 'off_by_one', block 0, thread 63: reads 4 bytes at x + 256 of 256 bytes, at '%b = load float

; A barrier left out between a write and the read of a neighbour.
; REDEFINE: %{kernel} = missing_barrier
; REDEFINE: %{prefix} = RACE
; RUN: %{simt} --seed=0 | %{check}
; RACE: error: {{race on shared memory|read of unwritten shared memory}}: kernel 'missing_barrier', block 0, thread {{[0-9]+}}: reads 4 bytes at line + {{[0-9]+}} of 256 bytes

; The same where every slot has been written before: right numbers, in a fixed
; order of threads, and still a race.
; REDEFINE: %{kernel} = reused_without_barrier
; REDEFINE: %{prefix} = REUSED
; RUN: %{simt} --seed=0 | %{check}
; RUN: %{simt} --seed=1 | %{check}
; RUN: %{simt} --seed=2 | %{check}
; REUSED: error: race on shared memory: kernel 'reused_without_barrier', block 0, thread [[T:[0-9]+]]: {{reads|writes}} 4 bytes at line + {{[0-9]+}} of 256 bytes; thread {{[0-9]+}} {{wrote|read}} it with no barrier between

; REDEFINE: %{kernel} = unaligned
; REDEFINE: %{prefix} = UNALIGNED
; RUN: %{simt} | %{only}
; UNALIGNED: error: misaligned access: kernel 'unaligned', block 0, thread 1: reads 16 bytes at x + 4 of 256 bytes, where 16-byte alignment is claimed

; The variable is only as aligned as it asks to be.
; REDEFINE: %{kernel} = unaligned_shared
; REDEFINE: %{prefix} = UNALIGNED-SHARED
; RUN: %{simt} | %{only}
; UNALIGNED-SHARED: error: misaligned access: kernel 'unaligned_shared', block 0, thread 0: writes 16 bytes at line + 0 of 256 bytes, where 16-byte alignment is claimed, {{.*}} (and 15 more there)

; REDEFINE: %{kernel} = shuffle_under_divergence
; REDEFINE: %{prefix} = SHUFFLE
; RUN: %{simt} --seed=0 | %{only}
; RUN: %{simt} --seed=1 | %{only}
; RUN: %{simt} --seed=2 | %{only}
; SHUFFLE: error: divergent lanes: kernel 'shuffle_under_divergence', block 0, thread 5: shfl.sync.bfly.f32 under divergence waits for lane 0 (mask 0xffffffff), which has ended

; REDEFINE: %{kernel} = two_shuffles
; REDEFINE: %{prefix} = TWO
; RUN: %{simt} | %{only}
; TWO: error: lanes at different places: kernel 'two_shuffles', block 0, thread {{[0-9]+}}: is at shfl.sync.bfly.f32 with mask 0xffffffff, at '%{{.*}}', thread {{[0-9]+}} is at shfl.sync.bfly.f32

; REDEFINE: %{kernel} = wrong_mask
; REDEFINE: %{prefix} = MASK
; RUN: %{simt} | %{only}
; MASK: error: wrong mask: kernel 'wrong_mask', block 0, thread 16: shfl.sync.bfly.f32 with mask 0x0000ffff, which lacks this lane (16)

; REDEFINE: %{kernel} = reads_outside_mask
; REDEFINE: %{prefix} = OUTSIDE
; RUN: %{simt} | %{only}
; OUTSIDE: error: wrong mask: kernel 'reads_outside_mask', block 0, thread {{[0-9]+}}: shfl.sync.bfly.f32 reads lane {{[0-9]+}}, which is not in its mask

; REDEFINE: %{kernel} = divergent_barrier
; REDEFINE: %{prefix} = BARRIER
; RUN: %{simt} --seed=0 | %{only}
; RUN: %{simt} --seed=1 | %{only}
; BARRIER: error: divergent barrier: kernel 'divergent_barrier', block 0, thread 0: 32 of 64 threads are at the barrier; thread 32 has ended

; REDEFINE: %{kernel} = two_barriers
; REDEFINE: %{prefix} = BARRIERS
; RUN: %{simt} | %{only}
; BARRIERS: error: divergent barrier: kernel 'two_barriers', block 0, thread 32: is at barrier 0, at 'call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)', thread 0 is at barrier 1

; Lane 0 waits for the block, the others for lane 0.
; REDEFINE: %{kernel} = deadlock
; REDEFINE: %{prefix} = DEADLOCK
; RUN: %{simt} --seed=0 | %{check}
; RUN: %{simt} --seed=1 | %{check}
; DEADLOCK: error: deadlock: kernel 'deadlock', block 0, thread 1: bar.warp.sync under divergence waits for lane 0 (mask 0xffffffff), which is at barrier 0
; DEADLOCK: error: divergent barrier: kernel 'deadlock', block 0, thread 0: 33 of 64 threads are at the barrier; thread 1 is at bar.warp.sync

; REDEFINE: %{kernel} = before_the_buffer
; REDEFINE: %{prefix} = BEFORE
; RUN: %{simt} | %{only}
; BEFORE: error: out of bounds: kernel 'before_the_buffer', block 0, thread 0: writes 4 bytes at {{.*}}, at 'store

; REDEFINE: %{kernel} = beyond_shared
; REDEFINE: %{prefix} = BEYOND
; RUN: %{simt} | %{only}
; BEYOND: error: out of bounds: kernel 'beyond_shared', block 0, thread 63: writes 4 bytes at line + 256 of 256 bytes

; REDEFINE: %{kernel} = unwritten_slot
; REDEFINE: %{prefix} = UNWRITTEN
; RUN: %{simt} --print=y | FileCheck %s --check-prefix=UNWRITTEN
; UNWRITTEN: y: 1 nan 3
; UNWRITTEN: error: read of unwritten shared memory: kernel 'unwritten_slot', block 0, thread 1: reads 4 bytes at line + 8 of 256 bytes

; What an earlier block left does not count as written.
; RUN: not wav-simt %s --kernel=unwritten_slot --grid=2 --threads=64 x=f32[64] y=f32[64] 2>&1 | FileCheck %s --check-prefix=BLOCKS
; BLOCKS: error: read of unwritten shared memory: {{.*}} thread 1: {{.*}} (and 1 more there)
; BLOCKS: error: race between blocks: kernel 'unwritten_slot', block 1, thread 0: writes 4 bytes at y + 0 of 256 bytes; thread 0 of block 0 wrote it

; REDEFINE: %{kernel} = read_by_other_block
; REDEFINE: %{arguments} = --threads=64 --grid=3 x=f32[192]:iota y=f32[192]
; REDEFINE: %{prefix} = OTHER
; RUN: %{simt} | %{only}
; OTHER: error: race between blocks: kernel 'read_by_other_block', block 1, thread 0: writes 4 bytes at x + 256 of 768 bytes; thread 63 of block 0 read it
; OTHER-SAME: (and 1 more there)

; Memory of the launch's own making is not read only.
; REDEFINE: %{kernel} = read_only
; REDEFINE: %{arguments} = --threads=64 x=f32[64]
; REDEFINE: %{prefix} = READ-ONLY
; RUN: %{simt} | %{only}
; READ-ONLY: error: read-only load of memory that the launch writes: kernel 'read_only', block 0, thread 0: reads 4 bytes at x + 0 of 256 bytes

; Atomic updates of one place are no race; a plain read among them is.
; REDEFINE: %{kernel} = atomic_and_plain
; REDEFINE: %{prefix} = ATOMIC
; RUN: wav-simt %s --kernel=atomic_sum --grid=2 --threads=64 x=f32[1] --print=x | FileCheck %s --check-prefix=SUM
; RUN: %{simt} | %{check}
; SUM: x: 128
; ATOMIC: error: race on global memory: kernel 'atomic_and_plain', block 0, thread {{[0-9]+}}: {{reads|updates}} 4 bytes at x + 0 of 256 bytes; thread {{[0-9]+}}

; The kernel promises not to be called with one buffer twice if it writes it.
; REDEFINE: %{kernel} = aliased
; REDEFINE: %{arguments} = --threads=64 x=f32[64] z=x y=x
; REDEFINE: %{prefix} = ALIASED
; RUN: %{simt} | %{only}
; RUN: wav-simt %s --kernel=aliased --threads=64 x=f32[64]:2 z=x y=f32[64] --print=y | FileCheck %s --check-prefix=TWICE
; TWICE: y: 4 4 4
; ALIASED: error: aliased arguments: kernel 'aliased': arguments 0 and 2 are one address, which the kernel writes by one of them; they are declared noalias

target triple = "nvptx64-nvidia-cuda"

@line = internal addrspace(3) global [64 x float] undef, align 4

define ptx_kernel void @off_by_one(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %p1 = getelementptr float, ptr addrspace(1) %p, i32 1
  %a = load float, ptr addrspace(1) %p, align 4
  %b = load float, ptr addrspace(1) %p1, align 4
  %sum = fadd float %a, %b
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %sum, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @missing_barrier(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %mirror = xor i32 %tid, 63
  %mine = getelementptr float, ptr addrspace(3) @line, i32 %tid
  %theirs = getelementptr float, ptr addrspace(3) @line, i32 %mirror
  store float 1.0, ptr addrspace(3) %mine, align 4
  %w = load float, ptr addrspace(3) %theirs, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %w, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @reused_without_barrier(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %mirror = xor i32 %tid, 63
  %mine = getelementptr float, ptr addrspace(3) @line, i32 %tid
  %theirs = getelementptr float, ptr addrspace(3) @line, i32 %mirror
  store float 1.0, ptr addrspace(3) %mine, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %w = load float, ptr addrspace(3) %theirs, align 4
  ; A barrier belongs here.
  store float 1.0, ptr addrspace(3) %mine, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %w, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @unaligned(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %few = icmp ult i32 %tid, 2
  br i1 %few, label %read, label %exit
read:
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %v = load <4 x float>, ptr addrspace(1) %p, align 16
  br label %exit
exit:
  ret void
}

define ptx_kernel void @unaligned_shared(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %few = icmp ult i32 %tid, 16
  br i1 %few, label %write, label %exit
write:
  %at = shl i32 %tid, 2
  %p = getelementptr float, ptr addrspace(3) @line, i32 %at
  store <4 x float> zeroinitializer, ptr addrspace(3) %p, align 16
  br label %exit
exit:
  ret void
}

define ptx_kernel void @shuffle_under_divergence(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %is5 = icmp eq i32 %tid, 5
  br i1 %is5, label %one, label %exit
one:
  %v = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float 1.0, i32 1, i32 31)
  store float %v, ptr addrspace(1) %y, align 4
  br label %exit
exit:
  ret void
}

define ptx_kernel void @two_shuffles(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %tid, 16
  br i1 %low, label %one, label %two
one:
  %v = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float 1.0, i32 1, i32 31)
  br label %exit
two:
  %w = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float 2.0, i32 1, i32 31)
  br label %exit
exit:
  ret void
}

define ptx_kernel void @wrong_mask(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %few = icmp ult i32 %tid, 17
  br i1 %few, label %one, label %exit
one:
  %v = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 65535, float 1.0, i32 1, i32 31)
  br label %exit
exit:
  ret void
}

define ptx_kernel void @reads_outside_mask(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %few = icmp ult i32 %tid, 16
  br i1 %few, label %one, label %exit
one:
  %v = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 65535, float 1.0, i32 16, i32 31)
  br label %exit
exit:
  ret void
}

define ptx_kernel void @divergent_barrier(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %tid, 32
  br i1 %low, label %meet, label %exit
meet:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %exit
exit:
  ret void
}

define ptx_kernel void @two_barriers(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %tid, 32
  br i1 %low, label %one, label %two
one:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 1)
  br label %exit
two:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %exit
exit:
  ret void
}

define ptx_kernel void @deadlock(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %below = sub i32 %tid, 1
  %waits = icmp ult i32 %below, 31
  br i1 %waits, label %warp, label %block
warp:
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  br label %block
block:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  ret void
}

define ptx_kernel void @before_the_buffer(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %at = sub i32 %tid, 1
  %q = getelementptr float, ptr addrspace(1) %y, i32 %at
  store float 1.0, ptr addrspace(1) %q, align 4
  ret void
}

define ptx_kernel void @beyond_shared(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %at = add i32 %tid, 1
  %p = getelementptr float, ptr addrspace(3) @line, i32 %at
  store float 1.0, ptr addrspace(3) %p, align 4
  ret void
}

define ptx_kernel void @unwritten_slot(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %value = uitofp i32 %tid to float
  %skip = icmp eq i32 %tid, 2
  br i1 %skip, label %meet, label %write
write:
  %mine = getelementptr float, ptr addrspace(3) @line, i32 %tid
  store float %value, ptr addrspace(3) %mine, align 4
  br label %meet
meet:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %next = add i32 %tid, 1
  %wrapped = and i32 %next, 63
  %theirs = getelementptr float, ptr addrspace(3) @line, i32 %wrapped
  %w = load float, ptr addrspace(3) %theirs, align 4
  %q = getelementptr float, ptr addrspace(1) %y, i32 %tid
  store float %w, ptr addrspace(1) %q, align 4
  ret void
}

; Thread 63 looks at the first element of the next block, which that writes.
define ptx_kernel void @read_by_other_block(ptr addrspace(1) %x, ptr addrspace(1) %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %start = shl i32 %block, 6
  %at = add i32 %start, %tid
  %next = add i32 %at, 1
  %inside = icmp ult i32 %next, 192
  %clamped = select i1 %inside, i32 %next, i32 %at
  %p = getelementptr float, ptr addrspace(1) %x, i32 %at
  %p1 = getelementptr float, ptr addrspace(1) %x, i32 %clamped
  %v = load float, ptr addrspace(1) %p1, align 4
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  store float %v, ptr addrspace(1) %p, align 4
  ret void
}

define ptx_kernel void @read_only(ptr addrspace(1) %x) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  store float 1.0, ptr addrspace(1) %p, align 4
  %v = load float, ptr addrspace(1) %p, align 4, !invariant.load !0
  %w = fadd float %v, 1.0
  store float %w, ptr addrspace(1) %p, align 4
  ret void
}

define ptx_kernel void @atomic_sum(ptr addrspace(1) %x) {
  %old = atomicrmw fadd ptr addrspace(1) %x, float 1.0 syncscope("agent") monotonic, align 4
  ret void
}

define ptx_kernel void @atomic_and_plain(ptr addrspace(1) %x) {
  %old = atomicrmw fadd ptr addrspace(1) %x, float 1.0 syncscope("agent") monotonic, align 4
  %v = load float, ptr addrspace(1) %x, align 4
  ret void
}

define ptx_kernel void @aliased(ptr addrspace(1) noalias readonly %x, ptr addrspace(1) noalias readonly %z, ptr addrspace(1) noalias %y) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %p = getelementptr float, ptr addrspace(1) %x, i32 %tid
  %q = getelementptr float, ptr addrspace(1) %z, i32 %tid
  %r = getelementptr float, ptr addrspace(1) %y, i32 %tid
  %v = load float, ptr addrspace(1) %p, align 4
  %w = load float, ptr addrspace(1) %q, align 4
  %sum = fadd float %v, %w
  store float %sum, ptr addrspace(1) %r, align 4
  ret void
}

!0 = !{}
