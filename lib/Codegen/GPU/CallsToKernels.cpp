//===- CallsToKernels.cpp - Kernels for library calls ---------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallsToKernels.h"

#include "wav/Codegen/GPU.h"
#include "wav/Codegen/LibraryFunctions.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::wav {
#define GEN_PASS_DEF_CALLSTOKERNELSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

using Generator = LogicalResult (*)(CallLowering &);

/// The functions of runtime/include/wavrt/abi.h without `wavrt_` and types.
static const struct {
  StringRef function;
  Generator lower;
} kGenerators[] = {
    {"attention", lowerAttention},
    {"attention_grad", lowerAttentionGrad},
    {"cache_update", lowerCacheUpdate},
    {"embed_grad", lowerEmbedGrad},
};

/// What the calls of a module share: kernels, by what they depend on, and
/// memory.
class wav::KernelCache {
public:
  KernelCache(ModuleOp module, int64_t sharedBytes);
  /// Dynamic shared memory that a block can have.
  int64_t getSharedBytes() const { return sharedBytes; }
  /// Where the scratch memory of the schedules ends.
  int64_t getScratchEnd() const { return scratchEnd; }
  /// The kernel of `launch` for `call`, and whether it has no body yet.
  std::pair<func::FuncOp, bool> get(const KernelLaunch &launch, CallOp call);

private:
  SymbolTable symbols;
  int64_t sharedBytes;
  int64_t scratchEnd = 0;
  DenseMap<Attribute, func::FuncOp> kernels;
  llvm::StringMap<int> lastSuffix;
};

//===----------------------------------------------------------------------===//
// KernelCache
//===----------------------------------------------------------------------===//

KernelCache::KernelCache(ModuleOp module, int64_t sharedBytes)
    : symbols(module), sharedBytes(sharedBytes) {
  module.walk([&](ViewOp view) {
    int64_t end = view.getOffset() + getSizeInBytes(view.getResult().getType());
    if (view.getArena() == Arena::Scratch)
      scratchEnd = std::max(scratchEnd, end);
  });
}

std::pair<func::FuncOp, bool> KernelCache::get(const KernelLaunch &launch,
                                               CallOp call) {
  Builder attributes(call.getContext());
  SmallVector<Attribute> key = {attributes.getStringAttr(launch.name),
                                call.getFunctionAttr(), call.getParamsAttr()};
  for (Type type : call.getBuffers().getTypes())
    key.push_back(TypeAttr::get(type));
  func::FuncOp &kernel = kernels[attributes.getArrayAttr(key)];
  if (kernel)
    return {kernel, false};

  StringRef suffix = call.getFunction();
  suffix = suffix.substr(suffix.rfind('_'));
  std::string base = (launch.name + suffix).str(), name = base;
  while (symbols.lookup(name))
    name = base + "_" + std::to_string(++lastSuffix[base]);
  auto schedule = call->getParentOfType<ScheduleOp>();
  OpBuilder builder(schedule);
  auto table = LLVM::LLVMPointerType::get(builder.getContext());
  kernel = func::FuncOp::create(
      builder, call.getLoc(), name,
      builder.getFunctionType({table, builder.getI64Type()}, {}));
  kernel->setAttr(kThreadsAttr, builder.getI64IntegerAttr(launch.threads));
  if (launch.sharedBytes != 0)
    kernel->setAttr(kSharedBytesAttr,
                    builder.getI64IntegerAttr(launch.sharedBytes));
  if (launch.blocksPerSM != 0)
    kernel->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(launch.blocksPerSM));
  symbols.insert(kernel, Block::iterator(schedule));
  return {kernel, true};
}

//===----------------------------------------------------------------------===//
// CallLowering
//===----------------------------------------------------------------------===//

Value CallLowering::getBuffer(unsigned index) {
  Value buffer = call.getBuffers()[index];
  return buffer.getDefiningOp<NullOp>() ? Value() : buffer;
}

MemRefType CallLowering::getType(unsigned index) {
  return cast<MemRefType>(call.getBuffers()[index].getType());
}

InFlightDiagnostic CallLowering::emitError() {
  return call.emitOpError("'") << call.getFunction() << "' ";
}

int64_t CallLowering::getSharedBytes() const { return cache.getSharedBytes(); }

Value CallLowering::createScratch(MemRefType type) {
  constexpr int64_t kAlignment = 64;
  return ViewOp::create(builder, call.getLoc(), type, Arena::Scratch,
                        llvm::alignTo(cache.getScratchEnd(), kAlignment));
}

void CallLowering::launch(
    const KernelLaunch &launch, ArrayRef<Value> slots,
    function_ref<void(KernelBuilder &, ArrayRef<Pointer>)> body) {
  auto [kernel, isNew] = cache.get(launch, call);
  if (isNew) {
    KernelBuilder kernelBuilder(kernel, launch.threads);
    SmallVector<Pointer> pointers;
    for (auto [index, slot] : llvm::enumerate(slots))
      pointers.push_back(kernelBuilder.argument(
          static_cast<int64_t>(index), cast<MemRefType>(slot.getType())));
    body(kernelBuilder, pointers);
    func::ReturnOp::create(kernelBuilder);
  }
  int64_t bytes = 0;
  for (Value slot : slots)
    bytes += getSizeInBytes(cast<ShapedType>(slot.getType()));
  LaunchOp::create(builder, call.getLoc(), kernel.getSymName(), slots,
                   launch.blocks, call.getCategory(), bytes, launch.flops,
                   /*bytes_by_category=*/DictionaryAttr());
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// `attention` of `wavrt_attention_f32`.
static StringRef getBaseName(StringRef function) {
  function.consume_front("wavrt_");
  while (function.consume_back("_f32") || function.consume_back("_bf16"))
    ;
  return function;
}

/// The generator for the function that `call` calls.
static FailureOr<Generator> findGenerator(CallOp call) {
  StringRef function = call.getFunction();
  if (function.starts_with("wavrt_"))
    for (const auto &known : kGenerators)
      if (known.function == getBaseName(function))
        return known.lower;
  for (const LibraryFunction &known : getLibraryFunctions(call.getContext()))
    if (known.name == function && known.lower)
      return known.lower;
  return call.emitOpError("has no kernel for '")
         << function
         << "'; its dialect can say what writes one, in 'lower' of a "
            "LibraryFunction (wav/Codegen/LibraryFunctions.h), or the program "
            "can be for the CPU";
}

/// What all kernels rely on.
static LogicalResult verifyBuffers(CallOp call) {
  constexpr int64_t kAlignment = 16;
  for (Value buffer : call.getBuffers()) {
    // Offsets inside a buffer are i32.
    if (cast<MemRefType>(buffer.getType()).getNumElements() > INT32_MAX)
      return call.emitOpError("has a buffer of more than 2^31 - 1 elements, "
                              "which kernels do not address; use a smaller "
                              "batch or context");
    auto view = buffer.getDefiningOp<ViewOp>();
    if (view && view.getOffset() % kAlignment != 0)
      return call.emitOpError("has a buffer at ")
             << stringifyArena(view.getArena()) << "[" << view.getOffset()
             << "]; kernels need buffers at multiples of " << kAlignment
             << " bytes, as wav-plan places them";
  }
  return success();
}

namespace {
struct CallsToKernels : wav::impl::CallsToKernelsPassBase<CallsToKernels> {
  using CallsToKernelsPassBase::CallsToKernelsPassBase;

  void runOnOperation() override {
    KernelCache cache(getOperation(), sharedBytes);
    SmallVector<CallOp> calls;
    getOperation().walk([&](CallOp call) { calls.push_back(call); });
    for (CallOp call : calls)
      if (failed(lower(call, cache)))
        return signalPassFailure();
  }

  LogicalResult lower(CallOp call, KernelCache &cache) {
    // The runtime's device computes these itself.
    if (call.isProduct())
      return success();
    FailureOr<Generator> generator = findGenerator(call);
    if (failed(generator))
      return failure();
    if (call.getInstances() != 1)
      return call.emitOpError("has ")
             << call.getInstances()
             << " instances, but a GPU computes only matrix products for "
                "several at once; make it a call for each";
    CallLowering lowering(call, cache);
    if (failed(verifyBuffers(call)) || failed((*generator)(lowering)))
      return failure();
    call.erase();
    return success();
  }
};
} // namespace
