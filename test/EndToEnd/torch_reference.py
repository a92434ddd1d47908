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
# What a residual scheme is (docs/schemes.md)
# ---------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """One kind of row that every block keeps: a signed sum of its updates.

    coefficients: for (attention, first half), (MLP, first half), (attention,
        second half), (MLP, second half); or one per sublayer of the block.
    match: the row to whose RMS this one is scaled, or None.
    bias_init: start of the bias on this row's logits, or None for no bias.
        A row with a match or a bias is a DETAIL, the others are summaries.
    """

    name: str
    coefficients: list = (1, 1, 1, 1)
    match: str = None
    bias_init: float = None

    @property
    def is_detail(self):
        return self.match is not None or self.is_biased

    @property
    def is_biased(self):
        return self.bias_init is not None


SUM = Row("sum")
PHASE = Row("phase", (1, -1, 1, -1), "sum", -2.0)  # attention minus MLP
SPLIT = Row("split", (1, 1, -1, -1), "sum", -2.0)  # first half minus second half


@dataclasses.dataclass
class Scheme:
    """A value of `residual` in a model configuration."""

    rows: list
    block_size: int = 8  # in sublayers; 0: one block for the whole network
    normaliser: str = "softmax"  # or "none": one row, a stream, and no read
    write_scale: str = "none"  # scalar, vector, block_vector
    base: bool = False  # keep the stream too and add it to every read
    bias_mode: str = "learned"  # fixed, none
    bias_scope: str = "site_type"  # type, source
    partial_details: str = "online"  # completed
    final_details: bool = True
    match_detach: bool = True
    key_gain: bool = False
    write_scale_init: float = 1.0  # how training starts; no part of the mathematics

    @property
    def bias_kinds(self):
        return [row.name for row in self.rows if row.is_biased]


PRESETS = {
    "standard": Scheme([SUM], 0, normaliser="none"),
    "rezero": Scheme([SUM], 0, normaliser="none", write_scale="scalar"),
    "layerscale": Scheme([SUM], 0, normaliser="none", write_scale="vector"),
    "block_layerscale": Scheme([SUM], normaliser="none", write_scale="block_vector"),
    "full_attnres": Scheme([SUM], 1),
    "block_attnres": Scheme([SUM]),
    "haares": Scheme([SUM, SPLIT]),
    "wav_v1": Scheme([SUM, PHASE, SPLIT]),
}


def parse_scheme(options):
    """The `residual` object of a configuration: a preset with some fields
    changed, or `custom` with all fields of one's own."""
    options = dict(options)
    name = options.pop("scheme")
    if name == "custom":
        rows = [Row(**row) for row in options.pop("rows")]
        return Scheme(rows, **options)
    preset = PRESETS[name]
    bias_init = options.pop("bias_init", -2.0)
    match_ref = options.pop("match_ref", "sum")
    rows = [
        dataclasses.replace(row, match=match_ref, bias_init=bias_init) if row.match else row
        for row in preset.rows
    ]
    return dataclasses.replace(preset, rows=rows, **options)


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
        self.scheme = parse_scheme(config.get("residual", {"scheme": "standard"}))

        # The sublayers in order, and the blocks that partition them. The last
        # block may be short. A site is the read before a sublayer; the site
        # after the last one is the final read.
        self.sublayers = ["attention", "mlp"] * self.layers
        count = len(self.sublayers)
        size = self.scheme.block_size or count
        self.blocks = [
            range(first, min(first + size, count)) for first in range(0, count, size)
        ]
        self.sites = range(count + 1)

    def coefficients(self, row, block):
        """The coefficient of each update of the block, None if the row does not
        exist there.

        A row given by four numbers of both signs is a contrast of two sides.
        Each side is rescaled to half the block's size, so that the coefficients
        sum to zero in short and odd blocks too; without one of the sides there
        is nothing to contrast (method.md 2.2).
        """
        size, half = len(block), len(block) // 2
        if len(row.coefficients) != 4:
            c = list(row.coefficients[:size])
        else:
            c = [
                row.coefficients[2 * (i >= half) + (self.sublayers[j] == "mlp")]
                for i, j in enumerate(block)
            ]
            if min(row.coefficients) < 0 < max(row.coefficients):
                positive = sum(x for x in c if x > 0)
                negative = -sum(x for x in c if x < 0)
                if not positive or not negative:
                    return None
                c = [x * size / (2 * (positive if x > 0 else negative)) for x in c]
        return c if any(c) else None

    def sources(self, site):
        """What a site reads besides x0, as (block, row) in source order."""
        final = site == self.sites[-1]
        result = []
        for n, block in enumerate(self.blocks):
            done = max(0, site - block[0])  # updates of the block so far
            is_open = done < len(block)
            written = set()
            for row in self.scheme.rows:
                c = self.coefficients(row, block)
                if c is not None and any(c[:done]):
                    written.add(row.name)
            for row in self.scheme.rows:
                if not {row.name, row.match or row.name} <= written:
                    continue
                if row.is_detail:
                    if is_open and self.scheme.partial_details == "completed":
                        continue
                    if final and not self.scheme.final_details:
                        continue
                result.append((n, row))
        return result

    def site_name(self, site):
        if site == self.sites[-1]:
            return "model.final_read"
        return f"{self.sublayer_name(site)}_read"

    def sublayer_name(self, j):
        kind = {"attention": "self_attn", "mlp": "mlp"}[self.sublayers[j]]
        return f"model.layers.{j // 2}.{kind}"

    def scale_name(self, j):
        """The parameter that scales update j, or None."""
        if self.scheme.write_scale == "none":
            return None
        if self.scheme.write_scale == "block_vector":
            return f"model.blocks.{j // len(self.blocks[0])}.scale"
        return f"{self.sublayer_name(j)}_scale"

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
        if self.scheme.write_scale != "none":
            for j in range(len(self.sublayers)):
                scalar = self.scheme.write_scale == "scalar"
                shapes[self.scale_name(j)] = [1] if scalar else [d]
        if self.scheme.normaliser != "none":
            for site in self.sites:
                name = self.site_name(site)
                shapes[f"{name}.query"] = [d]
                if self.scheme.key_gain:
                    shapes[f"{name}.gain"] = [d]
            shapes.update(self.bias_parameters())
        shapes["model.norm.weight"] = [d]
        if not self.tied:
            shapes["lm_head.weight"] = [vocabulary, d]
        return shapes

    def bias_parameters(self):
        kinds = len(self.scheme.bias_kinds)
        if self.scheme.bias_mode != "learned" or not kinds:
            return {}
        if self.scheme.bias_scope == "type":
            return {"model.read.bias": [kinds]}
        if self.scheme.bias_scope == "source":
            kinds *= len(self.blocks)
        return {f"{self.site_name(site)}.bias": [kinds] for site in self.sites}


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


def attention_of(q, k, v):
    """Causal softmax(q k^T / sqrt(dh)) v. All are [B, H, T, dh]."""
    context, head = q.shape[-2:]
    scores = q @ k.transpose(-1, -2) / math.sqrt(head)
    future = torch.ones(context, context, dtype=torch.bool).triu(1)
    return scores.masked_fill(future, -math.inf).softmax(-1) @ v


def attention(model, weights, prefix, x):
    batch, context, d = x.shape

    def project(name):
        y = x @ weights[f"{prefix}.{name}_proj.weight"].T
        return y.view(batch, context, model.heads, -1).transpose(1, 2)

    q = rope(project("q"), model.rope_theta)
    k = rope(project("k"), model.rope_theta)
    mixed = attention_of(q, k, project("v"))
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


def update(model, weights, j, y):
    """What sublayer j writes, [B, T, d]: u_j, scaled in some schemes."""
    u = sublayer(model, weights, j, y)
    name = model.scale_name(j)
    return u if name is None else weights[name] * u


def stream(model, weights, x0):
    """The schemes that keep one residual stream: h <- h + c_j scale u_j."""
    (row,) = model.scheme.rows
    h = x0
    for block in model.blocks:
        # Nothing is added where the row does not exist.
        for j, c in zip(block, model.coefficients(row, block) or [0] * len(block)):
            h = h + c * update(model, weights, j, h)
    return h


def routed(model, weights, x0):
    """The schemes in which every site reads a mixture of the embedding and of
    the rows of the completed blocks and of the open one; an update is written
    into the rows of the open block."""
    h = x0  # the ordinary stream, which only `base` reads
    bank = {}  # (block, row name) -> the row so far
    for n, block in enumerate(model.blocks):
        for i, j in enumerate(block):
            u = update(model, weights, j, read(model, weights, j, x0, bank, h))
            h = h + u
            for row in model.scheme.rows:
                c = model.coefficients(row, block)
                if c is not None:
                    bank[n, row.name] = bank.get((n, row.name), 0) + c[i] * u
    return read(model, weights, model.sites[-1], x0, bank, h)


def read(model, weights, site, x0, bank, h):
    """What a site reads, [B, T, d]."""
    values = [x0]
    for n, row in model.sources(site):
        value = bank[n, row.name]
        if row.match:
            value = match_factor(model, value, bank[n, row.match]) * value
        values.append(value)
    y = mixture(model, weights, site, values)
    return h + y if model.scheme.base else y


def match_factor(model, detail, reference):
    """s = sqrt((ms(b) + eps) / (ms(D) + eps)), detached unless asked otherwise
    (method.md 2.2). [B, T, 1]"""
    s = torch.sqrt((mean_square(reference) + model.eps) / (mean_square(detail) + model.eps))
    return s.detach() if model.scheme.match_detach else s


def mixture(model, weights, site, values):
    """One softmax over all sources (method.md 1.1, 2.2):

        z_k = <w, RMSNorm(v_k)> + beta_k        y = sum_k softmax(z)_k v_k

    values: the sources, each [B, T, d], x0 first.
    """
    name = model.site_name(site)
    v = torch.stack(values, dim=-2)  # [B, T, n, d]
    gain = weights[f"{name}.gain"] if model.scheme.key_gain else None
    z = rms_norm(v, model.eps, gain) @ weights[f"{name}.query"]
    p = (z + bias(model, weights, site)).softmax(-1)
    return (p[..., None] * v).sum(-2)


def bias(model, weights, site):
    """beta of each source of a site, [n]: zero for x0 and rows without a bias."""
    scheme = model.scheme
    own, shared = f"{model.site_name(site)}.bias", "model.read.bias"
    betas = [torch.zeros((), dtype=DTYPE)]
    kinds = len(scheme.bias_kinds)
    for n, row in model.sources(site):
        beta = betas[0]
        if row.is_biased:
            kind = scheme.bias_kinds.index(row.name)
            if scheme.bias_mode == "fixed":
                beta = beta + row.bias_init
            elif scheme.bias_mode == "learned":
                beta = {
                    "site_type": lambda: weights[own][kind],
                    "type": lambda: weights[shared][kind],
                    "source": lambda: weights[own][n * kinds + kind],
                }[scheme.bias_scope]()
        betas.append(beta)
    return torch.stack(betas)


# ---------------------------------------------------------------------------
# Loss and gradients
# ---------------------------------------------------------------------------


def forward(model, weights, tokens):
    """tokens [B, T+1] -> (mean cross entropy over B*T, logits [B, T, V])"""
    inputs, targets = tokens[:, :-1], tokens[:, 1:]
    embedding = weights["model.embed_tokens.weight"]
    x0 = embedding[inputs]
    h = (stream if model.scheme.normaliser == "none" else routed)(model, weights, x0)
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
