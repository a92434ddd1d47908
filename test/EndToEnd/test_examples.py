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


def run(*command, text=None, code=0):
    done = subprocess.run(
        [str(word) for word in command], input=text, capture_output=True, text=True
    )
    if done.returncode != code:
        words = " ".join(str(word) for word in command)
        raise AssertionError(f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done.stdout + done.stderr


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def build(self, example):
        """Configures and builds an example against the installed project."""
        build = self.folder / example
        run("cmake", "-G", "Ninja", "-S", EXAMPLES / example, "-B", build,
            "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={self.prefix};{LLVM.parent}",
            "-DCMAKE_C_COMPILER=clang-22", "-DCMAKE_CXX_COMPILER=clang++-22",
            "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        run("ninja", "-C", build)
        return build

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
