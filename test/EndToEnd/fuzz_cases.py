# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random model descriptions, and how to make one smaller (scripts/fuzz-models).

What a description may say is written here from docs/configuration.md and
docs/schemes.md: `make_valid` holds the rules, so that drawing a model and
shrinking one may change anything. Needs the standard library alone.
"""

import copy
import dataclasses
import json
import platform
import random


@dataclasses.dataclass(frozen=True)
class Run:
    """One way to run a model. The fields are options of `wav-run`."""

    backend: str
    disabled: tuple = ()  # --disable-pass
    least_memory: bool = False  # --memory-budget, the smallest that can be met
    threads: int = 1  # another number gives the same bits
    simt_seed: int = 0
    target: str = "cpu"  # --reference-target, for the interpreter
    cpu: str = "native"  # --cpu
    # `eval` trains a little, then compares whole windows and token by token.
    command: str = "grads"

    def __str__(self):
        words = [f"{self.command} on {self.backend}"]
        words += [f"without {', '.join(self.disabled)}"] if self.disabled else []
        words += [f"for {self.cpu}"] if self.cpu != "native" else []
        words += ["in the least memory"] if self.least_memory else []
        words += [f"with {self.threads} threads"] if self.threads != 1 else []
        return " ".join(words)


@dataclasses.dataclass(frozen=True)
class Case:
    """A model and what to do with it."""

    model: dict
    batch: int = 2
    precision: str = "f32"
    seed: int = 0  # of weights and tokens
    runs: tuple = ()

    def to_json(self):
        case = {key: value for key, value in vars(self).items() if key != "runs"}
        plain = dataclasses.asdict(Run(""))
        case["runs"] = [
            {key: value for key, value in vars(run).items() if value != plain[key]}
            for run in self.runs
        ]
        return json.dumps(case)

    @staticmethod
    def from_json(text):
        case = json.loads(text)
        case["runs"] = tuple(
            Run(**{**run, "disabled": tuple(run.get("disabled", ()))}) for run in case["runs"])
        return Case(**case)


# ---------------------------------------------------------------------------
# What may be said
# ---------------------------------------------------------------------------

# {preset: (rows, block_size, whether it reads by softmax, write scale)}
_SUM = {"name": "sum"}
_PHASE = {"name": "phase", "match": "sum", "bias_init": -2}
_SPLIT = {"name": "split", "match": "sum", "bias_init": -2}
PRESETS = {
    "standard": ([_SUM], 0, False, "none"),
    "rezero": ([_SUM], 0, False, "scalar"),
    "layerscale": ([_SUM], 0, False, "vector"),
    "block_layerscale": ([_SUM], 8, False, "block_vector"),
    "block_attnres": ([_SUM], 8, True, "none"),
    "full_attnres": ([_SUM], 1, True, "none"),
    "haares": ([_SUM, _SPLIT], 8, True, "none"),
    "wav_v1": ([_SUM, _PHASE, _SPLIT], 8, True, "none"),
}

# {option: (what a scheme must have for it, values to draw from)}, those that give
# another what it needs before it. `heads` and `key_slice` can be one value only.
OPTIONS = {
    "normaliser": ("custom", ["softmax"] * 4 + ["none"]),
    "base": ("custom", [False, True, True]),
    "write_scale": ("custom", ["none", "scalar", "vector", "block_vector"]),
    "block_size": ("blocks", [0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 11, 40]),
    "match_ref": ("preset details", [None, "sum"]),
    "bias_init": ("preset details", [-4, -2, -1.5, 0, 1]),
    "key_gain": ("softmax", [False, True, True]),
    "bias_mode": ("biases", ["learned", "fixed", "none"]),
    "bias_scope": ("biases", ["site_type", "type", "source", "source"]),
    "partial_details": ("details", ["online", "completed", "completed"]),
    "final_details": ("details", [True, False, False]),
    "match_detach": ("matches", [True, False, False]),
    "write_scale_init": ("write scale", [0, 0.1, 0.5, 1]),
}


def sublayers(model):
    return 2 * model["num_hidden_layers"]


def hidden_size(model):
    return model.get("intermediate_size", 4 * model["hidden_size"])


def properties(residual):
    """What a scheme has; the words are those of OPTIONS."""
    custom = residual["scheme"] == "custom"
    rows, block_size, softmax, write_scale = (
        (residual["rows"], 8, residual.get("normaliser") != "none",
         residual.get("write_scale", "none"))
        if custom else PRESETS[residual["scheme"]])
    details = [row for row in rows if is_detail(row)]
    matched = [row for row in rows if row.get("match") is not None]
    if not custom and residual.get("match_ref", "sum") is None:
        matched = []
    words = {
        "custom": custom,
        "blocks": custom or block_size > 1,
        "preset details": details and not custom,
        "softmax": softmax,
        "biases": any(row.get("bias_init") is not None for row in rows),
        "details": details,
        "matches": matched,
        "write scale": write_scale != "none",
    }
    return {word for word, there in words.items() if there}


def is_detail(row):
    return row.get("match") is not None or row.get("bias_init") is not None


def make_valid(model, precision="f32"):
    """The nearest description that keeps the rules; changes it in place."""
    if precision == "bf16":
        model["hidden_size"] += -model["hidden_size"] % 8
    width, heads = model["hidden_size"], model["num_attention_heads"]
    if width % (2 * heads) != 0:
        model["num_attention_heads"] = 1
    residual = model.get("residual")
    if residual is None:
        return model
    if residual["scheme"] == "custom":
        _make_rows_valid(residual, sublayers(model))
    # An option may be what another one needs.
    for key, (need, _) in OPTIONS.items():
        if key in residual and need not in properties(residual):
            del residual[key]
    return model


def _make_rows_valid(residual, depth):
    rows = residual["rows"]
    if residual.get("normaliser") == "none":
        del rows[1:]
        for key in ("match", "bias_init"):
            rows[0].pop(key, None)
        residual.pop("base", None)
    unmatched = {row["name"] for row in rows if row.get("match") is None}
    length = residual.get("block_size", 8) or depth
    for row in rows:
        if row.get("match") is not None and row["match"] not in unmatched:
            del row["match"]
        given = row.get("coefficients")
        if given is not None and len(given) not in (4, length):
            row["coefficients"] = [given[i % len(given)] for i in range(length)]


# ---------------------------------------------------------------------------
# Drawing
# ---------------------------------------------------------------------------

WIDTHS = [4, 8, 12, 16, 20, 24, 32, 36, 40, 48, 64, 72, 96, 128]

# One of these now and then, of one layer to be fast: rows that a GPU strips,
# several tiles of attention, rows of odd width, many blocks.
EXTREMES = {
    "vocab_size": [16500],
    "hidden_size": [264],
    "num_hidden_layers": [12],
    "max_position_embeddings": [65, 130],
    "intermediate_size": [1, 7, 301],
}


def draw(seed, passes):
    """A case; `passes` are the names that --disable-pass takes."""
    r = random.Random(seed)
    precision = r.choice(["f32", "f32", "bf16"])
    model = make_valid({**_draw_shape(r), "residual": _draw_residual(r)}, precision)
    batch, runs = r.choice([1, 2, 2, 3]), _draw_runs(r, passes)
    if any(run.command == "eval" for run in runs):
        # From small numbers two steps of training do not reach a model whose
        # loss feels what attention sees.
        model.setdefault("initializer_range", 0.3)
    if r.random() < 0.15:
        model["num_hidden_layers"] = 1
        key = r.choice(list(EXTREMES))
        model[key] = r.choice(EXTREMES[key])
        make_valid(model, precision)
    return Case(model, batch, precision, seed, runs)


def _maybe(r, chance, key, values):
    return {key: r.choice(values)} if r.random() < chance else {}


def _draw_shape(r):
    width = r.choice(WIDTHS)
    return {
        "vocab_size": r.choice([2, 3, 5, 16, 33, 50, 64, 97, 130]),
        "hidden_size": width,
        "num_hidden_layers": r.choice([1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6]),
        "num_attention_heads": r.choice([h for h in range(1, 9) if width % (2 * h) == 0]),
        "max_position_embeddings": r.choice([1, 2, 3, 5, 8, 13, 16, 17, 24, 33]),
        **_maybe(r, 0.8, "intermediate_size", [4, 8, 12, 20, 28, 48, 60, 64, 96]),
        **_maybe(r, 0.2, "rms_norm_eps", [1e-5, 1e-3, 1e-2]),
        **_maybe(r, 0.2, "rope_theta", [500.0, 1e6]),
        **_maybe(r, 0.3, "initializer_range", [0.1, 0.3]),
        **_maybe(r, 0.5, "tie_word_embeddings", [True, False, False]),
    }


def _draw_residual(r):
    custom = r.random() < 0.6
    residual = {"scheme": "custom" if custom else r.choice(list(PRESETS))}
    for key, (_, values) in OPTIONS.items():
        residual.update(_maybe(r, 0.3, key, values))
    if custom:
        residual["rows"] = _draw_rows(r, residual.get("block_size", 8))
    return residual


def _draw_rows(r, block_size):
    names = ["sum", "phase", "split", "other", "more", "last"][: r.choice([1, 2, 2, 3, 3, 4, 6])]
    rows = []
    for i, name in enumerate(names):
        row = {"name": name, **_maybe(r, 0.7, "coefficients", [None])}
        if "coefficients" in row:
            count = r.choice([4, 4, block_size or 4])
            numbers = r.choice([[1, -1], [1, -1], [1, 1, 0], [0, 0, 1, -1], [2, 1, 0.5, 0, -0.5, -3]])
            row["coefficients"] = [r.choice(numbers) for _ in range(count)]
        if i > 0 or r.random() < 0.1:
            row.update(_maybe(r, 0.5, "match", names[:2]))
            row.update(_maybe(r, 0.5, "bias_init", [-2, -1, 0, 1.5]))
        if row.get("match") != name:
            rows.append(row)
    return rows or [{"name": "sum"}]


# With vectors of 8 numbers, where this machine's may have 16.
OLDER_CPUS = {"x86_64": "x86-64-v3"}


def _draw_runs(r, passes):
    runs = [Run("cpu"), Run("simt", simt_seed=r.randrange(1, 1000))]

    def some_backend():
        return {"backend": r.choice(["cpu", "cpu", "simt"])}

    without = r.sample(passes, r.choice([1, 1, 2]))
    runs.append(Run(**some_backend(), disabled=tuple(sorted(without))))
    if r.random() < 0.25:
        runs.append(Run("cpu", threads=2))
    if r.random() < 0.2:
        runs.append(Run(**some_backend(), least_memory=True))
    if r.random() < 0.2:
        runs.append(Run(**some_backend(), command="eval"))
    if r.random() < 0.4 and platform.machine() in OLDER_CPUS:
        runs.append(Run("cpu", cpu=OLDER_CPUS[platform.machine()]))
    return tuple(runs)


# ---------------------------------------------------------------------------
# Shrinking
# ---------------------------------------------------------------------------

# The least of each number of a model.
LEAST = {"num_hidden_layers": 1, "max_position_embeddings": 1, "num_attention_heads": 1,
         "vocab_size": 2, "intermediate_size": 1}


def smaller(case):
    """Cases that say less than `case` does, those that save most first. Each step
    lowers a number or drops something, so that there is an end."""
    for i, run in enumerate(case.runs):
        for less in _smaller_runs(run):
            yield dataclasses.replace(case, runs=(*case.runs[:i], less, *case.runs[i + 1:]))
    if case.precision != "f32":
        yield dataclasses.replace(case, precision="f32")
    for model in _smaller_models(case.model):
        model = make_valid(model, case.precision)
        if model != case.model:
            yield dataclasses.replace(case, model=model)
    for batch in _less(case.batch, 1):
        yield dataclasses.replace(case, batch=batch)


def _less(number, least):
    return [n for n in dict.fromkeys([least, number // 2, number - 1]) if least <= n < number]


def _smaller_runs(run):
    for name in run.disabled:
        yield dataclasses.replace(run, disabled=tuple(p for p in run.disabled if p != name))
    if run.cpu != "native":
        yield dataclasses.replace(run, cpu="native")
    if run.least_memory:
        yield dataclasses.replace(run, least_memory=False)
    if run.simt_seed:
        yield dataclasses.replace(run, simt_seed=0)


def _smaller_models(model):
    def edited(**fields):
        return {**copy.deepcopy(model), **fields}

    def without(key):
        return {k: copy.deepcopy(v) for k, v in model.items() if k != key}

    for residual in _smaller_residuals(model.get("residual")):
        yield without("residual") if residual is None else edited(residual=residual)
    for width in WIDTHS:
        if width < model["hidden_size"]:
            yield edited(hidden_size=width)
    for key, least in LEAST.items():
        for number in _less(model.get(key, least), least):
            yield edited(**{key: number})
    for key in ("rms_norm_eps", "rope_theta", "initializer_range", "tie_word_embeddings"):
        if key in model:
            yield without(key)


def _smaller_residuals(residual):
    if residual is None:
        return

    def edited(**fields):
        return {**copy.deepcopy(residual), **fields}

    yield None
    simple = list(PRESETS)
    is_custom = residual["scheme"] == "custom"
    for scheme in simple if is_custom else simple[: simple.index(residual["scheme"])]:
        less = edited(scheme=scheme)
        less.pop("rows", None)
        yield less
    for key in residual:
        if key not in ("scheme", "rows"):
            less = edited()
            del less[key]
            yield less
    for size in _less(residual.get("block_size", 0), 1):
        yield edited(block_size=size)
    for i, row in enumerate(residual.get("rows", [])):
        if len(residual["rows"]) > 1:
            less = edited()
            del less["rows"][i]
            yield less
        for key in row:
            if key != "name":
                less = edited()
                del less["rows"][i][key]
                yield less
        for coefficients in _smaller_coefficients(row.get("coefficients", [])):
            less = edited()
            less["rows"][i]["coefficients"] = coefficients
            yield less


def _smaller_coefficients(given):
    if len(given) > 4:
        yield given[:4]
    for i, number in enumerate(given):
        for simple in (1, 0, -1):
            if number == simple:
                break
            yield [*given[:i], simple, *given[i + 1:]]


def shrink(case, shows, tries=200):
    """(the smallest case found that still `shows` what `case` does, how many were
    looked at). Greedy: takes each step that `shows` allows."""
    seen = {case.to_json()}

    def step(case):
        for less in smaller(case):
            if len(seen) > tries:
                return None
            if less.to_json() not in seen:
                seen.add(less.to_json())
                if shows(less):
                    return less
        return None

    while less := step(case):
        case = less
    return case, len(seen) - 1
