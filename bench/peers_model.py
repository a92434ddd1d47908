# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the peers of bench/peers share: the model, its files, and the worker's loop.

    peers_model.py MODEL.json FOLDER --batch=8

draws weights.safetensors and tokens.bin of a model. Needs NumPy and nothing else.
"""

import argparse
import json
import os
import platform
import struct
import sys
import time

import numpy

# The rows that a block keeps; None: one stream and no read.
SCHEMES = {
    "standard": None,
    "block_attnres": ("sum",),
    "haares": ("sum", "split"),
    "wav_v1": ("sum", "phase", "split"),
}
BIAS_INIT = -2.0
TOKEN_BATCHES = 4  # Steps take them in turn.
CLIP, LEARNING_RATE, BETAS, EPSILON, DECAY = 1.0, 1e-3, (0.9, 0.95), 1e-8, 0.1


class Description:
    """A model configuration: sizes, and which site reads what (docs/schemes.md).

    A sublayer is one attention or one MLP; site j is the read before sublayer j, from
    0, and the last site is the read before the last norm.
    """

    def __init__(self, config):
        self.vocabulary = config["vocab_size"]
        self.width = config["hidden_size"]
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.hidden = config["intermediate_size"]
        self.context = config["max_position_embeddings"]
        self.eps = config.get("rms_norm_eps", 1e-6)
        self.theta = config.get("rope_theta", 10000.0)
        self.deviation = config.get("initializer_range", 0.02)
        residual = config.get("residual", {"scheme": "standard"})
        self.rows = SCHEMES[residual["scheme"]]
        count = 2 * self.layers
        size = residual.get("block_size", 8) or count
        self.blocks = [range(first, min(first + size, count)) for first in range(0, count, size)]

    @property
    def final_site(self):
        return 2 * self.layers

    @property
    def details(self):
        return self.rows[1:]

    def coefficients(self, row, block):
        """Of the updates of a block; None if the row does not exist there: its two
        sides are balanced, which takes both."""
        if row == "sum":
            return [1.0] * len(block)
        if row == "phase":  # attention minus MLP
            positive = [j % 2 == 0 for j in block]
        else:  # split: first half minus second half
            positive = [i < len(block) // 2 for i in range(len(block))]
        if all(positive) or not any(positive):
            return None
        side = {True: sum(positive), False: len(block) - sum(positive)}
        return [(1 if p else -1) * len(block) / (2 * side[p]) for p in positive]

    def site_name(self, site):
        if site == self.final_site:
            return "model.final_read"
        return f"model.layers.{site // 2}.{'mlp' if site % 2 else 'self_attn'}_read"

    def parameters(self):
        """{name: shape}"""
        d, f = self.width, self.hidden
        shapes = {"model.embed_tokens.weight": (self.vocabulary, d)}
        for i in range(self.layers):
            layer = f"model.layers.{i}"
            shapes[f"{layer}.input_layernorm.weight"] = (d,)
            shapes.update((f"{layer}.self_attn.{p}_proj.weight", (d, d)) for p in "qkvo")
            shapes[f"{layer}.post_attention_layernorm.weight"] = (d,)
            shapes[f"{layer}.mlp.gate_proj.weight"] = shapes[f"{layer}.mlp.up_proj.weight"] = (f, d)
            shapes[f"{layer}.mlp.down_proj.weight"] = (d, f)
        if self.rows:
            for site in range(self.final_site + 1):
                shapes[f"{self.site_name(site)}.query"] = (d,)
                if self.details:
                    shapes[f"{self.site_name(site)}.bias"] = (len(self.details),)
        shapes["model.norm.weight"] = (d,)
        return shapes

    def random_weights(self, seed=1):
        """As training starts, but for the queries, which are drawn as matrices are:
        at zero, where they start, a read is a mean whatever it computes."""
        random = numpy.random.default_rng(seed)
        weights = {}
        for name, shape in self.parameters().items():
            if name.endswith("norm.weight"):
                value = numpy.ones(shape)
            elif name.endswith(".bias"):
                value = numpy.full(shape, BIAS_INIT)
            else:
                value = self.deviation * random.standard_normal(shape)
            weights[name] = value.astype(numpy.float32)
        return weights


def read_config(path):
    with open(path, encoding="utf-8") as file:
        return Description(json.load(file))


def read_safetensors(path):
    """{name: array} of a file of F32."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy()
    return tensors


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.astype("<f4").tobytes())


def read_tokens(path, batch, context):
    """[batches, B, T + 1] of a file of uint16."""
    return numpy.fromfile(path, "<u2").astype(numpy.int64).reshape(-1, batch, context + 1)


def rotations(context, head, theta):
    """Cosines and sines of RoPE, [T, head / 2], in float64."""
    frequencies = theta ** (-numpy.arange(0, head, 2) / head)
    angles = numpy.arange(context)[:, None] * frequencies
    return numpy.cos(angles), numpy.sin(angles)


def worker_options(forms, modes):
    """What bench/peers gives each worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--tokens", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], required=True)
    parser.add_argument("--form", choices=forms, default=forms[0])
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--num-threads", type=int, required=True)
    return parser.parse_args()


def serve(step, batches, versions):
    """Runs a step for each line of the input. `step(tokens)` of [B, T + 1] returns the
    loss and the gradient norm as numbers, so that it is over when it returns."""

    def say(line):
        print(json.dumps(line), flush=True)

    say({"versions": {"python": platform.python_version(), **versions}})
    for index, _ in enumerate(sys.stdin):
        tokens = batches[index % len(batches)]
        start = time.perf_counter()
        loss, norm = step(tokens)
        say({"seconds": time.perf_counter() - start, "loss": loss, "grad_norm": norm})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--batch", type=int, required=True)
    options = parser.parse_args()
    model = read_config(options.model)
    write_safetensors(os.path.join(options.folder, "weights.safetensors"), model.random_weights())
    shape = (TOKEN_BATCHES, options.batch, model.context + 1)
    tokens = numpy.random.default_rng(2).integers(model.vocabulary, size=shape)
    tokens.astype("<u2").tofile(os.path.join(options.folder, "tokens.bin"))


if __name__ == "__main__":
    main()
