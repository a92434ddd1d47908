//===- WavTypes.td - Types of the wav dialect ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TYPES_TD
#define WAV_TYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "wav/WavDialect.td"

def Wav_BankType : TypeDef<Wav_Dialect, "Bank"> {
  let mnemonic = "bank";
  let summary = "A list of sources: what a read can see";
  let description = [{
    `!wav.bank<7 x tensor<2048x128xf32>>` holds seven sources. A source has a
    row, one tensor of the type named. In a bank that is `scaled` it also has a
    scale, one f32 number for each token; in one that is `biased` it also has
    the index of its bias, one i32. These tensors need not be adjacent in
    memory. Banks grow at their end: all reads of a block share one bank, and
    the next block's bank is that bank followed by the sources the block left
    behind (method.md 5.1).

    The size `?` appears only in kernels, where the number of sources is an
    argument, so that one kernel serves every block.

    ```mlir
    !wav.bank<7 x tensor<2048x128xf32>>
    !wav.bank<? x tensor<2048x128xf32>, scaled, biased>
    ```
  }];
  let parameters = (ins "int64_t":$size, "::mlir::RankedTensorType":$rowType,
                        "bool":$scaled, "bool":$biased);
  let builders = [
    TypeBuilderWithInferredContext<(ins "int64_t":$size,
        "::mlir::RankedTensorType":$rowType, CArg<"bool", "false">:$scaled,
        CArg<"bool", "false">:$biased), [{
      return $_get(rowType.getContext(), size, rowType, scaled, biased);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The size of a bank whose number of rows is a run-time argument.
    static constexpr int64_t kDynamic = -1;
    bool isDynamic() const { return getSize() == kDynamic; }

    /// The same with another number of sources.
    BankType withSize(int64_t size) const {
      return get(size, getRowType(), getScaled(), getBiased());
    }

    /// The tensors of a source: its row, then its scale and the index of its
    /// bias as far as it has them.
    unsigned getNumParts() const { return 1 + getScaled() + getBiased(); }
    /// The position of `part` among them; the bank has it.
    unsigned getPosition(BankPart part) const;
    RankedTensorType getPartType(BankPart part) const;
    /// The types of a source's tensors.
    SmallVector<RankedTensorType, 3> getPartTypes() const;
  }];
}

#endif // WAV_TYPES_TD
