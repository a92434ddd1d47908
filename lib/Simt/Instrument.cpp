//===- Instrument.cpp - From the device's IR to the host's ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Address spaces stay: x86 ignores those of the GPU. So do layouts, which agree
// for all types in use.
//
//===----------------------------------------------------------------------===//

#include "Instrument.h"

#include "Operations.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/ModuleSlotTracker.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::wav;
using namespace mlir::wav::simt;
using llvm::Function;
using llvm::GlobalVariable;
using llvm::Instruction;
using llvm::IRBuilder;
using llvm::Type;
using llvm::Value;

/// Address spaces of NVPTX.
static constexpr unsigned kShared = 3;
/// Local variables that fit the stack of a thread together with the calls of
/// the machine.
static constexpr uint64_t kMaxLocalBytes = 128 * 1024;
/// Operands or results of the widest operation, mma.m16n8k16.
static constexpr unsigned kNumSlots = 10;

//===----------------------------------------------------------------------===//
// The instrumenter
//===----------------------------------------------------------------------===//

namespace {
class Instrumenter {
public:
  Instrumenter(llvm::Module &module, Machine &machine, bool check,
               std::deque<Site> &sites)
      : module(module), machine(machine), check(check), sites(sites),
        builder(module.getContext()) {}

  llvm::Error placeSharedVariables();
  llvm::Error rewrite(Function &function, llvm::ModuleSlotTracker &slots);
  SimtKernel makeEntry(Function &kernel);

private:
  /// An instruction to rewrite.
  struct Job {
    Instruction *instruction;
    Site *site;
    /// A call of the machine, not an access.
    bool isOperation = false;
  };

  Site *addSite(const Instruction &instruction, Op op, StringRef name,
                llvm::ModuleSlotTracker &slots);
  llvm::Expected<bool> planCall(llvm::CallInst &call, Job &job,
                                llvm::ModuleSlotTracker &slots);
  bool planAccess(Instruction &instruction, Job &job,
                  llvm::ModuleSlotTracker &slots);
  bool isInLocalVariable(const Value *pointer, uint64_t size) const;

  void noteWrite(const Value *pointer);
  void rewriteAccess(Instruction &instruction, Site &site);
  void rewriteMemoryIntrinsic(llvm::MemIntrinsic &call, Site &site);
  void rewriteOperation(llvm::CallInst &call, Site &site, Value *slots);

  llvm::Constant *pointerTo(const void *data) {
    return llvm::ConstantExpr::getIntToPtr(
        builder.getInt64(reinterpret_cast<uintptr_t>(data)),
        builder.getPtrTy());
  }
  /// Calls a function of `Hooks` for a site.
  template <typename Hook>
  llvm::CallInst *callHook(Hook *hook, Type *result, const Site &site,
                           ArrayRef<Value *> operands) {
    SmallVector<Value *> all = {pointerTo(&machine), pointerTo(&site)};
    llvm::append_range(all, operands);
    SmallVector<Type *> types =
        llvm::map_to_vector(all, [](Value *value) { return value->getType(); });
    return builder.CreateCall(
        llvm::FunctionType::get(result, types, /*isVarArg=*/false),
        pointerTo(reinterpret_cast<const void *>(hook)), all);
  }
  Value *toGeneric(Value *pointer) {
    return builder.CreateAddrSpaceCast(pointer, builder.getPtrTy());
  }
  Value *toSlot(Value *value);
  Value *fromSlot(Value *slot, Type *type);

  llvm::Module &module;
  Machine &machine;
  bool check;
  std::deque<Site> &sites;
  IRBuilder<> builder;
  /// Parameters that stores go through.
  llvm::SmallPtrSet<const Value *, 8> written;
};
} // namespace

static llvm::Error makeError(const Function &function, const Twine &message) {
  return llvm::createStringError("function '" + function.getName() + "' " +
                                 message);
}

/// `file:line:column`, or the instruction itself.
static std::string getPlace(const Instruction &instruction,
                            llvm::ModuleSlotTracker &slots) {
  std::string place;
  llvm::raw_string_ostream os(place);
  if (const llvm::DebugLoc &location = instruction.getDebugLoc()) {
    os << location->getFilename() << ':' << location.getLine() << ':'
       << location.getCol();
    return place;
  }
  instruction.print(os, slots);
  StringRef text = StringRef(place).split(", !").first.trim();
  return ("'" + text + "'").str();
}

Site *Instrumenter::addSite(const Instruction &instruction, Op op,
                            StringRef name, llvm::ModuleSlotTracker &slots) {
  Site site;
  site.op = op;
  site.name = name.str();
  site.where = getPlace(instruction, slots);
  return &sites.emplace_back(std::move(site));
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

llvm::Error Instrumenter::placeSharedVariables() {
  const llvm::DataLayout &layout = module.getDataLayout();
  SmallVector<GlobalVariable *> fixed, dynamic;
  uint64_t dynamicAlignment = 1;
  for (GlobalVariable &global : module.globals()) {
    if (global.getAddressSpace() != kShared)
      continue;
    if (layout.getTypeAllocSize(global.getValueType()) == 0 ||
        global.isDeclaration()) {
      dynamic.push_back(&global);
      dynamicAlignment =
          std::max(dynamicAlignment, global.getAlign().valueOrOne().value());
    } else {
      fixed.push_back(&global);
    }
  }
  auto replace = [&](GlobalVariable *global, void *address) {
    global->replaceAllUsesWith(llvm::ConstantExpr::getIntToPtr(
        builder.getInt64(reinterpret_cast<uintptr_t>(address)),
        global->getType()));
    global->eraseFromParent();
  };
  if (!dynamic.empty()) {
    void *address = machine.memory.addDynamicShared(dynamicAlignment);
    for (GlobalVariable *global : dynamic)
      replace(global, address);
  }
  for (GlobalVariable *global : fixed) {
    uint64_t bytes = layout.getTypeAllocSize(global->getValueType());
    void *address = machine.memory.addShared(
        global->getName(), bytes,
        global->getAlign()
            .value_or(layout.getABITypeAlign(global->getValueType()))
            .value());
    if (!address)
      return llvm::createStringError(
          "shared variable '" + global->getName() + "' has " + Twine(bytes) +
          " bytes; a block has " + Twine(kMaxSharedBytes));
    replace(global, address);
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// What to rewrite
//===----------------------------------------------------------------------===//

bool Instrumenter::isInLocalVariable(const Value *pointer,
                                     uint64_t size) const {
  const llvm::DataLayout &layout = module.getDataLayout();
  llvm::APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
  const auto *variable = llvm::dyn_cast<llvm::AllocaInst>(
      pointer->stripAndAccumulateConstantOffsets(layout, offset,
                                                 /*AllowNonInbounds=*/true));
  if (!variable || offset.isNegative())
    return false;
  auto bytes = variable->getAllocationSize(layout);
  return bytes && offset.getZExtValue() + size <= bytes->getFixedValue();
}

/// The operand of an access that is the address.
static unsigned getPointerIndex(const Instruction &instruction) {
  return llvm::isa<llvm::StoreInst>(instruction) ? 1 : 0;
}

void Instrumenter::noteWrite(const Value *pointer) {
  SmallVector<const Value *> objects;
  llvm::getUnderlyingObjects(pointer, objects, /*LI=*/nullptr,
                             /*MaxLookup=*/0);
  written.insert(objects.begin(), objects.end());
}

bool Instrumenter::planAccess(Instruction &instruction, Job &job,
                              llvm::ModuleSlotTracker &slots) {
  Op op;
  Type *type;
  llvm::Align alignment;
  bool readOnly = false;
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    op = Op::Load;
    type = load->getType();
    alignment = load->getAlign();
    readOnly = load->hasMetadata(llvm::LLVMContext::MD_invariant_load);
  } else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    op = store->isAtomic() ? Op::Atomic : Op::Store;
    type = store->getValueOperand()->getType();
    alignment = store->getAlign();
  } else if (auto *update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
    op = Op::Atomic;
    type = update->getType();
    alignment = update->getAlign();
  } else if (auto *swap =
                 llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction)) {
    op = Op::Atomic;
    type = swap->getCompareOperand()->getType();
    alignment = swap->getAlign();
  } else {
    return false;
  }
  uint64_t bytes = module.getDataLayout().getTypeStoreSize(type);
  const Value *pointer = instruction.getOperand(getPointerIndex(instruction));
  if (!check || isInLocalVariable(pointer, bytes))
    return false;
  if (op != Op::Load)
    noteWrite(pointer);
  job.site = addSite(instruction, op, instruction.getOpcodeName(), slots);
  job.site->size = static_cast<uint32_t>(bytes);
  job.site->alignment = static_cast<uint32_t>(alignment.value());
  job.site->readOnly = readOnly;
  return true;
}

/// Whether the host's back end can be left with an intrinsic that touches
/// memory: it does so in name only.
static bool isHarmless(llvm::Intrinsic::ID id) {
  switch (id) {
  case llvm::Intrinsic::assume:
  case llvm::Intrinsic::lifetime_start:
  case llvm::Intrinsic::lifetime_end:
  case llvm::Intrinsic::invariant_start:
  case llvm::Intrinsic::invariant_end:
  case llvm::Intrinsic::experimental_noalias_scope_decl:
  case llvm::Intrinsic::sideeffect:
  case llvm::Intrinsic::donothing:
    return true;
  default:
    return false;
  }
}

llvm::Expected<bool> Instrumenter::planCall(llvm::CallInst &call, Job &job,
                                            llvm::ModuleSlotTracker &slots) {
  const Function &function = *call.getFunction();
  if (call.isInlineAsm())
    return makeError(function,
                     "has inline assembly, which cannot be run on the CPU: "
                     "use an intrinsic; " +
                         getPlace(call, slots));
  const Function *callee = call.getCalledFunction();
  if (!callee)
    return makeError(function, "calls through a pointer, which cannot be run "
                               "on the CPU: " +
                                   getPlace(call, slots));
  llvm::Intrinsic::ID id = callee->getIntrinsicID();
  if (id == llvm::Intrinsic::not_intrinsic) {
    if (callee->isDeclaration())
      return makeError(function, "calls '" + callee->getName() +
                                     "', which the module does not define");
    return false;
  }
  if (llvm::isa<llvm::DbgInfoIntrinsic>(call) || isHarmless(id))
    return false;
  if (auto *access = llvm::dyn_cast<llvm::MemIntrinsic>(&call)) {
    if (!check)
      return false;
    job.site =
        addSite(call, llvm::isa<llvm::MemSetInst>(access) ? Op::Set : Op::Copy,
                callee->getName(), slots);
    return true;
  }
  StringRef name = llvm::Intrinsic::getBaseName(id);
  if (const Operation *operation = findOperation(name)) {
    job.isOperation = true;
    name.consume_front("llvm.nvvm.");
    job.site = addSite(call, operation->op, name, slots);
    job.site->detail = operation->detail;
    job.site->size = operation->bytes;
    job.site->alignment = std::max(1u, operation->bytes);
    return true;
  }
  bool isDevice = name.starts_with("llvm.nvvm.");
  builder.SetInsertPoint(&call);
  if (Value *value = isDevice ? buildMath(builder, call) : nullptr) {
    call.replaceAllUsesWith(value);
    call.eraseFromParent();
    return false;
  }
  if (isDevice || call.mayReadOrWriteMemory())
    return makeError(function, "uses the intrinsic '" + callee->getName() +
                                   "', which cannot be run on the CPU yet");
  return false;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

void Instrumenter::rewriteAccess(Instruction &instruction, Site &site) {
  unsigned index = getPointerIndex(instruction);
  builder.SetInsertPoint(&instruction);
  Value *pointer = instruction.getOperand(index);
  Value *checked =
      callHook(Hooks::access, builder.getPtrTy(), site, {toGeneric(pointer)});
  instruction.setOperand(
      index, builder.CreateAddrSpaceCast(checked, pointer->getType()));
}

void Instrumenter::rewriteMemoryIntrinsic(llvm::MemIntrinsic &call,
                                          Site &site) {
  builder.SetInsertPoint(&call);
  Value *bytes =
      builder.CreateZExtOrTrunc(call.getLength(), builder.getInt64Ty());
  Value *to = toGeneric(call.getRawDest());
  if (auto *set = llvm::dyn_cast<llvm::MemSetInst>(&call))
    callHook(Hooks::set, builder.getVoidTy(), site,
             {to, set->getValue(), bytes});
  else
    callHook(Hooks::copy, builder.getVoidTy(), site,
             {to,
              toGeneric(llvm::cast<llvm::MemTransferInst>(call).getRawSource()),
              bytes});
  call.eraseFromParent();
}

/// The bits of a scalar or short vector, widened.
Value *Instrumenter::toSlot(Value *value) {
  Type *type = value->getType();
  if (type->isPointerTy())
    return builder.CreatePtrToInt(toGeneric(value), builder.getInt64Ty());
  Type *bits = builder.getIntNTy(type->getPrimitiveSizeInBits());
  return builder.CreateZExt(builder.CreateBitCast(value, bits),
                            builder.getInt64Ty());
}

Value *Instrumenter::fromSlot(Value *slot, Type *type) {
  Type *bits = builder.getIntNTy(type->getPrimitiveSizeInBits());
  return builder.CreateBitCast(builder.CreateTrunc(slot, bits), type);
}

void Instrumenter::rewriteOperation(llvm::CallInst &call, Site &site,
                                    Value *slots) {
  builder.SetInsertPoint(&call);
  Type *i64 = builder.getInt64Ty();
  auto slot = [&](unsigned index) {
    return builder.CreateConstInBoundsGEP1_64(i64, slots, index);
  };
  for (auto [i, operand] : llvm::enumerate(call.args()))
    builder.CreateStore(toSlot(operand), slot(i));
  callHook(Hooks::execute, builder.getVoidTy(), site, {slots});

  Type *type = call.getType();
  if (auto *aggregate = llvm::dyn_cast<llvm::StructType>(type)) {
    Value *result = llvm::PoisonValue::get(aggregate);
    for (auto [i, element] : llvm::enumerate(aggregate->elements()))
      result = builder.CreateInsertValue(
          result, fromSlot(builder.CreateLoad(i64, slot(i)), element), i);
    call.replaceAllUsesWith(result);
  } else if (!type->isVoidTy()) {
    call.replaceAllUsesWith(fromSlot(builder.CreateLoad(i64, slot(0)), type));
  }
  call.eraseFromParent();
}

/// Leaves nothing to the back end that is of the device.
static void forgetTarget(Function &function) {
  llvm::AttributeMask strings;
  for (llvm::Attribute attribute : function.getAttributes().getFnAttrs())
    if (attribute.isStringAttribute())
      strings.addAttribute(attribute.getKindAsString());
  function.removeFnAttrs(strings);
}

llvm::Error Instrumenter::rewrite(Function &function,
                                  llvm::ModuleSlotTracker &slots) {
  slots.incorporateFunction(function);
  SmallVector<Job> jobs;
  uint64_t localBytes = 0;
  for (Instruction &instruction :
       llvm::make_early_inc_range(llvm::instructions(function))) {
    Job job{&instruction, nullptr};
    if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
      llvm::Expected<bool> planned = planCall(*call, job, slots);
      if (!planned)
        return planned.takeError();
      if (*planned)
        jobs.push_back(job);
      continue;
    }
    if (auto *variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) {
      auto bytes = variable->getAllocationSize(module.getDataLayout());
      localBytes += bytes ? bytes->getFixedValue() : kMaxLocalBytes + 1;
      if (localBytes > kMaxLocalBytes)
        return makeError(function, "has more than " + Twine(kMaxLocalBytes) +
                                       " bytes of local variables");
    }
    if (planAccess(instruction, job, slots))
      jobs.push_back(job);
  }

  builder.SetInsertPointPastAllocas(&function);
  Value *slotArray = builder.CreateAlloca(
      llvm::ArrayType::get(builder.getInt64Ty(), kNumSlots));
  for (const Job &job : jobs) {
    if (auto *call = llvm::dyn_cast<llvm::MemIntrinsic>(job.instruction))
      rewriteMemoryIntrinsic(*call, *job.site);
    else if (job.isOperation)
      rewriteOperation(*llvm::cast<llvm::CallInst>(job.instruction), *job.site,
                       slotArray);
    else
      rewriteAccess(*job.instruction, *job.site);
  }

  for (Instruction &instruction :
       llvm::make_early_inc_range(llvm::instructions(function))) {
    // A false claim would be a fault of this process; that a load may move
    // beyond a barrier, a wrong value.
    if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
      load->setMetadata(llvm::LLVMContext::MD_invariant_load, nullptr);
      if (!load->isAtomic())
        load->setAlignment(llvm::Align(1));
    } else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      if (!store->isAtomic())
        store->setAlignment(llvm::Align(1));
    } else if (auto *truncate =
                   llvm::dyn_cast<llvm::FPTruncInst>(&instruction)) {
      if (truncate->getType()->getScalarType()->isBFloatTy() &&
          truncate->getSrcTy()->getScalarType()->isFloatTy()) {
        builder.SetInsertPoint(truncate);
        truncate->replaceAllUsesWith(
            buildTruncToBF16(builder, truncate->getOperand(0)));
        truncate->eraseFromParent();
      }
    }
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The first of `"nvvm.reqntid"="x,y,z"`, or 0.
static unsigned getRequiredThreads(const Function &kernel) {
  unsigned threads = 0;
  kernel.getFnAttribute("nvvm.reqntid")
      .getValueAsString()
      .split(',')
      .first.getAsInteger(10, threads);
  return threads;
}

SimtKernel Instrumenter::makeEntry(Function &kernel) {
  kernel.setCallingConv(llvm::CallingConv::C);
  auto *type =
      llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false);
  auto *entry =
      Function::Create(type, Function::ExternalLinkage,
                       Twine(kEntryPrefix) + kernel.getName(), module);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", entry));
  SmallVector<Value *> operands;
  SimtKernel result{kernel.getName().str(), {}, getRequiredThreads(kernel)};
  for (const llvm::Argument &parameter : kernel.args()) {
    bool isPointer = parameter.getType()->isPointerTy();
    result.parameters.push_back({isPointer && parameter.hasNoAliasAttr(),
                                 written.contains(&parameter),
                                 parameter.use_empty()});
    Value *slot = builder.CreateConstInBoundsGEP1_64(
        builder.getInt64Ty(), entry->getArg(0), parameter.getArgNo());
    operands.push_back(builder.CreateLoad(parameter.getType(), slot));
  }
  builder.CreateCall(&kernel, operands);
  builder.CreateRetVoid();
  return result;
}

llvm::Error wav::simt::instrument(llvm::Module &module, Machine &machine,
                                  bool check, std::deque<Site> &sites,
                                  std::vector<SimtKernel> &kernels) {
  Instrumenter instrumenter(module, machine, check, sites);
  llvm::ModuleSlotTracker slots(&module);
  SmallVector<Function *> entries;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    if (function.getCallingConv() == llvm::CallingConv::PTX_Kernel) {
      for (const llvm::Argument &parameter : function.args())
        if (parameter.hasByValAttr() ||
            module.getDataLayout().getTypeAllocSize(parameter.getType()) > 8)
          return makeError(function, "has a parameter of more than 8 bytes; "
                                     "pass a pointer");
      entries.push_back(&function);
    }
    if (llvm::Error error = instrumenter.rewrite(function, slots))
      return error;
  }
  if (llvm::Error error = instrumenter.placeSharedVariables())
    return error;
  for (Function *kernel : entries)
    kernels.push_back(instrumenter.makeEntry(*kernel));
  for (Function &function : module)
    forgetTarget(function);
  return llvm::Error::success();
}
