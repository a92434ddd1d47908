//===- WavScheduleOps.td - Schedules over arenas -------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `wav-plan` leaves of an entry point: a list of launches and library
// calls on views of the running program's arenas. A module of schedules,
// kernels, constants, parameters and states is all that the back ends and the
// manifest need.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_SCHEDULE_OPS_TD
#define WAV_SCHEDULE_OPS_TD

include "wav/WavOpBase.td"

/// One tensor in an arena.
def Wav_Buffer : Type<And<[
    StaticShapeMemRefOf<[F32, BF16, I32]>.predicate,
    CPred<"::llvm::cast<::mlir::MemRefType>($_self).getLayout().isIdentity()">,
    CPred<"!::llvm::cast<::mlir::MemRefType>($_self).getMemorySpace()">]>,
    "row-major, dense memref of f32, bf16 or i32 and known size",
    "::mlir::MemRefType">;

class Wav_StepOp<string mnemonic, list<Trait> traits = []>
    : Wav_Op<mnemonic, !listconcat([HasParent<"ScheduleOp">], traits)>;

def Wav_ConstantOp : Wav_Op<"constant"> {
  let summary = "Bytes of the constants arena";
  let description = [{
    ```mlir
    wav.constant at 0 dense<1.0> : tensor<2048xf32>
    ```
  }];
  let arguments = (ins I64Attr:$offset, ElementsAttr:$value);
  let assemblyFormat = "`at` $offset $value attr-dict";
  let hasVerifier = 1;
}

def Wav_ScheduleOp : Wav_Op<"schedule", [
    Symbol, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "An entry point as a list of launches and library calls";
  let description = [{
    Runs its launches and calls in order. Every buffer is a view at a constant
    offset of an arena; scratch is dead between entry points.

    ```mlir
    wav.schedule @eval {
      %tokens = wav.view io[0] : memref<2048xi32>
      %loss = wav.view io[8192] : memref<f32>
      wav.input "tokens" %tokens : memref<2048xi32>
      wav.output "loss" %loss : memref<f32>
      ...
      wav.launch @sum_partials(%partials, %loss)
          : memref<32xf32>, memref<f32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Wav_ViewOp : Wav_StepOp<"view", [Pure]> {
  let summary = "A buffer at a byte offset of an arena";
  let arguments = (ins Wav_ArenaAttr:$arena, I64Attr:$offset);
  let results = (outs Wav_Buffer:$result);
  let assemblyFormat = "$arena `[` $offset `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Wav_NullOp : Wav_StepOp<"null", [Pure]> {
  let summary = "An optional buffer of a library call that is absent";
  let results = (outs Wav_Buffer:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Wav_TableOp : Wav_StepOp<"table", [Pure]> {
  let summary = "A bank in memory: its size, then the addresses of its tensors";
  let description = [{
    The tensors of the first source, then those of the second, and so on.
  }];
  let arguments = (ins Variadic<Wav_Buffer>:$buffers);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    `(` $buffers `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_InputOp : Wav_StepOp<"input"> {
  let summary = "Names a buffer that the caller fills";
  let description = [{
    `fill` says what with (docs/manifest.md); a trainer fills only inputs that
    say so.

    ```mlir
    wav.input "lr" %lr fill {kind = "learning_rate"} : memref<f32>
    ```
  }];
  let arguments = (ins StrAttr:$name, Wav_Buffer:$buffer,
                       OptionalAttr<DictionaryAttr>:$fill);
  let assemblyFormat = [{
    $name $buffer (`fill` $fill^)? attr-dict `:` type($buffer)
  }];
  let hasVerifier = 1;
}

def Wav_OutputOp : Wav_StepOp<"output"> {
  let summary = "Names a buffer that the caller reads afterwards";
  let arguments = (ins StrAttr:$name, Wav_Buffer:$buffer);
  let assemblyFormat = "$name $buffer attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

/// A launch or a call. What it costs is for `info`, profiles and rooflines: of
/// its `bytes`, `bytes_by_category` says how many each category moves; absent,
/// they are all of `category`, which its time is filed under.
///
/// Several `instances` are done at once, each on buffers of its own: its
/// operands are those of the first instance, then those of the second, and so
/// on. `cost` is that of all.
class Wav_CostedStepOp<string mnemonic, list<Trait> traits = []>
    : Wav_StepOp<mnemonic, traits> {
  let hasVerifier = 1;
  dag cost = (ins StrAttr:$category, I64Attr:$bytes, I64Attr:$flops,
                  OptionalAttr<DictionaryAttr>:$bytes_by_category,
                  DefaultValuedAttr<I64Attr, "1">:$instances);
  code instancesDeclaration = [{
    /// The operands of one instance.
    unsigned getNumSlots() { return getNumOperands() / getInstances(); }
    ::mlir::OperandRange getSlotsOf(unsigned instance) {
      return getOperands().slice(instance * getNumSlots(), getNumSlots());
    }
  }];
  let extraClassDeclaration = instancesDeclaration;
}

def Wav_LaunchOp : Wav_CostedStepOp<"launch", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs all partitions of a kernel";
  let description = [{
    One slot for each argument of the kernel, then one for each yielded value
    that is not written in place of an argument.
  }];
  let arguments = !con((ins FlatSymbolRefAttr:$kernel,
                            Variadic<AnyType>:$slots, I64Attr:$partitions),
                       cost);
  let assemblyFormat = "$kernel `(` $slots `)` attr-dict `:` type($slots)";
}

def Wav_CallOp : Wav_CostedStepOp<"call"> {
  let summary = "Calls a function of the runtime's library";
  let description = [{
    The function, its buffers and its parameters are those of
    runtime/include/wavrt/abi.h; lib/IR/LibraryCalls.cpp says which, and the
    verifier holds each call to it.

    ```mlir
    wav.call "wavrt_matmul_f32"(%x, %w, %none, %y) [2048, 384, 128, 0, 1] {...}
        : memref<2048x128xf32>, memref<384x128xf32>, memref<0xi32>,
          memref<2048x384xf32>
    ```
  }];
  let arguments = !con((ins StrAttr:$function, Variadic<Wav_Buffer>:$buffers,
                            DenseI64ArrayAttr:$params), cost);
  let assemblyFormat = [{
    $function `(` $buffers `)` $params attr-dict `:` type($buffers)
  }];
  let hasVerifier = 1;
  // A class that is overridden as a whole: with what all steps have.
  let extraClassDeclaration = instancesDeclaration # [{
    /// Whether the function may write buffer `slot` of an instance.
    bool mayWrite(unsigned slot);
    /// Whether it forms matrix products: what the runtime computes on a device
    /// too, for several instances at once.
    bool isProduct();
  }];
}

#endif // WAV_SCHEDULE_OPS_TD
