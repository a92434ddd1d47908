#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The mathematics of every residual scheme, in float64 PyTorch.

This file is written from the specification alone and shares no code with the
compiler; the two are compared by check_gradients.py. It favours being read over
being fast, and needs Debian's python3-torch and nothing else.

    torch_reference.py MODEL.json --weights W.safetensors --tokens F.bin --out G.safetensors

does what `wav-run MODEL.json grads` does: one forward and one backward over the
B x (T+1) little-endian uint16 tokens of F, writing `loss` [1], `logits`
[B, T, V] and `grad.<parameter>` for every parameter, as F64.

Notation (docs/method.md): d width, B batch, T context, V vocabulary; a SUBLAYER is one
attention or one MLP, so L layers are J = 2L sublayers; u_j is the update that
sublayer j computes, y_j what it reads.
"""

import argparse
import dataclasses
import json
import math
import struct

import numpy
import torch
import torch.nn.functional as F

DTYPE = torch.float64


# ---------------------------------------------------------------------------
# safetensors: u64 header size, JSON header, raw little-endian data
# ---------------------------------------------------------------------------

_NUMPY_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path):
    """{name: float64 tensor}"""
    with open(path, "rb") as file:
        blob = file.read()
    (size,) = struct.unpack_from("<Q", blob)
    header = json.loads(blob[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = blob[8 + size + begin : 8 + size + end]
        if entry["dtype"] == "BF16":  # the upper half of an F32
            halves = numpy.frombuffer(data, "<u2").astype("<u4") << 16
            array = halves.view("<f4")
        else:
            array = numpy.frombuffer(data, _NUMPY_TYPES[entry["dtype"]])
        array = array.reshape(entry["shape"]).astype(numpy.float64)
        tensors[name] = torch.from_numpy(array)
    return tensors


def write_safetensors(path, tensors, dtype="F64"):
    header, chunks, offset = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().numpy().astype(_NUMPY_TYPES[dtype]).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def read_tokens(path, context):
    """uint16 tokens as [B, T+1]"""
    tokens = numpy.fromfile(path, "<u2").astype(numpy.int64)
    return torch.from_numpy(tokens.reshape(-1, context + 1))


# ---------------------------------------------------------------------------
# What a residual scheme is
# ---------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """One kind of row that every block keeps: a signed sum of its updates.

    coefficients: for (attention, first half), (MLP, first half), (attention,
        second half), (MLP, second half); or one per sublayer of the block.
    match: the row whose RMS this one is scaled to, or None.
    bias_init: start of the learned bias on the logits of this kind, or None for
        a kind without bias. A row with a bias or a match is a DETAIL, the others
        are summaries.
    """

    name: str
    coefficients: list
    match: str = None
    bias_init: float = None

    @property
    def is_detail(self):
        return self.bias_init is not None or self.match is not None


def sum_row():
    return Row("sum", [1, 1, 1, 1])


def phase_row(bias_init):  # attention minus MLP
    return Row("phase", [1, -1, 1, -1], "sum", bias_init)


def split_row(bias_init):  # first half minus second half
    return Row("split", [1, 1, -1, -1], "sum", bias_init)


STREAM_SCHEMES = ("standard", "rezero", "layerscale", "block_layerscale")
ROUTED_SCHEMES = {
    "full_attnres": lambda bias_init: [sum_row()],
    "block_attnres": lambda bias_init: [sum_row()],
    "haares": lambda bias_init: [sum_row(), split_row(bias_init)],
    "wav_v1": lambda bias_init: [sum_row(), phase_row(bias_init), split_row(bias_init)],
}


class Model:
    """A model configuration: Hugging Face Llama keys plus `residual`."""

    def __init__(self, config):
        self.vocabulary = config["vocab_size"]
        self.width = config["hidden_size"]
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.hidden = config.get("intermediate_size", 4 * self.width)
        self.context = config["max_position_embeddings"]
        self.eps = config.get("rms_norm_eps", 1e-6)
        self.rope_theta = config.get("rope_theta", 10000.0)
        self.tied = config.get("tie_word_embeddings", True)

        options = dict(config.get("residual", {"scheme": "standard"}))
        self.scheme = options.pop("scheme")
        self.block_size = options.pop("block_size", 8)
        self.bias_mode = options.pop("bias_mode", "learned")
        self.bias_scope = options.pop("bias_scope", "site_type")
        self.partial_details = options.pop("partial_details", "online")
        self.final_details = options.pop("final_details", True)
        self.match_ref = options.pop("match_ref", "sum")
        self.match_detach = options.pop("match_detach", True)
        self.key_gain = options.pop("key_gain", False)
        bias_init = options.pop("bias_init", -2.0)
        # The remaining options are those of `custom`.
        self.normaliser = options.pop("normaliser", "softmax")
        self.routing_heads = options.pop("heads", 1)
        self.key_slice = options.pop("key_slice", self.width)
        self.base = options.pop("base", False)

        self.rows = []
        if self.scheme == "custom":
            self.rows = [Row(**row) for row in options.pop("rows")]
        elif self.scheme in ROUTED_SCHEMES:
            self.rows = ROUTED_SCHEMES[self.scheme](bias_init)
        elif self.scheme not in STREAM_SCHEMES:
            raise ValueError(f"residual scheme '{self.scheme}'")
        if options:
            raise ValueError(f"residual options {sorted(options)}")
        if self.scheme == "full_attnres":
            self.block_size = 1
        if self.match_ref == "none":
            for row in self.rows:
                row.match = None

        # The sublayers in order, and the blocks that partition them. The last
        # block may be short.
        self.sublayers = [
            kind for _ in range(self.layers) for kind in ("attention", "mlp")
        ]
        self.blocks = [
            range(first, min(first + self.block_size, len(self.sublayers)))
            for first in range(0, len(self.sublayers), self.block_size)
        ]

    @property
    def routed(self):
        return bool(self.rows)

    @property
    def bias_kinds(self):
        """Names of the rows that have a bias, in row order: the K entries."""
        return [row.name for row in self.rows if row.bias_init is not None]

    def coefficients(self, row, block):
        """The coefficient of each update of the block, or None where the row
        does not exist (method.md 2.2).

        One number per sublayer stands as written. A four-number row with both
        signs is a contrast between two sides; where they hold n+ and n- updates,
        each side is scaled by (n+ + n-) / (2 n+) and (n+ + n-) / (2 n-), so that
        it keeps its zero sum in short and odd blocks. Where one side is empty
        there is nothing to contrast.
        """
        if len(row.coefficients) != 4:
            return list(row.coefficients[: len(block)])
        half = len(block) // 2
        c = [
            row.coefficients[2 * (i >= half) + (self.sublayers[j] == "mlp")]
            for i, j in enumerate(block)
        ]
        if min(row.coefficients) >= 0 or max(row.coefficients) <= 0:
            return c
        positive = sum(x > 0 for x in c)
        negative = sum(x < 0 for x in c)
        if not positive or not negative:
            return None
        both = positive + negative
        return [x * both / (2 * (positive if x > 0 else negative)) for x in c]

    def sources(self, site):
        """What the read before sublayer `site` sees (site = J: the final read),
        as (block or None for x0, row) in source order."""
        final = site == len(self.sublayers)
        result = [(None, None)]
        for n, block in enumerate(self.blocks):
            done = [j for j in block if j < site]
            if not done:
                break
            is_open = len(done) < len(block)
            for row in self.rows:
                c = self.coefficients(row, block)
                if c is None or not any(c[j - block[0]] for j in done):
                    continue
                if row.is_detail and is_open and self.partial_details == "completed":
                    continue
                if row.is_detail and final and not self.final_details:
                    continue
                result.append((n, row))
        return result

    def site_name(self, site):
        if site == len(self.sublayers):
            return "model.final_read"
        kind = {"attention": "self_attn", "mlp": "mlp"}[self.sublayers[site]]
        return f"model.layers.{site // 2}.{kind}_read"

    def parameters(self):
        """{name: shape}, every parameter of the model."""
        d, h, vocabulary = self.width, self.hidden, self.vocabulary
        shapes = {"model.embed_tokens.weight": [vocabulary, d]}
        for i in range(self.layers):
            layer = f"model.layers.{i}"
            shapes[f"{layer}.input_layernorm.weight"] = [d]
            for name in "qkvo":
                shapes[f"{layer}.self_attn.{name}_proj.weight"] = [d, d]
            shapes[f"{layer}.post_attention_layernorm.weight"] = [d]
            shapes[f"{layer}.mlp.gate_proj.weight"] = [h, d]
            shapes[f"{layer}.mlp.up_proj.weight"] = [h, d]
            shapes[f"{layer}.mlp.down_proj.weight"] = [d, h]
            if self.scheme in ("rezero", "layerscale"):
                scale = [1] if self.scheme == "rezero" else [d]
                shapes[f"{layer}.self_attn_scale"] = scale
                shapes[f"{layer}.mlp_scale"] = scale
        if self.scheme == "block_layerscale":
            for n in range(len(self.blocks)):
                shapes[f"model.blocks.{n}.scale"] = [d]
        if self.routed:
            for site in range(len(self.sublayers) + 1):
                name = self.site_name(site)
                shapes[f"{name}.query"] = [self.key_slice]
                if self.key_gain:
                    shapes[f"{name}.gain"] = [self.key_slice]
                if self.bias_kinds and self.bias_mode == "learned":
                    size = len(self.bias_kinds)
                    if self.bias_scope == "source":
                        size = len(self.biased_sources(site))
                    if size and self.bias_scope != "type":
                        shapes[f"{name}.bias"] = [size]
            if self.bias_kinds and self.bias_mode == "learned":
                if self.bias_scope == "type":
                    shapes["model.read.bias"] = [len(self.bias_kinds)]
        shapes["model.norm.weight"] = [d]
        if not self.tied:
            shapes["lm_head.weight"] = [vocabulary, d]
        return shapes

    def biased_sources(self, site):
        return [
            (block, row)
            for block, row in self.sources(site)
            if row is not None and row.bias_init is not None
        ]


# ---------------------------------------------------------------------------
# The transformer (Llama conventions)
# ---------------------------------------------------------------------------


def mean_square(v):
    return v.square().mean(-1, keepdim=True)


def rms_norm(v, eps, gain=None):
    v = v / torch.sqrt(mean_square(v) + eps)
    return v if gain is None else v * gain


def rope(x, theta):
    """Rotates channel c of each head with channel c + dh/2 by t theta^(-2c/dh).
    x: [B, H, T, dh]"""
    context, head = x.shape[-2:]
    frequencies = theta ** (-torch.arange(0, head, 2, dtype=DTYPE) / head)
    angles = torch.arange(context, dtype=DTYPE)[:, None] * frequencies
    cos, sin = angles.cos(), angles.sin()
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def attention(model, weights, prefix, x):
    batch, context, d = x.shape

    def project(name):
        y = x @ weights[f"{prefix}.{name}_proj.weight"].T
        return y.view(batch, context, model.heads, -1).transpose(1, 2)

    q = rope(project("q"), model.rope_theta)
    k = rope(project("k"), model.rope_theta)
    v = project("v")
    scores = q @ k.transpose(-1, -2) / math.sqrt(d // model.heads)
    future = torch.ones(context, context, dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(future, -math.inf).softmax(-1) @ v
    mixed = mixed.transpose(1, 2).reshape(batch, context, d)
    return mixed @ weights[f"{prefix}.o_proj.weight"].T


def mlp(weights, prefix, x):
    gate = x @ weights[f"{prefix}.gate_proj.weight"].T
    up = x @ weights[f"{prefix}.up_proj.weight"].T
    return (F.silu(gate) * up) @ weights[f"{prefix}.down_proj.weight"].T


def sublayer(model, weights, j, y):
    """u_j = F_j(RMSNorm(y))"""
    layer = f"model.layers.{j // 2}"
    if model.sublayers[j] == "attention":
        x = rms_norm(y, model.eps, weights[f"{layer}.input_layernorm.weight"])
        return attention(model, weights, f"{layer}.self_attn", x)
    x = rms_norm(y, model.eps, weights[f"{layer}.post_attention_layernorm.weight"])
    return mlp(weights, f"{layer}.mlp", x)


# ---------------------------------------------------------------------------
# Residual connections
# ---------------------------------------------------------------------------


def stream(model, weights, x0):
    """h <- h + scale * u, for the schemes that keep one residual stream."""
    h = x0
    for j, kind in enumerate(model.sublayers):
        u = sublayer(model, weights, j, h)
        if model.scheme in ("rezero", "layerscale"):
            name = {"attention": "self_attn_scale", "mlp": "mlp_scale"}[kind]
            u = u * weights[f"model.layers.{j // 2}.{name}"]
        elif model.scheme == "block_layerscale":
            u = u * weights[f"model.blocks.{j // model.block_size}.scale"]
        h = h + u
    return h


def match_factor(model, detail, reference):
    """s = sqrt((ms(b) + eps) / (ms(D) + eps)), detached unless asked otherwise
    (method.md 2.2). [B, T, 1]"""
    s = torch.sqrt((mean_square(reference) + model.eps) / (mean_square(detail) + model.eps))
    return s.detach() if model.match_detach else s


def read(model, weights, site, values):
    """One softmax over all sources (method.md 1.1, 2.2):

        z_k = <w, RMSNorm(v_k)> + beta_k        y = sum_k softmax(z)_k v_k

    values: the sources, each [B, T, d], in the order of model.sources(site).
    With several routing heads each head has its share of the channels of query,
    key and value, and its own softmax.
    """
    name = model.site_name(site)
    v = torch.stack(values, dim=-2)  # [B, T, n, d]
    gain = weights[f"{name}.gain"] if model.key_gain else None
    key = rms_norm(v[..., model.width - model.key_slice :], model.eps, gain)
    products = weights[f"{name}.query"] * key
    heads = model.routing_heads
    z = products.unflatten(-1, (heads, -1)).sum(-1)  # [B, T, n, heads]
    z = z + bias(model, weights, site)[:, None]
    if model.normaliser == "softmax":
        p = z.softmax(-2)
    elif model.normaliser == "sigmoid":
        p = z.sigmoid()
    else:
        raise ValueError(f"normaliser '{model.normaliser}'")
    y = p[..., None] * v.unflatten(-1, (heads, -1))
    return y.flatten(-2).sum(-2)


def bias(model, weights, site):
    """beta of each source of a site, [n]: zero for x0 and for summaries."""
    learned = weights.get("model.read.bias", weights.get(model.site_name(site) + ".bias"))
    result, next_source = [], 0
    for _, row in model.sources(site):
        beta = torch.zeros((), dtype=DTYPE)
        if row is not None and row.bias_init is not None:
            if model.bias_mode == "fixed":
                beta = torch.tensor(row.bias_init, dtype=DTYPE)
            elif model.bias_mode == "learned":
                if model.bias_scope == "source":
                    beta = learned[next_source]
                    next_source += 1
                else:
                    beta = learned[model.bias_kinds.index(row.name)]
        result.append(beta)
    return torch.stack(result)


def routed(model, weights, x0):
    """Every sublayer reads a mixture of the embedding and of the rows of the
    completed blocks and of the open one; its update is written into the rows of
    the open block."""
    bank = {}  # (block, row name) -> signed sum of the updates so far

    def source_values(site):
        values = [x0]
        for n, row in model.sources(site)[1:]:
            value = bank[n, row.name]
            if row.match is not None:
                value = value * match_factor(model, value, bank[n, row.match])
            values.append(value)
        return values

    h = x0  # the ordinary stream, used by `base` alone
    for n, block in enumerate(model.blocks):
        coefficients = {row.name: model.coefficients(row, block) for row in model.rows}
        for j in block:
            y = read(model, weights, j, source_values(j))
            if model.base:
                y = y + h
            u = sublayer(model, weights, j, y)
            h = h + u
            for name, c in coefficients.items():
                if c is not None:
                    bank[n, name] = bank.get((n, name), 0) + c[j - block[0]] * u
    last = len(model.sublayers)
    y = read(model, weights, last, source_values(last))
    return y + h if model.base else y


# ---------------------------------------------------------------------------
# Loss and gradients
# ---------------------------------------------------------------------------


def forward(model, weights, tokens):
    """tokens [B, T+1] -> (mean cross entropy over B*T, logits [B, T, V])"""
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    embedding = weights["model.embed_tokens.weight"]
    x0 = embedding[inputs]
    h = (routed if model.routed else stream)(model, weights, x0)
    h = rms_norm(h, model.eps, weights["model.norm.weight"])
    head = embedding if model.tied else weights["lm_head.weight"]
    logits = h @ head.T
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return loss, logits


def gradients(model, weights, tokens):
    """{"loss": [1], "logits": [B, T, V], "grad.<parameter>": ...}"""
    shapes = model.parameters()
    for name, shape in shapes.items():
        if list(weights[name].shape) != shape:
            raise ValueError(f"{name}: {list(weights[name].shape)}, expected {shape}")
    leaves = {name: weights[name].to(DTYPE).requires_grad_() for name in shapes}
    loss, logits = forward(model, leaves, tokens)
    grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    result = {"loss": loss.detach().reshape(1), "logits": logits.detach()}
    for (name, leaf), grad in zip(leaves.items(), grads):
        result[f"grad.{name}"] = torch.zeros_like(leaf) if grad is None else grad
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model configuration (JSON)")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--tokens", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    with open(arguments.model) as file:
        model = Model(json.load(file))
    tokens = read_tokens(arguments.tokens, model.context)
    result = gradients(model, read_safetensors(arguments.weights), tokens)
    write_safetensors(arguments.out, result)
    print(f"loss {result['loss'].item():.12f}")


if __name__ == "__main__":
    main()
