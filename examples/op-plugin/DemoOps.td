//===- DemoOps.td - A dialect of four ops ------------------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "wav/WavOpBase.td"

def Demo_Dialect : Dialect {
  let name = "demo";
  let cppNamespace = "::demo";
  let summary = "Four ops that the project does not have";
  let dependentDialects = ["::mlir::wav::WavDialect"];
  let extraClassDeclaration = "void addFunctions();";
}

/// What gives a row program, a gradient and so on: `Diff`, `RowIn`, ... of
/// WavOpBase.td.
class Demo_Op<string mnemonic, list<Trait> traits>
    : Op<Demo_Dialect, mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<ReferenceOpInterface>], traits)> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// A row program with a parameter: Temperature.cpp
//===----------------------------------------------------------------------===//

def Demo_TemperatureOp : Demo_Op<"temperature", [Diff, RowIn, Cost,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "A factor for each channel";
  let description = [{
    `y[r, c] = x[r, c] * exp(t[c])`, with `t` learned: zero changes nothing.

    ```mlir
    %y = demo.temperature %x, %t
        : (tensor<2048x96xf32>, tensor<96xf32>) -> tensor<2048x96xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, Wav_F32Vector:$temperature);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $temperature attr-dict `:` functional-type(operands, results)
  }];
}

def Demo_TemperatureGradOp : Demo_Op<"temperature_grad", [RowInOut, Cost]> {
  let summary = "The gradient of `demo.temperature`";
  let description = [{
    `dx = grad * exp(t)` and `dt = sum over rows of grad * x * exp(t)`.
  }];
  let arguments = (ins Wav_Matrix:$input, Wav_F32Vector:$temperature,
                       Wav_Matrix:$grad);
  let results = (outs Wav_Matrix:$input_grad, Wav_F32Vector:$temperature_grad);
  let assemblyFormat = [{
    $input `,` $temperature `,` $grad attr-dict
    `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// A row program that gathers: Shift.cpp
//===----------------------------------------------------------------------===//

def Demo_ShiftOp : Demo_Op<"shift", [Diff, RowIn, Cost]> {
  let summary = "What the token before has";
  let description = [{
    Row `r` of the result is row `r - 1` of the input, and zero at the start of
    each sequence of `sequence_length` rows. The other way round if `inverse`,
    which is the gradient.

    ```mlir
    %y = demo.shift %x {sequence_length = 256}
        : (tensor<2048x96xf32>) -> tensor<2048x96xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, I64Attr:$sequence_length,
                       UnitAttr:$inverse);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// A view: Last.cpp
//===----------------------------------------------------------------------===//

def Demo_LastOp : Demo_Op<"last", [Diff, View]> {
  let summary = "The row of a bank's last source";
  let description = [{
    Names it, and so costs nothing.

    ```mlir
    %row = demo.last %bank
        : (!wav.bank<7 x tensor<2048x96xf32>>) -> tensor<2048x96xf32>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $bank attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// A function of one's own: Cumulate.cpp, cumulate.c
//===----------------------------------------------------------------------===//

def Demo_CumulateOp : Demo_Op<"cumulate", [Diff, Library, Cost,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "Decaying sums along sequences";
  let description = [{
    `y[r] = x[r] + decay * y[r - 1]` in each sequence of `sequence_length` rows,
    from its start; from its end if `inverse`, which is the gradient. No row
    program: a row needs the result of the row before.

    ```mlir
    %y = demo.cumulate %x {decay = 0.5 : f64, sequence_length = 256}
        : (tensor<2048x96xf32>) -> tensor<2048x96xf32>
    ```
  }];
  let arguments = (ins Wav_F32Matrix:$input, I64Attr:$sequence_length,
                       F64Attr:$decay, UnitAttr:$inverse);
  let results = (outs Wav_F32Matrix:$result);
  let assemblyFormat = [{
    $input attr-dict `:` functional-type(operands, results)
  }];
}
