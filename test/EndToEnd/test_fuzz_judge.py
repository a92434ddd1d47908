#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests how fuzz-models judges errors of f32: by programs whose errors are known,
and by the models that showed what a single error says."""

import math
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import torch

import check_gradients
import counted
import torch_reference as reference
from fuzz_cases import Case, Run
from fuzz_judge import INTERPRETED, Judge

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = pathlib.Path(os.environ.get("WAV_BIN", ROOT / "build/release/bin"))

TENSOR = "grad.model.norm.weight"
OTHER = "grad.lm_head.weight"
PLAIN = Case(
    {"vocab_size": 5, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
     "max_position_embeddings": 2, "intermediate_size": 4, "tie_word_embeddings": False,
     "residual": {"scheme": "standard"}},
    runs=(Run("cpu"),))


class Playing(Judge):
    """Judges a program whose error in TENSOR is known: (for the weights of the case,
    for those of any neighbour). So is PyTorch's."""

    def __init__(self, folder, compiled, of_pytorch, tensor=TENSOR):
        super().__init__(PLAIN, folder, TOOLS)
        self.compiled, self.of_pytorch, self.tensor = compiled, of_pytorch, tensor

    def with_error(self, weights, errors, tensor):
        exact = reference.gradients(self.model, weights, self.tokens)
        here = all(torch.equal(weights[name], value) for name, value in self.weights.items())
        exact[tensor] = exact[tensor] * (1 + errors[0 if here else 1])
        return exact

    def grads(self, run, *options, weights="weights.safetensors"):
        weights = reference.read_safetensors(self.folder / weights)
        errors = (0, 0) if run == INTERPRETED else self.compiled
        self.commands.append("wav-run")
        return self.with_error(weights, errors, self.tensor)

    def find(self):
        def in_f32(model, weights, tokens):
            return self.with_error(weights, self.of_pytorch, TENSOR)

        with mock.patch.object(check_gradients, "gradients_in_f32", in_f32):
            return super().find()


class KnownErrors(unittest.TestCase):
    def find(self, *errors, **options):
        with tempfile.TemporaryDirectory() as folder:
            return Playing(folder, *errors, **options).find()

    def require_found(self, *errors, **options):
        finding = self.find(*errors, **options)
        self.assertIsNotNone(finding)
        self.assertEqual((finding.kind, finding.commands), ("differs", ["wav-run"]))
        self.assertIn(options.get("tensor", TENSOR), finding.text)

    def test_within_the_tolerance(self):
        self.assertIsNone(self.find((1.9e-4, 1.9e-4), (0, 0)))

    def test_luck(self):
        """PyTorch had luck with these weights, and only with them."""
        self.assertIsNone(self.find((2.8e-4, 1.9e-4), (6e-6, 2.6e-4)))

    def test_lost_digits(self):
        self.require_found((2.1e-4, 2.1e-4), (4e-5, 4e-5))

    def test_lost_digits_and_no_luck(self):
        """PyTorch had none with these weights, which excuses nobody."""
        self.require_found((4e-4, 4e-4), (2e-4, 2e-5))

    def test_wrong_for_these_weights(self):
        self.require_found((1e-2, 1e-5), (1e-5, 1e-5))
        self.require_found((math.nan, 1e-5), (1e-5, 1e-5))

    def test_wrong_for_neighbours(self):
        self.require_found((2.1e-4, math.nan), (2.1e-4, 2.1e-4))

    def test_another_tensor(self):
        """That one gradient feels rounding says nothing of another."""
        self.require_found((3e-4, 3e-4), (1e-3, 1e-3), tensor=OTHER)


# All that the second site reads, but the embedding, are multiples of one update.
# The gradient of what it reads is nearly orthogonal to that, since a norm follows,
# and what is left of their product cancels over the tokens. An error of f32 in the
# gradient of the biases is some 3e-4, PyTorch's too; with these weights PyTorch's
# was a tenth of that.
MULTIPLES = Case(
    {"vocab_size": 97, "hidden_size": 40, "num_hidden_layers": 1, "num_attention_heads": 5,
     "max_position_embeddings": 24, "intermediate_size": 301,
     "residual": {
         "scheme": "custom", "write_scale": "vector",
         "rows": [
             {"name": "sum", "coefficients": [-1, 1, 1, 1]},
             {"name": "split", "coefficients": [-1, 1, 1, 1], "bias_init": -1},
             {"name": "other", "coefficients": [2, 1, 1, 1], "match": "sum", "bias_init": 1.5},
             {"name": "more", "coefficients": [0, 1, 1, 1], "bias_init": -1},
             {"name": "last", "bias_init": 0}]}},
    seed=1066, runs=(Run("cpu"), Run("simt")))


# The first query sees one key. Its gradient is zero, and so small for the second
# that what rounding leaves of the first would show.
TWO_TOKENS = Case(
    {"vocab_size": 50, "hidden_size": 36, "num_hidden_layers": 5, "num_attention_heads": 1,
     "max_position_embeddings": 2, "intermediate_size": 60, "tie_word_embeddings": False},
    batch=1, seed=605091, runs=(Run("cpu"), Run("simt")))


class Models(unittest.TestCase):
    def test_two_tokens(self):
        with tempfile.TemporaryDirectory() as folder:
            finding = Judge(TWO_TOKENS, folder, TOOLS).find()
        self.assertIsNone(finding, finding and finding.text)

    def test_multiples_of_one_update(self):
        with tempfile.TemporaryDirectory() as folder:
            finding = Judge(MULTIPLES, folder, TOOLS).find()
        self.assertIsNone(finding, finding and finding.text)


if __name__ == "__main__":
    torch.set_num_threads(1)
    counted.main()
