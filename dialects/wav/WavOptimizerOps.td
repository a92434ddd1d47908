//===- WavOptimizerOps.td - Optimiser ops --------------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_OPTIMIZER_OPS_TD
#define WAV_OPTIMIZER_OPS_TD

include "wav/WavOpBase.td"

def Wav_PackOp : Wav_PureOp<"pack", [View,
    DeclareOpInterfaceMethods<PlacedOpInterface,
                              ["getResultPlace", "getOperandPlaces"]>]> {
  let summary = "Lays the gradients of all parameters out as the arena does";
  let description = [{
    The operands, one for each parameter of the module in the order of their
    declaration, at the offsets of the parameter arena; padding is zero. Costs
    nothing: `wav-plan` places each gradient inside the gradient arena.

    ```mlir
    %g = wav.pack %dw, %dgain
        : (tensor<384x128xf32>, tensor<128xf32>) -> tensor<97x512xf32>
    ```
  }];
  let arguments = (ins Variadic<Wav_F32Tensor>:$inputs);
  let results = (outs Wav_F32Matrix:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
}

def Wav_SumSquaresOp : Wav_PureOp<"sum_squares", [RowOut, Cost]> {
  let summary = "Sum of the squares of all elements";
  let description = [{
    `result = sum over rows and columns of input^2`: of all gradients, the
    square of the global norm.

    ```mlir
    %s = wav.sum_squares %g : (tensor<97x512xf32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins Wav_F32Matrix:$input);
  let results = (outs Wav_Scalar:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def Wav_AdamWOp : Wav_PureOp<"adamw", [RowIn, Tied, Cost]> {
  let summary = "One AdamW step on an arena of parameters";
  let description = [{
    The gradient is first scaled by `min(1, clip / (norm + 1e-6))` (by one if
    `clip` is zero). Then, elementwise,

    ```
    m' = beta1 m + (1 - beta1) g        v' = beta2 v + (1 - beta2) g^2
    p' = p - lr * (m'/bias_correction1
                   / (sqrt(v'/bias_correction2) + epsilon) + decay * p)
    ```

    with `decay = weight_decay` in the first `decay_rows` rows and zero in the
    others (Loshchilov and Hutter, arXiv 1711.05101, Algorithm 2).

    ```mlir
    %p1, %m1, %v1 = wav.adamw %p, %g moments(%m, %v) norm(%norm)
        settings(%lr, %decay, %clip, %correction1, %correction2)
        {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64,
         decay_rows = 96} : ...
    ```
  }];
  let arguments = (ins Wav_F32Matrix:$parameters, Wav_F32Matrix:$grad,
                       Wav_F32Matrix:$first_moment, Wav_F32Matrix:$second_moment,
                       Wav_Scalar:$norm, Wav_Scalar:$lr,
                       Wav_Scalar:$weight_decay, Wav_Scalar:$clip,
                       Wav_Scalar:$bias_correction1,
                       Wav_Scalar:$bias_correction2,
                       F64Attr:$beta1, F64Attr:$beta2, F64Attr:$epsilon,
                       I64Attr:$decay_rows);
  let results = (outs Wav_F32Matrix:$new_parameters,
                      Wav_F32Matrix:$new_first_moment,
                      Wav_F32Matrix:$new_second_moment);
  let assemblyFormat = [{
    $parameters `,` $grad `moments` `(` $first_moment `,` $second_moment `)`
    `norm` `(` $norm `)` `settings` `(` $lr `,` $weight_decay `,` $clip `,`
    $bias_correction1 `,` $bias_correction2 `)` attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Wav_LionOp : Wav_PureOp<"lion", [RowIn, Tied, Cost]> {
  let summary = "One Lion step on an arena of parameters";
  let description = [{
    The gradient is first scaled as by `wav.adamw`. Then, elementwise,

    ```
    c  = beta1 m + (1 - beta1) g
    p' = p - lr * (sign(c) + decay * p)
    m' = beta2 m + (1 - beta2) g
    ```

    with `sign(0) = 0` and `decay` as of `wav.adamw` (Chen et al., arXiv
    2302.06675, Algorithm 2).

    ```mlir
    %p1, %m1 = wav.lion %p, %g moments(%m) norm(%norm)
        settings(%lr, %decay, %clip)
        {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 96} : ...
    ```
  }];
  let arguments = (ins Wav_F32Matrix:$parameters, Wav_F32Matrix:$grad,
                       Wav_F32Matrix:$first_moment,
                       Wav_Scalar:$norm, Wav_Scalar:$lr,
                       Wav_Scalar:$weight_decay, Wav_Scalar:$clip,
                       F64Attr:$beta1, F64Attr:$beta2, I64Attr:$decay_rows);
  let results = (outs Wav_F32Matrix:$new_parameters,
                      Wav_F32Matrix:$new_first_moment);
  let assemblyFormat = [{
    $parameters `,` $grad `moments` `(` $first_moment `)` `norm` `(` $norm `)`
    `settings` `(` $lr `,` $weight_decay `,` $clip `)` attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // WAV_OPTIMIZER_OPS_TD
