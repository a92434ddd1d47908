//===- WavTransformerOps.td - Transformer ops ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TRANSFORMER_OPS_TD
#define WAV_TRANSFORMER_OPS_TD

include "wav/WavOpBase.td"

def Wav_EmbedOp : Wav_PureOp<"embed", [Diff, RowIn, Cost]> {
  let summary = "Gathers rows of a table";
  let description = [{
    `y[i] = table[index[i]]`. Used for token embeddings and to pick one row.

    ```mlir
    %x = wav.embed %table, %tokens
        : (tensor<73x128xf32>, tensor<2048xi32>) -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$table, Wav_IndexTensor:$index);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $table `,` $index attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_EmbedGradOp : Wav_PureOp<"embed_grad", [Library, Tied, Cost]> {
  let summary = "The gradient of `wav.embed` with respect to its table";
  let description = [{
    `result[r] = accumulator[r] + sum over i with index[i] = r of grad[i]`,
    added in row order, so that two runs agree to the bit.

    ```mlir
    %dtable = wav.embed_grad %tokens, %dx into %zero
        : (tensor<2048xi32>, tensor<2048x128xbf16>, tensor<73x128xf32>)
        -> tensor<73x128xf32>
    ```
  }];
  let arguments = (ins Wav_IndexTensor:$index, Wav_Matrix:$grad,
                       Wav_F32Matrix:$accumulator);
  let results = (outs Wav_F32Matrix:$result);
  let assemblyFormat = [{
    $index `,` $grad `into` $accumulator attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_MatmulOp : Wav_PureOp<"matmul",
    [Diff, Library, OptionallyTied, OperandCategorizedCost]> {
  let summary = "Matrix product, optionally added to an accumulator";
  let description = [{
    `C = op(A) op(B) (+ accumulator)`, where `op` transposes when its flag is
    set. `A` and `B` are of one type. `C` is of that type too or, as the
    gradient of a weight is, f32; sums are always f32. Weights are stored `[out,
    in]`, so a linear layer is

    ```mlir
    %y = wav.matmul %x, %w {transpose_b}
        : (tensor<2048x128xf32>, tensor<384x128xf32>) -> tensor<2048x384xf32>
    ```

    The accumulator, of the type of `C`, is added in f32 before the sum is
    rounded. `C` is written in its place where nobody needs it any more.

    ```mlir
    %sum = wav.matmul %h, %down into %x {transpose_b}
        : (tensor<2048x512xf32>, tensor<128x512xf32>, tensor<2048x128xf32>)
        -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$a, Wav_Matrix:$b,
                       Optional<Wav_Matrix>:$accumulator,
                       UnitAttr:$transpose_a, UnitAttr:$transpose_b);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $a `,` $b (`into` $accumulator^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_RMSNormOp : Wav_PureOp<"rms_norm", [Diff, RowIn, CategorizedCost]> {
  let summary = "Root-mean-square normalisation of each row, with a gain";
  let description = [{
    `y = gain * x / sqrt(mean(x^2) + epsilon)` per row (method.md 0.1).

    ```mlir
    %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
        : (tensor<2048x128xf32>, tensor<128xf32>) -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, Wav_F32Vector:$gain,
                       F64Attr:$epsilon);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $gain attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_RMSNormGradOp : Wav_PureOp<"rms_norm_grad",
    [RowInOut, CategorizedCost]> {
  let summary = "The gradient of `wav.rms_norm`";
  let description = [{
    With `rho = (mean(x^2) + epsilon)^(-1/2)` and `h = gain * grad`:
    `dx = rho * (h - rho^2 * x * mean(h * x))`, `dgain = sum over rows of
    grad * rho * x`.

    ```mlir
    %dx, %dgain = wav.rms_norm_grad %x, %gain, %dy {epsilon = 1.0e-6 : f64}
        : (tensor<2048x128xf32>, tensor<128xf32>, tensor<2048x128xf32>)
        -> (tensor<2048x128xf32>, tensor<128xf32>)
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, Wav_F32Vector:$gain, Wav_Matrix:$grad,
                       F64Attr:$epsilon);
  let results = (outs Wav_Matrix:$input_grad, Wav_F32Vector:$gain_grad);
  let assemblyFormat = [{
    $input `,` $gain `,` $grad attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_RopeTableOp : Wav_PureOp<"rope_table"> {
  let summary = "The cosines and sines of rotary position embeddings";
  let description = [{
    Row `t` holds `cos(t * f_i)` for `i < w/2`, then `sin(t * f_i)`, with
    `f_i = theta^(-2i/w)` and `w` the result's width (the head width).

    ```mlir
    %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<256x32xf32>
    ```
  }];
  let arguments = (ins F64Attr:$theta);
  let results = (outs Wav_F32Matrix:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Wav_RopeOp : Wav_PureOp<"rope", [Diff, RowInOut, Cost]> {
  let summary = "Rotary position embedding";
  let description = [{
    Rotates each head's pairs `(x_i, x_{i + w/2})` (half-split pairing, as in
    Llama) by the angle of the token's position. The position of row `n` is
    `n mod sequence_length`, plus `position` when given. `inverse` rotates back, which
    is the gradient. Row space: (token, head).

    ```mlir
    %y = wav.rope %x, %table {heads = 4, sequence_length = 256}
        : (tensor<2048x128xf32>, tensor<256x32xf32>) -> tensor<2048x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$input, Wav_F32Matrix:$table,
                       Optional<Wav_IndexTensor>:$position,
                       I64Attr:$heads, I64Attr:$sequence_length, UnitAttr:$inverse);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input `,` $table (`at` $position^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_AttentionOp : Wav_PureOp<"attention",
    [Diff, Library, CategorizedCost]> {
  let summary = "Causal softmax attention";
  let description = [{
    Rows of `query` are `batch` sequences of equal length, those of `key` and
    `value` likewise; columns are `heads` heads side by side. Query `i` of a
    sequence sees keys `j <= i`, or `j <= i + position` when given (decoding
    against a cache). With the exponents `E = log2(e)/sqrt(head width) Q K^T` of
    a head, row `i` of the result is `sum_j P_ij V_j`, `P_ij = 2^(E_ij - max_i)
    inverse_sum_i`. The other results, `[batch*heads*queries]` each, are the
    largest exponent of a query and the reciprocal of its sum over `j` of
    `2^(E_ij - max_i)`: the numbers that the gradient forms `P` with, in the
    units that it uses. One number for both, a log-sum-exp, has an error that
    grows with the scores, and `P` would no longer sum to 1. All but these two
    are of one type, to which the weights, factors of a product as `value` is,
    are rounded before they are divided by their sum; so are `P` and `dS` of the
    gradient.

    ```mlir
    %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 8, heads = 4}
        : (tensor<2048x128xf32>, tensor<2048x128xf32>, tensor<2048x128xf32>)
        -> (tensor<2048x128xf32>, tensor<8192xf32>, tensor<8192xf32>)
    ```
  }];
  let arguments = (ins Wav_Matrix:$query, Wav_Matrix:$key, Wav_Matrix:$value,
                       Optional<Wav_IndexTensor>:$position,
                       I64Attr:$batch, I64Attr:$heads);
  let results = (outs Wav_Matrix:$result, Wav_F32Tensor:$max,
                      Wav_F32Tensor:$inverse_sum);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`at` $position^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_AttentionGradOp : Wav_PureOp<"attention_grad",
    [Library, CategorizedCost]> {
  let summary = "The gradient of `wav.attention`";
  let description = [{
    Of attention over whole sequences, without `position`. With `P` that of
    `wav.attention`, formed again from its statistics to the bit, and `scale =
    1/sqrt(head width)`:

    ```
    dV = P^T dO            dS = P * (dO V^T - rowsum(dO * O))
    dQ = scale * dS K      dK = scale * dS^T Q
    ```
  }];
  let arguments = (ins Wav_Matrix:$query, Wav_Matrix:$key, Wav_Matrix:$value,
                       Wav_Matrix:$output, Wav_F32Tensor:$max,
                       Wav_F32Tensor:$inverse_sum, Wav_Matrix:$grad,
                       I64Attr:$batch, I64Attr:$heads);
  let results = (outs Wav_Matrix:$query_grad, Wav_Matrix:$key_grad,
                      Wav_Matrix:$value_grad);
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $output `,` $max `,` $inverse_sum `,`
    $grad attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_SwiGLUOp : Wav_PureOp<"swiglu", [Diff, Row, Cost]> {
  let summary = "Gated linear unit: silu(gate) * up";
  let description = [{
    `y = gate / (1 + exp(-gate)) * up`, elementwise.

    ```mlir
    %y = wav.swiglu %gate, %up
        : (tensor<2048x512xf32>, tensor<2048x512xf32>) -> tensor<2048x512xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$gate, Wav_Matrix:$up);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $gate `,` $up attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_SwiGLUGradOp : Wav_PureOp<"swiglu_grad", [Row, Cost]> {
  let summary = "The gradient of `wav.swiglu`";
  let description = [{
    With `s = 1 / (1 + exp(-gate))`: `dup = grad * gate * s` and
    `dgate = grad * up * s * (1 + gate * (1 - s))`, elementwise.
  }];
  let arguments = (ins Wav_Matrix:$gate, Wav_Matrix:$up, Wav_Matrix:$grad);
  let results = (outs Wav_Matrix:$gate_grad, Wav_Matrix:$up_grad);
  let assemblyFormat = [{
    $gate `,` $up `,` $grad attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_CrossEntropyOp : Wav_PureOp<"cross_entropy", [Diff, RowOut, Cost]> {
  let summary = "Mean cross entropy of softmax(logits) against target indices";
  let description = [{
    `mean over rows of logsumexp(logits[i]) - logits[i, targets[i]]`, in nats.

    ```mlir
    %loss = wav.cross_entropy %logits, %targets
        : (tensor<2048x73xf32>, tensor<2048xi32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$logits, Wav_IndexTensor:$targets);
  let results = (outs Wav_Scalar:$loss);
  let assemblyFormat = [{
    $logits `,` $targets attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_CrossEntropyGradOp : Wav_PureOp<"cross_entropy_grad", [RowIn, Cost]> {
  let summary = "The gradient of `wav.cross_entropy` with respect to the logits";
  let description = [{
    `dlogits[i] = grad / rows * (softmax(logits[i]) - onehot(targets[i]))`.
  }];
  let arguments = (ins Wav_Matrix:$logits, Wav_IndexTensor:$targets,
                       Wav_Scalar:$grad);
  let results = (outs Wav_Matrix:$logits_grad);
  let assemblyFormat = [{
    $logits `,` $targets `,` $grad attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_CacheUpdateOp : Wav_PureOp<"cache_update", [Library, Tied]> {
  let summary = "Writes rows into a cache at a position";
  let description = [{
    `result = cache`, with rows `position .. position + n - 1` replaced by the
    `n` rows of `input`.

    ```mlir
    %keys = wav.cache_update %k at %position into %cache
        : (tensor<256x128xf32>, tensor<1x128xf32>, tensor<1xi32>)
        -> tensor<256x128xf32>
    ```
  }];
  let arguments = (ins Wav_Matrix:$cache, Wav_Matrix:$input,
                       Wav_IndexTensor:$position);
  let results = (outs Wav_Matrix:$result);
  let assemblyFormat = [{
    $input `at` $position `into` $cache attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // WAV_TRANSFORMER_OPS_TD
