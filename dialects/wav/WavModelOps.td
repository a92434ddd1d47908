//===- WavModelOps.td - The model op -------------------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_MODEL_OPS_TD
#define WAV_MODEL_OPS_TD

include "wav/WavOpBase.td"

def Wav_ModelOp : Wav_Op<"model", [Symbol]> {
  let summary = "A decoder-only transformer, as its user states it";
  let description = [{
    PreNorm RMSNorm, causal self-attention with rotary positions, SwiGLU, and
    the residual scheme `residual` (docs/schemes.md). The keys are those of a
    Hugging Face Llama `config.json`; all are required here, since the importer
    fills in defaults. `wav-build` expands a model into its entry points.

    ```mlir
    wav.model @wav_12l {
      vocab_size = 96,
      hidden_size = 128,
      intermediate_size = 352,
      num_hidden_layers = 12,
      num_attention_heads = 4,
      max_position_embeddings = 256,
      rms_norm_eps = 1.0e-06,
      rope_theta = 10000,
      initializer_range = 0.02,
      tie_word_embeddings = true,
      residual = #wav.residual<block_size = 8, rows = [<name = "sum">]>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    I64Attr:$vocab_size, I64Attr:$hidden_size, I64Attr:$intermediate_size,
    I64Attr:$num_hidden_layers, I64Attr:$num_attention_heads,
    I64Attr:$max_position_embeddings, F64Attr:$rms_norm_eps,
    F64Attr:$rope_theta, F64Attr:$initializer_range,
    BoolAttr:$tie_word_embeddings, Wav_ResidualAttr:$residual);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Attention and MLP are a sublayer each.
    int64_t getNumSublayers() { return 2 * getNumHiddenLayers(); }
    int64_t getHeadDim() { return getHiddenSize() / getNumAttentionHeads(); }
  }];
}

#endif // WAV_MODEL_OPS_TD
