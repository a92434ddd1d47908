# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models of bench/peers in PyTorch, written to be fast there; a worker.

A routed scheme has two forms. `naive`: every site reads all of its sources by
itself. `two-phase`: at the start of a block one batched product reads the completed
rows for all sites of the block, and each site then merges the rows that are open;
the two parts of the softmax are joined by their log-sum-exp. Rows that are
completed are matched once in both.

test/EndToEnd/test_peers.py holds both forms against torch_reference.py, with a
PyTorch that lacks scaled_dot_product_attention and rms_norm, so both have a
stand-in here.
"""

import torch
import torch.nn.functional as F
from torch import nn

import peers_model

FORMS, MODES = ["naive", "two-phase"], ["eager", "compile"]


def inverse_rms(v, eps):
    return torch.rsqrt(v.square().mean(-1) + eps)


class RMSNorm(nn.Module):
    def __init__(self, width, eps, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width, dtype=dtype))
        self.eps = eps

    def forward(self, x):
        if hasattr(F, "rms_norm"):
            # With a gain of another type than x it would not take its fused kernel.
            return F.rms_norm(x, self.weight.shape, self.weight.to(x.dtype), self.eps)
        return x * inverse_rms(x, self.eps).unsqueeze(-1) * self.weight


def causal_attention(q, k, v):
    """Of [B, H, T, head]."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    context, head = q.shape[-2:]
    future = torch.ones(context, context, dtype=torch.bool).triu(1)
    scores = q @ k.transpose(-1, -2) / head**0.5
    return scores.masked_fill(future, float("-inf")).softmax(-1) @ v


class Attention(nn.Module):
    def __init__(self, model, dtype):
        super().__init__()
        self.heads = model.heads
        for name in "qkvo":
            setattr(self, f"{name}_proj", nn.Linear(model.width, model.width, bias=False, dtype=dtype))

    def forward(self, x, cos, sin):
        batch, context, d = x.shape

        def split(y):
            return y.view(batch, context, self.heads, -1).transpose(1, 2)

        def rotate(y):
            first, second = y.chunk(2, -1)
            turned = torch.cat([first * cos - second * sin, second * cos + first * sin], -1)
            return turned.to(y.dtype)

        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        mixed = causal_attention(rotate(q), rotate(k), v)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, context, d))


class MLP(nn.Module):
    def __init__(self, model, dtype):
        super().__init__()
        self.gate_proj = nn.Linear(model.width, model.hidden, bias=False, dtype=dtype)
        self.up_proj = nn.Linear(model.width, model.hidden, bias=False, dtype=dtype)
        self.down_proj = nn.Linear(model.hidden, model.width, bias=False, dtype=dtype)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Read(nn.Module):
    """The parameters of a site, and what it computes by itself."""

    def __init__(self, model, dtype):
        super().__init__()
        self.eps = model.eps
        self.query = nn.Parameter(torch.zeros(model.width, dtype=dtype))
        if model.details:
            self.bias = nn.Parameter(torch.zeros(len(model.details), dtype=dtype))

    def logit(self, kind, value):
        """[B, T] of a source; `kind` is the index of its bias, or None."""
        z = (value @ self.query) * inverse_rms(value, self.eps)
        return z if kind is None else z + self.bias[kind]

    def biases(self, kinds):
        zero = self.query.new_zeros(())
        return torch.stack([zero if kind is None else self.bias[kind] for kind in kinds])

    def mix(self, weighted):
        """sum_k softmax(z)_k v_k of pairs (z_k, v_k)."""
        if len(weighted) == 1:
            return weighted[0][1]
        p = torch.stack([z for z, _ in weighted]).softmax(0).unsqueeze(-1)
        result = p[0] * weighted[0][1]
        for k in range(1, len(weighted)):
            result = result + p[k] * weighted[k][1]
        return result

    def forward(self, sources):
        return self.mix([(self.logit(*source), source[1]) for source in sources])


class Layer(nn.Module):
    def __init__(self, model, dtype):
        super().__init__()
        self.input_layernorm = RMSNorm(model.width, model.eps, dtype)
        self.self_attn = Attention(model, dtype)
        self.post_attention_layernorm = RMSNorm(model.width, model.eps, dtype)
        self.mlp = MLP(model, dtype)
        if model.rows:
            self.self_attn_read = Read(model, dtype)
            self.mlp_read = Read(model, dtype)


class Decoder(nn.Module):
    def __init__(self, model, dtype):
        super().__init__()
        self.embed_tokens = nn.Embedding(model.vocabulary, model.width, dtype=dtype)
        self.layers = nn.ModuleList(Layer(model, dtype) for _ in range(model.layers))
        self.norm = RMSNorm(model.width, model.eps, dtype)
        if model.rows:
            self.final_read = Read(model, dtype)


class Model(nn.Module):
    """Its state has the names of the project's files. `forward` is the mean loss."""

    def __init__(self, description, form, dtype=torch.float32):
        super().__init__()
        self.description, self.form = description, form
        self.model = Decoder(description, dtype)
        tables = peers_model.rotations(description.context, description.width // description.heads, description.theta)
        for name, table in zip(("cos", "sin"), tables):
            self.register_buffer(name, torch.from_numpy(table).to(dtype), persistent=False)

    def forward(self, inputs, targets):
        x0 = self.model.embed_tokens(inputs)
        if not self.description.rows:
            h = self.stream(x0)
        elif self.form == "naive":
            h = self.naive(x0)
        else:
            h = self.two_phase(x0)
        logits = F.linear(self.model.norm(h), self.model.embed_tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1).to(x0.dtype), targets.flatten())

    def update(self, j, y):
        layer = self.model.layers[j // 2]
        if j % 2:
            return layer.mlp(layer.post_attention_layernorm(y))
        return layer.self_attn(layer.input_layernorm(y), self.cos, self.sin)

    def site(self, j):
        if j == self.description.final_site:
            return self.model.final_read
        layer = self.model.layers[j // 2]
        return layer.mlp_read if j % 2 else layer.self_attn_read

    def stream(self, x0):
        h = x0
        for j in range(self.description.final_site):
            h = h + self.update(j, h)
        return h

    def write(self, rows, block, i, u):
        """Adds update i of a block to its open rows."""
        for name in self.description.rows:
            c = self.description.coefficients(name, block)
            if c is not None:
                addend = u if c[i] == 1 else c[i] * u
                rows[name] = rows[name] + addend if name in rows else addend

    def sources(self, rows):
        """[(index of the bias or None, value)] of a block's rows, details matched."""
        result = []
        for name, row in rows.items():
            if name == "sum":
                result.append((None, row))
                continue
            with torch.no_grad():  # no gradient flows through the factor
                factor = inverse_rms(row, self.description.eps) / inverse_rms(rows["sum"], self.description.eps)
            result.append((self.description.details.index(name), factor.unsqueeze(-1) * row))
        return result

    def naive(self, x0):
        completed = [(None, x0)]
        for block in self.description.blocks:
            rows = {}
            for i, j in enumerate(block):
                y = self.site(j)(completed + self.sources(rows))
                self.write(rows, block, i, self.update(j, y))
            completed += self.sources(rows)
        return self.model.final_read(completed)

    def two_phase(self, x0):
        completed = [(None, x0)]
        for block in self.description.blocks:
            reads = [self.site(j) for j in block]
            first = self.first_phase(completed, reads)
            rows = {}
            for i, j in enumerate(block):
                read = reads[i]
                opened = [(read.logit(*source), source[1]) for source in self.sources(rows)]
                self.write(rows, block, i, self.update(j, read.mix([first[i], *opened])))
            completed += self.sources(rows)
        return self.model.final_read(completed)

    def first_phase(self, completed, reads):
        """(log-sum-exp of the logits, mixture) of the completed sources for each of
        several sites. n sources, S sites."""
        kinds, values = zip(*completed)
        v = torch.stack(values, -2)  # [B, T, n, d]
        queries = torch.stack([read.query for read in reads], -1)  # [d, S]
        z = (v @ queries) * inverse_rms(v, self.description.eps).unsqueeze(-1)
        if any(kind is not None for kind in kinds):
            z = z + torch.stack([read.biases(kinds) for read in reads], -1)
        z = z.transpose(-1, -2)  # [B, T, S, n]
        total = z.logsumexp(-1)
        if len(values) == 1:
            return [(total[..., s], values[0]) for s in range(len(reads))]
        mixed = z.softmax(-1) @ v  # [B, T, S, d]
        return list(zip(total.unbind(-1), mixed.unbind(-2)))


def load(model, path):
    weights = peers_model.read_safetensors(path)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})


def make_optimizer(model):
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() == 2], "weight_decay": peers_model.DECAY},
        {"params": [p for p in parameters if p.dim() != 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=peers_model.LEARNING_RATE, betas=peers_model.BETAS, eps=peers_model.EPSILON, fused=True)


def main():
    options = peers_model.worker_options(FORMS, MODES)
    torch.set_num_threads(options.num_threads)
    description = peers_model.read_config(options.model)
    model = Model(description, options.form)
    load(model, options.weights)
    parameters = list(model.parameters())
    optimizer = make_optimizer(model)
    batches = torch.from_numpy(peers_model.read_tokens(options.tokens, options.batch, description.context))
    loss_of = torch.compile(model) if options.mode == "compile" else model

    def step(tokens):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
            loss = loss_of(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, peers_model.CLIP)
        optimizer.step()
        return loss.item(), norm.item()

    peers_model.serve(step, batches, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
