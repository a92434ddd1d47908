# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a case of fuzz_cases.py and judges the numbers (scripts/fuzz-models).

The reference interpreter is judged by PyTorch in float64. What is compiled is
judged, in f32, by PyTorch too, with the tolerance of check_gradients.py; in bf16
by the interpreter that rounds where the program does, as in check_bf16.py.

Those tolerances fit the models of these files. A random one may feel rounding
more: a gradient in which larger numbers cancel, a model of two tokens. So what
exceeds its tolerance is judged again by what rounding does to this very model:
in bf16 to the gradients of the interpreter after a change of parameters far below
what bf16 tells apart; in f32 to those of PyTorch in f32.

How large one error is says little there: where few large numbers cancel, it is
about normally distributed around zero, and PyTorch's can be a fortieth of what
the same model with other last digits gives it. So in f32 neighbours of the model
are looked at, whose weights differ by far more than rounding and far less than
what changes the model: of each, the error of both programs, and of these the root
mean square, which tells a program that loses digits from one that had no luck.
"""

import dataclasses
import math
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import torch

import check_bf16
import check_gradients
import torch_reference as reference
from check_gradients import compare
from fuzz_cases import Run
from torch_reference import DTYPE, Model

INTERPRETED = Run("reference")
ROUNDED = "--reference-rounding=storage"
TOTAL, TOTAL_TO_EXACT = "all gradients", "all gradients, from float64,"

# A loss is printed with six digits after the point.
LOSS_TOLERANCE = {"f32": 1e-5, "bf16": check_bf16.TOLERANCE}
# How much worse than that of somebody else an error from rounding may be.
RATIO = check_gradients.SHARP_RATIO
# The models that judge errors of f32, the one in question among them, and by how
# much their weights differ.
NEIGHBOURS = 9
APART = 1e-5
# What is rounded differently differs by a step of bf16 in some elements. The sums
# of f32 move one of a small model or none; this moves a few, so that NUDGES of it
# say what one can do.
NUDGE = 1e-5
NUDGES = 4
# A run takes a second, and a few where the machine is busy.
SECONDS = 60


@dataclasses.dataclass
class Finding:
    """What is wrong. `kind`: failed (an exit code that is not 0), crashed (by a
    signal), hung, differs, bits."""

    run: Run
    kind: str
    text: str
    commands: list

    def is_like(self, other):
        return (self.kind, self.run.backend) == (other.kind, other.run.backend)


class Wrong(Exception):
    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def optional_passes(tools):
    """The names that --disable-pass takes, as the tool lists them."""
    command = [tools / "wav-run", "-", "--disable-pass=?", "info"]
    done = subprocess.run(command, capture_output=True, text=True)
    names = re.search(r"can be disabled: ([^;]+)", done.stderr)
    if not names:
        raise RuntimeError(f"{tools}/wav-run names no passes: {done.stderr.strip()}")
    return names[1].split(", ")


def nudged(weights, by, seed):
    """`weights` times 1 + N(0, by), in the digits of f32."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: (value * (1 + by * torch.randn(value.shape, generator=generator, dtype=DTYPE)))
        .to(torch.float32).to(DTYPE)
        for name, value in weights.items()}


def root_mean_squares(samples):
    """Of each tensor's errors in a list of {tensor: error}."""
    return {name: math.sqrt(sum(sample[name] ** 2 for sample in samples) / len(samples))
            for name in samples[0]}


def total(actual, expected):
    return check_bf16.total(check_bf16.squares(actual, expected))


def whole_loss(model, weights, tokens):
    """The mean loss of a text in windows of the context, the last one shorter."""
    count = len(tokens) - 1
    losses = 0
    for first in range(0, count, model.context):
        window = tokens[None, first : first + model.context + 1]
        losses += reference.forward(model, weights, window)[0].item() * (window.shape[1] - 1)
    return losses / count


class Judge:
    """Judges one case, with files in `folder`; `tools` is where the compiler is, and
    no run of it may take more than `seconds`."""

    def __init__(self, case, folder, tools, seconds=SECONDS):
        self.case = case
        self.folder = pathlib.Path(folder)
        self.tools = pathlib.Path(tools).resolve()
        self.seconds = seconds
        self.commands = []

    def find(self):
        """The first thing that is wrong, or None."""
        # Layers amplify what bf16 rounds.
        scale = 0.5 if self.case.precision == "bf16" else 1.0
        self.model = Model(self.case.model)
        self.exact, self.weights, self.tokens = check_gradients.write_case(
            self.folder, self.case.model, self.case.batch, self.case.seed, scale, inputs=True)
        for run in (INTERPRETED, *self.case.runs):
            self.commands = []
            try:
                self.judge(run)
            except Wrong as wrong:
                return Finding(run, wrong.kind, str(wrong), self.commands)
            except ValueError as error:  # `compare`: other tensors, or other shapes
                return Finding(run, "differs", str(error), self.commands)
        return None

    def judge(self, run):
        if run.command == "eval":
            return self.judge_eval(run)
        actual = self.grads(run)
        if run.threads != 1:
            one = (self.folder / "out.safetensors").read_bytes()
            self.grads(dataclasses.replace(run, threads=1))
            if one != (self.folder / "out.safetensors").read_bytes():
                raise Wrong("bits", f"{run.threads} threads and 1 give different bits")
        if run == INTERPRETED:
            limit = check_gradients.TOLERANCE["reference"]
            self.require((name, error, limit) for name, error in compare(actual, self.exact))
        elif self.case.precision == "f32":
            self.judge_f32(run, actual)
        else:
            self.judge_bf16(run, actual)

    # -----------------------------------------------------------------------
    # Judging
    # -----------------------------------------------------------------------

    def require(self, errors):
        """Each (name, error, limit)."""
        wrong = [e for e in errors if not e[1] <= e[2]]
        if wrong:
            name, error, limit = max(wrong, key=lambda e: e[1] / e[2])
            raise Wrong("differs", f"{name} by {error:.1e}, where {limit:.1e} is allowed")

    def judge_f32(self, run, actual):
        errors = compare(actual, self.exact)
        if errors[0][1] <= check_gradients.DEFAULT_TOLERANCE:
            return
        own, of_pytorch = self.errors_of_neighbours(run, actual)
        self.require((name, error, check_gradients.DEFAULT_TOLERANCE) for name, error in errors
                     if not own[name] <= RATIO * of_pytorch[name])

    def errors_of_neighbours(self, run, actual):
        """{tensor: the root mean square of its errors}, of the compiler and of
        PyTorch in f32."""
        own, of_pytorch, commands = [], [], len(self.commands)
        for seed in range(NEIGHBOURS):
            weights, exact = self.weights, self.exact
            if seed > 0:
                weights = nudged(weights, APART, seed)
                exact = reference.gradients(self.model, weights, self.tokens)
                reference.write_safetensors(self.folder / "nudged.safetensors", weights, "F32")
                actual = self.grads(run, weights="nudged.safetensors")
            own.append(dict(compare(actual, exact)))
            in_f32 = check_gradients.gradients_in_f32(self.model, weights, self.tokens)
            of_pytorch.append(dict(compare({n: v.to(DTYPE) for n, v in in_f32.items()}, exact)))
        del self.commands[commands:]  # those before show it
        return root_mean_squares(own), root_mean_squares(of_pytorch)

    def judge_bf16(self, run, actual):
        # Of the same program: which values are stored, and so rounded, depends
        # on the passes and the target.
        interpreted = dataclasses.replace(INTERPRETED, disabled=run.disabled,
                                          target=check_bf16.TARGETS[run.backend])
        rounded = self.rounded(interpreted)
        limits = {name: max(check_bf16.TOLERANCE, error)
                  for name, error in compare(rounded, self.exact)}
        limits[TOTAL] = check_bf16.TOLERANCE
        limits[TOTAL_TO_EXACT] = 1.5 * total(rounded, self.exact)
        errors = self.bf16_errors(actual, rounded)
        if all(error <= limits[name] for name, error in errors):
            return
        for seed in range(NUDGES):
            for name, error in self.bf16_errors(self.rounded(interpreted, seed), rounded):
                limits[name] = max(limits[name], RATIO * error)
        self.require((name, error, limits[name]) for name, error in errors)

    def bf16_errors(self, actual, rounded):
        return [*compare(actual, rounded), (TOTAL, total(actual, rounded)),
                (TOTAL_TO_EXACT, total(actual, self.exact))]

    def judge_eval(self, run):
        """Trains for two steps, so that nothing is as it was initialized, then
        evaluates a whole window, by `eval`, and one that lacks a token, by
        `prefill` and `decode`."""
        context, vocabulary = (
            self.case.model[key] for key in ("max_position_embeddings", "vocab_size"))
        generator = torch.Generator().manual_seed(self.case.seed)
        text = torch.randint(vocabulary, (4 * context + 8,), generator=generator)
        part = text[: 2 * context]
        for name, tokens in (("text.bin", text), ("part.bin", part)):
            tokens.numpy().astype("<u2").tofile(self.folder / name)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self.wav_run(run, "train", "--data=text.bin", "--val=text.bin", "--steps=2",
                     f"--batch={self.case.batch}", "--lr=0.03", "--eval-every=0", "--out=run")
        actual = self.loss(run)
        if self.case.precision == "f32":
            weights = self.folder / "run/step-00000002/weights.safetensors"
            expected = whole_loss(self.model, reference.read_safetensors(weights), part)
        else:
            interpreted = dataclasses.replace(INTERPRETED, target=check_bf16.TARGETS[run.backend])
            expected = self.loss(interpreted, ROUNDED)
        limit = LOSS_TOLERANCE[self.case.precision] * max(1, expected)
        self.require([("the loss of eval", abs(actual - expected), limit)])

    # -----------------------------------------------------------------------
    # Running
    # -----------------------------------------------------------------------

    def grads(self, run, *options, weights="weights.safetensors"):
        model = "model.json"
        if run.least_memory:
            model, *options = self.with_least_memory(run)
        self.wav_run(run, "grads", f"--threads={run.threads}", f"--weights={weights}",
                     "--tokens=tokens.bin", "--out=out.safetensors",
                     model=model, options=options)
        return reference.read_safetensors(self.folder / "out.safetensors")

    def with_least_memory(self, run):
        """What recomputes all that it can. Other entry points need memory that
        `grads` does not, so the model is one without them."""
        self.call("wav-translate", "--import-config", "model.json", "-o", "model.mlir")
        graph = f"batch={self.case.batch} entries=grads precision={self.case.precision}"
        self.call("wav-opt", "model.mlir", f"--wav-to-graph={graph}", "-o", "graph.mlir")
        with_budget = ("graph.mlir", "--compile-from=graph", "--memory-budget=1")
        needed = self.try_call(*self.words(run, *with_budget), "info").stderr
        bytes = re.search(r"a plan for (\d+) was found", needed)
        if not bytes:
            raise Wrong("failed", f"a budget of 1 byte: {needed.strip()}")
        return "graph.mlir", "--compile-from=graph", f"--memory-budget={bytes[1]}"

    def rounded(self, run, seed=None):
        """By the interpreter that rounds; with a seed, of other digits of f32."""
        if seed is None:
            return self.grads(run, ROUNDED)
        vectors = {name: value for name, value in self.weights.items() if value.dim() <= 1}
        weights = {**self.weights, **nudged(vectors, NUDGE, seed)}
        reference.write_safetensors(self.folder / "nudged.safetensors", weights, "F32")
        return self.grads(run, ROUNDED, weights="nudged.safetensors")

    def loss(self, run, *options):
        text = self.wav_run(run, "eval", "--checkpoint=run", "--data=part.bin", options=options)
        return float(re.search(r"^loss +(\S+)", text, re.M)[1])

    def words(self, run, model, *options):
        words = ["wav-run", model, f"--backend={run.backend}", *options]
        if model == "model.json":
            words.append(f"--precision={self.case.precision}")
        if run.target != "cpu":
            words.append(f"--reference-target={run.target}")
        if run.cpu != "native":
            words.append(f"--cpu={run.cpu}")
        if run.simt_seed:
            words.append(f"--simt-seed={run.simt_seed}")
        if run.disabled:
            words.append(f"--disable-pass={','.join(run.disabled)}")
        return words

    def wav_run(self, run, command, *arguments, options=(), model="model.json"):
        return self.call(*self.words(run, model, *options), command, *arguments)

    def call(self, *words):
        """Runs a tool; its standard output."""
        done = self.try_call(*words)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            raise Wrong("failed", f"exit code {done.returncode}: {lines[0] if lines else ''}")
        return done.stdout

    def try_call(self, tool, *arguments):
        self.commands.append(shlex.join([tool, *arguments]))
        try:
            done = subprocess.run(
                [self.tools / tool, *arguments], cwd=self.folder, capture_output=True, text=True,
                timeout=self.seconds, env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")})
        except subprocess.TimeoutExpired:
            raise Wrong("hung", f"no end after {self.seconds} s") from None
        if done.returncode < 0 or done.returncode >= 128:
            lines = done.stderr.strip().splitlines()
            raise Wrong("crashed", f"exit code {done.returncode}: {lines[0] if lines else ''}")
        return done
