//===- LibraryCalls.cpp - What calls of the runtime's library pass --------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of runtime/include/wavrt/abi.h as a table: the runtime sees
// pointers and numbers only, and reads and writes as far as the numbers say.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavScheduleOps.h"

#include "Verify.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

enum class Element {
  First, ///< The first type in the function's name.
  Last,  ///< The last one.
  F32,
  I32
};

struct Param {
  StringLiteral name;
  /// 0 or 1; other parameters are sizes, positive.
  bool isFlag = false;
};

struct Buffer {
  StringLiteral name;
  Element element;
  /// Products of parameters: `batch*q_len`. A vector has no columns.
  StringLiteral rows, columns = "";
  /// The flag that exchanges rows and columns.
  StringLiteral transposedBy = "";
  bool isOptional = false;
  bool isWritten = false;
};

/// A size that is at most another.
struct Bound {
  StringLiteral small, large;
};

struct Function {
  StringLiteral name; ///< Without `wavrt_` and types.
  SmallVector<StringLiteral> types;
  SmallVector<Param> params;
  SmallVector<Buffer> buffers;
  SmallVector<Bound> bounds = {};
};

/// A call of a function of the table.
class CallVerifier {
public:
  CallVerifier(CallOp call, const Function &function, StringRef types)
      : call(call), function(function), types(types) {}

  LogicalResult verify();

private:
  LogicalResult verifyParams();
  LogicalResult verifyBuffer(const Buffer &buffer, Value value);
  /// The value of a product of parameters; the largest number if it is too
  /// large for an i64.
  int64_t evaluate(StringRef product);
  Type getElementType(Element element);

  CallOp call;
  const Function &function;
  StringRef types;
};

} // namespace

static ArrayRef<Function> getFunctions() {
  using enum Element;
  static constexpr bool kWritten = true;
  static const StringLiteral kTokens = "batch*q_len", kKeys = "batch*kv_len",
                             kWidth = "heads*head_dim",
                             kScores = "batch*heads*q_len";
  static const SmallVector<Param> kAttention = {
      {"batch"}, {"q_len"}, {"kv_len"}, {"heads"}, {"head_dim"}};
  static const Function kFunctions[] = {
      {"matmul",
       {"f32", "bf16", "bf16_f32"},
       {{"m"}, {"n"}, {"k"}, {"transpose_a", true}, {"transpose_b", true}},
       {{"A", First, "m", "k", "transpose_a"},
        {"B", First, "k", "n", "transpose_b"},
        {"C", Last, "m", "n", "", /*isOptional=*/true},
        {"D", Last, "m", "n", "", false, kWritten}}},
      {"attention",
       {"f32", "bf16"},
       kAttention,
       {{"Q", First, kTokens, kWidth},
        {"K", First, kKeys, kWidth},
        {"V", First, kKeys, kWidth},
        {"position", I32, "1", "", "", /*isOptional=*/true},
        {"O", First, kTokens, kWidth, "", false, kWritten},
        {"MAX", F32, kScores, "", "", false, kWritten},
        {"INVERSE_SUM", F32, kScores, "", "", false, kWritten}},
       {{"q_len", "kv_len"}}},
      {"attention_grad",
       {"f32", "bf16"},
       kAttention,
       {{"Q", First, kTokens, kWidth},
        {"K", First, kKeys, kWidth},
        {"V", First, kKeys, kWidth},
        {"O", First, kTokens, kWidth},
        {"MAX", F32, kScores},
        {"INVERSE_SUM", F32, kScores},
        {"dO", First, kTokens, kWidth},
        {"dQ", First, kTokens, kWidth, "", false, kWritten},
        {"dK", First, kKeys, kWidth, "", false, kWritten},
        {"dV", First, kKeys, kWidth, "", false, kWritten}},
       {{"q_len", "kv_len"}, {"kv_len", "q_len"}}},
      {"embed_grad",
       {"f32", "bf16"},
       {{"n"}, {"d"}, {"rows"}},
       {{"index", I32, "n"},
        {"dY", First, "n", "d"},
        {"dTable", F32, "rows", "d", "", false, kWritten}}},
      {"cache_update",
       {"f32", "bf16"},
       {{"n"}, {"d"}, {"rows"}},
       {{"X", First, "n", "d"},
        {"position", I32, "1"},
        {"Cache", First, "rows", "d", "", false, kWritten}},
       {{"n", "rows"}}},
  };
  return kFunctions;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

int64_t CallVerifier::evaluate(StringRef product) {
  int64_t result = 1;
  for (StringRef factor : llvm::split(product, '*')) {
    int64_t value = 1;
    if (factor != "1") {
      const auto *param = llvm::find_if(
          function.params, [&](const Param &p) { return p.name == factor; });
      value = call.getParams()[param - function.params.begin()];
    }
    if (llvm::MulOverflow(result, value, result))
      return std::numeric_limits<int64_t>::max();
  }
  return result;
}

Type CallVerifier::getElementType(Element element) {
  Builder builder(call.getContext());
  if (element == Element::I32)
    return builder.getI32Type();
  if (element == Element::F32)
    return builder.getF32Type();
  auto [first, last] = types.split('_');
  bool isNarrow =
      (element == Element::First || last.empty() ? first : last) == "bf16";
  return isNarrow ? Type(builder.getBF16Type()) : builder.getF32Type();
}

LogicalResult CallVerifier::verifyParams() {
  if (call.getParams().size() != function.params.size()) {
    auto names =
        llvm::map_range(function.params, [](const Param &p) { return p.name; });
    return call.emitOpError("passes ")
           << call.getParams().size() << " parameters to '"
           << call.getFunction() << "', which takes " << function.params.size()
           << ": " << llvm::join(names, ", ");
  }
  for (auto [param, value] : llvm::zip(function.params, call.getParams()))
    if (param.isFlag ? value != 0 && value != 1 : value < 1)
      return call.emitOpError("passes ")
             << value << " as '" << param.name << "' of '" << call.getFunction()
             << "', which must be " << (param.isFlag ? "0 or 1" : "positive");
  for (const Bound &bound : function.bounds)
    if (evaluate(bound.small) > evaluate(bound.large))
      return call.emitOpError("passes ")
             << evaluate(bound.small) << " as '" << bound.small << "' of '"
             << call.getFunction() << "', more than '" << bound.large
             << "', which is " << evaluate(bound.large);
  return success();
}

LogicalResult CallVerifier::verifyBuffer(const Buffer &buffer, Value value) {
  bool isAbsent = value.getDefiningOp<NullOp>() != nullptr;
  if (isAbsent && buffer.isOptional)
    return success();
  SmallVector<int64_t> shape = {evaluate(buffer.rows)};
  std::string formula = buffer.rows.str();
  if (!buffer.columns.empty()) {
    shape.push_back(evaluate(buffer.columns));
    formula += ", " + buffer.columns.str();
    if (!buffer.transposedBy.empty() && evaluate(buffer.transposedBy)) {
      std::swap(shape[0], shape[1]);
      formula = (buffer.columns + ", " + buffer.rows).str();
    }
  }
  auto expected = MemRefType::get(shape, getElementType(buffer.element));
  if (!isAbsent && value.getType() == expected)
    return success();
  InFlightDiagnostic error = call.emitOpError("passes ");
  if (isAbsent)
    error << "nothing";
  else
    error << value.getType();
  return error << " as '" << buffer.name << "' of '" << call.getFunction()
               << "', which is [" << formula << "], here " << expected;
}

LogicalResult CallVerifier::verify() {
  if (failed(verifyParams()))
    return failure();
  if (call.getNumSlots() != function.buffers.size())
    return call.emitOpError("passes ")
           << call.getNumSlots() << " buffers to '" << call.getFunction()
           << "', which takes " << function.buffers.size() << ": "
           << llvm::join(
                  llvm::map_range(function.buffers,
                                  [](const Buffer &b) { return b.name; }),
                  ", ");
  for (auto [index, value] : llvm::enumerate(call.getBuffers())) {
    size_t slot = index % function.buffers.size();
    if (failed(verifyBuffer(function.buffers[slot], value)))
      return failure();
    auto isAbsent = [&](Value buffer) {
      return buffer.getDefiningOp<NullOp>() != nullptr;
    };
    if (isAbsent(value) != isAbsent(call.getBuffers()[slot]))
      return call.emitOpError("passes '")
             << function.buffers[slot].name << "' of '" << call.getFunction()
             << "' in some instances only; make two calls of it";
  }
  return success();
}

bool CallOp::isProduct() { return getFunction().starts_with("wavrt_matmul_"); }

bool CallOp::mayWrite(unsigned slot) {
  for (const Function &function : getFunctions())
    for (StringRef types : function.types)
      if (getFunction() == ("wavrt_" + function.name + "_" + types).str())
        return function.buffers[slot].isWritten;
  return true;
}

LogicalResult CallOp::verify() {
  if (failed(checkInstances(*this, getInstances())))
    return failure();
  if (failed(checkBytesByCategory(*this, getBytesByCategoryAttr(), getBytes())))
    return failure();
  // What other libraries have is between them and the dialects of their ops.
  if (!getFunction().starts_with("wavrt_"))
    return success();
  std::string known;
  for (const Function &function : getFunctions())
    for (StringRef types : function.types) {
      std::string name = ("wavrt_" + function.name + "_" + types).str();
      if (getFunction() == name)
        return CallVerifier(*this, function, types).verify();
      known += (known.empty() ? "" : ", ") + name;
    }
  return emitOpError("calls '")
         << getFunction() << "', which the runtime's library has not; it has "
         << known;
}
