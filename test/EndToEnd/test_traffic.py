#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bytes that the compiler states of a kernel against those that its machine
code moves through a cache that no plane fits into.

A compiled program runs once, on one thread, in cachegrind. A tensor that a
kernel reads is one read miss a line of the last-level cache, one that it only
writes one write miss a line; one that it updates in place misses once, when it
is read, and the manifest counts it twice. Which those are, and what is read and
written, the views of the scheduled program say: their bytes must add up to the
manifest's first. Write-backs are not simulated.

GPU code runs in the simulator, which counts the distinct sectors of 32 bytes
that each launch reads and writes: what is updated in place is both, as in the
manifest.

The directory of the tools comes from WAV_BIN (default build/release/bin).
`test_traffic.py --table` prints the figures too. Needs valgrind.
"""

import collections
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy

import counted

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("WAV_BIN", ROOT / "build/release/bin"))
TABLE = "--table" in sys.argv

LINE = 64
# A plane of f32, 1024 x 64, is four times the last-level cache. The small cache
# in front of it holds the rows that a kernel works on.
BATCH = 16
CACHE = 65536
CACHES = ["--D1=8192,8,64", f"--LL={CACHE},16,64"]
TOLERANCE = 0.02
ELEMENT_BYTES = {"f32": 4, "i32": 4, "f64": 8, "bf16": 2}
ENTRY = "grads"


def configuration(scheme):
    return {
        # Few: rows that are gathered again and again stay in the cache.
        "vocab_size": 16,
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 64,
        "residual": {"scheme": scheme, "block_size": 4},
    }


def run(*command, folder):
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{command[0]}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def write_inputs(path, info, batch=BATCH):
    """Parameters and tokens for `run`, which takes integers as floats."""
    random = numpy.random.default_rng(1)
    tensors = {p["name"]: random.normal(0, 0.1, p["shape"]) for p in info["parameters"]["tensors"]}
    tokens = batch * 64
    for name in ("tokens", "targets"):
        tensors[name] = random.integers(0, 16, tokens)
    header, data = {}, b""
    for name, values in tensors.items():
        raw = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def union(views):
    """Bytes that lie in some of these (arena, begin, end)."""
    total, at = 0, None
    for arena, begin, end in sorted(views):
        if at and at[0] == arena:
            begin = max(begin, at[1])
        if end > begin:
            total += end - begin
            at = (arena, end)
    return total


# What a kernel moves: bytes that it reads, writes, does either to; those that
# the compiler states.
Moved = collections.namedtuple("Moved", "launches read written distinct stated category")


def size_of(shape, element):
    size = ELEMENT_BYTES[element]
    for extent in shape.split("x") if shape else ():
        size *= int(extent)
    return size


TYPE = re.compile(r"(?:!wav\.bank<(\S+) x )?(?:tensor|memref)<(?:([\dx]+)x)?(\w+)>(, scaled)?")


def bytes_in_place(yields, inputs, outputs):
    """Bytes of the results of a kernel that no operand of its launch is for:
    they are an input, updated. A sum over rows has an operand with one
    dimension more."""
    left, tied = list(outputs), 0
    for bank, shape, element, _ in yields:
        if left and (left[0][0] != "") == (bank != "") and left[0][2] == element and (
                left[0][1] == shape or re.fullmatch(r"\d+(x" + shape + ")?" if shape else r"\d+", left[0][1])):
            left.pop(0)
            continue
        count = max((int(i[0]) for i in inputs if i[0] and not i[3]), default=0) if bank else 1
        tied += count * size_of(shape, element)
    assert not left, (yields, outputs)
    return tied


def parse_schedule(text):
    """Of each kernel of ENTRY what its launches move, by their views."""
    inputs, yields = {}, {}
    for name, arguments, kernel in re.findall(r"wav\.kernel @(\w+)[^\n]*\n(?:\s*\^bb0\(([^\n]*)\):)?(.*?)\n  }", text, re.S):
        inputs[name] = len(re.findall(r"%arg\d+:", arguments))
        yields[name] = TYPE.findall(re.search(r"wav\.yield [^:]*:([^\n]*)", kernel)[1])
    body = text[text.index(f"wav.schedule @{ENTRY} "):]
    views, kernels = {}, {}
    for line in body.splitlines():
        if line.startswith("  }"):
            break
        if match := re.match(r"\s*(%\w+) = wav\.view (\w+)\[(\d+)\] : memref<(?:([\dx]+)x)?(\w+)>", line):
            name, arena, offset, shape, element = match.groups()
            views[name] = [(arena, int(offset), int(offset) + size_of(shape, element))]
        elif match := re.match(r"\s*(%\w+) = wav\.table\(([^)]*)\)", line):
            views[match[1]] = [view for name in match[2].split(", ") for view in views[name]]
        elif match := re.match(r"\s*wav\.launch @(\w+)\(([^)]*)\) {(.*)} : (.*)", line):
            name, operands = match[1], match[2].split(", ")
            flat = [[view for o in part for view in views[o]] for part in (operands[:inputs[name]], operands[inputs[name]:])]
            stated = int(re.match(r"bytes = (\d+)", match[3])[1])
            types = TYPE.findall(match[4])
            tied = bytes_in_place(yields[name], types[:inputs[name]], types[inputs[name]:])
            old = kernels.get(name, Moved(0, 0, 0, 0, 0, ""))
            kernels[name] = Moved(old.launches + 1, old.read + union(flat[0]), old.written + union(flat[1]) + tied,
                                  old.distinct + union(flat[0] + flat[1]), old.stated + stated,
                                  re.search(r'category = "(\w+)"', match[3])[1])
    return kernels


def parse_cachegrind(path):
    """Bytes that each function misses in the last level: read, written."""
    missed = collections.defaultdict(lambda: [0, 0])
    function = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("events:"):
                events = line.split()[1:]
                read, write = events.index("DLmr") + 1, events.index("DLmw") + 1
            elif line.startswith("fn="):
                # Kernels are named after the program that they are of.
                function = line[3:].strip().removeprefix("wav_program.")
            elif line[0].isdigit():
                numbers = line.split()
                missed[function][0] += LINE * int(numbers[read])
                missed[function][1] += LINE * int(numbers[write])
    return missed


def measure(scheme, folder):
    (folder / "model.json").write_text(json.dumps(configuration(scheme)))
    # Valgrind knows no AVX-512.
    target = ("--cpu=x86-64-v3", f"--batch={BATCH}")
    run(BIN / "wavc", "model.json", "-o", "prog", *target, "--dump-levels-to=levels", folder=folder)
    info = json.loads(run(folder / "prog", "info", "--json", folder=folder))
    write_inputs(folder / "in.safetensors", info)
    run("valgrind", "--tool=cachegrind", "--cache-sim=yes", *CACHES, "--cachegrind-out-file=cg.out",
        "./prog", "run", ENTRY, "--in", "in.safetensors", "--out", "out.safetensors", "--threads=1", folder=folder)
    (schedule,) = (folder / "levels").glob("*-scheduled.mlir")
    stated = collections.Counter()
    for kernel in info["entries"][ENTRY]["kernels"]:
        stated[kernel["name"]] += kernel["bytes"]
    return parse_schedule(schedule.read_text()), parse_cachegrind(folder / "cg.out"), stated


# Sequences of 64 tokens for the simulator, which is slow.
SIMT_BATCH = 4


def measure_simt(scheme, precision, folder):
    """Bytes that each kernel of a GPU program moves, what its launches are
    stated to, a plane."""
    (folder / "model.json").write_text(json.dumps(configuration(scheme)))
    wav_run = (BIN / "wav-run", "model.json", "--backend=simt", f"--precision={precision}", f"--batch={SIMT_BATCH}")
    info = json.loads(run(*wav_run, "info", "--json", folder=folder))
    write_inputs(folder / "in.safetensors", info, SIMT_BATCH)
    run(*wav_run, "--simt-traffic=traffic.csv", "--dump-levels-to=levels", "run", ENTRY, "--in", "in.safetensors",
        "--out", "out.safetensors", folder=folder)
    moved = collections.Counter()
    for line in (folder / "traffic.csv").read_text().splitlines():
        kernel, read, written = line.split(",")
        moved[kernel] += int(read) + int(written)
    (schedule,) = (folder / "levels").glob("*-scheduled.mlir")
    return moved, parse_schedule(schedule.read_text()), SIMT_BATCH * 64 * 64 * ELEMENT_BYTES[precision]


class GPUTraffic(unittest.TestCase):
    def check(self, scheme, precision):
        with tempfile.TemporaryDirectory() as temporary:
            moved, kernels, plane = measure_simt(scheme, precision, pathlib.Path(temporary))
        seen = stated = 0
        for name, kernel in kernels.items():
            if kernel.category not in ("routing", "norm") or kernel.stated < plane * kernel.launches:
                continue
            ratio = moved[name] / kernel.stated
            seen += moved[name]
            stated += kernel.stated
            if TABLE:
                print(f"| {scheme}, {precision} | {name} | {kernel.stated / plane:.3f} | {ratio:.4f} |")
            with self.subTest(scheme=scheme, precision=precision, kernel=name):
                self.assertAlmostEqual(ratio, 1, delta=TOLERANCE)
        self.assertGreater(stated, 20 * plane)
        if TABLE:
            print(f"| {scheme}, {precision} | sum | {stated / plane:.3f} | {seen / stated:.4f} |", flush=True)
        self.assertAlmostEqual(seen / stated, 1, delta=TOLERANCE)

    def test_block_attnres(self):
        self.check("block_attnres", "f32")

    def test_haares(self):
        self.check("haares", "bf16")

    def test_wav_v1(self):
        self.check("wav_v1", "f32")


class Traffic(unittest.TestCase):
    def check(self, scheme):
        with tempfile.TemporaryDirectory() as temporary:
            kernels, missed, stated = measure(scheme, pathlib.Path(temporary))
        plane = BATCH * 64 * 64 * 4
        self.assertGreaterEqual(plane, 4 * CACHE)
        sums = numpy.zeros(2)
        for name, moved in kernels.items():
            self.assertEqual(moved.stated, stated[name], name)
            # Those of vectors alone may be in the cache.
            if moved.category not in ("routing", "norm") or moved.distinct < plane * moved.launches:
                continue
            in_place = moved.read + moved.written - moved.distinct
            expected = numpy.array([moved.read, moved.written - in_place])
            seen = numpy.array(missed[name])
            # The count of misses as the manifest counts.
            ratio = (seen.sum() + in_place) / moved.stated
            sums += seen.sum() + in_place, moved.stated
            if TABLE:
                print(f"| {scheme} | {name} | {moved.stated / plane:.3f} | {ratio:.4f} "
                      f"| {seen[0] / plane:.3f} of {expected[0] / plane:.3f} | {seen[1] / plane:.3f} of {expected[1] / plane:.3f} |")
            with self.subTest(scheme=scheme, kernel=name):
                self.assertAlmostEqual((moved.read + moved.written) / moved.stated, 1, delta=TOLERANCE)
                self.assertAlmostEqual(ratio, 1, delta=TOLERANCE)
                for direction in (0, 1):
                    off = (seen[direction] - expected[direction]) / moved.stated
                    self.assertAlmostEqual(off, 0, delta=TOLERANCE, msg="reads writes".split()[direction])
        self.assertGreater(sums[1], 20 * plane)
        if TABLE:
            print(f"| {scheme} | sum | {sums[1] / plane:.3f} | {sums[0] / sums[1]:.4f} | | |", flush=True)
        self.assertAlmostEqual(sums[0] / sums[1], 1, delta=TOLERANCE)

    def test_block_attnres(self):
        self.check("block_attnres")

    def test_haares(self):
        self.check("haares")

    def test_wav_v1(self):
        self.check("wav_v1")


if __name__ == "__main__":
    if TABLE:
        sys.argv.remove("--table")
    counted.main()
