//===- InvariantLoads.cpp - Loads of what a kernel never writes -*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InvariantLoads.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Metadata.h"

using namespace mlir;

namespace {
/// The memory of the slots that a pointer may point into.
struct Slots {
  /// Parameters that the pointer is, or whose table it was loaded from.
  SmallVector<const llvm::Argument *> buffers, banks;
  /// Whether it may also point to local or shared memory, or anywhere.
  bool isLocal = false, isUnknown = false;
};
} // namespace

static Slots getSlots(const llvm::Value *pointer) {
  Slots slots;
  SmallVector<const llvm::Value *> objects;
  llvm::getUnderlyingObjects(pointer, objects);
  for (const llvm::Value *object : objects) {
    if (auto *argument = dyn_cast<llvm::Argument>(object)) {
      slots.buffers.push_back(argument);
      continue;
    }
    if (isa<llvm::AllocaInst, llvm::GlobalVariable>(object)) {
      slots.isLocal = true;
      continue;
    }
    auto *load = dyn_cast<llvm::LoadInst>(object);
    auto *table = load ? dyn_cast<llvm::Argument>(llvm::getUnderlyingObject(
                             load->getPointerOperand()))
                       : nullptr;
    if (table)
      slots.banks.push_back(table);
    else
      slots.isUnknown = true;
  }
  return slots;
}

void wav::markInvariantLoads(llvm::Function &kernel) {
  llvm::SmallPtrSet<const llvm::Argument *, 8> buffers, banks;
  SmallVector<llvm::LoadInst *> loads;
  for (llvm::Instruction &instruction : llvm::instructions(kernel)) {
    if (auto *load = dyn_cast<llvm::LoadInst>(&instruction)) {
      loads.push_back(load);
      continue;
    }
    // The target's own operations write shared memory at most.
    auto *call = dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (!instruction.mayWriteToMemory() ||
        (call && call->getCalledFunction()->isTargetIntrinsic()))
      continue;
    auto *store = dyn_cast<llvm::StoreInst>(&instruction);
    if (!store)
      return;
    Slots written = getSlots(store->getPointerOperand());
    if (written.isUnknown)
      return;
    buffers.insert_range(written.buffers);
    banks.insert_range(written.banks);
  }
  for (llvm::LoadInst *load : loads) {
    Slots read = getSlots(load->getPointerOperand());
    auto isWritten = [&](const auto &set) {
      return [&](const llvm::Argument *slot) { return set.contains(slot); };
    };
    if (!read.isLocal && !read.isUnknown &&
        llvm::none_of(read.buffers, isWritten(buffers)) &&
        llvm::none_of(read.banks, isWritten(banks)))
      load->setMetadata(llvm::LLVMContext::MD_invariant_load,
                        llvm::MDNode::get(kernel.getContext(), {}));
  }
}
