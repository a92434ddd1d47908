//===- SplitReads.cpp - Read once what several reads share ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two-phase evaluation of method.md 1.3, and its gradient (6.2, 6.3): the
// queries are known before the tokens, so all reads of a block can be done in
// one pass over what they share.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::wav {
#define GEN_PASS_DEF_SPLITREADSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// A read and, after differentiation, its gradient.
struct SiteRead {
  ReadOp read;
  ReadGradOp grad;

  /// Whether it reads more than the bank.
  bool continues() const { return !ReadOp(read).getOpen().empty(); }
};

/// Reads of one bank, in the order of the function; their gradients are in the
/// opposite order.
class ReadGroup {
public:
  /// A gradient of what is shared treats as many roles as find room in the
  /// registers of a thread; all for 0.
  ReadGroup(ArrayRef<ReadOp> reads, int64_t registers);

  /// Why the reads cannot be split; empty if they can.
  StringRef whyNotSplit();
  /// Memory traffic that splitting saves, in bytes; negative if it costs.
  int64_t getSavedBytes();
  void split();

  ReadOp getFirst() { return sites.front().read; }

private:
  Value getBank() { return getFirst().getBank(); }
  bool hasGradients() { return sites.front().grad != nullptr; }
  RankedTensorType getRowType() {
    return cast<RankedTensorType>(getFirst().getOutputs().front().getType());
  }

  void splitReads();
  void splitGradients();

  const unsigned maxRoles;
  SmallVector<SiteRead> sites;
  /// What the shared pass gives the roles of all reads, read after read.
  ReadOp part;
};

struct SplitReadsPass : wav::impl::SplitReadsPassBase<SplitReadsPass> {
  using SplitReadsPassBase::SplitReadsPassBase;
  void runOnOperation() override;

  LogicalResult initialize(MLIRContext *context) override {
    if (registers >= 0)
      return success();
    return emitError(UnknownLoc::get(context), "registers must be at least 0");
  }
};

} // namespace

/// The most roles whose gradients the threads of a block can treat at once, if
/// each has so many registers; as many as there are for 0 registers.
static unsigned getMaxRoles(int64_t registers, int64_t width) {
  if (registers == 0)
    return std::numeric_limits<unsigned>::max();
  // Of a role, its query, the gradient of what it read and the sum of its
  // query's gradient, spread over the threads (a power of two of elements
  // each), and numbers that each thread has: its softmax, and sums under way.
  constexpr int64_t threads = 256, numbers = 20, others = 40;
  int64_t elements = llvm::PowerOf2Ceil(llvm::divideCeil(width, threads));
  int64_t roles = (registers - others) / (3 * elements + numbers);
  return std::clamp<int64_t>(roles, 1, std::numeric_limits<unsigned>::max());
}

ReadGroup::ReadGroup(ArrayRef<ReadOp> reads, int64_t registers)
    : maxRoles(getMaxRoles(
          registers, cast<BankType>(ReadOp(reads.front()).getBank().getType())
                         .getRowType()
                         .getShape()
                         .back())) {
  for (ReadOp read : reads)
    sites.push_back({read, read.findGradient()});
}

/// Whether a value is known before `first` runs, or could be: it depends on no
/// read that comes with `first` or later, which may be one that it is merged
/// with.
static bool isKnownBefore(Value value, Operation *first) {
  SmallVector<Value> worklist = {value};
  DenseSet<Operation *> seen;
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || op->isBeforeInBlock(first) || !seen.insert(op).second)
      continue;
    if (op == first || isa<ReadOp>(op))
      return false;
    llvm::append_range(worklist, op->getOperands());
  }
  return true;
}

StringRef ReadGroup::whyNotSplit() {
  ReadOp first = getFirst();
  for (const SiteRead &site : sites) {
    ReadOp read = site.read;
    if (read.getBiases().empty() != first.getBiases().empty() ||
        read.getEpsilon() != first.getEpsilon() ||
        !llvm::all_of(read.getOutputs().getTypes(),
                      [&](Type type) { return type == getRowType(); }))
      return "the reads differ in their biases, epsilon or types";
    for (ValueRange values : {read.getQueries(), read.getBiases()})
      for (Value value : values)
        if (!isKnownBefore(value, first))
          return "a query depends on what was read before";
    if (!site.grad != !hasGradients())
      return "only some of the reads have a gradient";
  }
  if (!hasGradients())
    return {};
  for (auto [later, earlier] : llvm::zip(llvm::drop_begin(sites), sites)) {
    ReadGradOp before = later.grad, after = earlier.grad;
    if (after.getAccumulator() != before.getBankGrad() ||
        !before.getBankGrad().hasOneUse())
      return "their gradients do not accumulate one after the other";
  }
  return {};
}

int64_t ReadGroup::getSavedBytes() {
  int64_t reads = sites.size();
  int64_t continuing = llvm::count_if(
      sites, [](const SiteRead &site) { return site.continues(); });
  int64_t plane = getTotalBytes(getRowType());
  int64_t bank = cast<BankType>(getBank().getType()).getSize();
  // Sources are read once, not by each read; what the shared pass read is
  // written for each read and read by it.
  int64_t saved = plane * (bank * (reads - 1) - 2 * continuing);
  if (!hasGradients())
    return saved;
  // The sources' rows and their gradients (read and written) once; the
  // gradients of what was read are written and read, and the parts read again.
  int64_t numRoles = 0;
  for (const SiteRead &site : sites)
    numRoles += ReadOp(site.read).getNumRoles();
  int64_t numGradients = llvm::divideCeil(numRoles, maxRoles);
  int64_t grads =
      2 * bank *
      getTotalBytes(sites.front().grad.getBankGrad().getType().getRowType());
  saved += (plane * bank + grads) * (reads - numGradients);
  return saved - plane * (2 * reads + continuing);
}

void ReadGroup::splitReads() {
  OpBuilder builder(getFirst());
  SmallVector<Value> queries, biases;
  for (const SiteRead &site : sites) {
    ReadOp read = site.read;
    llvm::append_range(queries, read.getQueries());
    llvm::append_range(biases, read.getBiases());
  }
  SmallVector<Location> locations = llvm::map_to_vector(
      sites, [](const SiteRead &site) { return site.read->getLoc(); });
  part = ReadOp::create(builder, FusedLoc::get(builder.getContext(), locations),
                        getRowType(), queries, biases, getBank(),
                        /*open=*/ValueRange(), getFirst().getEpsilonAttr());
  unsigned role = 0;
  for (const SiteRead &site : sites) {
    ReadOp read = site.read;
    unsigned roles = read.getNumRoles();
    ValueRange outputs = part.getOutputs().slice(role, roles);
    ValueRange maxima = part.getMaxima().slice(role, roles);
    ValueRange sums = part.getInverseSums().slice(role, roles);
    role += roles;
    if (!site.continues()) {
      SmallVector<Value> results(outputs);
      llvm::append_range(results, maxima);
      llvm::append_range(results, sums);
      read->replaceAllUsesWith(results);
      continue;
    }
    builder.setInsertionPoint(read);
    auto own = ReadOp::create(
        builder, read.getLoc(), read.getOutputs().getTypes(),
        read.getMaxima().getTypes(), read.getInverseSums().getTypes(),
        read.getQueries(), read.getBiases(), /*bank=*/Value(), read.getOpen(),
        outputs, maxima, sums, read.getEpsilonAttr());
    read->replaceAllUsesWith(own);
  }
}

void ReadGroup::splitGradients() {
  // The last of the function accumulates last.
  ReadGradOp first = sites.back().grad, last = sites.front().grad;
  OpBuilder builder(last);
  auto number = cast<RankedTensorType>(part.getMaxima().front().getType());
  auto fill = [&](double value) -> Value {
    return FillOp::create(builder, last.getLoc(), number,
                          builder.getF64FloatAttr(value));
  };
  SmallVector<Value> grads, weights, lseGrads;
  SmallVector<ReadGradOp> owns;
  unsigned role = 0;
  for (const SiteRead &site : sites) {
    ReadGradOp grad = site.grad;
    unsigned roles = grad.getNumRoles();
    if (!site.continues()) {
      weights.append(roles, fill(1.0));
      lseGrads.append(roles, fill(0.0));
      owns.push_back({});
    } else {
      SmallVector<Type> numbers(roles, number);
      OpBuilder atSite(grad);
      auto own = ReadGradOp::create(
          atSite, grad.getLoc(), grad.getQueryGrads().getTypes(),
          grad.getBiasGrads().getTypes(), /*bank_grad=*/Type(),
          grad.getOpenGrads().getTypes(), grad.getOpenScaleGrads().getTypes(),
          numbers, numbers, grad.getQueries(), grad.getBiases(),
          /*bank=*/Value(), grad.getOpen(),
          part.getOutputs().slice(role, roles),
          part.getMaxima().slice(role, roles),
          part.getInverseSums().slice(role, roles), grad.getGrads(),
          /*weights=*/ValueRange(), /*lse_grads=*/ValueRange(),
          /*accumulator=*/Value(), grad.getEpsilonAttr());
      grad.getOpenGrads().replaceAllUsesWith(own.getOpenGrads());
      grad.getOpenScaleGrads().replaceAllUsesWith(own.getOpenScaleGrads());
      llvm::append_range(weights, own.getPartWeights());
      llvm::append_range(lseGrads, own.getPartLseGrads());
      owns.push_back(own);
    }
    role += roles;
  }
  // One may be an open source's gradient, of a read that has a new one by now.
  for (const SiteRead &site : sites)
    llvm::append_range(grads, ReadGradOp(site.grad).getGrads());

  // One gradient for all roles, or a few of as many roles, nearly.
  unsigned numRoles = part.getNumRoles();
  unsigned numGradients = llvm::divideCeil(numRoles, maxRoles);
  SmallVector<Value> queryGrads, biasGrads;
  Value bankGrad = first.getAccumulator();
  for (unsigned i : llvm::seq(numGradients)) {
    unsigned from = i * numRoles / numGradients;
    unsigned count = (i + 1) * numRoles / numGradients - from;
    auto slice = [&](ValueRange values) {
      return values.empty() ? values : values.slice(from, count);
    };
    ValueRange queries = slice(part.getQueries());
    ValueRange biases = slice(part.getBiases());
    auto shared = ReadGradOp::create(
        builder, part.getLoc(), queries.getTypes(), biases.getTypes(),
        last.getBankGrad().getType(), /*open_grads=*/TypeRange(),
        /*open_scale_grads=*/TypeRange(), /*part_weights=*/TypeRange(),
        /*part_lse_grads=*/TypeRange(), queries, biases, getBank(),
        /*open=*/ValueRange(), /*part=*/ValueRange(),
        /*part_max=*/ValueRange(), /*part_inverse_sum=*/ValueRange(),
        slice(grads), slice(weights), slice(lseGrads), bankGrad,
        part.getEpsilonAttr());
    llvm::append_range(queryGrads, shared.getQueryGrads());
    llvm::append_range(biasGrads, shared.getBiasGrads());
    bankGrad = shared.getBankGrad();
  }

  auto add = [&](Value old, Value own, Value more) {
    Value sum = more;
    if (own)
      sum = CombineOp::create(builder, own.getLoc(), own.getType(),
                              ValueRange{own, more}, ArrayRef<double>{1, 1});
    old.replaceAllUsesWith(sum);
  };
  role = 0;
  for (auto [site, own] : llvm::zip_equal(sites, owns))
    for (unsigned i : llvm::seq(site.grad.getNumRoles())) {
      add(site.grad.getQueryGrads()[i], own ? own.getQueryGrads()[i] : Value(),
          queryGrads[role]);
      if (!site.grad.getBiasGrads().empty())
        add(site.grad.getBiasGrads()[i], own ? own.getBiasGrads()[i] : Value(),
            biasGrads[role]);
      ++role;
    }
  last.getBankGrad().replaceAllUsesWith(bankGrad);
  for (SiteRead &site : sites)
    site.grad.erase();
}

void ReadGroup::split() {
  splitReads();
  if (hasGradients())
    splitGradients();
  for (SiteRead &site : sites)
    site.read.erase();
}

/// Whether memory is read or written again after it was written. Ops are sorted
/// by their values alone, which says nothing of that order.
static bool usesWhatItWrote(Block &block) {
  DenseSet<StringAttr> written;
  bool hasWritten = false;
  for (Operation &op : block) {
    if (auto get = dyn_cast<GetOp>(op))
      if (written.contains(get.getSymbolAttr().getAttr()))
        return true;
    if (auto set = dyn_cast<SetOp>(op))
      if (!written.insert(set.getSymbolAttr().getAttr()).second)
        return true;
    if (isa<GetArenaOp>(op) && hasWritten)
      return true;
    hasWritten |= isa<SetOp, SetArenaOp>(op);
  }
  return false;
}

void SplitReadsPass::runOnOperation() {
  for (Block &block : getOperation().getBody()) {
    bool canSort = !usesWhatItWrote(block);
    llvm::MapVector<Value, SmallVector<ReadOp>> readsOfBank;
    for (auto read : block.getOps<ReadOp>())
      if (read.getBank() && read.getPart().empty())
        readsOfBank[read.getBank()].push_back(read);
    bool hasSplit = false;
    for (ArrayRef<ReadOp> reads : llvm::make_second_range(readsOfBank)) {
      if (reads.size() < 2)
        continue;
      ReadGroup group(reads, registers);
      Location loc = group.getFirst().getLoc();
      auto options = remark::RemarkOpts::name("SplitReads")
                         .category("wav-split-reads")
                         .function(getOperation().getSymName());
      int64_t saved = group.getSavedBytes();
      StringRef reason = canSort ? group.whyNotSplit()
                                 : "the function uses memory that it wrote";
      if (reason.empty() && saved <= 0)
        reason = "each read on its own moves no more";
      if (!reason.empty()) {
        remark::missed(loc, options)
            << (Twine(reads.size()) +
                " reads of one bank are not split: " + reason)
                   .str();
        continue;
      }
      remark::passed(loc, options)
          << (Twine(reads.size()) + " reads share one pass over their bank")
                 .str()
          << remark::metric("SavedBytes", saved);
      group.split();
      hasSplit = true;
    }
    // What the shared pass needs of later reads is computed before it, and what
    // needs a shared gradient after that.
    if (hasSplit)
      sortTopologically(&block);
  }
}
