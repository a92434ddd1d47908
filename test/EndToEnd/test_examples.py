#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs the project and uses it from outside, as its users do: plugins for
stock mlir-opt and for wav-opt, programs built with find_package(Wav), and the
model descriptions of examples/.

The build directory comes from WAV_BUILD (default build/release).
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import counted
from torch_reference import Model

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WAV_BUILD", ROOT / "build/release"))
EXAMPLES = ROOT / "examples"
LLVM = pathlib.Path("/usr/lib/llvm-22/bin")

BANK = """
func.func @bank(%x: tensor<8x16xf32>, %y: tensor<8x16xf32>) -> !wav.bank<2 x tensor<8x16xf32>> {
  %0 = wav.source %x : (tensor<8x16xf32>) -> !wav.bank<1 x tensor<8x16xf32>>
  %1 = wav.source %y : (tensor<8x16xf32>) -> !wav.bank<1 x tensor<8x16xf32>>
  %bank = wav.bank %0, %1
      : (!wav.bank<1 x tensor<8x16xf32>>, !wav.bank<1 x tensor<8x16xf32>>) -> !wav.bank<2 x tensor<8x16xf32>>
  return %bank : !wav.bank<2 x tensor<8x16xf32>>
}
"""


def run(*command, text=None, code=0, only_output=False):
    done = subprocess.run(
        [str(word) for word in command], input=text, capture_output=True, text=True
    )
    if done.returncode != code:
        words = " ".join(str(word) for word in command)
        raise AssertionError(f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done.stdout if only_output else done.stdout + done.stderr


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def build(cls, example):
        """Configures and builds an example against the installed project."""
        build = cls.folder / example
        run("cmake", "-G", "Ninja", "-S", EXAMPLES / example, "-B", build,
            "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={cls.prefix};{LLVM.parent}",
            "-DCMAKE_C_COMPILER=clang-22", "-DCMAKE_CXX_COMPILER=clang++-22",
            "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        run("ninja", "-C", build)
        return build


class Installed(Installation):
    def test_installed_tools_run(self):
        self.assertIn("wav", run(self.prefix / "bin/wav-opt", "--show-dialects"))

    def test_installed_wavc_finds_the_runtime(self):
        model = self.folder / "compiled.json"
        model.write_text(json.dumps({
            "vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1,
            "num_attention_heads": 2, "max_position_embeddings": 4,
        }))
        program = self.folder / "program"
        words = run(self.prefix / "bin/wavc", model, "-o", program, "--verbose")
        self.assertIn(str(self.prefix), words)
        self.assertIn("cpu x86-64-v3", run(program, "info"))

    def test_dialect_plugin_of_stock_mlir_opt(self):
        plugin = next(self.prefix.rglob("WavPlugin.so"))
        run(LLVM / "mlir-opt", text=BANK, code=1)
        output = run(LLVM / "mlir-opt", f"--load-dialect-plugin={plugin}",
                     f"--load-pass-plugin={plugin}", text=BANK)
        self.assertIn("wav.source %arg1 :", output)
        self.assertIn("wav.bank %0, %1 :", output)

    def test_pass_plugin_of_wav_opt(self):
        plugin = next(self.build("pass-plugin").rglob("*CountReads.so"))
        wav_opt = self.prefix / "bin/wav-opt"
        run(wav_opt, f"--load-pass-plugin={plugin}",
            "--pass-pipeline=builtin.module(func.func(example-count-reads))", text=BANK)

    def test_embedding_program(self):
        embed = self.build("embed") / "embed"
        model = self.folder / "model.json"
        model.write_text(json.dumps({
            "vocab_size": 26, "hidden_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 2, "max_position_embeddings": 26,
            "residual": {"scheme": "wav_v1", "block_size": 4},
        }))
        losses = re.findall(r"loss ([0-9.]+)", run(embed, model))
        self.assertEqual(len(losses), 3)
        self.assertLess(float(losses[-1]), float(losses[0]))


class OpPlugin(Installation):
    """A dialect of one's own, examples/op-plugin, through every tool."""

    TRAIN = ["--steps", 4, "--batch", 2, "--lr", "1e-2"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        build = cls.build("op-plugin")
        cls.library = build / "libdemo_runtime.a"
        cls.dialect = f"--load-dialect-plugin={build / 'libDemo.so'}"
        cls.inserted = [cls.dialect, f"--load-pass-plugin={build / 'libDemo.so'}",
                        "--add-passes=graph:demo-insert"]
        cls.wav_run, cls.wavc, cls.wav_check = (
            cls.prefix / "bin" / tool for tool in ("wav-run", "wavc", "wav-check"))
        cls.model = cls.folder / "model.json"
        cls.model.write_text(json.dumps({
            "vocab_size": 26, "hidden_size": 32, "num_hidden_layers": 4,
            "num_attention_heads": 2, "max_position_embeddings": 16,
            "residual": {"scheme": "wav_v1", "block_size": 4},
        }))
        cls.text = cls.folder / "text.txt"
        cls.text.write_text("".join(chr(97 + i * i % 26) for i in range(4000)))
        cls.trained = cls.train(cls.wav_run, cls.model, *cls.inserted)

    @classmethod
    def train(cls, *command):
        """[(loss, norm of the gradient)] of a few steps."""
        log = cls.folder / "log.jsonl"
        log.unlink(missing_ok=True)
        run(*command, "train", "--data", cls.text, "--log", log, *cls.TRAIN)
        steps = [json.loads(line) for line in log.read_text().splitlines()]
        return [(step["loss"], step["grad_norm"]) for step in steps if "loss" in step]

    def assert_trains_alike(self, *command):
        trained = self.train(*command)
        self.assertEqual(len(trained), 4)
        for step, expected in zip(trained, self.trained):
            for value, wanted in zip(step, expected):
                self.assertLess(abs(value - wanted), 1e-5 * wanted, (trained, self.trained))

    def test_gradients_and_kernels_are_right(self):
        words = run(self.wav_check, self.dialect, "--backend=cpu,simt",
                    EXAMPLES / "op-plugin/ops.mlir")
        self.assertEqual(words.count(" PASS"), 10, words)

    def test_gradients_of_a_model_are_right(self):
        graph = self.folder / "graph.mlir"
        graph.write_text(run(self.wavc, self.model, "--compile-to=simplified", "--batch=1",
                             *self.inserted, only_output=True))
        self.assertRegex(run(self.wav_check, self.dialect, graph), "grads: gradient .* PASS")

    def test_training_is_the_same_on_every_backend(self):
        self.assertNotEqual(self.train(self.wav_run, self.model), self.trained)
        for backend in ("simt", "reference"):
            with self.subTest(backend):
                self.assert_trains_alike(self.wav_run, self.model, *self.inserted,
                                         f"--backend={backend}")

    def test_programs_link_what_ops_call(self):
        program = self.folder / "demo"
        command = [self.wavc, self.model, "-o", program, "--batch=2", *self.inserted]
        self.assertRegex(run(*command, code=1), "error: .*demo_cumulate_f32.*--link=FILE")
        self.assertIn("'generate'", run(*command, f"--link={self.library}"))
        self.assert_trains_alike(program)

    def test_calls_need_the_dialect(self):
        """Kernels and calls do not name the dialects that they are of."""
        scheduled = self.folder / "scheduled.mlir"
        config = json.dumps(self.model.read_text())
        scheduled.write_text("""
            module attributes {wav.batch = 1 : i64, wav.config = CONFIG, wav.context = 16 : i64} {
              wav.schedule @eval {
                %x = wav.view io[0] : memref<4x8xf32>
                %y = wav.view io[128] : memref<4x8xf32>
                wav.input "x" %x : memref<4x8xf32>
                wav.call "demo_cumulate_f32"(%x, %y) [1, 4, 8, 0, 0]
                    {bytes = 0 : i64, category = "other", flops = 0 : i64}
                    : memref<4x8xf32>, memref<4x8xf32>
                wav.output "y" %y : memref<4x8xf32>
              }
            }""".replace("CONFIG", config))
        command = [self.wav_run, scheduled, "--compile-from=scheduled"]
        info = ["profile", "--entry", "eval"]
        self.assertRegex(run(*command, *info, code=1), "Symbols not found.*demo_cumulate_f32")
        run(*command, self.dialect, *info)

    def test_ops_fuse_with_their_neighbours(self):
        fused = run(self.wavc, self.model, "--compile-to=fused", *self.inserted)
        bodies = [re.findall(r"= ([a-z]+\.[a-z_]+)", body) for body in
                  re.findall(r"wav\.fusion\(.*?wav\.yield", fused, flags=re.S)]
        for ops in (["demo.temperature", "wav.write", "wav.read", "wav.rms_norm"],
                    ["demo.temperature_grad", "wav.read_grad", "wav.rms_norm_grad"]):
            self.assertTrue(any(set(ops) <= set(body) for body in bodies), ops)
        # Each has its temperature inside: none is a kernel alone.
        self.assertNotIn(["demo.temperature"], bodies)


class Models(unittest.TestCase):
    def test_every_description_is_accepted(self):
        for path in sorted((EXAMPLES / "models").glob("*.json")):
            with self.subTest(path.name):
                Model(json.loads(path.read_text()))
                text = run(BUILD / "bin/wav-translate", "--import-config", path)
                self.assertIn("wav.model", text)
                run(BUILD / "bin/wav-opt", text=text)


if __name__ == "__main__":
    counted.main()
