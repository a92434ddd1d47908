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
include "WavDialect.td"

def Wav_BankType : TypeDef<Wav_Dialect, "Bank"> {
  let mnemonic = "bank";
  let summary = "A list of tensors of one type: the rows that a read can see";
  let description = [{
    `!wav.bank<7 x tensor<2048x128xf32>>` holds seven tensors, which need not
    be adjacent in memory. Banks grow at their end: all reads of a block share
    one bank, and the next block's bank is that bank followed by the rows the
    block left behind (method.md 5.1).

    The size `?` appears only in kernels, where the number of rows is an
    argument, so that one kernel serves every block.
  }];
  let parameters = (ins "int64_t":$size, "::mlir::RankedTensorType":$rowType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The size of a bank whose number of rows is a run-time argument.
    static constexpr int64_t kDynamic = -1;
    bool isDynamic() const { return getSize() == kDynamic; }
  }];
}

#endif // WAV_TYPES_TD
