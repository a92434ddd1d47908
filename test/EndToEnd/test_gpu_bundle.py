#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a small folder with scripts/gpu-bundle and runs its gpu-check: without
a GPU, on the CPU code, and where something is wrong."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import counted

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, code=0):
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, *map(str, command)], env=environment,
                          capture_output=True, text=True)
    if done.returncode != code:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


class Bundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name) / "bundle"
        run(ROOT / "scripts/gpu-bundle", cls.folder, "--schemes=wav_v1", "--precisions=f32",
            "--no-real")

    def check(self, *arguments, code=0):
        return run(self.folder / "gpu-check", self.folder, *arguments, code=code)

    def planted(self, name, text, mistake):
        """Changes a file of the folder until the test ends."""
        path = self.folder / name
        right = path.read_text()
        self.assertIn(text, right)
        path.write_text(right.replace(text, mistake))
        self.addCleanup(path.write_text, right)

    def failures(self):
        """The names of the checks that fail."""
        self.check("--device=cpu", "--seed=1", code=1)
        record = json.loads((self.folder / "gpu-check.json").read_text())
        return [check["name"] for check in record["checks"] if not check["passed"]]

    def test_no_gpu_is_said(self):
        done = self.check(code=4)
        self.assertRegex(done.stderr, "^gpu-check: no GPU: .*nothing was checked.*\n$")
        self.assertEqual(done.stdout, "")

    def test_the_cpu_code_passes(self):
        done = self.check("--device=cpu", "--seed=1", "--out", self.folder / "cpu.json")
        record = json.loads((self.folder / "cpu.json").read_text())
        self.assertEqual(record["failed"], 0)
        self.assertTrue(record["complete"])
        self.assertGreater(record["passed"], 20)
        self.assertEqual(done.stdout.splitlines()[-1], f"{record['passed']} passed, 0 failed")
        for key in ("date", "commit", "device", "seed", "copy_bytes_per_second"):
            self.assertTrue(record[key])
        kinds = {check["name"].split()[0] for check in record["checks"]}
        self.assertEqual(kinds, {"kernel", "gradients", "training", "bandwidth"})

    def test_a_check_that_breaks_does_not_end_the_others(self):
        self.planted("kernel_tests.py", "lambda gate, up: F.silu(gate) * up",
                     "lambda gate, up: F.silo(gate) * up")
        self.assertEqual({name.split("_")[0] for name in self.failures()}, {"kernel swiglu"})

    def test_kernel_reports_are_json(self):
        for path in (self.folder / "kernels").iterdir():
            json.loads(path.read_text())

    def test_a_wrong_kernel_is_found(self):
        self.planted("kernel_tests.py", "sum - 1.5 * scale", "sum - 1.499 * scale")
        self.assertEqual({name.split("_")[0] for name in self.failures()}, {"kernel write"})

    def test_a_wrong_gradient_is_found(self):
        # SPLIT is no longer matched to the sum.
        self.planted("torch_reference.py", '(1, 1, -1, -1), "sum"', "(1, 1, -1, -1), None")
        self.assertEqual(self.failures(), ["gradients wav_v1-f32"])

    def test_a_folder_is_not_overwritten(self):
        done = run(ROOT / "scripts/gpu-bundle", self.folder, code=1)
        self.assertIn("is not empty", done.stderr)


if __name__ == "__main__":
    counted.main()
