//===- WavKernelOps.td - Ops of lowered kernels --------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lowered kernel is a function `(!llvm.ptr, i64) -> ()`, as `wavrt_kernel` in
// runtime/include/wavrt/abi.h: a table of pointers, one a buffer, and the
// partition to work on. These ops say what the pointers are; all else in such
// a function is in upstream dialects.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_KERNEL_OPS_TD
#define WAV_KERNEL_OPS_TD

include "wav/WavOpBase.td"
include "mlir/Dialect/LLVMIR/LLVMOpBase.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def Wav_Pointer : Type<LLVM_AnyPointer.predicate, "pointer",
                       "::mlir::LLVM::LLVMPointerType">,
    BuildableType<"::mlir::LLVM::LLVMPointerType::get($_builder.getContext())">;

def Wav_ArgumentOp : Wav_Op<"argument", [Pure]> {
  let summary = "A buffer of a kernel";
  let description = [{
    What slot `index` of the table points to: a dense row-major buffer, or the
    table of a bank: its number of sources, then the addresses of their tensors,
    source after source. Distinct slots that are written
    do not overlap any other slot. The size of a `memref<?xi32>` is not known
    here.

    ```mlir
    %x = wav.argument %args[0] : memref<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Pointer:$table, I64Attr:$index);
  let results = (outs AnyTypeOf<[AnyMemRef, Wav_BankType]>:$result);
  let assemblyFormat = "$table `[` $index `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Wav_BankSizeOp : Wav_Op<"bank_size", [Pure]> {
  let summary = "The number of sources of a bank";
  let arguments = (ins Wav_BankType:$bank);
  let results = (outs Index:$result);
  let assemblyFormat = "$bank attr-dict `:` type($bank)";
}

def Wav_BankRowOp : Wav_Op<"bank_row", [Pure,
    DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "The buffer of a source's row, or of another of its tensors";
  let description = [{
    ```mlir
    %row = wav.bank_row %bank[%k]
        : !wav.bank<? x tensor<2048x128xf32>, scaled> -> memref<2048x128xf32>
    %scale = wav.bank_row %bank[%k] scale
        : !wav.bank<? x tensor<2048x128xf32>, scaled> -> memref<2048xf32>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank, Index:$index,
                       OptionalAttr<Wav_BankPartAttr>:$part);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = [{
    $bank `[` $index `]` ($part^)? attr-dict `:` type($bank) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // WAV_KERNEL_OPS_TD
