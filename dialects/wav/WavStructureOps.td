//===- WavStructureOps.td - Program structure ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_STRUCTURE_OPS_TD
#define WAV_STRUCTURE_OPS_TD

include "wav/WavOpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===----------------------------------------------------------------------===//
// Memory that outlives a call
//===----------------------------------------------------------------------===//

def Wav_ParameterOp : Wav_Op<"parameter", [Symbol]> {
  let summary = "A trainable tensor";
  let description = [{
    The symbol is the tensor's name in checkpoints. At the start it holds
    independent normal numbers of standard deviation `init_value` (`normal`),
    or `init_value` everywhere, or `init_values`, one for each element. `decay`
    subjects it to weight decay.

    ```mlir
    wav.parameter @"model.norm.weight" : tensor<128xf32> {init_value = 1.0 : f64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<Wav_F32Tensor>:$type,
                       UnitAttr:$normal, F64Attr:$init_value,
                       OptionalAttr<DenseF64ArrayAttr>:$init_values,
                       UnitAttr:$decay);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def Wav_StateOp : Wav_Op<"state", [Symbol]> {
  let summary = "A tensor that is kept between calls of entry points";
  let description = [{
    Starts as zero. Key and value caches are states.

    ```mlir
    wav.state @"layers.0.keys" : tensor<256x128xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Wav_Tensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Wav_GetOp : Wav_Op<"get", [PlacedResult,
    DeclareOpInterfaceMethods<ReferenceOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemRead]>]> {
  let summary = "The value of a parameter or state";
  let description = [{
    ```mlir
    %gain = wav.get @"model.norm.weight" : tensor<128xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs Wav_Tensor:$result);
  let assemblyFormat = "$symbol attr-dict `:` type($result)";
}

def Wav_SetOp : Wav_Op<"set", [PlacedOperands,
    DeclareOpInterfaceMethods<ReferenceOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemWrite]>]> {
  let summary = "Replaces the value of a parameter or state";
  let description = [{
    ```mlir
    wav.set @"layers.0.keys", %keys : tensor<256x128xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol, Wav_Tensor:$value);
  let assemblyFormat = "$symbol `,` $value attr-dict `:` type($value)";
}

def Wav_GetArenaOp : Wav_Op<"get_arena", [PlacedResult,
    DeclareOpInterfaceMethods<ReferenceOpInterface>,
    MemoryEffects<[MemRead]>]> {
  let summary = "All of the parameters, or of a moment, as one matrix";
  let description = [{
    The rows of the arena, as `ParameterLayout` (Analysis) lays the module's
    parameters out; those under weight decay come first.

    ```mlir
    %p = wav.get_arena parameters : tensor<97x512xf32>
    ```
  }];
  let arguments = (ins Wav_ArenaAttr:$arena);
  let results = (outs Wav_F32Matrix:$result);
  let assemblyFormat = "$arena attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Wav_SetArenaOp : Wav_Op<"set_arena", [PlacedOperands,
    DeclareOpInterfaceMethods<ReferenceOpInterface>,
    MemoryEffects<[MemWrite]>]> {
  let summary = "Replaces all of the parameters, or of a moment";
  let description = [{
    The counterpart of `wav.get_arena`.

    ```mlir
    wav.set_arena parameters, %p1 : tensor<97x512xf32>
    ```
  }];
  let arguments = (ins Wav_ArenaAttr:$arena, Wav_F32Matrix:$value);
  let assemblyFormat = "$arena `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Fusion and kernels
//===----------------------------------------------------------------------===//

def Wav_YieldOp : Wav_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["FusionOp", "KernelOp"]>]> {
  let summary = "The results of a fusion or kernel";
  let description = [{
    A sum over the row space may only be yielded: it is complete after the last
    row.
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Wav_FusionOp : Wav_Op<"fusion", [
    IsolatedFromAbove, SingleBlock, Tied,
    DeclareOpInterfaceMethods<CostOpInterface, ["getCostCategory"]>,
    DeclareOpInterfaceMethods<ReferenceOpInterface>,
    RecursiveMemoryEffects]> {
  let summary = "Row programs that will be one kernel";
  let description = [{
    The body holds row programs of one row space (`rows`). A yielded value that
    is a sum over the row space is returned as `partitions` partial sums:
    its type gains a leading dimension, and a `wav.sum_partials` after the
    fusion adds them in order, so that no result depends on how partitions are
    scheduled. A yielded bank updates the operand it is tied to.

    ```mlir
    %dx, %partials = wav.fusion(%x, %gain, %dy) {rows = 2048, partitions = 16}
        : (tensor<2048x128xf32>, tensor<128xf32>, tensor<2048x128xf32>)
        -> (tensor<2048x128xf32>, tensor<16x128xf32>) {
    ^bb0(%a: tensor<2048x128xf32>, %g: tensor<128xf32>, %b: tensor<2048x128xf32>):
      %0, %1 = wav.rms_norm_grad %a, %g, %b {epsilon = 1.0e-6 : f64} : ...
      wav.yield %0, %1 : tensor<2048x128xf32>, tensor<128xf32>
    }
    %dgain = wav.sum_partials %partials : (tensor<16x128xf32>) -> tensor<128xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, I64Attr:$rows,
                       I64Attr:$partitions);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $inputs `)` attr-dict `:` functional-type(operands, results) $body
  }];
  let hasVerifier = 1;
}

def Wav_SumPartialsOp : Wav_PureOp<"sum_partials", [RowIn, Cost]> {
  let summary = "Adds partial sums in the order of partitions";
  let description = [{
    `result = sum over the first dimension of inputs[0], plus that of inputs[1],
    ...`: each input is summed by itself.
  }];
  let arguments = (ins Variadic<Wav_F32Tensor>:$inputs);
  let results = (outs Wav_F32Tensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Wav_KernelOp : Wav_Op<"kernel", [
    Symbol, IsolatedFromAbove, SingleBlock]> {
  let summary = "An outlined fusion";
  let description = [{
    The body of a fusion, once for all fusions that are equal up to the sizes
    of their banks. Arguments of the compiled kernel are the block's arguments,
    then one buffer for each yielded value that is not tied to an argument.
    Partition `p` treats rows `[p * c, min((p + 1) * c, rows))` with
    `c = ceildiv(rows, partitions)`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$rows,
                       I64Attr:$partitions);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The types of the compiled kernel's slots, in order.
    ::llvm::SmallVector<::mlir::Type> getSlotTypes();
    /// Whether the kernel writes what is passed as slot `slot`.
    bool mayWrite(unsigned slot);
  }];
}

#endif // WAV_STRUCTURE_OPS_TD
