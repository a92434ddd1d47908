#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Invariants of the method (docs/method.md 5.5) on compiled models.

Each compares two compiled models, or one model run in two ways, so that none
needs an implementation to compare with.
"""

import json
import math
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import torch

import check_gradients
import counted
import torch_reference as reference
from check_gradients import case, row
from torch_reference import DTYPE, Model

WAV_RUN = os.path.join(os.environ.get("WAV_BIN", "build/release/bin"), "wav-run")
# f32, through six layers.
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def random_weights(scheme, **options):
    generator = torch.Generator().manual_seed(7)
    return check_gradients.random_weights(Model(case(scheme, **options)[0]), generator)


def with_value(weights, ending, value):
    return {n: torch.full_like(w, value) if n.endswith(ending) else w for n, w in weights.items()}


class Invariants(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def wav_run(self, *arguments):
        done = subprocess.run([WAV_RUN, *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def write_model(self, scheme, shape=None, **options):
        path = self.folder / "model.json"
        path.write_text(json.dumps(case(scheme, shape, **options)[0]))
        return path

    def grads(self, weights, scheme, *arguments, tokens=None, shape=None, **options):
        """The tensors of `wav-run grads` on two sequences, or on `tokens`."""
        model = self.write_model(scheme, shape, **options)
        if tokens is None:
            tokens = torch.randint(50, (2, 25), generator=torch.Generator().manual_seed(3))
        tokens.numpy().astype("<u2").tofile(self.folder / "tokens.bin")
        # A file may hold nothing that the model does not have.
        names = Model(json.loads(model.read_text())).parameters()
        reference.write_safetensors(
            self.folder / "w.safetensors", {n: weights[n] for n in names}, "F32")
        self.wav_run(model, "grads", "--weights", self.folder / "w.safetensors", "--tokens",
                     self.folder / "tokens.bin", "--out", self.folder / "g.safetensors", *arguments)
        return reference.read_safetensors(self.folder / "g.safetensors")

    def assert_same(self, one, other):
        for name in sorted(one.keys() & other.keys()):
            torch.testing.assert_close(one[name], other[name], **CLOSE, msg=lambda m: f"{name}: {m}")

    def test_blocks_of_one_are_full_attnres(self):
        weights = random_weights("full_attnres")
        self.assert_same(self.grads(weights, "block_attnres", block_size=1),
                         self.grads(weights, "full_attnres"))

    def test_excluded_details_give_block_attnres(self):
        block = self.grads(random_weights("block_attnres"), "block_attnres")
        for scheme in ("haares", "wav_v1"):
            weights = with_value(random_weights(scheme), ".bias", -1e4)
            weights.update(random_weights("block_attnres"))
            self.assert_same(self.grads(weights, scheme), block)

    def test_zero_queries_read_the_mean(self):
        # All rows equally: then a site does not see the gains of its keys.
        weights = with_value(random_weights("wav_v1", key_gain=True), ".query", 0.0)
        one = self.grads(weights, "wav_v1", key_gain=True)["logits"]
        other = self.grads(with_value(weights, ".gain", 5.0), "wav_v1", key_gain=True)["logits"]
        self.assertTrue(torch.equal(one, other))

    def test_a_preset_is_a_value_of_custom(self):
        weights = random_weights("block_attnres")
        self.assert_same(self.grads(weights, "custom", rows=[row("sum", 1, 1, 1, 1)]),
                         self.grads(weights, "block_attnres"))

    def test_scale_of_a_detail_is_irrelevant(self):
        def rows(c):
            return [row("sum", 1, 1, 1, 1), row("d", c, c, -c, -c, match="sum", bias_init=-1)]

        # Four numbers are balanced; one number a sublayer is taken as it is.
        def given(c):
            return [row("sum", 1, 1, 1, 1), row("d", *[c] * 3, *[-c] * 3, match="sum", bias_init=-1)]

        for make, size in ((rows, 4), (given, 6)):
            weights = random_weights("custom", rows=make(1), block_size=size)
            one, four = (
                self.grads(weights, "custom", rows=make(c), block_size=size)["logits"]
                for c in (1, 4)
            )
            torch.testing.assert_close(one, four, **CLOSE)

    def test_gain_folds_into_the_query(self):
        weights = random_weights("wav_v1", key_gain=True)
        folded = dict(weights)
        for name in [n for n in weights if n.endswith(".gain")]:
            query = name.replace(".gain", ".query")
            folded[query] = (weights[query] * weights[name]).to(torch.float32).to(DTYPE)
        torch.testing.assert_close(self.grads(weights, "wav_v1", key_gain=True)["logits"],
                                   self.grads(folded, "wav_v1")["logits"], **CLOSE)

    def test_unit_scales_give_the_plain_stream(self):
        standard = self.grads(random_weights("standard"), "standard")
        for scheme in ("rezero", "layerscale", "block_layerscale"):
            weights = with_value(random_weights(scheme), "scale", 1.0)
            weights.update(random_weights("standard"))
            self.assert_same(self.grads(weights, scheme), standard)

    def test_threads_do_not_show(self):
        weights = random_weights("wav_v1")
        self.grads(weights, "wav_v1", "--threads", 1)
        expected = (self.folder / "g.safetensors").read_bytes()
        for threads in (2, 3, 5):
            self.grads(weights, "wav_v1", "--threads", threads)
            self.assertEqual((self.folder / "g.safetensors").read_bytes(), expected)

    def test_decoding_is_the_forward_pass(self):
        # A text shorter than the context is evaluated token by token, by
        # prefill and decode; a model whose context it fills does it at once.
        text = "In the beginning God"
        (self.folder / "train.txt").write_text((text + " created.\n") * 40)
        (self.folder / "short.txt").write_text(text)
        model = self.write_model("wav_v1")
        run = self.folder / "run"
        self.wav_run(model, "train", "--data", self.folder / "train.txt", "--steps", 3,
                     "--batch", 2, "--out", run)
        output = self.wav_run(model, "eval", "--checkpoint", run, "--data",
                              self.folder / "short.txt")
        loss = float(re.search(r"^loss +([0-9.]+)", output, re.M).group(1))

        vocabulary = sorted(set((self.folder / "train.txt").read_bytes()))
        tokens = torch.tensor([[vocabulary.index(byte) for byte in text.encode()]])
        weights = reference.read_safetensors(run / "step-00000003" / "weights.safetensors")
        whole = self.grads(weights, "wav_v1", tokens=tokens,
                           shape={"max_position_embeddings": len(text) - 1})
        self.assertTrue(math.isclose(whole["loss"].item(), loss, abs_tol=1e-5),
                        f"{whole['loss'].item()} and {loss}")


if __name__ == "__main__":
    counted.main()
