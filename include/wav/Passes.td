//===- Passes.td - Every pass of the project ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_PASSES_TD
#define WAV_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Differentiation (lib/Autodiff)
//===----------------------------------------------------------------------===//

def DifferentiatePass : Pass<"wav-differentiate", "::mlir::ModuleOp"> {
  let summary = "Append the backward pass and the update to functions";
  let description = [{
    Reverse-mode differentiation of each function with the attribute
    `wav.gradient`, which is removed. Its value says what is asked for. The
    first three differentiate result 0, the loss, a `tensor<f32>`:

    * `"parameters"`: one more result for each `wav.parameter`, in the order of
      declaration, named `grad.<parameter>`;
    * `"arguments"`: one more result for each argument that is a tensor of
      floats, named `grad.<argument>`;
    * `"update"`: the arguments `lr`, `weight_decay`, `clip`,
      `bias_correction1`, `bias_correction2` and the result `grad_norm`, all
      `tensor<f32>`; all parameters are updated by one `wav.adamw` at the end;
    * `"vjp"`: the product of the Jacobian with a vector from the left: one more
      argument for each result that is a tensor of floats, its gradient, named
      `grad.<result>`, and one more result for each such argument, as in
      `"arguments"`.

    A parameter or argument that the loss does not depend on gets zeros.
    Gradient ops come from `DifferentiableOpInterface`, in the reverse order of
    the ops they belong to.

    ```mlir
    func.func @f(%w: tensor<4x8xf32> {wav.name = "w"},
                 %x: tensor<2x8xf32> {wav.name = "x"}, %t: tensor<2xi32>)
        -> tensor<f32> attributes {wav.gradient = "arguments"} {
      %y = wav.matmul %x, %w {transpose_b} : ...
      %loss = wav.cross_entropy %y, %t : ...
      return %loss : tensor<f32>
    }
    ```
    gains
    ```mlir
      %one = wav.fill {value = 1.0} : tensor<f32>
      %dy = wav.cross_entropy_grad %y, %t, %one : ...
      %dx = wav.matmul %dy, %w : ...
      %dw = wav.matmul %dy, %x {transpose_a} : ...
      return %loss, %dw, %dx : ...
    ```

    Follows `wav-build` and `wav-simplify`: what is rewritten before is
    differentiated as rewritten.
  }];
  let options = [
    Option<"beta1", "beta1", "double", "0.9",
           "AdamW's decay of the first moment">,
    Option<"beta2", "beta2", "double", "0.95",
           "AdamW's decay of the second moment">,
    Option<"epsilon", "epsilon", "double", "1.0e-8",
           "What AdamW adds to the root of the second moment">,
  ];
}

#endif // WAV_PASSES_TD
