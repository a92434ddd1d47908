#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares `wav-run MODEL grads` with torch_reference.py.

Every case draws random weights (queries, biases, gains and scales included) and
tokens, runs both, and compares the loss, the logits and the gradient of every
parameter by the norm of the difference over the norm of the expected value.
Cases of large scores end in the factor that their weights are multiplied by.
All routing biases are compared as one vector: single ones may be close to zero.

    check_gradients.py [--wav-run PATH] [--backend cpu,reference] [--presets]
                       [--filter WORD] [--list]
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy
import torch

import torch_reference as reference
from torch_reference import DTYPE, Model

# f32: 24 bits through some hundred operations. The reference interpreter works
# in float64, as PyTorch does here; only the order of sums differs.
TOLERANCE = {"reference": 1e-9}
DEFAULT_TOLERANCE = 2e-4
# A gradient that is zero (the query of a site with one source) is compared with
# this part of the norm of all gradients instead.
ZERO = 1e-12
ZERO_SCALE = 1e-2


def case(scheme, shape=None, batch=2, **options):
    config = {
        "vocab_size": 50,
        "hidden_size": 32,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "max_position_embeddings": 24,
        "residual": {"scheme": scheme, **options},
        **(shape or {}),
    }
    if scheme in ("block_layerscale", "block_attnres", "wav_v1", "haares", "custom"):
        config["residual"].setdefault("block_size", 4)
    return config, batch


def row(name, *coefficients, **options):
    return {"name": name, "coefficients": coefficients, **options}


DETAIL = {"match": "sum", "bias_init": -2}
SUM = {"name": "sum"}
PHASE = row("phase", 1, -1, 1, -1, **DETAIL)
SPLIT = row("split", 1, 1, -1, -1, **DETAIL)
WALSH = row("interaction", 1, -1, -1, 1, **DETAIL)
RANDOM = row("random", 1, -1, -1, 1, 1, 1, -1, -1, **DETAIL)
ATTENTION = row("attention", 1, 0, 1, 0)
MLP = row("mlp", 0, 1, 0, 1)

CASES = {
    # The eight schemes.
    "standard": case("standard"),
    "rezero": case("rezero"),
    "layerscale": case("layerscale"),
    "block_layerscale": case("block_layerscale"),
    "full_attnres": case("full_attnres"),
    "block_attnres": case("block_attnres"),
    "haares": case("haares"),
    "wav_v1": case("wav_v1"),
    # Options.
    "wav_v1 bias none": case("wav_v1", bias_mode="none"),
    "wav_v1 bias fixed": case("wav_v1", bias_mode="fixed", bias_init=-1.5),
    "wav_v1 bias per type": case("wav_v1", bias_scope="type"),
    "wav_v1 bias per source": case("wav_v1", bias_scope="source"),
    "wav_v1 completed details": case("wav_v1", partial_details="completed"),
    "haares completed details": case("haares", partial_details="completed"),
    "wav_v1 no final details": case("wav_v1", final_details=False),
    "wav_v1 factor not detached": case("wav_v1", match_detach=False),
    "haares factor not detached": case("haares", match_detach=False),
    "wav_v1 details not matched": case("wav_v1", match_ref=None),
    "wav_v1 key gain": case("wav_v1", key_gain=True),
    "block_attnres key gain": case("block_attnres", key_gain=True),
    # Blocks.
    "wav_v1 blocks 5, 5, 2": case("wav_v1", block_size=5),
    "wav_v1 blocks 8, 4": case("wav_v1", block_size=8),
    "wav_v1 blocks of 3": case("wav_v1", block_size=3),
    "haares blocks of 3": case("haares", block_size=3),
    "wav_v1 blocks of 2": case("wav_v1", block_size=2),
    "wav_v1 blocks of 1": case("wav_v1", block_size=1),
    "block_attnres blocks of 1": case("block_attnres", block_size=1),
    "block_attnres one block": case("block_attnres", block_size=12),
    "wav_v1 block over depth": case("wav_v1", block_size=40),
    "block_layerscale blocks 5, 5, 2": case("block_layerscale", block_size=5),
    "full_attnres 73 sources": case(
        "full_attnres",
        {"num_hidden_layers": 36, "hidden_size": 8, "num_attention_heads": 1,
         "intermediate_size": 12, "max_position_embeddings": 4},
    ),
    # Shapes.
    "wav_v1 d=20": case(
        "wav_v1", {"hidden_size": 20, "num_attention_heads": 2, "intermediate_size": 28}),
    "wav_v1 d=36, one head": case(
        "wav_v1", {"hidden_size": 36, "num_attention_heads": 1, "intermediate_size": 60}),
    "haares d=36, 3 heads": case(
        "haares", {"hidden_size": 36, "num_attention_heads": 3, "intermediate_size": 44}),
    "wav_v1 T=1": case("wav_v1", {"max_position_embeddings": 1}),
    "wav_v1 T=1, one sequence": case("wav_v1", {"max_position_embeddings": 1}, batch=1),
    "wav_v1 T=7, three sequences": case(
        "wav_v1", {"max_position_embeddings": 7, "num_hidden_layers": 3}, batch=3),
    "standard T=65": case(
        "standard", {"max_position_embeddings": 65, "num_hidden_layers": 2}, batch=1),
    "wav_v1 d=384": case(
        "wav_v1",
        {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 512,
         "num_hidden_layers": 2, "max_position_embeddings": 8}, batch=1),
    "wav_v1 one layer": case("wav_v1", {"num_hidden_layers": 1}),
    "wav_v1 untied": case("wav_v1", {"tie_word_embeddings": False, "vocab_size": 33}),
    "standard eps, theta": case("standard", {"rms_norm_eps": 1e-3, "rope_theta": 500.0}),
    "wav_v1 eps": case("wav_v1", {"rms_norm_eps": 1e-2}),
    # Custom schemes.
    "custom wav_v1": case("custom", rows=[SUM, PHASE, SPLIT]),
    "custom phase only": case("custom", rows=[SUM, PHASE], block_size=6),
    "custom four Walsh rows": case("custom", rows=[SUM, PHASE, SPLIT, WALSH], block_size=8),
    "custom random signs": case("custom", rows=[SUM, RANDOM], block_size=8),
    "custom signs, short block": case(
        "custom", rows=[SUM, row("signs", 1, -1, 1, 1, -1, **DETAIL)], block_size=5),
    "custom weighted sum": case("custom", rows=[row("sum", 2, 1, 0.5, 0)]),
    "custom uneven contrast": case(
        "custom", rows=[SUM, row("detail", 2, -1, 0, -1, **DETAIL)], block_size=3),
    "custom two sums": case("custom", rows=[ATTENTION, MLP]),
    "custom detail of another row": case(
        "custom", rows=[ATTENTION, MLP, {**SPLIT, "match": "mlp"}]),
    "custom duplicated sum": case("custom", rows=[SUM, {"name": "copy", "bias_init": 0}]),
    "custom match without bias": case(
        "custom", rows=[SUM, row("split", 1, 1, -1, -1, match="sum"), PHASE]),
    "custom one block": case("custom", rows=[SUM, SPLIT], block_size=0),
    "custom stream": case("custom", rows=[SUM], normaliser="none", block_size=0),
    "custom scaled stream": case(
        "custom", rows=[SUM], normaliser="none", write_scale="block_vector"),
    # The row does not exist in the last block.
    "custom stream, short block": case(
        "custom", {"num_hidden_layers": 3}, rows=[row("signs", 1, -1, 1, -1)], normaliser="none",
        block_size=5),
    "custom stream kept": case("custom", rows=[SUM, SPLIT], base=True),
    "custom scaled writes": case("custom", rows=[SUM, PHASE], write_scale="vector"),
    "custom scaled writes, stream kept": case(
        "custom", rows=[SUM, SPLIT], write_scale="scalar", base=True),
    "custom key gain, bias per source": case(
        "custom", rows=[SUM, SPLIT, PHASE], key_gain=True, bias_scope="source",
        partial_details="completed"),
}


# Attention of large scores: these weights of this model, matrices from N(0, 0.3),
# times each factor. A score grows by the square of it.
SHARP_ATTENTION = case(
    "standard",
    {"vocab_size": 16, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1,
     "intermediate_size": 64, "max_position_embeddings": 16})
SHARP = ("q_proj.weight", "k_proj.weight")
SHARP_FACTORS = (1.0, 10.0, 1e2, 1e3, 1e4)
# What is judged there, since the other gradients vanish with the softmax's slope;
# and how much worse than PyTorch in f32 it may be.
SHARP_JUDGED, SHARP_RATIO = "grad.model.layers.0.self_attn.v_proj.weight", 3

LARGE = {f"attention, q and k x {f:g}": (SHARP_ATTENTION, SHARP, f) for f in SHARP_FACTORS}
LARGE.update(
    (f"{scheme} queries x {f:g}", (CASES[scheme], (".query",), f))
    for scheme in ("full_attnres", "block_attnres", "haares", "wav_v1") for f in (1e2, 1e4))


def random_weights(model, generator, scale=1.0):
    """Queries, biases, gains and scales near what training meets; `scale` times
    matrices that keep the size of what they multiply."""
    weights = {}
    for name, shape in model.parameters().items():
        value = torch.randn(shape, generator=generator, dtype=DTYPE)
        if name.endswith("norm.weight") or name.endswith((".gain", "scale")):
            value = 1 + 0.2 * value
        elif name.endswith(".bias"):
            value = -1 + 0.5 * value
        elif name.endswith(".query"):
            value = 0.3 * value
        else:
            value = scale * value / math.sqrt(shape[-1])
        # Both sides read the same F32 file.
        weights[name] = value.to(torch.float32).to(DTYPE)
    return weights


def relative_error(actual, expected, scale):
    norm = expected.norm().item()
    error = (actual - expected).norm().item()
    return error / norm if norm > ZERO * scale else error / (ZERO_SCALE * scale)


def compare(actual, expected, one_query=False):
    """[(tensor, relative error)], worst first; raises on a wrong set or shape."""
    missing = sorted(set(expected) - set(actual))
    extra = sorted(set(actual) - set(expected))
    if missing or extra:
        raise ValueError(f"missing {missing[:3]}, unexpected {extra[:3]}")
    for name in expected:
        if actual[name].shape != expected[name].shape:
            raise ValueError(
                f"{name} is {list(actual[name].shape)}, expected {list(expected[name].shape)}"
            )
    pairs = dict.fromkeys(expected)
    # Single numbers may be close to zero: biases are one vector, and the scales
    # of whole updates another; so are queries where the softmax is all but one.
    for kind, most in ((".bias", 3), ("_scale", 3), (".query", math.inf if one_query else 0)):
        names = [n for n in expected if n.endswith(kind) and expected[n].numel() <= most]
        if names:
            pairs[f"grad.*{kind}"] = tuple(
                torch.cat([side[name].flatten() for name in names])
                for side in (actual, expected)
            )
        for name in names:
            del pairs[name]
    pairs = {n: pair or (actual[n], expected[n]) for n, pair in pairs.items()}
    grads = [value for name, value in expected.items() if name.startswith("grad.")]
    scale = torch.stack([g.norm() for g in grads]).norm().item()
    errors = [(name, relative_error(a, e, scale)) for name, (a, e) in pairs.items()]
    # NaN sorts first.
    return sorted(errors, key=lambda pair: (pair[1] == pair[1], -pair[1]))


def run_compiler(wav_run, backend, model, weights, tokens, out):
    """The tensors that `wav-run grads` writes."""
    command = [wav_run, model, f"--backend={backend}", "grads"]
    command += ["--weights", weights, "--tokens", tokens, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ValueError(f"exit code {done.returncode}: {lines[-1] if lines else ''}")
    return reference.read_safetensors(out)


def gradients_in_f32(model, weights, tokens):
    reference.DTYPE = torch.float32
    try:
        return reference.gradients(model, {n: w.float() for n, w in weights.items()}, tokens)
    finally:
        reference.DTYPE = DTYPE


def write_large(folder, name):
    """`write_case` of a case of LARGE; returns the tensors to judge and the error
    that each may have: SHARP_RATIO times that of PyTorch in f32, for how many
    digits a gradient has depends on how near two scores are to each other."""
    (config, batch), suffixes, factor = LARGE[name]
    is_sharp = suffixes == SHARP
    # A matrix of 16 columns from N(0, 0.3) is 1.2 times what keeps sizes.
    expected, weights, tokens = write_case(
        folder, config, batch, scale=1.2 if is_sharp else 1, large=(suffixes, factor),
        inputs=True)
    of_pytorch = gradients_in_f32(Model(config), weights, tokens)
    of_pytorch = {name: value.to(DTYPE) for name, value in of_pytorch.items()}
    least = DEFAULT_TOLERANCE
    if is_sharp:
        expected, least = {SHARP_JUDGED: expected[SHARP_JUDGED]}, 0
        of_pytorch = {SHARP_JUDGED: of_pytorch[SHARP_JUDGED]}
    limits = {n: max(least, SHARP_RATIO * e) for n, e in compare(of_pytorch, expected, one_query=True)}
    return expected, limits


def compare_large(actual, expected, limits):
    """The (tensor, relative error, limit) that is the worst for its limit."""
    errors = compare({name: actual[name] for name in expected}, expected, one_query=True)
    return max(((n, e, limits[n]) for n, e in errors),
               key=lambda entry: math.inf if math.isnan(entry[1]) else entry[1] / entry[2])


def write_case(folder, config, batch, seed=1234, scale=1.0, large=((), 1.0), inputs=False):
    """Writes model.json, weights.safetensors and tokens.bin; returns what
    PyTorch makes of them, and if wanted weights and tokens. The weights whose
    names end as the first of `large` says are multiplied by the second."""
    model = Model(config)
    generator = torch.Generator().manual_seed(seed)
    weights = random_weights(model, generator, scale)
    suffixes, factor = large
    for name in weights:
        if name.endswith(tuple(suffixes)):
            weights[name] = (factor * weights[name]).to(torch.float32).to(DTYPE)
    tokens = torch.randint(
        model.vocabulary, (batch, model.context + 1), generator=generator
    )
    with open(os.path.join(folder, "model.json"), "w") as file:
        json.dump(config, file, indent=2)
    reference.write_safetensors(
        os.path.join(folder, "weights.safetensors"), weights, "F32"
    )
    tokens.numpy().astype("<u2").tofile(os.path.join(folder, "tokens.bin"))
    expected = reference.gradients(model, weights, tokens)
    return (expected, weights, tokens) if inputs else expected


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wav-run", default="wav-run")
    parser.add_argument("--backend", default="cpu,reference")
    parser.add_argument("--presets", action="store_true", help="only the eight schemes and large scores")
    parser.add_argument("--filter", default="", help="only cases containing this")
    parser.add_argument("--keep", metavar="DIR", help="keep the files of each case here")
    parser.add_argument("--list", action="store_true", help="list the cases")
    arguments = parser.parse_args()
    cases = {name: c for name, c in CASES.items() if arguments.filter in name}
    if arguments.presets:
        cases = {name: c for name, c in cases.items() if c[0]["residual"]["scheme"] == name}
    cases.update((name, c[0]) for name, c in LARGE.items() if arguments.filter in name)
    if arguments.list:
        print("\n".join(cases))
        return 0

    torch.set_num_threads(1)
    passed = failed = 0
    print(f"{'case':34} {'backend':10} {'worst error':>12}  tensor")
    for name, (config, batch) in cases.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = temporary
            if arguments.keep:
                folder = os.path.join(arguments.keep, name.replace(" ", "_"))
                os.makedirs(folder, exist_ok=True)
            if name in LARGE:
                expected, limits = write_large(folder, name)
            else:
                expected, limits = write_case(folder, config, batch), None
            for backend in arguments.backend.split(","):
                tolerance = TOLERANCE.get(backend, DEFAULT_TOLERANCE)
                try:
                    actual = run_compiler(
                        arguments.wav_run,
                        backend,
                        model=os.path.join(folder, "model.json"),
                        weights=os.path.join(folder, "weights.safetensors"),
                        tokens=os.path.join(folder, "tokens.bin"),
                        out=os.path.join(folder, f"{backend}.safetensors"),
                    )
                    if limits and backend not in TOLERANCE:
                        worst, error, tolerance = compare_large(actual, expected, limits)
                    else:
                        actual = {name: actual[name] for name in expected} if limits else actual
                        worst, error = compare(actual, expected)[0]
                    good = error <= tolerance
                    text = f"{error:12.2e}  {worst}"
                except (ValueError, OSError) as problem:
                    good, text = False, f"{'-':>12}  {problem}"
                passed, failed = passed + good, failed + (not good)
                print(f"{name:34} {backend:10} {text}{'' if good else '   FAILED'}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
