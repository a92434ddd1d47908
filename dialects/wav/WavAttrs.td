//===- WavAttrs.td - Residual schemes as data ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_ATTRS_TD
#define WAV_ATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "wav/WavDialect.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

class Wav_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::wav";
  let genSpecializedAttr = 0;
}

def Wav_Normaliser : Wav_Enum<"Normaliser", "how a read weighs its sources", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Softmax", 1, "softmax">]>;

def Wav_BiasMode : Wav_Enum<"BiasMode", "how details are biased", [
  I32EnumAttrCase<"Learned", 0, "learned">,
  I32EnumAttrCase<"Fixed", 1, "fixed">,
  I32EnumAttrCase<"None", 2, "none">]>;

def Wav_BiasScope : Wav_Enum<"BiasScope", "what shares a bias", [
  I32EnumAttrCase<"SiteType", 0, "site_type">,
  I32EnumAttrCase<"Type", 1, "type">,
  I32EnumAttrCase<"Source", 2, "source">]>;

def Wav_PartialDetails : Wav_Enum<"PartialDetails",
    "whether the unfinished block shows its details", [
  I32EnumAttrCase<"Online", 0, "online">,
  I32EnumAttrCase<"Completed", 1, "completed">]>;

def Wav_WriteScale : Wav_Enum<"WriteScale", "what multiplies an update", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Scalar", 1, "scalar">,
  I32EnumAttrCase<"Vector", 2, "vector">,
  I32EnumAttrCase<"BlockVector", 3, "block_vector">]>;

// Those below are also attributes of ops.

def Wav_BankPart_Row : I32EnumAttrCase<"Row", 0, "row">;
def Wav_BankPart_Scale : I32EnumAttrCase<"Scale", 1, "scale">;
def Wav_BankPart_Bias : I32EnumAttrCase<"Bias", 2, "bias">;
def Wav_BankPartAttr : I32EnumAttr<"BankPart", "a tensor of a source", [
    Wav_BankPart_Row, Wav_BankPart_Scale, Wav_BankPart_Bias]> {
  let cppNamespace = "::mlir::wav";
}

def Wav_PerTensor : I32EnumAttrCase<"Tensor", 0, "tensor">;
def Wav_PerChannel : I32EnumAttrCase<"Channel", 1, "channel">;
def Wav_PerToken : I32EnumAttrCase<"Token", 2, "token">;
def Wav_PerAttr : I32EnumAttr<"Per", "what there is one number for", [
    Wav_PerTensor, Wav_PerChannel, Wav_PerToken]> {
  let cppNamespace = "::mlir::wav";
}

def Wav_Arena_Parameters : I32EnumAttrCase<"Parameters", 0, "parameters">;
def Wav_Arena_Gradients : I32EnumAttrCase<"Gradients", 1, "gradients">;
def Wav_Arena_FirstMoment : I32EnumAttrCase<"FirstMoment", 2, "first_moment">;
def Wav_Arena_SecondMoment : I32EnumAttrCase<"SecondMoment", 3, "second_moment">;
def Wav_Arena_State : I32EnumAttrCase<"State", 4, "state">;
def Wav_Arena_IO : I32EnumAttrCase<"IO", 5, "io">;
def Wav_Arena_Scratch : I32EnumAttrCase<"Scratch", 6, "scratch">;
def Wav_Arena_Constants : I32EnumAttrCase<"Constants", 7, "constants">;
/// The numbers are those of `wavrt_arena` in runtime/include/wavrt/abi.h.
def Wav_ArenaAttr : I32EnumAttr<"Arena", "an arena of the running program", [
    Wav_Arena_Parameters, Wav_Arena_Gradients, Wav_Arena_FirstMoment,
    Wav_Arena_SecondMoment, Wav_Arena_State, Wav_Arena_IO, Wav_Arena_Scratch,
    Wav_Arena_Constants]> {
  let cppNamespace = "::mlir::wav";
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// Flags read `true` and `false`; numbers are shortest: `-2`, `0.1`, `1.0e-06`.
class Wav_Flag<string value> : DefaultValuedParameter<"bool", value> {
  let printer = [{$_printer << ($_self ? "true" : "false")}];
}
class Wav_Number<string value>
    : DefaultValuedParameter<"::mlir::FloatAttr",
          "::mlir::FloatAttr::get(::mlir::Float64Type::get($_ctxt), "
          # value # ")"> {
  let parser = "::mlir::wav::parseNumber($_parser)";
  let printer = "::mlir::wav::printNumber($_printer, $_self)";
}
def Wav_OptionalNumber : OptionalParameter<"::mlir::FloatAttr"> {
  let parser = "::mlir::wav::parseNumber($_parser)";
  let printer = "::mlir::wav::printNumber($_printer, $_self)";
}
def Wav_Coefficients
    : DefaultValuedParameter<"::mlir::DenseF64ArrayAttr",
          "::mlir::DenseF64ArrayAttr::get($_ctxt, {1.0, 1.0, 1.0, 1.0})"> {
  let parser = "::mlir::wav::parseNumbers($_parser)";
  let printer = "::mlir::wav::printNumbers($_printer, $_self)";
}
/// `[<...>, <...>]`
def Wav_Rows : ArrayRefParameter<"::mlir::wav::RowAttr"> {
  let parser = "::mlir::wav::parseRows($_parser)";
  let printer = "::mlir::wav::printRows($_printer, $_self)";
}
class Wav_Choice<EnumAttrInfo choice, string value>
    : DefaultValuedParameter<"::mlir::wav::" # choice.className,
                             "::mlir::wav::" # choice.className # "::" # value>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class Wav_Attr<string name, string attrMnemonic> : AttrDef<Wav_Dialect, name> {
  let mnemonic = attrMnemonic;
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Wav_RowAttr : Wav_Attr<"Row", "row"> {
  let summary = "One accumulator that every block of sublayers keeps";
  let description = [{
    `row <- row + coefficient * update` after every sublayer of a block.
    `coefficients` are four numbers, for (attention, first half), (MLP, first
    half), (attention, second half), (MLP, second half), or one for each
    sublayer of the block. With a `match` the row is read with the RMS of the
    row named; with a `bias_init` its logits carry a bias, which starts there. A
    row with either is a detail.

    ```mlir
    #wav.row<name = "phase", coefficients = [1, -1, 1, -1], match = "sum",
             bias_init = -2>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"what `match` and diagnostics call the row">:$name,
    Wav_Coefficients:$coefficients,
    StringRefParameter<"the row whose RMS this row is given; empty: none",
                       [{""}]>:$match,
    Wav_OptionalNumber:$bias_init);
  let extraClassDeclaration = [{
    bool isMatched() const { return !getMatch().empty(); }
    bool isBiased() const { return static_cast<bool>(getBiasInit()); }
    /// Directional details, as opposed to summaries, are matched or biased.
    bool isDetail() const { return isMatched() || isBiased(); }
  }];
}

def Wav_ResidualAttr : Wav_Attr<"Residual", "residual"> {
  let summary = "A residual scheme";
  let description = [{
    Which rows every block of sublayers keeps, and how a site reads them. All
    schemes are values of this attribute (method.md 5.1); docs/schemes.md gives
    every field's meaning. Fields at their defaults are not printed.

    ```mlir
    // Standard PreNorm.
    #wav.residual<rows = [<name = "stream">], normaliser = none>
    // HAARES.
    #wav.residual<block_size = 8, rows = [<name = "sum">,
        <name = "split", coefficients = [1, 1, -1, -1], match = "sum",
         bias_init = -2>]>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0",
        "sublayers of a block; 0: the whole network is one block">:$block_size,
    Wav_Rows:$rows,
    Wav_Choice<Wav_Normaliser, "Softmax">:$normaliser,
    Wav_Choice<Wav_BiasMode, "Learned">:$bias_mode,
    Wav_Choice<Wav_BiasScope, "SiteType">:$bias_scope,
    Wav_Flag<"false">:$base,
    Wav_Flag<"false">:$key_gain,
    Wav_Choice<Wav_PartialDetails, "Online">:$partial_details,
    Wav_Flag<"true">:$final_details,
    Wav_Flag<"true">:$match_detach,
    Wav_Choice<Wav_WriteScale, "None">:$write_scale,
    Wav_Number<"1.0">:$write_scale_init,
    DefaultValuedParameter<"int64_t", "1">:$heads,
    DefaultValuedParameter<"int64_t", "0">:$key_slice);
  let extraClassDeclaration = [{
    bool hasDetails() const;
    /// The number K of rows with a bias.
    int64_t getNumBiases() const;
    /// The sublayers of every block but the last in a network of `sublayers`.
    int64_t getBlockLength(int64_t sublayers) const;
    /// The coefficient of row `row` for each of the `length` sublayers of the
    /// block that starts at sublayer `first` (from 0; even: attention), by the
    /// rules of docs/schemes.md (method.md 2.2). A row that does not exist in
    /// the block has only zeros.
    SmallVector<double> getBlockCoefficients(unsigned row, int64_t first,
                                             int64_t length) const;
  }];
}

#endif // WAV_ATTRS_TD
