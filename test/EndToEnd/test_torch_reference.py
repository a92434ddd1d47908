#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests torch_reference.py by itself: invariants of the method and finite
differences. The judge of the compiler must not be taken on trust."""

import json
import math
import os
import pathlib
import tempfile
import unittest

import numpy
import torch

import counted
import torch_reference as reference
from torch_reference import DTYPE, Model

SCHEMES = list(reference.PRESETS)
WITH_BLOCKS = ("block_layerscale", "block_attnres", "haares", "wav_v1", "custom")


def make(scheme="standard", layers=3, width=8, context=5, **options):
    residual = {"scheme": scheme, **options}
    if scheme in WITH_BLOCKS:
        residual.setdefault("block_size", 4)
    return Model(
        {
            "vocab_size": 11,
            "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": 2,
            "intermediate_size": 12,
            "max_position_embeddings": context,
            "residual": residual,
        }
    )


def random_weights(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in model.parameters().items():
        value = torch.randn(shape, generator=generator, dtype=DTYPE)
        if name.endswith("norm.weight") or name.endswith(("gain", "scale")):
            value = 1 + 0.2 * value
        elif len(shape) == 2:
            value = value / math.sqrt(shape[1])
        weights[name] = value
    return weights


def random_tokens(model, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(
        model.vocabulary, (batch, model.context + 1), generator=generator
    )


def logits(model, weights):
    return reference.forward(model, weights, random_tokens(model))[1]


def with_value(weights, suffix, value):
    return {
        name: torch.full_like(w, value) if name.endswith(suffix) else w
        for name, w in weights.items()
    }


class Coefficients(unittest.TestCase):
    def of(self, name, layers, block_size):
        model = make("wav_v1", layers=layers, block_size=block_size)
        row = next(row for row in model.scheme.rows if row.name == name)
        return [model.coefficients(row, block) for block in model.blocks]

    def test_even_blocks_are_plus_and_minus_one(self):
        self.assertEqual(self.of("phase", 2, 4), [[1, -1, 1, -1]])
        self.assertEqual(self.of("split", 2, 4), [[1, 1, -1, -1]])

    def test_odd_block(self):
        # S = 3: attention, MLP, attention; H = 1.
        self.assertEqual(self.of("phase", 3, 3)[0], [0.75, -1.5, 0.75])
        self.assertEqual(self.of("split", 3, 3)[0], [1.5, -0.75, -0.75])

    def test_details_sum_to_zero(self):
        for block_size in range(2, 13):
            for name in ("phase", "split"):
                for c in self.of(name, 6, block_size):
                    if c is not None:
                        self.assertAlmostEqual(sum(c), 0)

    def test_a_block_of_one_has_no_details(self):
        self.assertEqual(self.of("phase", 2, 1), [None] * 4)
        self.assertEqual(self.of("split", 2, 3)[1], None)

    def test_coefficients_as_written(self):
        rows = [
            {"name": "sum"},
            {"name": "weighted", "coefficients": [2, 1, 0.5, 0]},
            {"name": "contrast", "coefficients": [2, -1, 0, -1]},
            {"name": "listed", "coefficients": [1, -1, 1, 1, -1], "match": "sum"},
        ]
        model = make("custom", layers=4, rows=rows, block_size=5)
        plain, weighted, contrast, listed = model.scheme.rows
        first, last = model.blocks
        self.assertEqual(model.coefficients(plain, first), [1] * 5)
        # attention, MLP | attention, MLP, attention; then MLP | attention, MLP
        self.assertEqual(model.coefficients(weighted, first), [2, 1, 0.5, 0, 0.5])
        self.assertEqual(model.coefficients(weighted, last), [1, 0.5, 0])
        self.assertEqual(model.coefficients(contrast, first), [2.5, -1.25, 0, -1.25, 0])
        self.assertEqual(model.coefficients(contrast, last), None)
        self.assertEqual(model.coefficients(listed, last), [1, -1, 1])

    def test_a_row_is_a_source_once_it_was_written(self):
        rows = [
            {"name": "mlp", "coefficients": [0, 1, 0, 1]},
            {"name": "d", "coefficients": [1, 1, -1, -1], "match": "mlp"},
        ]
        model = make("custom", layers=2, rows=rows, block_size=4)
        names = lambda site: [row.name for _, row in model.sources(site)]
        self.assertEqual(names(1), [])  # the detail waits for its reference
        self.assertEqual(names(2), ["mlp", "d"])

    def test_number_of_sources(self):
        # Online, besides x0: K (n-1) + K [i >= 2], method.md 2.2 and 3.2.
        for scheme, kinds in (("block_attnres", 1), ("haares", 2), ("wav_v1", 3)):
            model = make(scheme, layers=6, block_size=4)
            for site in range(12):
                n, i = divmod(site, 4)
                self.assertEqual(len(model.sources(site)), kinds * (n + (i > 0)))
            self.assertEqual(len(model.sources(12)), 3 * kinds)


class Read(unittest.TestCase):
    def setUp(self):
        self.model = make("wav_v1")
        self.weights = random_weights(self.model)
        self.site = 5
        shape = (1 + len(self.model.sources(self.site)), 2, 3, self.model.width)
        self.values = list(torch.randn(shape, dtype=DTYPE))

    def read(self, weights, values):
        return reference.mixture(self.model, weights, self.site, values)

    def test_zero_queries_and_biases_give_the_mean(self):
        weights = with_value(with_value(self.weights, ".query", 0), ".bias", 0)
        mean = torch.stack(self.values).mean(0)
        torch.testing.assert_close(self.read(weights, self.values), mean)

    def test_scale_of_a_row_does_not_change_its_weight(self):
        self.model.eps = 0
        y = self.read(self.weights, self.values)
        scaled = [3 * self.values[0], *self.values[1:]]
        difference = self.read(self.weights, scaled) - y
        # y' - y = 2 p_0 v_0: parallel to v_0 with a factor between 0 and 2.
        ratio = difference / self.values[0]
        torch.testing.assert_close(ratio, ratio[..., :1].expand_as(ratio))
        self.assertTrue(((ratio > 0) & (ratio < 2)).all())

    def test_a_constant_added_to_all_logits_changes_nothing(self):
        y = self.read(self.weights, self.values)
        plain = reference.bias
        try:
            reference.bias = lambda *arguments: plain(*arguments) + 3.5
            torch.testing.assert_close(self.read(self.weights, self.values), y)
        finally:
            reference.bias = plain

    def test_two_phases_are_one_softmax(self):
        # method.md 1.3, general form.
        n = 4
        query = self.weights[self.model.site_name(self.site) + ".query"]
        v = torch.stack(self.values)
        z = reference.rms_norm(v, self.model.eps) @ query
        z = z + reference.bias(self.model, self.weights, self.site)[:, None, None]
        self.assertGreater(len(z), n)
        lse = z[:n].logsumexp(0)
        o = ((z[:n] - lse).exp()[..., None] * v[:n]).sum(0)
        q = torch.cat([lse[None], z[n:]]).softmax(0)
        merged = q[0, ..., None] * o + (q[1:, ..., None] * v[n:]).sum(0)
        torch.testing.assert_close(self.read(self.weights, self.values), merged)


class Invariants(unittest.TestCase):
    def test_blocks_of_one_are_full_attnres(self):
        block, full = make("block_attnres", block_size=1), make("full_attnres")
        weights = random_weights(full)
        torch.testing.assert_close(logits(block, weights), logits(full, weights))

    def test_excluded_details_give_block_attnres(self):
        block = make("block_attnres")
        for scheme in ("haares", "wav_v1"):
            model = make(scheme)
            weights = with_value(random_weights(model), ".bias", -math.inf)
            torch.testing.assert_close(logits(model, weights), logits(block, weights))

    def test_only_a_first_block_without_details(self):
        # One block, details only from completed blocks and not at the final
        # read: nothing of WAV is left.
        options = {"block_size": 6, "partial_details": "completed", "final_details": False}
        model, block = make("wav_v1", **options), make("block_attnres", block_size=6)
        weights = random_weights(model)
        torch.testing.assert_close(logits(model, weights), logits(block, weights))

    def test_bias_modes(self):
        fixed = make("wav_v1", bias_mode="fixed", bias_init=-1.5)
        learned, none = make("wav_v1"), make("wav_v1", bias_mode="none")
        self.assertFalse([name for name in fixed.parameters() if "bias" in name])
        weights = random_weights(learned)
        torch.testing.assert_close(
            logits(fixed, weights), logits(learned, with_value(weights, ".bias", -1.5))
        )
        torch.testing.assert_close(
            logits(none, weights), logits(learned, with_value(weights, ".bias", 0))
        )

    def test_bias_scopes(self):
        site = make("wav_v1")
        weights = with_value(random_weights(site), ".bias", 0)
        for scope in ("type", "source"):
            model = make("wav_v1", bias_scope=scope)
            other = with_value(random_weights(model), ".bias", 0)
            other.update({n: w for n, w in weights.items() if "bias" not in n})
            torch.testing.assert_close(logits(model, other), logits(site, weights))
        self.assertEqual(make("wav_v1", bias_scope="type").parameters()["model.read.bias"], [2])
        sources = make("wav_v1", bias_scope="source").parameters()
        entries = 2 * len(make("wav_v1").blocks)
        biases = [shape for name, shape in sources.items() if name.endswith(".bias")]
        self.assertEqual(biases, [[entries]] * len(make("wav_v1").sites))

    def test_bias_of_a_source_is_that_of_its_block_and_row(self):
        model = make("wav_v1", bias_scope="source")
        self.assertGreater(len(model.blocks), 1)
        kinds = model.scheme.bias_kinds
        weights = random_weights(model)
        for site in model.sites:
            name = f"{model.site_name(site)}.bias"
            weights[name] = torch.arange(weights[name].numel(), dtype=weights[name].dtype)
            expected = [0.0] + [
                n * len(kinds) + kinds.index(row.name) if row.is_biased else 0.0
                for n, row in model.sources(site)
            ]
            self.assertEqual(reference.bias(model, weights, site).tolist(), expected)
        # Entries of blocks that a site cannot see have no effect.
        first = f"{model.site_name(model.sites[0])}.bias"
        changed = dict(weights, **{first: weights[first] + 1})
        torch.testing.assert_close(logits(model, weights), logits(model, changed))

    def test_source_duplication_is_a_bias(self):
        # A second copy of every sum with bias beta is one sum with bias
        # log(1 + e^beta) (method.md 2.4.3).
        duplicated = [{"name": "sum"}, {"name": "copy", "match": "sum", "bias_init": -1.0}]
        twice = make("custom", rows=duplicated, bias_mode="fixed")
        once = make("block_attnres")
        weights = random_weights(once)
        plain = reference.bias
        try:
            expected = logits(twice, weights)
            # The same on the sums of Block AttnRes: all sources but x0.
            reference.bias = lambda model, weights, site: torch.tensor(
                [0.0] + [math.log(1 + math.exp(-1.0))] * len(model.sources(site)), dtype=DTYPE
            )
            torch.testing.assert_close(expected, logits(once, weights))
        finally:
            reference.bias = plain

    def test_presets_are_values_of_custom(self):
        rows = [
            {"name": "sum", "coefficients": [1, 1, 1, 1]},
            {"name": "phase", "coefficients": [1, -1, 1, -1], "match": "sum", "bias_init": -2},
            {"name": "split", "coefficients": [1, 1, -1, -1], "match": "sum", "bias_init": -2},
        ]
        for block_size in (3, 4):
            preset = make("wav_v1", block_size=block_size)
            custom = make("custom", rows=rows, block_size=block_size)
            weights = random_weights(preset)
            torch.testing.assert_close(logits(custom, weights), logits(preset, weights))

    def test_scale_of_a_detail_is_irrelevant(self):
        rows = lambda c: [
            {"name": "sum", "coefficients": [1, 1, 1, 1]},
            {"name": "d", "coefficients": [c, c, -c, -c], "match": "sum", "bias_init": -1},
        ]
        one, three = (make("custom", rows=rows(c), block_size=4) for c in (1.0, 3.0))
        one.eps = three.eps = 0
        weights = random_weights(one)
        torch.testing.assert_close(logits(one, weights), logits(three, weights))

    def test_gain_folds_into_the_query(self):
        model, plain = make("wav_v1", key_gain=True), make("wav_v1")
        weights = random_weights(model)
        folded = dict(weights)
        for name in weights:
            if name.endswith(".gain"):
                query = name.replace(".gain", ".query")
                folded[query] = weights[query] * weights[name]
        torch.testing.assert_close(logits(model, weights), logits(plain, folded))

    def test_stream_schemes_reduce_to_standard(self):
        standard = make("standard")
        for scheme in ("rezero", "layerscale", "block_layerscale"):
            model = make(scheme)
            weights = with_value(random_weights(model), "scale", 1)
            torch.testing.assert_close(logits(model, weights), logits(standard, weights))
        custom = make("custom", rows=[{"name": "h"}], normaliser="none", block_size=0)
        torch.testing.assert_close(
            logits(custom, random_weights(custom)), logits(standard, random_weights(standard))
        )
        for scheme in ("rezero", "layerscale", "block_layerscale"):
            model = make(scheme)
            weights = random_weights(model)
            closed = reference.stream(
                model, with_value(weights, "scale", 0), torch.ones(1, 5, 8, dtype=DTYPE)
            )
            torch.testing.assert_close(closed, torch.ones_like(closed))

    def test_no_leak_from_the_future(self):
        for scheme in SCHEMES:
            model = make(scheme)
            weights, tokens = random_weights(model), random_tokens(model)
            changed = tokens.clone()
            changed[:, 3] = (changed[:, 3] + 1) % model.vocabulary
            before = reference.forward(model, weights, tokens)[1]
            after = reference.forward(model, weights, changed)[1]
            torch.testing.assert_close(before[:, :3], after[:, :3])
            self.assertFalse(torch.allclose(before[:, 3:], after[:, 3:]))


class Gradients(unittest.TestCase):
    """Directional central differences over each parameter."""

    def check(self, model):
        weights, tokens = random_weights(model, 1), random_tokens(model)
        result = reference.gradients(model, weights, tokens)
        step = 1e-6
        for name, weight in weights.items():
            generator = torch.Generator().manual_seed(len(name))
            direction = torch.randn(weight.shape, generator=generator, dtype=DTYPE)

            def loss(sign):
                moved = {**weights, name: weight.detach() + sign * step * direction}
                return reference.forward(model, moved, tokens)[0].item()

            expected = (loss(1) - loss(-1)) / (2 * step)
            actual = (result[f"grad.{name}"] * direction).sum().item()
            self.assertAlmostEqual(actual, expected, delta=1e-7 + 1e-6 * abs(expected), msg=name)

    def test_every_scheme(self):
        for scheme in SCHEMES:
            with self.subTest(scheme):
                # A detached factor is a constant to the gradient but not to a
                # finite difference.
                details = reference.PRESETS[scheme].bias_kinds
                options = {"match_detach": False} if details else {}
                self.check(make(scheme, layers=2, **options))

    def test_options(self):
        for options in (
            {"block_size": 3, "partial_details": "completed"},
            {"bias_scope": "source", "key_gain": True},
            {"bias_scope": "type", "final_details": False},
            {"block_size": 1},
            {"match_ref": None},
        ):
            with self.subTest(str(options)):
                self.check(make("wav_v1", layers=2, match_detach=False, **options))

    def test_custom(self):
        rows = [
            {"name": "attention", "coefficients": [1, 0, 1, 0]},
            {"name": "mlp", "coefficients": [0, 1, 0, 1]},
            {"name": "split", "coefficients": [1, 1, -1, -1], "match": "mlp", "bias_init": -1},
        ]
        for options in ({"base": True}, {"write_scale": "vector"}, {"block_size": 3}):
            with self.subTest(str(options)):
                self.check(make("custom", layers=2, rows=rows, match_detach=False, **options))

    def test_detached_factor_is_a_constant(self):
        # Freezing the factors at their values makes finite differences see what
        # the detached gradient sees.
        model = make("wav_v1", layers=2)
        weights, tokens = random_weights(model, 1), random_tokens(model)
        plain, frozen, replay = reference.match_factor, [], []
        name = "model.layers.0.mlp.down_proj.weight"
        direction = torch.ones_like(weights[name])
        try:
            reference.match_factor = lambda *a: frozen.append(plain(*a)) or frozen[-1]
            actual = (reference.gradients(model, weights, tokens)[f"grad.{name}"]).sum()
            reference.match_factor = lambda *a: replay.pop(0)
            losses = []
            for sign in (1, -1):
                replay = list(frozen)
                moved = {**weights, name: weights[name].detach() + sign * 1e-6 * direction}
                losses.append(reference.forward(model, moved, tokens)[0].item())
        finally:
            reference.match_factor = plain
        self.assertAlmostEqual(actual.item(), (losses[0] - losses[1]) / 2e-6, delta=1e-7)

    def test_unused_parameters_have_zero_gradient(self):
        model = make("wav_v1")
        result = reference.gradients(model, random_weights(model), random_tokens(model))
        self.assertEqual(result["grad.model.layers.0.self_attn_read.query"].norm(), 0)
        self.assertGreater(result["grad.model.layers.0.mlp_read.query"].norm(), 0)


class HuggingFace(unittest.TestCase):
    def test_golden_files(self):
        for folder in ("tied", "untied"):
            path = pathlib.Path(__file__).parent / "golden" / folder
            model = Model(json.loads((path / "config.json").read_text()))
            expected = reference.read_safetensors(path / "expected.safetensors")
            actual = reference.gradients(
                model,
                reference.read_safetensors(path / "model.safetensors"),
                reference.read_tokens(path / "tokens.bin", model.context),
            )
            self.assertEqual(set(actual), set(expected))
            for name in expected:  # gradients are stored as F32
                error = (actual[name] - expected[name]).norm() / expected[name].norm()
                limit = 1e-6 if name.startswith("grad.") else 1e-12
                self.assertLess(error, limit, name)


class Files(unittest.TestCase):
    def test_safetensors_round_trip(self):
        tensors = {"a": torch.randn(3, 2, dtype=DTYPE), "b": torch.zeros(1, dtype=DTYPE)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.safetensors")
            for dtype, tolerance in (("F64", 0), ("F32", 1e-6)):
                reference.write_safetensors(path, tensors, dtype)
                read = reference.read_safetensors(path)
                self.assertEqual(list(read), ["a", "b"])
                for name in tensors:
                    torch.testing.assert_close(
                        read[name], tensors[name], rtol=tolerance, atol=tolerance
                    )

    def test_tokens(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.bin")
            numpy.arange(12, dtype="<u2").tofile(path)
            tokens = reference.read_tokens(path, 5)
            self.assertEqual(tokens.tolist(), [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])


if __name__ == "__main__":
    torch.set_num_threads(1)
    counted.main()
