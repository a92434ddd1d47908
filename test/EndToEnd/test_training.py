#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains small models on real text through wav-run: what a user sees.

The directory of the tools comes from WAV_BIN (default build/release/bin), the
text from data/kjv.txt (scripts/get-data).
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import numpy

import counted
import torch_reference as reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("WAV_BIN", ROOT / "build/release/bin"))
KJV = ROOT / "data/kjv.txt"

CONFIG = {
    "vocab_size": 96,
    "hidden_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 96,
    "max_position_embeddings": 64,
    "residual": {"scheme": "wav_v1", "block_size": 4},
}


class Folder(unittest.TestCase):
    """Each test has an empty folder with model.json and text.txt in it."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.model = self.write_model("model.json")
        self.text = self.folder / "text.txt"
        self.text.write_bytes(KJV.read_bytes()[:300_000])

    def write_model(self, name, **changes):
        path = self.folder / name
        path.write_text(json.dumps({**CONFIG, **changes}))
        return path

    def wav_run(self, *arguments, code=0):
        command = [BIN / "wav-run", *arguments]
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
        )
        shown = " ".join(str(word) for word in command)
        message = f"{shown}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        self.assertEqual(done.returncode, code, message)
        return done

    def train(self, *arguments, steps, batch=4, lr="3e-3", model=None, data=None,
              code=0, options=()):
        return self.wav_run(
            model or self.model, *options, "train", "--data", data or self.text,
            "--steps", steps, "--batch", batch, "--lr", lr, *arguments, code=code,
        )

    def newest(self, run):
        return max((self.folder / run).glob("step-*"))


class Training(Folder):
    def test_the_loss_falls_and_the_log_says_so(self):
        self.train("--log", "log.jsonl", "--out", "run", "--eval-every", 50,
                   "--eval-batches", 5, "--warmup", 10, steps=100)
        log = [json.loads(line) for line in (self.folder / "log.jsonl").open()]
        losses = [record["loss"] for record in log if "loss" in record]
        self.assertEqual(len(losses), 100)
        self.assertAlmostEqual(losses[0], numpy.log(96), delta=0.5)
        self.assertLess(numpy.mean(losses[-10:]), 2.9)
        validation = [record["val_loss"] for record in log if "val_loss" in record]
        self.assertGreaterEqual(len(validation), 2)
        self.assertLess(validation[-1], validation[0])

        done = self.wav_run(self.model, "eval", "--checkpoint", "run", "--data", self.text)
        evaluated = float(re.search(r"loss\D*([0-9.]+)", done.stdout).group(1))
        self.assertAlmostEqual(evaluated, validation[-1], delta=0.3)

    def test_resume_is_bit_exact(self):
        self.train("--out", "whole", steps=12)
        self.train("--out", "halves", "--save-every", 5, "--keep", 0, steps=12)
        # Forget what came after step 5, and go on from there.
        for step in (self.folder / "halves").glob("step-*"):
            if int(step.name.split("-")[1]) > 5:
                subprocess.run(["rm", "-r", str(step)], check=True)
        self.train("--out", "halves", "--resume", "halves", steps=12)
        for name in ("weights.safetensors", "optimizer.safetensors"):
            self.assertEqual(
                (self.newest("whole") / name).read_bytes(),
                (self.newest("halves") / name).read_bytes(),
            )

    def test_lion_trains_and_resumes_bit_exactly(self):
        lion = lambda *arguments, **more: self.train(
            *arguments, lr="1e-3", options=["--optimizer=lion"], **more)
        lion("--log", "log.jsonl", "--out", "whole", "--save-every", 20, "--keep", 0,
             "--warmup", 10, steps=60)
        log = (self.folder / "log.jsonl").read_text().splitlines()
        losses = [json.loads(line)["loss"] for line in log]
        self.assertAlmostEqual(losses[0], numpy.log(96), delta=0.5)
        self.assertLess(numpy.mean(losses[-10:]), losses[0] - 1)
        half = self.folder / "whole" / "step-00000020"
        lion("--out", "halves", "--resume", half, steps=60)
        for name in ("weights.safetensors", "optimizer.safetensors", "state.json"):
            self.assertEqual(
                (self.newest("whole") / name).read_bytes(),
                (self.newest("halves") / name).read_bytes(),
            )
        moments = reference.read_safetensors(self.newest("whole") / "optimizer.safetensors")
        self.assertEqual({name.split(".")[0] for name in moments}, {"first_moment"})
        done = self.train("--resume", "whole", steps=70, code=1)
        self.assertIn("with another optimizer: it was trained with lion", done.stderr)
        self.wav_run(self.model, "generate", "--checkpoint", "whole", "--prompt", "God",
                     "--tokens", 5)

    def test_threads_do_not_change_the_result(self):
        for threads in (1, 2, 3):
            self.train("--out", f"run{threads}", "--threads", threads, steps=4)
        weights = {
            (self.newest(f"run{threads}") / "weights.safetensors").read_bytes()
            for threads in (1, 2, 3)
        }
        self.assertEqual(len(weights), 1)

    def test_a_checkpoint_evaluates_as_pytorch_does(self):
        self.train("--out", "run", steps=5)
        checkpoint = self.newest("run")
        vocabulary = sorted(set(self.text.read_bytes()))
        model = reference.Model(CONFIG)
        weights = reference.read_safetensors(checkpoint / "weights.safetensors")
        sample = self.text.read_bytes()[: 4 * (model.context + 1)]
        tokens = numpy.array([vocabulary.index(byte) for byte in sample])
        tokens.astype("<u2").tofile(self.folder / "tokens.bin")
        tokens = reference.read_tokens(self.folder / "tokens.bin", model.context)
        expected = reference.forward(model, weights, tokens)[0].item()
        self.wav_run(self.model, "grads", "--weights", checkpoint / "weights.safetensors",
                     "--tokens", "tokens.bin", "--out", "grads.safetensors")
        actual = reference.read_safetensors(self.folder / "grads.safetensors")
        self.assertAlmostEqual(actual["loss"].item(), expected, places=5)

    def test_a_standard_checkpoint_is_a_hugging_face_checkpoint(self):
        self.text.write_bytes(b"a standard model is a llama model\n" * 200)
        for folder in ("tied", "untied"):
            golden = pathlib.Path(__file__).parent / "golden" / folder
            self.train("--out", folder, steps=1, model=golden / "config.json")
            ours = reference.read_safetensors(self.newest(folder) / "weights.safetensors")
            theirs = reference.read_safetensors(golden / "model.safetensors")
            self.assertEqual(
                {name: tensor.shape for name, tensor in ours.items()},
                {name: tensor.shape for name, tensor in theirs.items()},
            )

    def test_standard_and_deep_models_train(self):
        standard = self.write_model("standard.json", residual={"scheme": "standard"})
        self.train(steps=2, model=standard)
        deep = self.write_model(
            "deep.json", num_hidden_layers=48, hidden_size=32, intermediate_size=32,
            residual={"scheme": "wav_v1", "block_size": 8})
        self.train("--out", "deep", steps=2, model=deep, batch=2)
        self.wav_run(deep, "eval", "--checkpoint", "deep", "--data", self.small_text())
        self.wav_run(deep, "generate", "--checkpoint", "deep", "--prompt", "God",
                     "--tokens", 5)
        self.wav_run(deep, "info")

    def small_text(self):
        path = self.folder / "small.txt"
        path.write_bytes(self.text.read_bytes()[:2000])
        return path

    def test_large_vocabulary(self):
        model = self.write_model("large.json", vocab_size=32000)
        tokens = numpy.random.default_rng(0).integers(0, 32000, 4000)
        tokens.astype("<u2").tofile(self.folder / "large.bin")
        self.train("--out", "run", steps=2, batch=2, model=model, data="large.bin")
        self.wav_run(model, "generate", "--checkpoint", "run", "--prompt", "1,2,31999",
                     "--tokens", 3)


class Divergence(Folder):
    def test_exit_code_3_names_a_checkpoint_that_evaluates(self):
        # The update of the second step is one that the third does not survive.
        done = self.train("--out", "run", "--warmup", 0, "--save-every", 1, "--keep", 1,
                          "--eval-every", 0, steps=60, lr=300, code=3)
        good = re.search(r"last good checkpoint is '(.*)'", done.stderr).group(1)
        done = self.wav_run(self.model, "eval", "--checkpoint", good, "--data", self.text)
        self.assertRegex(done.stdout, r"loss +[0-9.]+\n")

    def test_the_last_step_is_judged_too(self):
        done = self.train("--out", "run", "--warmup", 0, "--eval-every", 0, steps=1,
                          lr="1e39", code=3)
        self.assertIn("after step 1: loss", done.stderr)
        self.assertIn("no good checkpoint", done.stderr)
        # Nor do its weights pass for sound ones.
        numpy.zeros(CONFIG["max_position_embeddings"] + 1, "<u2").tofile(
            self.folder / "tokens.bin")
        self.wav_run(self.model, "grads", "--weights",
                     self.newest("run") / "weights.safetensors", "--tokens", "tokens.bin",
                     "--out", "grads.safetensors", code=3)


class Generation(Folder):
    def setUp(self):
        super().setUp()
        self.train("--out", "run", steps=3)

    def generate(self, *arguments, prompt="God said", tokens=20):
        return self.wav_run(
            self.model, "generate", "--checkpoint", "run", "--prompt", prompt,
            "--tokens", tokens, *arguments,
        ).stdout

    def test_the_seed_decides(self):
        self.assertEqual(self.generate("--seed", 1), self.generate("--seed", 1))
        self.assertNotEqual(self.generate("--seed", 1), self.generate("--seed", 2))

    def test_prompts(self):
        self.assertIn("God said", self.generate())
        # Longer than the context: its end counts.
        self.generate(prompt="In the beginning God created the heaven. " * 3)

    def test_more_tokens_than_the_context(self):
        self.assertGreaterEqual(len(self.generate(tokens=80)), 80)

    def test_temperature_zero_is_greedy(self):
        first = self.generate("--temperature", 0, "--seed", 1)
        self.assertEqual(first, self.generate("--temperature", 0, "--seed", 2))
        self.assertEqual(first, self.generate("--top-k", 1, "--seed", 3))


class BadInput(Folder):
    """Each ends with the exit code of the contract and one line that says what
    and where; nothing is written under a final name."""

    def fails(self, *arguments, code=1, says=""):
        before = set(self.folder.rglob("*"))
        done = self.wav_run(*arguments, code=code)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        self.assertGreater(len(lines), 0)
        if code == 1:
            self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(set(self.folder.rglob("*")) - before, set())

    def train_fails(self, *arguments, data=None, code=1, says="", model=None):
        self.fails(model or self.model, "train", "--data", data or self.text,
                   "--steps", 2, "--out", "run", *arguments, code=code, says=says)

    def test_models(self):
        self.fails(self.folder / "none.json", "info", says="none.json")
        broken = self.folder / "broken.json"
        broken.write_text("{ this is not JSON")
        self.fails(broken, "info", says="broken.json")
        for name, changes in {
            "hidden_size": {"hidden_size": 50},
            "num_attention_heads": {"num_attention_heads": 5},
            "scheme": {"residual": {"scheme": "unheard_of"}},
            "block_sice": {"residual": {"scheme": "wav_v1", "block_sice": 4}},
            "bias_mode": {"residual": {"scheme": "wav_v1", "bias_mode": "sometimes"}},
            "favourite_colour": {"favourite_colour": "red"},
            "hidden_act": {"hidden_act": "gelu"},
            "num_key_value_heads": {"num_key_value_heads": 1},
            "block_size": {"residual": {"scheme": "wav_v1", "block_size": -1}},
        }.items():
            with self.subTest(name):
                self.fails(self.write_model("wrong.json", **changes), "info", says=name)

    def test_texts(self):
        empty, same = self.folder / "empty.txt", self.folder / "same.txt"
        empty.write_bytes(b"")
        same.write_bytes(b"a")
        self.train_fails(data=self.folder / "none.txt", says="none.txt")
        self.train_fails(data=empty, says="empty.txt")
        self.train_fails(data=same, says="same.txt")
        self.train_fails(data=self.folder, says=self.folder.name)
        many = self.folder / "many.txt"
        many.write_bytes(bytes(range(256)) * 50)
        self.train_fails(data=many, says="vocab_size")

    def test_tokens_out_of_range(self):
        path = self.folder / "tokens.bin"
        tokens = numpy.zeros(1000, "<u2")
        tokens[123] = 4000
        tokens.tofile(path)
        self.train_fails(data=path, says="4000")

    def test_numbers(self):
        self.train_fails("--batch", 0, code=2)
        self.train_fails("--lr", "much", code=2)
        self.fails(self.model, "train", "--data", self.text, "--steps", 0, code=2)
        self.fails(self.model, "train", "--data", self.text, code=2)
        self.fails(self.model, "train", "--sleps", 3, code=2)
        self.fails(self.model, "dance", code=2)
        self.fails(self.model, code=2)
        self.fails(code=2)

    def test_weights(self):
        model = reference.Model(CONFIG)
        weights = {
            name: reference.torch.zeros(shape, dtype=reference.DTYPE)
            for name, shape in model.parameters().items()
        }
        numpy.zeros(model.context + 1, "<u2").tofile(self.folder / "tokens.bin")

        def grads(weights_file, says, tokens="tokens.bin"):
            self.fails(self.model, "grads", "--weights", weights_file, "--tokens",
                       tokens, "--out", "out.safetensors", says=says)

        whole = self.folder / "whole.safetensors"
        reference.write_safetensors(whole, weights, "F32")
        grads("none.safetensors", says="none.safetensors")
        cut = self.folder / "cut.safetensors"
        cut.write_bytes(whole.read_bytes()[:-100])
        grads(cut, says="cut.safetensors")
        (self.folder / "text.safetensors").write_text("not a safetensors file")
        grads("text.safetensors", says="text.safetensors")

        name = "model.layers.2.mlp_read.query"
        fewer = self.folder / "fewer.safetensors"
        reference.write_safetensors(
            fewer, {n: w for n, w in weights.items() if n != name}, "F32")
        grads(fewer, says=name)
        shape = self.folder / "shape.safetensors"
        reference.write_safetensors(
            shape, {**weights, name: weights[name][:5]}, "F32")
        grads(shape, says=name)

        numpy.zeros(model.context, "<u2").tofile(self.folder / "short.bin")
        grads(whole, says="short.bin", tokens="short.bin")
        numpy.full(model.context + 1, 999, "<u2").tofile(self.folder / "range.bin")
        grads(whole, says="999", tokens="range.bin")

    def test_checkpoints(self):
        self.fails(self.model, "eval", "--checkpoint", "none", "--data", self.text,
                   says="none")
        self.fails(self.model, "generate", "--checkpoint", "none", "--prompt", "x",
                   "--tokens", 1, says="none")
        self.train("--out", "run", steps=2)
        other = self.write_model("other.json", num_hidden_layers=2)
        self.fails(other, "eval", "--checkpoint", "run", "--data", self.text)
        self.fails(self.model, "train", "--data", self.text, "--steps", 4, "--batch", 4,
                   "--lr", "3e-3", "--seed", 5, "--resume", "run", says="seed")
        weights = self.newest("run") / "weights.safetensors"
        weights.write_bytes(weights.read_bytes()[:-8])
        self.fails(self.model, "eval", "--checkpoint", self.newest("run"), "--data",
                   self.text, says="weights.safetensors")

    def test_an_output_that_cannot_be_written(self):
        (self.folder / "file").write_text("in the way")
        self.fails(self.model, "train", "--data", self.text, "--steps", 1,
                   "--out", "file/run", says="file")


if __name__ == "__main__":
    counted.main()
