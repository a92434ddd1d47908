//===- WavResidualOps.td - Residual-routing ops --------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_RESIDUAL_OPS_TD
#define WAV_RESIDUAL_OPS_TD

include "wav/WavOpBase.td"

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

def Wav_MatchOp : Wav_PureOp<"match", [DetachableDiff, Row, CategorizedCost]> {
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
  let hasCanonicalizer = 1;
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

def Wav_SourceOp : Wav_PureOp<"source",
    [View, RepeatedInKernels, AttrSizedOperandSegments]> {
  let summary = "A source of routing reads";
  let description = [{
    Its row is `sum_k coefficients[k] * planes[k]`, and its value
    `scale * row`, with one scale for each token. Absent coefficients and an
    absent scale are ones.
    `bias` is the index of its bias among those of a read, or -1 for none
    (method.md 2.2, 5.1). Several indices stand for as many equal sources, as
    one whose bias is the logarithm of the sum of exponentials of theirs (2.4).
    The result is a bank of this one source.

    Costs nothing where there is one plane of coefficient one: the source names
    its tensors. The row of any other is formed where it is read open, and for a
    bank by `wav-materialize-sources`.

    ```mlir
    %0 = wav.source %sum
        : (tensor<2048x128xf32>) -> !wav.bank<1 x tensor<2048x128xf32>>
    %1 = wav.source %a, %m scaled %s bias %i
        {coefficients = array<f64: 1.0, -1.0>}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>, tensor<2048xf32>,
           tensor<i32>)
        -> !wav.bank<1 x tensor<2048x128xf32>, scaled, biased>
    ```
  }];
  let arguments = (ins Variadic<Wav_Matrix>:$planes,
                       Optional<Wav_F32Tensor>:$scale,
                       Optional<Wav_BiasIndex>:$bias,
                       OptionalAttr<DenseF64ArrayAttr>:$coefficients);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    $planes (`scaled` $scale^)? (`bias` $bias^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    // A source that names tensors.
    OpBuilder<(ins "::mlir::Value":$row,
                   CArg<"::mlir::Value", "{}">:$scale,
                   CArg<"::mlir::Value", "{}">:$bias)>
  ];
  let extraClassDeclaration = [{
    double getCoefficient(unsigned plane) {
      return getCoefficients() ? (*getCoefficients())[plane] : 1.0;
    }
    /// Whether the source names tensors, so that nothing has to be computed.
    bool isMaterialized() {
      return getPlanes().size() == 1 && getCoefficient(0) == 1.0;
    }
    /// The row of a source that names it.
    ::mlir::Value getRow() { return getPlanes().front(); }
    /// Whether all who use the source form its row themselves: it is in no
    /// bank. Such a row is never stored, and so never rounded.
    bool isReadOpen();
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Wav_BankOp : Wav_PureOp<"bank", [Diff, View]> {
  let summary = "The sources of several banks, one bank after the other";
  let description = [{
    Costs nothing: a bank is a list. All banks of a model extend one another,
    `wav.bank %before, %sum, %phase, %split`: the gradient of the result is that
    of the first operand, in place, and those of the others.

    ```mlir
    %b1 = wav.bank %b0, %sum, %phase
        : (!wav.bank<1 x tensor<2048x128xf32>>,
           !wav.bank<1 x tensor<2048x128xf32>>,
           !wav.bank<1 x tensor<2048x128xf32>>)
        -> !wav.bank<3 x tensor<2048x128xf32>>
    ```
  }];
  let arguments = (ins Variadic<Wav_BankType>:$banks);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    $banks attr-dict `:` functional-type(operands, results)
  }];
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$banks)>];
  let hasVerifier = 1;
}

def Wav_TakeOp : Wav_PureOp<"take", [View]> {
  let summary = "A tensor of a source of a bank";
  let description = [{
    The row of source `index`, or its `scale` or `bias`. Costs nothing. Sources
    are counted from zero.

    ```mlir
    %db = wav.take %dbank[3]
        : (!wav.bank<7 x tensor<2048x128xf32>>) -> tensor<2048x128xf32>
    %ds = wav.take %dbank[3] scale
        : (!wav.bank<7 x tensor<2048x128xf32>, scaled>) -> tensor<2048xf32>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank, I64Attr:$index,
                       OptionalAttr<Wav_BankPartAttr>:$part);
  let results = (outs AnyTypeOf<[Wav_Tensor, Wav_IndexScalar]>:$result);
  let assemblyFormat = [{
    $bank `[` $index `]` ($part^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$bank, "int64_t":$index,
                   CArg<"::mlir::wav::BankPart",
                        "::mlir::wav::BankPart::Row">:$part)>
  ];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Wav_SliceOp : Wav_PureOp<"slice", [View]> {
  let summary = "Neighbouring sources of a bank";
  let description = [{
    From source `offset` on, as many as the result has. Costs nothing. The
    gradient of the bank that a `wav.bank` extends is a slice of the gradient of
    its result.

    ```mlir
    %dbefore = wav.slice %dbank from 0
        : (!wav.bank<7 x tensor<2048x128xf32>>)
        -> !wav.bank<4 x tensor<2048x128xf32>>
    ```
  }];
  let arguments = (ins Wav_BankType:$bank, I64Attr:$offset);
  let results = (outs Wav_BankType:$result);
  let assemblyFormat = [{
    $bank `from` $offset attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_ReadOp : Wav_PureOp<"read",
    [Diff, RowIn, CategorizedCost, AttrSizedOperandSegments,
     SameVariadicResultSize]> {
  let summary = "Softmax over sources: what a sublayer reads";
  let description = [{
    Per token, over all sources `k` (the bank's, then the open ones, those of
    the unfinished block), with value `v_k = scale_k * row_k`, for each of the
    roles that has a query:

    ```
    z_k = <query, v_k / sqrt(mean(v_k^2) + epsilon)> + biases[bias_k]
    output = sum_k softmax(z)_k * v_k
    max = max_k z_k            inverse_sum = 1 / sum_k exp(z_k - max)
    ```

    (method.md 1.1, 2.2). All outputs come first, then all maxima, then all
    inverse sums. A source without a bias index, or with -1, has no bias. Each
    open source is a `wav.source`, whose tensors may be formed in the same
    kernel; the number of those of the bank is a run-time argument of the
    kernel.

    ```mlir
    %y, %max, %inverse_sum = wav.read query(%query bias %biases) bank(%bank)
        open(%sum, %phase) {epsilon = 1.0e-6 : f64} : ...
    %qk, %v, %max:2, %sum:2 = wav.read query(%query_qk, %query_v) bank(%bank)
        {epsilon = 1.0e-6 : f64} : ...
    ```

    A read can be done in parts. One `after` another continues it: what the part
    read weighs as much as its sources would.

    ```mlir
    %part, %max, %inverse_sum = wav.read query(%query) bank(%bank)
        {epsilon = 1.0e-6 : f64} : ...
    %y, %all_max, %all_sum = wav.read query(%query) open(%sum)
        after(%part max %max sum %inverse_sum) {epsilon = 1.0e-6 : f64} : ...
    ```
  }];
  let arguments = (ins Variadic<Wav_F32Vector>:$queries,
                       Variadic<Wav_F32Vector>:$biases,
                       Optional<Wav_BankType>:$bank,
                       Variadic<Wav_BankType>:$open,
                       Variadic<Wav_Matrix>:$part,
                       Variadic<Wav_F32Vector>:$part_max,
                       Variadic<Wav_F32Vector>:$part_inverse_sum,
                       F64Attr:$epsilon);
  let results = (outs Variadic<Wav_Matrix>:$outputs,
                      Variadic<Wav_F32Vector>:$maxima,
                      Variadic<Wav_F32Vector>:$inverse_sums);
  let assemblyFormat = [{
    `query` `(` $queries (`bias` $biases^)? `)`
    (`bank` `(` $bank^ `)`)?
    (`open` `(` $open^ `)`)?
    (`after` `(` $part^ `max` $part_max `sum` $part_inverse_sum `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let builders = [
    // As many outputs of the type `row` as there are queries. `bank` may be
    // null.
    OpBuilder<(ins "::mlir::RankedTensorType":$row,
                   "::mlir::ValueRange":$queries, "::mlir::ValueRange":$biases,
                   "::mlir::Value":$bank, "::mlir::ValueRange":$open,
                   "::mlir::FloatAttr":$epsilon)>
  ];
  let extraClassDeclaration = [{
    unsigned getNumRoles() { return getQueries().size(); }
    /// The biases of a role, or null.
    ::mlir::Value getBias(unsigned role) {
      return getBiases().empty() ? ::mlir::Value() : getBiases()[role];
    }
    /// The gradient of this read for all of its roles, or null: it looks at
    /// all that the read does.
    ::mlir::wav::ReadGradOp findGradient();
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Wav_ReadGradOp : Wav_PureOp<"read_grad",
    [RowInOut, Tied, CategorizedCost, AttrSizedOperandSegments,
     AttrSizedResultSegments]> {
  let summary = "The gradient of `wav.read`";
  let description = [{
    method.md 6.1, for each role, with `g` the gradient of its output, `v_k` as
    in `wav.read` and `a_k = <g, v_k>`:

    ```
    dz_k = p_k (a_k - sum_i p_i a_i)
    dv_k = p_k g + dz_k rho_k (query - (rho_k zk_k / d) v_k), summed over roles
    drow_k = scale_k dv_k            dscale_k = <dv_k, row_k>
    dquery = sum over tokens and k of dz_k rho_k v_k
    dbiases[i] = sum over tokens and all k with bias_k = i of dz_k
    ```

    `bank_grad` holds, for each source of the bank, the gradient of its row and
    (if the gradient is `scaled`) that of its scale: `accumulator` plus what
    is added here, in place; without an accumulator what is added here alone. It
    is f32, since several reads add to it, also where the rows are bf16. The
    scales' gradients exist only on request: a detached match needs none.

    A read that was done in parts has its gradient in parts (method.md 6.3).
    That of the read `after` a part gives, for each role and token, what the
    part's gradient needs: the part's `weight` among all sources, so that the
    gradient of what it read is `weight * g`, and the gradient of the logarithm
    of the sum of exponentials that it gave, `lse_grad`. With `w` and `l` those
    numbers, `dz_k = p_k (w (a_k - sum_i p_i a_i) + l)` and `dv_k` has
    `w p_k g`. So no gradient of what a part read is ever stored, and the parts
    that several reads have of one bank have one gradient.

    ```mlir
    %dquery, %dsum, %w, %l = wav.read_grad query(%query) open(%sum)
        after(%part max %max sum %inverse_sum) grad(%dy)
        {epsilon = 1.0e-6 : f64,
         resultSegmentSizes = array<i32: 1, 0, 0, 1, 0, 1, 1>} : ...
    %more_dquery, %dbank = wav.read_grad query(%query) bank(%bank)
        grad(%dy weight %w lse_grad %l) into(%dbank0)
        {epsilon = 1.0e-6 : f64,
         resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>} : ...
    ```
  }];
  let arguments = (ins Variadic<Wav_F32Vector>:$queries,
                       Variadic<Wav_F32Vector>:$biases,
                       Optional<Wav_BankType>:$bank,
                       Variadic<Wav_BankType>:$open,
                       Variadic<Wav_Matrix>:$part,
                       Variadic<Wav_F32Vector>:$part_max,
                       Variadic<Wav_F32Vector>:$part_inverse_sum,
                       Variadic<Wav_Matrix>:$grads,
                       Variadic<Wav_F32Vector>:$weights,
                       Variadic<Wav_F32Vector>:$lse_grads,
                       Optional<Wav_BankType>:$accumulator,
                       F64Attr:$epsilon);
  let results = (outs Variadic<Wav_F32Vector>:$query_grads,
                      Variadic<Wav_F32Vector>:$bias_grads,
                      Optional<Wav_BankType>:$bank_grad,
                      Variadic<Wav_Matrix>:$open_grads,
                      Variadic<Wav_F32Tensor>:$open_scale_grads,
                      Variadic<Wav_F32Vector>:$part_weights,
                      Variadic<Wav_F32Vector>:$part_lse_grads);
  let assemblyFormat = [{
    `query` `(` $queries (`bias` $biases^)? `)`
    (`bank` `(` $bank^ `)`)?
    (`open` `(` $open^ `)`)?
    (`after` `(` $part^ `max` $part_max `sum` $part_inverse_sum `)`)?
    `grad` `(` $grads (`weight` $weights^ `lse_grad` $lse_grads)? `)`
    (`into` `(` $accumulator^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    unsigned getNumRoles() { return getQueries().size(); }
    /// The biases of a role, or null.
    ::mlir::Value getBias(unsigned role) {
      return getBiases().empty() ? ::mlir::Value() : getBiases()[role];
    }
  }];
  let hasVerifier = 1;
}

def Wav_CombineOp : Wav_PureOp<"combine", [Diff, Row, CategorizedCost]> {
  let summary = "Linear combination of tensors with constant coefficients";
  let description = [{
    `result = sum_k coefficients[k] * inputs[k]`, elementwise. Sums of
    gradients are combinations. All shapes are equal. The first dimension is the
    row space.

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

def Wav_CastOp : Wav_PureOp<"cast", [TypedDiff, Row, Cost]> {
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

def Wav_BroadcastOp : Wav_PureOp<"broadcast", [Diff, RowIn, Cost]> {
  let summary = "A matrix of one number `per` tensor, channel or token";
  let description = [{
    The elementwise ops of `arith` and `math` need operands of one type:

    ```mlir
    %g = wav.broadcast %gate per token
        : (tensor<2048xf32>) -> tensor<2048x128xf32>
    %y = arith.mulf %x, %g : tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_F32Vector:$input, Wav_PerAttr:$per);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input `per` $per attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_RowSumOp : Wav_PureOp<"row_sum", [Diff, RowOut, Cost]> {
  let summary = "Sums of a matrix, one `per` tensor, channel or token";
  let description = [{
    `per token`: of the elements of each row; `per channel`: of each column;
    `per tensor`: of all. `times` another matrix, of the products of their
    elements: `per token` the inner products of rows. The gradient of
    `wav.broadcast`, as that is its gradient.

    ```mlir
    %s = wav.row_sum %x per token
        : (tensor<2048x128xf32>) -> tensor<2048xf32>
    %mean = wav.row_sum %dy times %y per token
        : (tensor<2048x128xf32>, tensor<2048x128xf32>) -> tensor<2048xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, Optional<Wav_Matrix>:$factor,
                       Wav_PerAttr:$per);
  let results = (outs Wav_F32Vector:$result);
  let assemblyFormat = [{
    $input (`times` $factor^)? `per` $per attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_FillOp : Wav_PureOp<"fill", [RepeatedInKernels]> {
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
