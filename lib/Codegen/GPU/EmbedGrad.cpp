//===- EmbedGrad.cpp - The gradient of an embedding on a GPU --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dTable[index[i]] += dY[i] without atomics: a block owns one row of the table
// (a slab of its columns), and its warps share the tokens in contiguous
// parts. A warp looks at 32 tokens at a time and adds the rows of those that
// match in their order; the warps' sums are then added in order. So the order
// of the sum depends on shapes alone. A frequent token costs its warp a loop;
// that is why several warps share a row.
//
//===----------------------------------------------------------------------===//

#include "CallsToKernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::wav;

/// Runs `body` with the number of each bit that is set in `bits`, lowest first.
static void forEachBit(KernelBuilder &b, Scalar bits, Fragment &carried,
                       function_ref<void(Scalar)> body) {
  SmallVector<Value> inits = {bits};
  llvm::append_range(inits, carried);
  auto assign = [&](ValueRange values) {
    for (auto [scalar, value] : llvm::zip_equal(carried, values.drop_front()))
      scalar = {b, value};
  };
  auto loop = scf::WhileOp::create(
      b, ValueRange(inits).getTypes(), inits,
      [&](OpBuilder &, Location, ValueRange values) {
        Value more = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                           values[0], b.integer(0));
        scf::ConditionOp::create(b, more, values);
      },
      [&](OpBuilder &, Location, ValueRange values) {
        Scalar rest(b, values[0]);
        assign(values);
        body({b, math::CountTrailingZerosOp::create(b, rest)});
        SmallVector<Value> next = {rest & (rest - 1)};
        llvm::append_range(next, carried);
        scf::YieldOp::create(b, next);
      });
  assign(loop.getResults());
}

LogicalResult wav::lowerEmbedGrad(CallLowering &call) {
  constexpr int64_t kWarp = KernelBuilder::kWarp;
  int64_t tokens = call.getParams()[0], width = call.getParams()[1],
          tableRows = call.getParams()[2];
  // Lanes take `chunks` vectors of a row each, 32 vectors apart.
  int64_t vector =
      std::gcd(width, 16 * 8 / call.getType(1).getElementTypeBitWidth());
  int64_t chunks =
      std::min<int64_t>(llvm::divideCeil(width, kWarp * vector), 4);
  int64_t slab = kWarp * vector * chunks, slabs = llvm::divideCeil(width, slab);
  int64_t warps = std::min<int64_t>(llvm::divideCeil(tokens, kWarp), 16);
  int64_t share = llvm::alignTo(llvm::divideCeil(tokens, warps), kWarp);

  call.launch(
      {.name = "embed_grad",
       .blocks = tableRows * slabs,
       .threads = warps * kWarp,
       .sharedBytes = warps * slab * int64_t(sizeof(float)),
       .flops = call.getFlops()},
      {call.getBuffer(0), call.getBuffer(1), call.getBuffer(2)},
      [&](KernelBuilder &b, ArrayRef<Pointer> slots) {
        Scalar row = b.block() / slabs;
        Scalar firstColumn = b.block() % slabs * slab;
        Scalar laneColumn = firstColumn + b.lane() * vector;
        Pointer partials = b.shared(0, b.getF32Type());

        // The sum of this warp's tokens.
        auto vectorType = VectorType::get(vector, b.getF32Type());
        Value zero = arith::ConstantOp::create(b, b.getZeroAttr(vectorType));
        Fragment sums(chunks, {b, zero});
        Scalar begin = b.warp() * share;
        Scalar end = min(begin + share, b.integer(tokens));
        b.loop(begin, end, kWarp, {&sums}, [&](Scalar first) {
          Scalar token = first + b.lane();
          Scalar exists = token < end;
          Scalar index = slots[0].at(select(exists, token, first)).load();
          Scalar matches = b.ballot((index == row) & exists);
          forEachBit(b, matches, sums, [&](Scalar bit) {
            Scalar matching = first + bit;
            Pointer source = slots[1].at(matching * width + laneColumn);
            for (int64_t chunk = 0; chunk < chunks; ++chunk) {
              // The last slab may reach beyond the row.
              int64_t offset = chunk * kWarp * vector;
              Scalar inside = laneColumn < width - offset;
              auto load = scf::IfOp::create(
                  b, inside,
                  [&](OpBuilder &, Location) {
                    scf::YieldOp::create(b,
                                         Value(source.at(offset).load(vector)));
                  },
                  [&](OpBuilder &, Location) {
                    scf::YieldOp::create(b, zero);
                  });
              sums[chunk] = sums[chunk] + Scalar(b, load.getResult(0));
            }
          });
        });

        Pointer partial = partials.at(b.warp() * slab + b.lane() * vector);
        for (int64_t chunk = 0; chunk < chunks; ++chunk)
          for (int64_t i = 0; i < vector; ++i)
            partial.at(chunk * kWarp * vector + i)
                .store(sums[chunk].getElement(i));
        b.barrier();

        Pointer target = slots[2].at(row * width + firstColumn);
        b.forEachItem(slab, [&](Scalar column) {
          b.when(firstColumn + column < width, [&] {
            Scalar sum = target.at(column).load();
            for (int64_t warp = 0; warp < warps; ++warp)
              sum = sum + partials.at(column + warp * slab).load();
            target.at(column).store(sum);
          });
        });
      });
  return success();
}
