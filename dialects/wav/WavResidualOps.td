//===- WavResidualOps.td - Residual-routing ops --------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_RESIDUAL_OPS_TD
#define WAV_RESIDUAL_OPS_TD

include "WavOpBase.td"

def Wav_WriteOp : Wav_PureOp<"write",
    [Diff, RowIn, CategorizedCost, AttrSizedOperandSegments]> {
  let summary = "Adds a sublayer's update to a row of the bank";
  let description = [{
    `result = row + coefficient * scale * update` (method.md 5.1, WRITE). An
    absent `row` is zero, an absent `scale` is one. A scale is one number `per
    tensor` (`[1]`, ReZero), `per channel` (`[width]`, LayerScale) or `per token`
    (`[rows]`, a gate).

    ```mlir
    %split = wav.write %u into %row {coefficient = -1.0 : f64}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>) -> tensor<2048x128xf32>
    %x1 = wav.write %u into %x scaled %lambda per channel {coefficient = 1.0 : f64}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>, tensor<128xf32>)
        -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$update, Optional<Wav_Matrix>:$row,
                       Optional<Wav_F32Vector>:$scale,
                       OptionalAttr<Wav_PerAttr>:$per, F64Attr:$coefficient);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $update (`into` $row^)? (`scaled` $scale^ `per` $per)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Wav_WriteScaleGradOp : Wav_PureOp<"write_scale_grad",
    [RowOut, CategorizedCost]> {
  let summary = "The gradient of `wav.write` with respect to its scale";
  let description = [{
    `coefficient * update * grad`, summed over the rows (`per channel`), over
    the channels (`per token`) or over both (`per tensor`).

    ```mlir
    %da = wav.write_scale_grad %u, %drow per tensor {coefficient = 1.0 : f64}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>) -> tensor<1xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$update, Wav_Matrix:$grad,
                       Wav_PerAttr:$per, F64Attr:$coefficient);
  let results = (outs Wav_F32Vector:$scale_grad);
  let assemblyFormat = [{
    $update `,` $grad `per` $per attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_MatchOp : Wav_PureOp<"match", [Diff, Row, CategorizedCost]> {
  let summary = "The factor that gives a row the RMS of a reference row";
  let description = [{
    One scalar a token: `sqrt((mean(reference^2) + epsilon) / (mean(row^2) +
    epsilon))` (method.md 2.2). `detach` stops the gradient here; it is the
    published form.

    ```mlir
    %s = wav.match %phase to %sum {epsilon = 1.0e-6 : f64, detach}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>) -> tensor<2048xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$row, Wav_Matrix:$reference,
                       F64Attr:$epsilon, UnitAttr:$detach);
  let results = (outs Wav_F32Tensor:$result);
  let assemblyFormat = [{
    $row `to` $reference attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_MatchGradOp : Wav_PureOp<"match_grad", [Row, CategorizedCost]> {
  let summary = "The gradient of `wav.match` when it is not detached";
  let description = [{
    With `s` the factor, `drow = -grad * s * row / (d (mean(row^2) + epsilon))`
    and `dreference = grad * s * reference / (d (mean(reference^2) + epsilon))`
    (method.md 6.4).

    ```mlir
    %dphase, %dsum = wav.match_grad %phase to %sum, %ds
        {epsilon = 1.0e-6 : f64} : ...
    ```
  }];
  let arguments = (ins Wav_Matrix:$row, Wav_Matrix:$reference,
                       Wav_F32Tensor:$grad, F64Attr:$epsilon);
  let results = (outs Wav_Matrix:$row_grad, Wav_Matrix:$reference_grad);
  let assemblyFormat = [{
    $row `to` $reference `,` $grad attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_BankOp : Wav_PureOp<"bank", [Diff, AttrSizedOperandSegments]> {
  let summary = "Forms a bank of rows, or extends one";
  let description = [{
    The result holds the rows of `prefix` (none if absent), then `rows`. Costs
    nothing: a bank is a list.

    ```mlir
    %b0 = wav.bank %x0
        : (tensor<2048x128xf32>) -> !wav.bank<1 x tensor<2048x128xf32>>
    %b1 = wav.bank extend %b0, %sum, %phase, %split : ...
    ```
  }];
  let arguments = (ins Optional<Wav_BankType>:$prefix,
                       Variadic<Wav_Tensor>:$rows);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    (`extend` $prefix^ `,`)? $rows attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_TakeOp : Wav_PureOp<"take"> {
  let summary = "One row of a bank";
  let description = [{
    Costs nothing. Rows are counted from zero.

    ```mlir
    %db = wav.take %dbank[3]
        : (!wav.bank<7 x tensor<2048x128xf32>>) -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank, I64Attr:$index);
  let results = (outs Wav_Tensor:$result);
  let assemblyFormat = [{
    $bank `[` $index `]` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Wav_PrefixOp : Wav_PureOp<"prefix"> {
  let summary = "The first rows of a bank";
  let description = [{
    As many as the result has. Costs nothing. The gradient of the prefix that
    a `wav.bank` extends is a prefix of the gradient of its result.

    ```mlir
    %dprefix = wav.prefix %dbank : (!wav.bank<7 x tensor<2048x128xf32>>)
        -> !wav.bank<4 x tensor<2048x128xf32>>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    $bank attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_ReadOp : Wav_PureOp<"read",
    [Diff, RowIn, CategorizedCost, AttrSizedOperandSegments]> {
  let summary = "Softmax over rows: what a sublayer reads";
  let description = [{
    Per token, over all sources `k` (the bank's rows, then the open rows of the
    unfinished block), with value `v_k = scale_k * row_k`:

    ```
    z_k = <query, v_k / sqrt(mean(v_k^2) + epsilon)> + bias[kind_k]
    result = sum_k softmax(z)_k * v_k   (+ base)
    ```

    (method.md 1.1, 2.2). `kinds` holds, for each of the bank's rows, an index
    into `bias`, or -1 for no bias; `open_kinds` the same for the open rows.
    `scales` has one scalar a token for each of the bank's rows; `open_scales`
    for each open row.

    The number of rows of the bank is a run-time argument of the kernel; that
    of the open rows is static, since they are formed in the same kernel.

    ```mlir
    %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
        open(%sum, %phase scaled %one, %s)
        {open_kinds = array<i64: -1, 0>, epsilon = 1.0e-6 : f64} : ...
    ```
  }];
  let arguments = (ins Wav_F32Vector:$query, Optional<Wav_F32Vector>:$bias,
                       Wav_BankType:$bank, Wav_BankType:$scales,
                       Wav_KindsTensor:$kinds,
                       Variadic<Wav_Matrix>:$open,
                       Variadic<Wav_F32Tensor>:$open_scales,
                       Optional<Wav_Matrix>:$base,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$open_kinds, F64Attr:$epsilon);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    `query` `(` $query (`,` `bias` $bias^)? `)`
    `bank` `(` $bank `,` $scales `,` $kinds `)`
    (`open` `(` $open^ `scaled` $open_scales `)`)?
    (`base` `(` $base^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Wav_ReadGradOp : Wav_PureOp<"read_grad",
    [RowInOut, Tied, CategorizedCost, AttrSizedOperandSegments,
     AttrSizedResultSegments]> {
  let summary = "The gradient of `wav.read`";
  let description = [{
    method.md 6.1, with `g` the gradient of the result and `v_k` as in
    `wav.read`: `a_k = <g, v_k>`, `dz_k = p_k (a_k - sum_i p_i a_i)`,

    ```
    dv_k = p_k g + dz_k rho_k (query - (rho_k zk_k / d) v_k)
    drow_k = scale_k dv_k            dscale_k = <dv_k, row_k>
    dquery = sum over tokens and k of dz_k rho_k v_k
    dbias[kind] = sum over tokens and k of that kind of dz_k
    ```

    `bank_grad` is `accumulator` plus the gradients of the bank's rows, in
    place; without an accumulator it is the gradients alone. It is f32, since
    many reads add to it, also where the rows are bf16. The gradient of a
    base is `grad` itself. The scales' gradients exist only on request: a
    detached match needs none.

    ```mlir
    %dquery, %dbank, %dsum = wav.read_grad query(%query)
        bank(%bank, %scales, %kinds) open(%sum scaled %one)
        grad(%dy) into(%dbank0)
        {open_kinds = array<i64: -1>, epsilon = 1.0e-6 : f64,
         resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0>} : ...
    ```
  }];
  let arguments = (ins Wav_F32Vector:$query, Optional<Wav_F32Vector>:$bias,
                       Wav_BankType:$bank, Wav_BankType:$scales,
                       Wav_KindsTensor:$kinds,
                       Variadic<Wav_Matrix>:$open,
                       Variadic<Wav_F32Tensor>:$open_scales,
                       Wav_Matrix:$grad,
                       Optional<Wav_BankType>:$accumulator,
                       Optional<Wav_BankType>:$scales_accumulator,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$open_kinds, F64Attr:$epsilon);
  let results = (outs Wav_F32Vector:$query_grad, Optional<Wav_F32Vector>:$bias_grad,
                      Wav_BankType:$bank_grad,
                      Variadic<Wav_Matrix>:$open_grads,
                      Optional<Wav_BankType>:$scales_grad,
                      Variadic<Wav_F32Tensor>:$open_scales_grads);
  let assemblyFormat = [{
    `query` `(` $query (`,` `bias` $bias^)? `)`
    `bank` `(` $bank `,` $scales `,` $kinds `)`
    (`open` `(` $open^ `scaled` $open_scales `)`)?
    `grad` `(` $grad `)`
    (`into` `(` $accumulator^ (`,` $scales_accumulator^)? `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_CombineOp : Wav_PureOp<"combine", [Diff, Row, CategorizedCost]> {
  let summary = "Linear combination of tensors with constant coefficients";
  let description = [{
    `result = sum_k coefficients[k] * inputs[k]`, elementwise. Sums of
    gradients are combinations. All shapes are equal. The rows of a matrix are
    rows; a vector or scalar is one row.

    ```mlir
    %du = wav.combine %dsum, %dphase {coefficients = array<f64: 1.0, -1.0>}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>) -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Variadic<Wav_Tensor>:$inputs,
                       DenseF64ArrayAttr:$coefficients);
  let results = (outs Wav_Tensor:$result);
  let assemblyFormat = [{
    $inputs attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Wav_CastOp : Wav_PureOp<"cast", [Diff, Row, Cost]> {
  let summary = "The same numbers in another type";
  let description = [{
    Rounds f32 to bf16 (to nearest, ties to even), or widens bf16 to f32. A
    matrix of parameters is cast once an entry point, for all its products.

    The gradient of what was cast from f32 is f32: a weight's gradient is summed
    and stored without ever being rounded to bf16.

    ```mlir
    %w = wav.cast %master : (tensor<384x128xf32>) -> tensor<384x128xbf16>
    ```
  }];
  let arguments = (ins Wav_Tensor:$input);
  let results = (outs Wav_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Wav_MultiplyOp : Wav_PureOp<"multiply", [Diff, Row, Cost]> {
  let summary = "Elementwise product of two vectors";
  let description = [{
    Folds a key gain into a query (method.md 5.4, R3).

    ```mlir
    %folded = wav.multiply %query, %gain
        : (tensor<128xf32>, tensor<128xf32>) -> tensor<128xf32>
    ```
  }];
  let arguments = (ins Wav_F32Vector:$lhs, Wav_F32Vector:$rhs);
  let results = (outs Wav_F32Vector:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_FillOp : Wav_PureOp<"fill"> {
  let summary = "A tensor with all elements equal";
  let description = [{
    A constant: it lives in the constants arena of the program.

    ```mlir
    %one = wav.fill {value = 1.0 : f64} : tensor<2048xf32>
    ```
  }];
  let arguments = (ins F64Attr:$value);
  let results = (outs Wav_Tensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

#endif // WAV_RESIDUAL_OPS_TD
