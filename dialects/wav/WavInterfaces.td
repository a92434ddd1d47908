//===- WavInterfaces.td - Interfaces of wav ops -------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_INTERFACES_TD
#define WAV_INTERFACES_TD

include "mlir/IR/OpBase.td"

/// Ops of other dialects take part where they work on tensors; the ops of a
/// kernel's body do the same arithmetic on numbers and rows.
class Wav_OpInterface<string name> : OpInterface<name> {
  let cppNamespace = "::mlir::wav";
  let extraClassOf = "return ::mlir::wav::isOnTensors($_op);";
}

def DifferentiableOpInterface : Wav_OpInterface<"DifferentiableOpInterface"> {
  let description = [{
    An op that knows its own gradient. `wav-differentiate` walks a function
    backwards and asks each op once, after all uses of its results were asked.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the gradient ops at the builder's insertion point. Reads the
      gradients of the results from `gradients` and adds those of the operands.
      Called only if some result has a gradient.
    }], "::mlir::LogicalResult", "buildGradient",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::wav::Gradients &":$gradients)>,
    InterfaceMethod<[{
      Whether the results count as constants: no gradient passes, and
      `buildGradient` is never called.
    }], "bool", "stopsGradient", (ins), "", [{ return false; }]>,
    InterfaceMethod<[{
      The type that the gradient of result `index` is kept in; null: that of the
      result.
    }], "::mlir::Type", "getGradientType", (ins "unsigned":$index), "",
      [{ return {}; }]>
  ];
}

def RowOpInterface : Wav_OpInterface<"RowOpInterface"> {
  let description = [{
    An op that is a row program: it treats the rows of a row space one by one.
    It says how it reads each operand and what each result is; fusion, the
    verifier of fusions and code generation believe that and infer nothing from
    shapes, which coincide (as many rows as columns, say) when nothing else
    does. `emitRow` that reads an operand in another way is an error.
  }];
  let methods = [
    InterfaceMethod<"The number of rows of the row space.",
      "int64_t", "getNumRows">,
    InterfaceMethod<[{
      Emits the body for one row: `vector<width>` and scalar arithmetic in
      upstream dialects.
    }], "::mlir::LogicalResult", "emitRow",
    (ins "::mlir::wav::RowEmitter &":$emitter)>,
    InterfaceMethod<[{
      How operand `index` is read. Only what is read by row may come from a row
      program of the same kernel; all else lies in memory before it starts.
    }], "::mlir::wav::RowOperand", "getRowOperand", (ins "unsigned":$index),
      "", [{ return ::mlir::wav::RowOperand::ByRow; }]>,
    InterfaceMethod<[{
      What result `index` is while the kernel runs.
    }], "::mlir::wav::RowResult", "getRowResult", (ins "unsigned":$index),
      "", [{ return ::mlir::wav::RowResult::ByRow; }]>
  ];
}

def ReferenceOpInterface : Wav_OpInterface<"ReferenceOpInterface"> {
  let description = [{
    An op that can be evaluated slowly and obviously in float64. The reference
    is the judge of every pass and back end.
  }];
  let methods = [
    InterfaceMethod<[{
      Reads the operands' values from `frame` and sets the results'.
    }], "::mlir::LogicalResult", "evaluate",
    (ins "::mlir::wav::ReferenceFrame &":$frame)>
  ];
}

def LibraryOpInterface : OpInterface<"LibraryOpInterface"> {
  let cppNamespace = "::mlir::wav";
  let description = [{
    An op that a library function computes, called as `f(context, buffers,
    params)`: one of the runtime (runtime/include/wavrt/abi.h) or of the op's
    dialect (wav/Codegen/LibraryFunctions.h).
  }];
  let methods = [
    InterfaceMethod<[{
      The name of the library function, which ends with the element types that
      it is for: `wavrt_matmul_f32`. Names in `wavrt_` are the runtime's.
    }], "std::string", "getLibraryFunction">,
    InterfaceMethod<[{
      The buffers in the order of the function's documentation: operands and
      results, a null value for an absent optional operand. Of a result that
      lies where an operand was, the result alone, unless the tie is optional.
    }], "::llvm::SmallVector<::mlir::Value>", "getLibraryBuffers">,
    InterfaceMethod<"The scalar parameters, in order.",
      "::llvm::SmallVector<int64_t>", "getLibraryParams">
  ];
}

def TiedOpInterface : OpInterface<"TiedOpInterface"> {
  let cppNamespace = "::mlir::wav";
  let description = [{
    An op with results that update an operand: the result is written where the
    operand was. The operand must have no later use; `wav-plan` copies if it
    has, unless the tie is optional.
  }];
  let methods = [
    InterfaceMethod<[{
      The operand that result `index` updates, or null.
    }], "::mlir::OpOperand *", "getTiedOperand", (ins "unsigned":$index)>,
    InterfaceMethod<[{
      Whether result `index` may also lie elsewhere than the operand that it is
      tied to, which the op then reads where it lies: an operand that is needed
      later, or may not be written, is then left alone and never copied. Only
      library calls can say so.
    }], "bool", "isTieOptional", (ins "unsigned":$index), "",
      [{ return false; }]>
  ];
}

def ViewOpInterface : OpInterface<"ViewOpInterface"> {
  let cppNamespace = "::mlir::wav";
  let description = [{
    An op that computes nothing: its results name tensors of its operands. Who
    plans memory gives such a result the memory of what it names.
  }];
  let methods = [
    InterfaceMethod<[{
      The tensors that result `index` consists of, in order
      (`wav::getTensorTypes`).
    }], "::llvm::SmallVector<::mlir::wav::ViewedTensor>", "getViewedTensors",
    (ins "unsigned":$index)>
  ];
}

def PlacedOpInterface : OpInterface<"PlacedOpInterface"> {
  let cppNamespace = "::mlir::wav";
  let description = [{
    An op that reads, replaces or lays out memory that outlives a call: some of
    its results or operands have a fixed place.
  }];
  let methods = [
    InterfaceMethod<"Where result `index` lies; none: anywhere.",
      "std::optional<::mlir::wav::Place>", "getResultPlace",
      (ins "unsigned":$index), "", [{ return std::nullopt; }]>,
    InterfaceMethod<[{
      Where the operands must lie, in order; empty if none has to lie anywhere.
    }], "::llvm::SmallVector<::mlir::wav::Place>", "getOperandPlaces", (ins),
      "", [{ return {}; }]>
  ];
}

def CostOpInterface : Wav_OpInterface<"CostOpInterface"> {
  let description = [{
    What an op costs at least. `info`, remarks and benchmarks derive planes and
    rooflines from it.
  }];
  let methods = [
    InterfaceMethod<"Floating-point operations; a fused multiply-add is two.",
      "int64_t", "getFlops">,
    InterfaceMethod<[{
      One of `matmul`, `attention`, `routing`, `norm`, `other`. What the ops of
      a kernel read and write is counted by it.
    }], "::llvm::StringRef", "getCostCategory", (ins), "", [{ return "other"; }]>,
    InterfaceMethod<[{
      The category of what the op reads of operand `index`; none: its own.
    }], "std::optional<::llvm::StringRef>", "getOperandCategory",
      (ins "unsigned":$index), "", [{ return std::nullopt; }]>
  ];
}

#endif // WAV_INTERFACES_TD
