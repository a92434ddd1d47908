#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a model with wavc and uses the program as its users do: alone in a
folder, with an empty environment. It must do to the bit what wav-run does.

The directory of the tools comes from WAV_BIN (default build/release/bin), the
text from data/kjv.txt (scripts/get-data).
"""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

import numpy

import check_gradients
import counted
import torch_reference as reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("WAV_BIN", ROOT / "build/release/bin"))
KJV = ROOT / "data/kjv.txt"

CONFIG = {
    "vocab_size": 96,
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 96,
    "max_position_embeddings": 32,
    "residual": {"scheme": "wav_v1", "block_size": 2},
}
# What a program is compiled for, and wav-run is asked for.
SAME = ("--cpu=x86-64-v3", "--batch=4")
TRAIN = ["--data", "text.txt", "--lr", "3e-3", "--eval-batches", 2, "--seed", 7]
CHECKPOINT = ("weights.safetensors", "optimizer.safetensors")


def run(*command, folder, code=0, environment=None):
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        timeout=300,
    )
    if done.returncode != code:
        words = " ".join(str(word) for word in command)
        raise AssertionError(
            f"{words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


class Compiled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.built = pathlib.Path(temporary.name)
        cls.model = cls.built / "model.json"
        cls.model.write_text(json.dumps(CONFIG))
        run(BIN / "wavc", cls.model, "-o", "prog", *SAME, folder=cls.built)

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        shutil.copy(self.built / "prog", self.folder)
        (self.folder / "text.txt").write_bytes(KJV.read_bytes()[:100_000])

    def prog(self, *arguments, code=0):
        return run("./prog", *arguments, folder=self.folder, code=code, environment={})

    def wav_run(self, *arguments):
        return run(BIN / "wav-run", self.model, *SAME, *arguments, folder=self.folder)

    def newest(self, run_folder):
        return max((self.folder / run_folder).glob("step-*"))

    def test_trains_and_resumes_as_wav_run_trains(self):
        self.wav_run("train", *TRAIN, "--steps", 6, "--out", "jit")
        self.prog("train", *TRAIN, "--steps", 6, "--out", "whole")
        self.prog("train", *TRAIN, "--steps", 6, "--out", "halves", "--save-every", 3)
        shutil.rmtree(self.newest("halves"))
        self.prog("train", *TRAIN, "--steps", 6, "--resume", "halves")
        for name in CHECKPOINT:
            expected = (self.newest("jit") / name).read_bytes()
            for folder in ("whole", "halves"):
                self.assertEqual((self.newest(folder) / name).read_bytes(), expected)

        # A checkpoint is the model's, whoever reads it.
        short = self.folder / "short.txt"
        short.write_bytes((self.folder / "text.txt").read_bytes()[:1000])
        for arguments in (
            ("eval", "--checkpoint", "whole", "--data", short),
            ("generate", "--checkpoint", "whole", "--prompt", "God", "--tokens", 50),
        ):
            self.assertEqual(self.prog(*arguments).stdout, self.wav_run(*arguments).stdout)

    def test_gradients_are_those_of_wav_run_and_of_pytorch(self):
        expected = check_gradients.write_case(self.folder, CONFIG, batch=4)
        inputs = ("--weights", "weights.safetensors", "--tokens", "tokens.bin", "--out")
        self.prog("grads", *inputs, "prog.safetensors")
        self.wav_run("grads", *inputs, "jit.safetensors")
        self.assertEqual((self.folder / "prog.safetensors").read_bytes(),
                         (self.folder / "jit.safetensors").read_bytes())
        actual = reference.read_safetensors(self.folder / "prog.safetensors")
        name, error = check_gradients.compare(actual, expected)[0]
        self.assertLess(error, check_gradients.DEFAULT_TOLERANCE, name)

    def test_gradients_at_large_scores(self):
        config, batch = check_gradients.SHARP_ATTENTION
        (self.folder / "sharp.json").write_text(json.dumps(config))
        run(BIN / "wavc", "sharp.json", "-o", "sharp", f"--batch={batch}", folder=self.folder)
        for factor in check_gradients.SHARP_FACTORS:
            expected, limits = check_gradients.write_large(
                self.folder, f"attention, q and k x {factor:g}")
            run("./sharp", "grads", "--weights", "weights.safetensors", "--tokens",
                "tokens.bin", "--out", "sharp.safetensors", folder=self.folder)
            actual = reference.read_safetensors(self.folder / "sharp.safetensors")
            _, error, limit = check_gradients.compare_large(actual, expected, limits)
            self.assertLess(error, limit, f"factor {factor:g}")

    def test_another_batch_is_refused(self):
        done = self.prog("train", *TRAIN, "--steps", 1, "--batch", 3, code=1)
        self.assertEqual(
            done.stderr,
            "error: this program was compiled for batch 4, not 3; compile it with --batch=3\n")
        check_gradients.write_case(self.folder, CONFIG, batch=2)
        done = self.prog("grads", "--weights", "weights.safetensors", "--tokens",
                         "tokens.bin", "--out", "out.safetensors", code=1)
        self.assertIn("compiled for batch 4, not 2", done.stderr)
        self.assertFalse((self.folder / "out.safetensors").exists())

    def test_without_a_gpu(self):
        """No driver is found, whatever this machine has."""
        environment = {"WAV_LIBCUDA": "none"}

        def prog(name, *arguments, code=0):
            return run(f"./{name}", *arguments, folder=self.folder, code=code,
                       environment=environment)

        run(BIN / "wavc", self.model, "-o", self.folder / "gpu", *SAME, "--target=cuda",
            folder=self.folder)
        self.assertIn("compiled for cuda sm_90a", prog("gpu", "--help").stdout)
        self.assertIn("cannot load none", prog("gpu", "info").stdout)
        done = prog("gpu", "train", *TRAIN, "--steps", 1, code=4)
        self.assertRegex(done.stderr, "^error: cannot load none.*\n$")

        for name in ("both", "again"):
            run(BIN / "wavc", self.model, "-o", self.folder / name, *SAME,
                "--target=cpu,cuda", folder=self.folder)
        self.assertEqual((self.folder / "both").read_bytes(),
                         (self.folder / "again").read_bytes())
        done = prog("both", "train", *TRAIN, "--steps", 2, "--out", "run")
        self.assertRegex(
            done.stderr, "^note: running on the CPU, for want of a GPU: cannot load none.*\n$")
        self.prog("train", *TRAIN, "--steps", 2, "--out", "cpu")
        for name in CHECKPOINT:
            self.assertEqual((self.newest("run") / name).read_bytes(),
                             (self.newest("cpu") / name).read_bytes())
        prog("both", "train", *TRAIN, "--steps", 1, "--device=cuda", code=4)

    def test_starts_at_once(self):
        def cpu_seconds():
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return used.ru_utime + used.ru_stime

        before = cpu_seconds()
        self.prog("info")
        self.assertLess(cpu_seconds() - before, 0.2)

    def test_a_reader_of_tokens(self):
        numpy.arange(96, dtype="<u2").repeat(20).tofile(self.folder / "tokens.bin")
        self.prog("train", "--data", "tokens.bin", "--steps", 1, "--out", "run")
        tokens = self.prog("generate", "--checkpoint", "run", "--prompt", "1,2",
                           "--tokens", 3).stdout
        self.assertEqual(len(tokens.split(",")), 5)


if __name__ == "__main__":
    reference.torch.set_num_threads(1)
    counted.main()
