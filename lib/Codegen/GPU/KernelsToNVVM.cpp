//===- KernelsToNVVM.cpp - Kernel functions to a GPU module -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelPatterns.h"
#include "wav/Codegen/GPU.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavKernelOps.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/Passes.h"

#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::wav {
#define GEN_PASS_DEF_KERNELSTONVVMPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

static constexpr unsigned kGlobalSpace =
    static_cast<unsigned>(NVVM::NVVMMemorySpace::Global);
static constexpr unsigned kSharedSpace =
    static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared);
/// Buffers and shared memory start at multiples of the widest access; tables of
/// banks, of an address.
static constexpr int64_t kBufferAlignment = 16, kTableAlignment = 8;
static constexpr int64_t kMaxThreads = 1024;
static constexpr StringRef kDynamicShared = "wav_dynamic_shared";

/// The partitions of an instance of `kernel`, and its slots.
static std::pair<int64_t, int64_t> getInstances(Operation *kernel) {
  auto counts = kernel->getAttrOfType<DenseI64ArrayAttr>(kInstancesAttr);
  return {counts[0], counts[1]};
}

static int64_t getAlignment(ArgumentOp op) {
  return isa<BankType>(op.getResult().getType()) ? kTableAlignment
                                                 : kBufferAlignment;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
/// The table of a kernel's arguments is still its first block argument; the
/// slots follow.
struct ArgumentLowering : ConvertOpToLLVMPattern<ArgumentOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(ArgumentOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
    Value pointer = kernel->hasAttr(kInstancesAttr)
                        ? loadSlot(op, kernel.getArgument(1), rewriter)
                        : kernel.getArgument(1 + op.getIndex());
    rewriter.replaceOp(op,
                       wrapPointer(rewriter, op.getLoc(), *getTypeConverter(),
                                   op.getResult().getType(), pointer));
    return success();
  }

private:
  /// The address in `table`, of what the block's instance has as a slot.
  static Value loadSlot(ArgumentOp op, Value table, OpBuilder &builder) {
    Location location = op.getLoc();
    auto [partitions, numSlots] =
        getInstances(op->getParentOfType<LLVM::LLVMFuncOp>());
    Type type = builder.getI64Type();
    auto constant = [&](int64_t value) {
      return LLVM::ConstantOp::create(builder, location, type, value);
    };
    Value block = LLVM::ZExtOp::create(
        builder, location, type,
        NVVM::BlockIdXOp::create(builder, location, builder.getI32Type()));
    Value instance =
        LLVM::UDivOp::create(builder, location, block, constant(partitions));
    Value index = LLVM::AddOp::create(
        builder, location,
        LLVM::MulOp::create(builder, location, instance, constant(numSlots)),
        constant(op.getIndex()));
    Value address = LLVM::GEPOp::create(builder, location, table.getType(),
                                        type, table, index);
    Value pointer =
        LLVM::LoadOp::create(builder, location, table.getType(), address);
    Value isTrue =
        LLVM::ConstantOp::create(builder, location, builder.getI1Type(), true);
    LLVM::AssumeOp::create(builder, location, isTrue, LLVM::AssumeAlignTag(),
                           pointer, constant(getAlignment(op)));
    return pointer;
  }
};

struct ThreadIdLowering : ConvertOpToLLVMPattern<gpu::ThreadIdOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(gpu::ThreadIdOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getDimension() != gpu::Dimension::x)
      return rewriter.notifyMatchFailure(op, "blocks have one dimension");
    Value id =
        NVVM::ThreadIdXOp::create(rewriter, op.getLoc(), rewriter.getI32Type());
    rewriter.replaceOpWithNewOp<LLVM::ZExtOp>(
        op, getTypeConverter()->getIndexType(), id);
    return success();
  }
};

struct BarrierLowering : ConvertOpToLLVMPattern<gpu::BarrierOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(gpu::BarrierOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::Barrier0Op>(op);
    return success();
  }
};

struct DynamicSharedMemoryLowering
    : ConvertOpToLLVMPattern<gpu::DynamicSharedMemoryOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(gpu::DynamicSharedMemoryOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = LLVM::LLVMPointerType::get(rewriter.getContext(), kSharedSpace);
    Value pointer =
        LLVM::AddressOfOp::create(rewriter, op.getLoc(), type, kDynamicShared);
    auto descriptor = MemRefDescriptor::poison(
        rewriter, op.getLoc(), getTypeConverter()->convertType(op.getType()));
    descriptor.setAllocatedPtr(rewriter, op.getLoc(), pointer);
    descriptor.setAlignedPtr(rewriter, op.getLoc(), pointer);
    descriptor.setConstantOffset(rewriter, op.getLoc(), 0);
    descriptor.setConstantStride(rewriter, op.getLoc(), 0, 1);
    rewriter.replaceOp(op, Value(descriptor));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static LogicalResult verifyKernel(func::FuncOp function) {
  Builder builder(function.getContext());
  if (!function.getBody().hasOneBlock())
    return function.emitOpError("with '")
           << kThreadsAttr << "' must have a body of one block, as a kernel";
  auto type = builder.getFunctionType(
      {LLVM::LLVMPointerType::get(function.getContext()), builder.getI64Type()},
      {});
  if (function.getFunctionType() != type)
    return function.emitOpError("with '")
           << kThreadsAttr << "' must have type " << type << ", as a kernel";
  auto threads = function->getAttrOfType<IntegerAttr>(kThreadsAttr);
  if (!threads || threads.getInt() < 1 || threads.getInt() > kMaxThreads)
    return function.emitOpError("'")
           << kThreadsAttr << "' must be an integer in [1, " << kMaxThreads
           << "]";
  return success();
}

/// A kernel of several instances finds its own by the partitions of one.
static LogicalResult verifyLaunches(ArrayRef<LaunchOp> launches) {
  bool isBatched = llvm::any_of(
      launches, [](LaunchOp launch) { return launch.getInstances() > 1; });
  for (LaunchOp launch : launches)
    if (LaunchOp first = launches.front();
        isBatched && launch.getPartitions() != first.getPartitions())
      return launch.emitOpError("runs ")
             << launch.getPartitions() << " partitions of '"
             << launch.getKernel() << "' and another launch "
             << first.getPartitions()
             << "; a kernel that is launched for several instances needs as "
                "many everywhere";
  return success();
}

/// The alignment of each slot of a kernel, 0 if it does not use it. There are
/// as many as launches pass.
static SmallVector<int64_t> getSlotAlignments(func::FuncOp function,
                                              ArrayRef<LaunchOp> launches) {
  size_t numSlots = 0;
  for (LaunchOp launch : launches)
    numSlots = std::max<size_t>(numSlots, launch.getNumSlots());
  SmallVector<int64_t> alignments(numSlots, 0);
  function.walk([&](ArgumentOp op) {
    if (op.getIndex() >= alignments.size())
      alignments.resize(op.getIndex() + 1, 0);
    alignments[op.getIndex()] = getAlignment(op);
  });
  return alignments;
}

/// Makes a kernel of `function` at the end of `device`. Its block keeps the
/// table of arguments in front of the slots until its ops have been converted.
static void moveKernel(func::FuncOp function, gpu::GPUModuleOp device,
                       ArrayRef<LaunchOp> launches) {
  Location location = function.getLoc();
  MLIRContext *context = function.getContext();
  auto builder = OpBuilder::atBlockEnd(device.getBody());
  SmallVector<int64_t> alignments = getSlotAlignments(function, launches);
  bool isBatched = llvm::any_of(
      launches, [](LaunchOp launch) { return launch.getInstances() > 1; });
  int64_t numSlots = alignments.size();
  if (isBatched)
    alignments = {kTableAlignment};
  SmallVector<Type> slots(alignments.size(),
                          LLVM::LLVMPointerType::get(context, kGlobalSpace));
  auto kernel = LLVM::LLVMFuncOp::create(
      builder, location, function.getName(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), slots));
  kernel->setDiscardableAttrs(function->getDiscardableAttrDictionary());
  auto threads = function->getAttrOfType<IntegerAttr>(kThreadsAttr);
  kernel->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  kernel->setAttr(
      NVVM::NVVMDialect::getReqntidAttrName(),
      builder.getDenseI32ArrayAttr(static_cast<int32_t>(threads.getInt())));
  for (auto [slot, alignment] : llvm::enumerate(alignments)) {
    kernel.setArgAttr(slot, LLVM::LLVMDialect::getNoAliasAttrName(),
                      builder.getUnitAttr());
    if (alignment != 0)
      kernel.setArgAttr(slot, LLVM::LLVMDialect::getAlignAttrName(),
                        builder.getI64IntegerAttr(alignment));
  }

  kernel.getBody().takeBody(function.getBody());
  Block &entry = kernel.getBody().front();
  builder.setInsertionPointToStart(&entry);
  Value block =
      NVVM::BlockIdXOp::create(builder, location, builder.getI32Type());
  Value partition =
      LLVM::ZExtOp::create(builder, location, builder.getI64Type(), block);
  kernel->removeAttr(kInstancesAttr);
  if (isBatched) {
    int64_t partitions = LaunchOp(launches.front()).getPartitions();
    kernel->setAttr(kInstancesAttr,
                    builder.getDenseI64ArrayAttr({partitions, numSlots}));
    partition = LLVM::URemOp::create(
        builder, location, partition,
        LLVM::ConstantOp::create(builder, location, builder.getI64Type(),
                                 partitions));
  }
  entry.getArgument(1).replaceAllUsesWith(partition);
  entry.eraseArgument(1);
  for (Type slot : slots)
    entry.addArgument(slot, location);
  function.erase();
}

/// What the dynamic shared memory of a launch starts at.
static void declareDynamicShared(gpu::GPUModuleOp device) {
  auto builder = OpBuilder::atBlockBegin(device.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  LLVM::GlobalOp::create(builder, device.getLoc(), type, /*isConstant=*/false,
                         LLVM::Linkage::External, kDynamicShared,
                         /*value=*/nullptr, kBufferAlignment, kSharedSpace);
}

static LogicalResult convert(gpu::GPUModuleOp device) {
  MLIRContext *context = device.getContext();
  LLVMTypeConverter converter(context);
  configureGpuToNVVMTypeConverter(converter);
  RewritePatternSet patterns(context);
  populateKernelPatterns(converter, patterns, kGlobalSpace);
  patterns.add<ArgumentLowering, ThreadIdLowering, BarrierLowering,
               DynamicSharedMemoryLowering>(converter);
  LLVMConversionTarget target(*context);
  target.addLegalDialect<NVVM::NVVMDialect>();
  target.addIllegalDialect<gpu::GPUDialect>();
  target.addLegalOp<gpu::GPUModuleOp>();
  return applyPartialConversion(device, target, std::move(patterns));
}

namespace {
struct KernelsToNVVM : wav::impl::KernelsToNVVMPassBase<KernelsToNVVM> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (Operation *symbol = module.lookupSymbol(kDeviceModuleName)) {
      symbol->emitOpError("has the name of the module that kernels are moved "
                          "to; they can be lowered once");
      return signalPassFailure();
    }
    auto builder = OpBuilder::atBlockEnd(module.getBody());
    auto device =
        gpu::GPUModuleOp::create(builder, module.getLoc(), kDeviceModuleName);
    for (auto global :
         llvm::make_early_inc_range(module.getOps<memref::GlobalOp>())) {
      if (!global.getAlignment())
        global.setAlignment(kBufferAlignment);
      global->moveBefore(device.getBody(), device.getBody()->end());
    }
    llvm::StringMap<SmallVector<LaunchOp>> launches;
    module.walk([&](LaunchOp launch) {
      launches[launch.getKernel()].push_back(launch);
    });
    bool usesDynamicShared = false;
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!function->hasAttr(kThreadsAttr))
        continue;
      if (failed(verifyKernel(function)) ||
          failed(verifyLaunches(launches[function.getName()])))
        return signalPassFailure();
      function.walk(
          [&](gpu::DynamicSharedMemoryOp) { usesDynamicShared = true; });
      moveKernel(function, device, launches[function.getName()]);
    }
    if (usesDynamicShared)
      declareDynamicShared(device);
    if (failed(convert(device)))
      return signalPassFailure();
    for (auto kernel : device.getOps<LLVM::LLVMFuncOp>())
      if (!kernel.isExternal())
        kernel.getBody().front().eraseArgument(0);
  }
};
} // namespace
