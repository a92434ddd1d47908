# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models of bench/peers in JAX, naive form; a worker.

The whole step, AdamW included, is one jitted function that reuses the memory of
parameters and moments. bf16: matrices and what they multiply are cast at each
product, as PyTorch's autocast does; the rest keeps the type that it then has.
"""

import jax
import jax.numpy as jnp

import peers_model


def inverse_rms(v, eps):
    return jax.lax.rsqrt(jnp.square(v.astype(jnp.float32)).mean(-1) + eps)


class Model:
    """`loss` is a function of the parameters by name."""

    def __init__(self, description, dtype):
        self.description, self.dtype = description, dtype
        tables = peers_model.rotations(description.context, description.width // description.heads, description.theta)
        # [T, 1, head / 2]: heads are before channels here.
        self.cos, self.sin = (jnp.asarray(table, jnp.float32)[:, None] for table in tables)

    def linear(self, weights, name, x):
        return x.astype(self.dtype) @ weights[f"{name}.weight"].astype(self.dtype).T

    def norm(self, weights, name, x):
        return x * inverse_rms(x, self.description.eps)[..., None] * weights[f"{name}.weight"]

    def rotate(self, x):
        first, second = jnp.split(x, 2, -1)
        turned = [first * self.cos - second * self.sin, second * self.cos + first * self.sin]
        return jnp.concatenate(turned, -1).astype(x.dtype)

    def attention(self, weights, name, x):
        heads = self.description.heads
        q, k, v = (self.linear(weights, f"{name}.{p}_proj", x).reshape(*x.shape[:2], heads, -1) for p in "qkv")
        mixed = jax.nn.dot_product_attention(self.rotate(q), self.rotate(k), v, is_causal=True)
        return self.linear(weights, f"{name}.o_proj", mixed.reshape(x.shape))

    def mlp(self, weights, name, x):
        gate, up = (self.linear(weights, f"{name}.{p}_proj", x) for p in ("gate", "up"))
        return self.linear(weights, f"{name}.down_proj", jax.nn.silu(gate) * up)

    def update(self, weights, j, y):
        layer = f"model.layers.{j // 2}"
        if j % 2:
            return self.mlp(weights, f"{layer}.mlp", self.norm(weights, f"{layer}.post_attention_layernorm", y))
        return self.attention(weights, f"{layer}.self_attn", self.norm(weights, f"{layer}.input_layernorm", y))

    def sources(self, rows):
        """[(index of the bias or None, value)] of a block's rows, details matched."""
        eps, result = self.description.eps, []
        for name, row in rows.items():
            kind = None
            if name != "sum":
                kind = self.description.details.index(name)
                factor = inverse_rms(row, eps) / inverse_rms(rows["sum"], eps)
                row = (jax.lax.stop_gradient(factor)[..., None] * row).astype(row.dtype)
            result.append((kind, row))
        return result

    def read(self, weights, site, sources):
        if len(sources) == 1:
            return sources[0][1]
        name, logits = self.description.site_name(site), []
        for kind, v in sources:
            z = (v.astype(jnp.float32) * weights[f"{name}.query"]).sum(-1) * inverse_rms(v, self.description.eps)
            logits.append(z if kind is None else z + weights[f"{name}.bias"][kind])
        p = jax.nn.softmax(jnp.stack(logits), axis=0)
        return sum(p[k][..., None] * v for k, (_, v) in enumerate(sources))

    def stream(self, weights, x0):
        h = x0
        for j in range(self.description.final_site):
            h = h + self.update(weights, j, h)
        return h

    def routed(self, weights, x0):
        completed = [(None, x0)]
        for block in self.description.blocks:
            rows = {}
            for i, j in enumerate(block):
                u = self.update(weights, j, self.read(weights, j, completed + self.sources(rows)))
                for name in self.description.rows:
                    c = self.description.coefficients(name, block)
                    if c is not None:
                        rows[name] = rows[name] + c[i] * u if name in rows else c[i] * u
            completed += self.sources(rows)
        return self.read(weights, self.description.final_site, completed)

    def loss(self, weights, tokens):
        x0 = weights["model.embed_tokens.weight"][tokens[:, :-1]]
        h = (self.routed if self.description.rows else self.stream)(weights, x0)
        logits = self.linear(weights, "model.embed_tokens", self.norm(weights, "model.norm", h))
        scores = jax.nn.log_softmax(logits.astype(jnp.float32))
        return -jnp.take_along_axis(scores, tokens[:, 1:, None], -1).mean()


def adamw(weights, gradients, first, second, count):
    """One step with gradients clipped to a global norm. Returns the new state and
    the norm before clipping."""
    norm = jnp.sqrt(sum(jnp.square(g).sum() for g in gradients.values()))
    scale = jnp.minimum(1.0, peers_model.CLIP / (norm + 1e-6))
    one, two = peers_model.BETAS
    rate, new = peers_model.LEARNING_RATE, ({}, {}, {})
    for name, w in weights.items():
        g = scale * gradients[name]
        m = one * first[name] + (1 - one) * g
        v = two * second[name] + (1 - two) * g * g
        step = (m / (1 - one**count)) / (jnp.sqrt(v / (1 - two**count)) + peers_model.EPSILON)
        decay = peers_model.DECAY if w.ndim == 2 else 0.0
        for state, value in zip(new, (w - rate * (step + decay * w), m, v)):
            state[name] = value
    return new, norm


def main():
    options = peers_model.worker_options(["naive"], ["jit"])
    description = peers_model.read_config(options.model)
    model = Model(description, {"f32": jnp.float32, "bf16": jnp.bfloat16}[options.precision])
    weights = {name: jnp.asarray(value) for name, value in peers_model.read_safetensors(options.weights).items()}
    state = [weights] + [{name: jnp.zeros_like(value) for name, value in weights.items()} for _ in range(2)]
    batches = peers_model.read_tokens(options.tokens, options.batch, description.context)
    count = 0

    def train(weights, first, second, tokens, count):
        loss, gradients = jax.value_and_grad(model.loss)(weights, tokens)
        new, norm = adamw(weights, gradients, first, second, count)
        return new, loss, norm

    compiled = jax.jit(train, donate_argnums=(0, 1, 2))

    def step(tokens):
        nonlocal state, count
        count += 1
        state, loss, norm = compiled(*state, tokens.astype("int32"), jnp.float32(count))
        jax.block_until_ready(state)
        return float(loss), float(norm)

    peers_model.serve(step, batches, {"jax": jax.__version__})


if __name__ == "__main__":
    main()
