#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `wav-run grads` on the Hugging Face models of golden/ and compares.

    check_golden.py [--wav-run PATH] [--backend cpu,reference]
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import check_gradients
import torch_reference as reference

GOLDEN = pathlib.Path(__file__).parent / "golden"
# The expected gradients are stored as F32.
TOLERANCE = {"reference": 1e-6}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wav-run", default="wav-run")
    parser.add_argument("--backend", default="cpu,reference")
    arguments = parser.parse_args()
    passed = failed = 0
    for folder in sorted(path.parent for path in GOLDEN.glob("*/config.json")):
        expected = reference.read_safetensors(folder / "expected.safetensors")
        for backend in arguments.backend.split(","):
            tolerance = TOLERANCE.get(backend, check_gradients.DEFAULT_TOLERANCE)
            try:
                with tempfile.TemporaryDirectory() as temporary:
                    actual = check_gradients.run_compiler(
                        arguments.wav_run,
                        backend,
                        model=folder / "config.json",
                        weights=folder / "model.safetensors",
                        tokens=folder / "tokens.bin",
                        out=os.path.join(temporary, "out.safetensors"),
                    )
                worst, error = check_gradients.compare(actual, expected)[0]
                good, text = error <= tolerance, f"{error:12.2e}  {worst}"
            except (ValueError, OSError) as problem:
                good, text = False, f"{'-':>12}  {problem}"
            passed, failed = passed + good, failed + (not good)
            name = f"Hugging Face Llama, {folder.name}"
            print(f"{name:34} {backend:10} {text}{'' if good else '   FAILED'}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
