//===- WriteInProducts.cpp - Add what a product is added to in it ---------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum of products and at most one other tensor becomes a chain of products,
// each with the one before as its accumulator. With two others or more nothing
// would be saved: their sum would be stored, and loaded again.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavTransformerOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_WRITEINPRODUCTSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// `wav.write` and `wav.combine` as sums.
struct Sum {
  Operation *op;
  SmallVector<Value> addends;
  /// Whether every addend is multiplied by one.
  bool isPlain;

  Value getResult() const { return op->getResult(0); }
};

} // namespace

/// None if `op` is no sum of two or more tensors.
static std::optional<Sum> getSum(Operation *op) {
  if (auto write = dyn_cast<WriteOp>(op)) {
    if (!write.getRow())
      return std::nullopt;
    return Sum{op,
               {write.getRow(), write.getUpdate()},
               !write.getScale() && write.getCoefficient().isExactlyValue(1)};
  }
  auto combine = dyn_cast<CombineOp>(op);
  if (!combine || combine.getInputs().size() < 2)
    return std::nullopt;
  return Sum{op, SmallVector<Value>(combine.getInputs()),
             llvm::all_of(combine.getCoefficients(),
                          [](double number) { return number == 1; })};
}

static bool isFreeProduct(Value value) {
  auto product = value.getDefiningOp<MatmulOp>();
  return product && product->getBlock() == value.getParentBlock() &&
         !product.getAccumulator() && value.hasOneUse();
}

/// Why the products among the addends, one at least, cannot add the others;
/// empty if they can.
static StringRef whyNot(const Sum &sum) {
  if (!sum.isPlain)
    return "an addend is scaled";
  if (llvm::any_of(sum.addends, [&](Value addend) {
        return addend.getType() != sum.getResult().getType();
      }))
    return "an addend is of another type than the sum";
  unsigned others =
      llvm::count_if(sum.addends, [](Value v) { return !isFreeProduct(v); });
  if (others == sum.addends.size())
    return "the product has other uses, or an accumulator";
  if (others > 1)
    return "more than one addend is no product that is used here alone";
  return {};
}

/// Whether all addends are products, of operands of the same types.
static bool isSumOfEqualProducts(const Sum &sum) {
  return llvm::all_of(sum.addends, isFreeProduct) &&
         llvm::all_equal(llvm::map_range(sum.addends, [](Value addend) {
           return llvm::to_vector(addend.getDefiningOp()->getOperandTypes());
         }));
}

static remark::RemarkOpts remarkOptions(StringRef name, Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  return remark::RemarkOpts::name(name)
      .category("wav-write-in-products")
      .function(function ? function.getSymName() : StringRef());
}

/// A product stays where it is if what it adds is known there.
static MatmulOp addTo(MatmulOp product, Value accumulator, Operation *sum) {
  Operation *definition = accumulator.getDefiningOp();
  if (definition && !definition->isBeforeInBlock(product))
    product->moveBefore(sum);
  product.getAccumulatorMutable().assign(accumulator);
  remark::passed(product.getLoc(), remarkOptions("Added", product))
      << "a product is added to another tensor as it is computed, and never "
         "stored alone"
      << remark::metric("UnstoredBytes", getTotalBytes(accumulator.getType()));
  return product;
}

static void addInProducts(const Sum &sum) {
  SmallVector<MatmulOp> products;
  Value total;
  for (Value addend : sum.addends)
    if (isFreeProduct(addend))
      products.push_back(addend.getDefiningOp<MatmulOp>());
    else
      total = addend;
  llvm::sort(products,
             [](MatmulOp a, MatmulOp b) { return a->isBeforeInBlock(b); });
  for (MatmulOp product : products)
    total = total ? addTo(product, total, sum.op) : product;
  sum.getResult().replaceAllUsesWith(total);
  sum.op->erase();
}

namespace {
struct WriteInProductsPass
    : wav::impl::WriteInProductsPassBase<WriteInProductsPass> {
  using WriteInProductsPassBase::WriteInProductsPassBase;

  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block)) {
        std::optional<Sum> sum = getSum(&op);
        if (!sum || llvm::none_of(sum->addends, [](Value addend) {
              return addend.getDefiningOp<MatmulOp>();
            }))
          continue;
        StringRef reason = whyNot(*sum);
        if (reason.empty() && keepEqualProducts && isSumOfEqualProducts(*sum))
          reason = "equal products can be computed at once";
        if (!reason.empty())
          remark::missed(op.getLoc(), remarkOptions("NotAdded", &op))
              << ("a product is stored alone: " + reason).str();
        else
          addInProducts(*sum);
      }
  }
};
} // namespace
