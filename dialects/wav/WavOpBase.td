//===- WavOpBase.td - Shared definitions for wav ops --*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_OP_BASE_TD
#define WAV_OP_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "wav/WavDialect.td"
include "wav/WavAttrs.td"
include "wav/WavTypes.td"
include "wav/WavInterfaces.td"

/// Tensors of static shape. A rank of -1 allows every rank. All arithmetic is
/// in f32; bf16 is how activations, and what is derived from them, are stored.
/// Row programs convert where they load and store, so they take and give any
/// mixture; what is trained, summed over rows or kept a token is f32.
class Wav_TensorOf<list<Type> elements, int rank, string what> : Type<And<[
    StaticShapeTensorOf<elements>.predicate,
    !if(!lt(rank, 0), CPred<"true">, CPred<
      "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == " # rank>)]>,
    what, "::mlir::RankedTensorType">;
def Wav_Tensor : Wav_TensorOf<[F32, BF16], -1, "static tensor of f32 or bf16">;
def Wav_Matrix : Wav_TensorOf<[F32, BF16], 2, "2-D static tensor of f32 or bf16">;
/// What is never stored as bf16; `wav.cast` makes it f32, or bf16 from it.
def Wav_F32Tensor : Wav_TensorOf<[F32], -1, "static tensor of f32">;
def Wav_F32Vector : Wav_TensorOf<[F32], 1, "1-D static tensor of f32">;
def Wav_F32Matrix : Wav_TensorOf<[F32], 2, "2-D static tensor of f32">;
def Wav_Scalar : Wav_TensorOf<[F32], 0, "0-D tensor of f32">;
def Wav_IndexTensor : Wav_TensorOf<[I32], 1, "1-D static tensor of i32">;
def Wav_IndexScalar : Wav_TensorOf<[I32], 0, "0-D tensor of i32">;
/// The index of a bias, or the indices of several.
def Wav_BiasIndex : Type<And<[
    StaticShapeTensorOf<[I32]>.predicate, CPred<
      "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() <= 1">]>,
    "0-D or 1-D static tensor of i32", "::mlir::RankedTensorType">;

class Wav_Op<string mnemonic, list<Trait> traits = []>
    : Op<Wav_Dialect, mnemonic, traits>;

/// Ops of value semantics that the reference interpreter can evaluate.
class Wav_PureOp<string mnemonic, list<Trait> traits = []>
    : Wav_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<ReferenceOpInterface>], traits)>;

/// Costs nothing where it is used: each kernel that needs its result has it
/// inside.
def RepeatedInKernels : NativeOpTrait<"RepeatedInKernels"> {
  let cppNamespace = "::mlir::wav";
}

defvar Diff = DeclareOpInterfaceMethods<DifferentiableOpInterface>;
defvar DetachableDiff =
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["stopsGradient"]>;
defvar TypedDiff =
    DeclareOpInterfaceMethods<DifferentiableOpInterface, ["getGradientType"]>;
defvar Row = DeclareOpInterfaceMethods<RowOpInterface>;
/// Row programs with operands that are not read by row, with results that are
/// not rows, and with both.
defvar RowIn = DeclareOpInterfaceMethods<RowOpInterface, ["getRowOperand"]>;
defvar RowOut = DeclareOpInterfaceMethods<RowOpInterface, ["getRowResult"]>;
defvar RowInOut = DeclareOpInterfaceMethods<RowOpInterface,
                                            ["getRowOperand", "getRowResult"]>;
defvar PlacedResult =
    DeclareOpInterfaceMethods<PlacedOpInterface, ["getResultPlace"]>;
defvar PlacedOperands =
    DeclareOpInterfaceMethods<PlacedOpInterface, ["getOperandPlaces"]>;
defvar View = DeclareOpInterfaceMethods<ViewOpInterface>;
defvar Library = DeclareOpInterfaceMethods<LibraryOpInterface>;
defvar Tied = DeclareOpInterfaceMethods<TiedOpInterface>;
defvar OptionallyTied =
    DeclareOpInterfaceMethods<TiedOpInterface, ["isTieOptional"]>;
defvar Cost = DeclareOpInterfaceMethods<CostOpInterface>;
defvar CategorizedCost =
    DeclareOpInterfaceMethods<CostOpInterface, ["getCostCategory"]>;
defvar OperandCategorizedCost = DeclareOpInterfaceMethods<
    CostOpInterface, ["getCostCategory", "getOperandCategory"]>;

#endif // WAV_OP_BASE_TD
