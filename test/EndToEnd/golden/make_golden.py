# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the golden files; run by scripts/make-hf-golden."""

import contextlib
import pathlib
from unittest import mock

import safetensors.torch
import torch
from transformers import LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent
BATCH = 2
COMMON = {"hidden_size": 32, "attn_implementation": "eager"}
MODELS = {
    "tied": (
        torch.float32,
        {"vocab_size": 44, "num_hidden_layers": 2, "num_attention_heads": 4,
         "intermediate_size": 40, "max_position_embeddings": 16,
         "tie_word_embeddings": True},
    ),
    "untied": (
        torch.bfloat16,
        {"vocab_size": 29, "num_hidden_layers": 3, "num_attention_heads": 2,
         "intermediate_size": 24, "max_position_embeddings": 11,
         "rope_theta": 500.0, "rms_norm_eps": 1e-5, "tie_word_embeddings": False},
    ),
}


@contextlib.contextmanager
def float64():
    """Llama computes norms, RoPE angles and the softmax in float32 whatever the
    model's type; here those casts go to float64."""
    with mock.patch.object(torch, "float32", torch.float64), mock.patch.object(
        torch.Tensor, "float", torch.Tensor.double
    ):
        yield


def run(config, weights, tokens, dtype):
    model = LlamaForCausalLM(config).to(dtype)
    model.load_state_dict({n: w.to(dtype) for n, w in weights.items()}, strict=False)
    logits = model(tokens[:, :-1]).logits
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), tokens[:, 1:].flatten()
    )
    loss.backward()
    gradients = {f"grad.{n}": p.grad for n, p in model.named_parameters()}
    return {"loss": loss.detach().reshape(1), "logits": logits.detach(), **gradients}


def main():
    for name, (dtype, options) in MODELS.items():
        torch.manual_seed(7)
        config = LlamaConfig(**COMMON, **options, torch_dtype=dtype)
        model = LlamaForCausalLM(config)
        for parameter in model.parameters():
            spread = 0.2 if parameter.dim() == 1 else parameter.shape[1] ** -0.5
            mean = 1.0 if parameter.dim() == 1 else 0.0
            torch.nn.init.normal_(parameter, mean, spread)
        model.to(dtype).save_pretrained(HERE / name)
        (HERE / name / "generation_config.json").unlink()
        weights = safetensors.torch.load_file(HERE / name / "model.safetensors")
        tokens = torch.randint(
            config.vocab_size, (BATCH, config.max_position_embeddings + 1)
        )
        tokens.numpy().astype("<u2").tofile(HERE / name / "tokens.bin")

        with float64():
            expected = run(config, weights, tokens, torch.float64)
        as_shipped = run(config, weights, tokens, torch.float32)
        for key, value in as_shipped.items():
            error = (value - expected[key]).norm() / expected[key].norm()
            assert error < 1e-5, (name, key, error)
        for key in expected:
            if key.startswith("grad."):
                expected[key] = expected[key].to(torch.float32)
        safetensors.torch.save_file(
            {k: v.contiguous() for k, v in expected.items()},
            HERE / name / "expected.safetensors",
        )
        print(f"{name}: loss {expected['loss'].item():.9f}")


if __name__ == "__main__":
    main()
