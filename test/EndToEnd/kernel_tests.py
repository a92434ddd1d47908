# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions of one op each, in MLIR and in float64 PyTorch.

scripts/gpu-bundle compiles `module(precision)` to a program whose entry points
are these functions with their gradients; scripts/gpu-check runs each on random
inputs and compares with `expected`. A tensor of the kind ROW has the precision
of stored activations; parameters and scales are float32.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F

from torch_reference import DTYPE, attention_of, mean_square, rms_norm, rope

ROW, F32, INDEX = "row", "f32", "index"
EPSILON = 1e-6
VOCABULARY = 301


@dataclasses.dataclass
class Test:
    """`body` defines %y from arguments named as in `arguments`: {name: (shape,
    kind)}. `reference` takes them by keyword and returns y."""

    name: str
    arguments: dict
    result: tuple
    body: str
    reference: callable


def type_of(shape, kind, precision):
    element = {ROW: precision, F32: "f32", INDEX: "i32"}[kind]
    return "tensor<" + "".join(f"{n}x" for n in shape) + element + ">"


def in_mlir(test, precision):
    arguments = ", ".join(
        f'%{name}: {type_of(shape, kind, precision)} {{wav.name = "{name}"}}'
        for name, (shape, kind) in test.arguments.items()
    )
    result = type_of(*test.result, precision)
    return (
        f"func.func @{test.name}({arguments})\n"
        f'    -> ({result} {{wav.name = "y"}}) attributes {{wav.gradient = "vjp"}} {{\n'
        f"{test.body.replace('ROW', precision)}\n  return %y : {result}\n}}\n"
    )


def module(precision):
    """All tests as one MLIR module, for wav-differentiate."""
    config = f'{{\\"vocab_size\\": {VOCABULARY}, \\"num_hidden_layers\\": 1}}'
    functions = "\n".join(in_mlir(test, precision) for test in TESTS)
    return (
        f'module attributes {{wav.config = "{config}", wav.batch = 1 : i64, '
        f"wav.context = 1 : i64}} {{\n{functions}}}\n"
    )


def random_inputs(test, precision, generator):
    """{name: float64 tensor}, the gradient of y included; what is stored as
    bf16 is a bf16 number."""
    inputs = {}
    for name, (shape, kind) in {**test.arguments, "grad.y": test.result}.items():
        if kind == INDEX:
            inputs[name] = torch.randint(VOCABULARY, shape, generator=generator).to(DTYPE)
            continue
        value = torch.randn(shape, generator=generator, dtype=DTYPE)
        if name == "query":  # Else the logits would be far apart.
            value *= 2 / math.sqrt(shape[0])
        bf16 = kind == ROW and precision == "bf16"
        inputs[name] = value.to(torch.bfloat16 if bf16 else torch.float32).to(DTYPE)
    return inputs


def expected(test, inputs):
    """{"y": ..., "grad.<argument>": ...} in float64."""
    values = {}
    for name, (_, kind) in test.arguments.items():
        value = inputs[name]
        values[name] = value.long() if kind == INDEX else value.clone().requires_grad_()
    y = test.reference(**values)
    leaves = {name: value for name, value in values.items() if value.is_floating_point()}
    grads = torch.autograd.grad(y, list(leaves.values()), inputs["grad.y"])
    return {"y": y.detach(), **{f"grad.{n}": g for n, g in zip(leaves, grads)}}


# ---------------------------------------------------------------------------
# The tests
# ---------------------------------------------------------------------------


def row_tests(rows, d):
    """Ops on `rows` rows that are `d` wide."""
    row, vector, scalars = ((rows, d), ROW), ((d,), F32), ((rows,), F32)
    x, g, s = f"tensor<{rows}x{d}xROW>", f"tensor<{d}xf32>", f"tensor<{rows}xf32>"
    size = f"{rows}x{d}"
    yield Test(
        f"rms_norm_{size}", {"x": row, "gain": vector}, row,
        f"  %y = wav.rms_norm %x, %gain {{epsilon = {EPSILON:.1e} : f64}} : ({x}, {g}) -> {x}",
        lambda x, gain: rms_norm(x, EPSILON, gain),
    )
    yield Test(
        f"swiglu_{size}", {"gate": row, "up": row}, row,
        f"  %y = wav.swiglu %gate, %up : ({x}, {x}) -> {x}",
        lambda gate, up: F.silu(gate) * up,
    )
    yield Test(
        f"write_{size}", {"u": row, "sum": row, "scale": vector}, row,
        "  %y = wav.write %u into %sum scaled %scale per channel {coefficient = -1.5 : f64}\n"
        f"      : ({x}, {x}, {g}) -> {x}",
        lambda u, sum, scale: sum - 1.5 * scale * u,
    )
    yield Test(
        f"match_{size}", {"detail": row, "sum": row}, ((rows,), F32),
        f"  %y = wav.match %detail to %sum {{epsilon = {EPSILON:.1e} : f64}} : ({x}, {x}) -> {s}",
        lambda detail, sum: torch.sqrt(
            (mean_square(sum) + EPSILON) / (mean_square(detail) + EPSILON))[:, 0],
    )
    for completed in (1, 12):
        yield read_test(rows, d, completed, row, vector, scalars, x, g, s)


def read_test(rows, d, completed, row, vector, scalars, x, g, s):
    """A read of a bank of `completed` sources and one open source; every second
    source has a bias."""
    names = [f"v{i}" for i in range(completed)]
    bank = f"!wav.bank<{completed} x {x}, scaled, biased>"
    source = f"!wav.bank<1 x {x}, scaled, biased>"
    kinds = [i % 2 - 1 for i in range(completed)]

    def make_source(name, row, scale, kind):
        return (f"  %{name} = wav.source %{row} scaled %{scale} bias %{'b0' if kind == 0 else 'none'}\n"
                f"      : ({x}, {s}, tensor<i32>) -> {source}\n")

    def reference(query, bias, open, open_scale, **sources):
        values = [sources[f"s{i}"][:, None] * sources[f"v{i}"] for i in range(completed)]
        v = torch.stack([*values, open_scale[:, None] * open], dim=-2)
        beta = torch.stack([bias[0] * (kind == 0) for kind in [*kinds, 0]])
        p = (rms_norm(v, EPSILON) @ query + beta).softmax(-1)
        return (p[..., None] * v).sum(-2)

    return Test(
        f"read_{completed}_{rows}x{d}",
        {"query": vector, "bias": ((1,), F32), "open": row, "open_scale": scalars,
         **{name: row for name in names},
         **{f"s{i}": scalars for i in range(completed)}},
        row,
        "  %none = arith.constant dense<-1> : tensor<i32>\n"
        "  %b0 = arith.constant dense<0> : tensor<i32>\n"
        + "".join(make_source(f"k{i}", f"v{i}", f"s{i}", kind) for i, kind in enumerate(kinds))
        + make_source("last", "open", "open_scale", 0)
        + f"  %bank = wav.bank {', '.join(f'%k{i}' for i in range(completed))}\n"
        f"      : ({', '.join([source] * completed)}) -> {bank}\n"
        f"  %y, %max, %sum = wav.read query(%query bias %bias) bank(%bank) open(%last) {{epsilon = {EPSILON:.1e} : f64}}\n"
        f"      : ({g}, tensor<1xf32>, {bank}, {source}) -> ({x}, {s}, {s})",
        reference,
    )


def rope_test(batch, context, heads, head):
    d = heads * head
    x = f"tensor<{batch * context}x{d}xROW>"
    table = f"tensor<{context}x{head}xf32>"

    def reference(x):
        split = x.view(batch, context, heads, head).transpose(1, 2)
        return rope(split, 10000.0).transpose(1, 2).reshape(-1, d)

    return Test(
        f"rope_{batch}x{context}_{heads}x{head}",
        {"x": ((batch * context, d), ROW)}, ((batch * context, d), ROW),
        f"  %table = wav.rope_table {{theta = 1.0e+4 : f64}} : {table}\n"
        f"  %y = wav.rope %x, %table {{heads = {heads}, sequence_length = {context}}}\n"
        f"      : ({x}, {table}) -> {x}",
        reference,
    )


def attention_test(batch, context, heads, head):
    rows, d = batch * context, heads * head
    x, statistic = f"tensor<{rows}x{d}xROW>", f"tensor<{rows * heads}xf32>"

    def reference(q, k, v):
        split = [t.view(batch, context, heads, head).transpose(1, 2) for t in (q, k, v)]
        return attention_of(*split).transpose(1, 2).reshape(rows, d)

    return Test(
        f"attention_{batch}x{context}_{heads}x{head}",
        {name: ((rows, d), ROW) for name in "qkv"}, ((rows, d), ROW),
        f"  %y, %max, %inverse_sum = wav.attention %q, %k, %v {{batch = {batch}, heads = {heads}}}\n"
        f"      : ({x}, {x}, {x}) -> ({x}, {statistic}, {statistic})",
        reference,
    )


def embed_test(rows, d):
    return Test(
        f"embed_{rows}x{d}",
        {"table": ((VOCABULARY, d), F32), "index": ((rows,), INDEX)}, ((rows, d), ROW),
        f"  %y = wav.embed %table, %index : (tensor<{VOCABULARY}x{d}xf32>, "
        f"tensor<{rows}xi32>) -> tensor<{rows}x{d}xROW>",
        lambda table, index: table[index],
    )


def cross_entropy_test(rows):
    return Test(
        f"cross_entropy_{rows}x{VOCABULARY}",
        {"logits": ((rows, VOCABULARY), ROW), "targets": ((rows,), INDEX)}, ((), F32),
        f"  %y = wav.cross_entropy %logits, %targets : (tensor<{rows}x{VOCABULARY}xROW>, "
        f"tensor<{rows}xi32>) -> tensor<f32>",
        lambda logits, targets: F.cross_entropy(logits, targets),
    )


def matmul_test(m, n, k):
    a, b, c = (f"tensor<{p}x{q}xROW>" for p, q in ((m, k), (n, k), (m, n)))
    return Test(
        f"matmul_{m}x{n}x{k}", {"a": ((m, k), ROW), "b": ((n, k), ROW)}, ((m, n), ROW),
        f"  %y = wav.matmul %a, %b {{transpose_b}} : ({a}, {b}) -> {c}",
        lambda a, b: a @ b.T,
    )


TESTS = [
    test
    for rows, d in ((67, 40), (96, 512), (33, 1024))
    for test in row_tests(rows, d)
] + [
    rope_test(2, 33, 3, 16),
    rope_test(1, 64, 8, 64),
    attention_test(2, 67, 2, 16),
    attention_test(1, 128, 4, 64),
    embed_test(96, 512),
    cross_entropy_test(67),
    matmul_test(96, 136, 512),
    matmul_test(64, 40, 24),
]
