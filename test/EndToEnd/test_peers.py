# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The PyTorch models that bench/peers times, in float64, against torch_reference.py:
what is compared must be the same mathematics. Also what bench/peers refuses."""

import os
import subprocess
import sys
import tempfile
import unittest

import torch

import counted
import torch_reference as reference

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench")
sys.path.insert(0, BENCH)

import peers_model  # noqa: E402
import peers_torch  # noqa: E402

# A whole number of blocks, a short last block, one of an odd size.
SIZES = [(4, 4), (3, 4), (4, 3), (2, 8)]


def configuration(scheme, layers, block_size):
    residual = {"scheme": scheme}
    if scheme != "standard":
        residual["block_size"] = block_size
    return {
        "vocab_size": 13,
        "hidden_size": 16,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 6,
        "residual": residual,
    }


def draw(model):
    """Weights at which every part counts, and tokens."""
    generator = torch.Generator().manual_seed(1)
    weights = {}
    for name, shape in model.parameters().items():
        value = torch.randn(shape, generator=generator, dtype=torch.float64)
        weights[name] = 1 + 0.2 * value if name.endswith("norm.weight") else 0.4 * value
    return weights, torch.randint(model.vocabulary, (2, model.context + 1), generator=generator)


class Mathematics(unittest.TestCase):
    def check(self, scheme, form):
        for layers, size in SIZES:
            with self.subTest(layers=layers, size=size):
                config = configuration(scheme, layers, size)
                weights, tokens = draw(reference.Model(config))
                expected = reference.gradients(reference.Model(config), weights, tokens)
                model = peers_torch.Model(peers_model.Description(config), form, torch.float64)
                self.assertEqual({n: list(p.shape) for n, p in model.named_parameters()}, reference.Model(config).parameters())
                model.load_state_dict(weights)
                loss = model(tokens[:, :-1], tokens[:, 1:])
                loss.backward()
                self.assertLess(abs(loss.item() - expected["loss"].item()), 1e-10)
                for name, parameter in model.named_parameters():
                    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                    self.assertLess((gradient - expected[f"grad.{name}"]).abs().max().item(), 1e-10, name)

    def test_parameters(self):
        for scheme in peers_model.SCHEMES:
            config = configuration(scheme, 3, 4)
            shapes = {n: list(s) for n, s in peers_model.Description(config).parameters().items()}
            self.assertEqual(shapes, reference.Model(config).parameters(), scheme)

    def test_files(self):
        config = configuration("wav_v1", 2, 4)
        weights = peers_model.Description(config).random_weights()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "w.safetensors")
            peers_model.write_safetensors(path, weights)
            tensors = reference.read_safetensors(path)
            again = peers_model.read_safetensors(path)
        self.assertEqual(set(tensors), set(weights))
        for name, value in weights.items():
            self.assertTrue((tensors[name].numpy() == value).all(), name)
            self.assertTrue((again[name] == value).all(), name)


def add_tests():
    for scheme, rows in peers_model.SCHEMES.items():
        for form in peers_torch.FORMS if rows else peers_torch.FORMS[:1]:

            def test(self, scheme=scheme, form=form):
                self.check(scheme, form)

            setattr(Mathematics, f"test_{scheme}_{form.replace('-', '_')}", test)


class Command(unittest.TestCase):
    def refuse(self, message, *arguments):
        done = subprocess.run([os.path.join(BENCH, "peers"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(message, done.stderr.splitlines()[-1])

    def test_bad_numbers(self):
        self.refuse("'0' is no number of at least 1", "--layers=0")
        self.refuse("give a multiple of 64", "--width=100")

    def test_bad_names(self):
        self.refuse("'rezero' is none of standard, block_attnres", "--schemes=standard,rezero")
        self.refuse("'f16' is none of f32, bf16", "--precision=f16")
        self.refuse("'tensorflow' is none of ours, torch-eager", "--arms=ours,tensorflow")


add_tests()

if __name__ == "__main__":
    counted.main()
