//===- Operations.cpp - Intrinsics that the machine executes --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::wav::simt;

static constexpr Operation makeRegister(StringRef name, Register which) {
  return {name, Op::ReadRegister, static_cast<uint32_t>(which)};
}

/// Names without `llvm.` and `nvvm.`.
static const Operation kOperations[] = {
    makeRegister("read.ptx.sreg.tid.x", Register::ThreadIdx),
    makeRegister("read.ptx.sreg.ntid.x", Register::BlockDim),
    makeRegister("read.ptx.sreg.ctaid.x", Register::BlockIdx),
    makeRegister("read.ptx.sreg.nctaid.x", Register::GridDim),
    makeRegister("read.ptx.sreg.laneid", Register::Lane),
    makeRegister("read.ptx.sreg.warpid", Register::Warp),
    makeRegister("read.ptx.sreg.warpsize", Register::WarpSize),

    {"trap", Op::Trap},
    {"membar.cta", Op::Fence},
    {"membar.gl", Op::Fence},
    {"membar.sys", Op::Fence},
    {"barrier.cta.sync.aligned.all", Op::Barrier},
    {"barrier.cta.sync.all", Op::Barrier},
    {"barrier.cta.sync.aligned.count", Op::Barrier, /*counts=*/1},
    {"barrier.cta.sync.count", Op::Barrier, /*counts=*/1},

    // The bytes that are read may be an operand (detail 1).
    {"cp.async.ca.shared.global.4", Op::AsyncCopy, 0, 4},
    {"cp.async.ca.shared.global.8", Op::AsyncCopy, 0, 8},
    {"cp.async.ca.shared.global.16", Op::AsyncCopy, 0, 16},
    {"cp.async.cg.shared.global.16", Op::AsyncCopy, 0, 16},
    {"cp.async.ca.shared.global.4.s", Op::AsyncCopy, 1, 4},
    {"cp.async.ca.shared.global.8.s", Op::AsyncCopy, 1, 8},
    {"cp.async.ca.shared.global.16.s", Op::AsyncCopy, 1, 16},
    {"cp.async.cg.shared.global.16.s", Op::AsyncCopy, 1, 16},
    {"cp.async.commit.group", Op::AsyncCommit},
    {"cp.async.wait.group", Op::AsyncWait},
    {"cp.async.wait.all", Op::AsyncWaitAll},

    {"bar.warp.sync", Op::WarpSync},
    {"shfl.sync.idx.", Op::ShuffleIdx},
    {"shfl.sync.up.", Op::ShuffleUp},
    {"shfl.sync.down.", Op::ShuffleDown},
    {"shfl.sync.bfly.", Op::ShuffleBfly},
    {"vote.all.sync", Op::VoteAll},
    {"vote.any.sync", Op::VoteAny},
    {"vote.uni.sync", Op::VoteUni},
    {"vote.ballot.sync", Op::VoteBallot},
    {"match.any.sync.", Op::MatchAny},
    {"mma.m16n8k8.row.col.bf16", Op::MmaBF16, /*k=*/8},
    {"mma.m16n8k16.row.col.bf16", Op::MmaBF16, /*k=*/16},
    {"ldmatrix.sync.aligned.m8n8.x1.b16", Op::LoadMatrix, 1, 16},
    {"ldmatrix.sync.aligned.m8n8.x2.b16", Op::LoadMatrix, 2, 16},
    {"ldmatrix.sync.aligned.m8n8.x4.b16", Op::LoadMatrix, 4, 16},
    {"ldmatrix.sync.aligned.m8n8.x1.trans.b16", Op::LoadMatrixTransposed, 1,
     16},
    {"ldmatrix.sync.aligned.m8n8.x2.trans.b16", Op::LoadMatrixTransposed, 2,
     16},
    {"ldmatrix.sync.aligned.m8n8.x4.trans.b16", Op::LoadMatrixTransposed, 4,
     16},
};

const Operation *wav::simt::findOperation(StringRef name) {
  name.consume_front("llvm.");
  name.consume_front("nvvm.");
  const auto *it = llvm::find_if(kOperations, [&](const Operation &operation) {
    return operation.name == name ||
           (operation.name.ends_with('.') && name.starts_with(operation.name));
  });
  return it == std::end(kOperations) ? nullptr : it;
}
