# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ideal count of routing planes against published numbers, and the compiled
step against its bounds. Needs $WAV_BIN."""

import json
import os
import subprocess
import tempfile
import unittest

import counted

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench")
ROUTED = ("block_attnres", "haares", "wav_v1")

# Planes of a training step by layers and block_size, for each of ROUTED.
PUBLISHED = {
    (12, 3): (379, 547, 755),
    (12, 8): (289, 346, 461.5),
    (24, 6): (664, 864, 1180),
    (48, 4): (2186, 3458, 4958),
    (48, 6): (1584, 2240, 3128),
    (48, 8): (1378, 1822, 2500),
    (48, 12): (1234, 1530, 2062),
    (48, 16): (1184, 1430, 1913),
    (48, 24): (1146, 1358, 1808),
}


def run(*arguments, **options):
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)


def ideal(*arguments):
    done = run(os.path.join(BENCH, "ideal-planes"), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ideal_of(residual, layers=48, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"num_hidden_layers": layers, "residual": residual}, file)
        file.flush()
        return ideal(file.name, *arguments)


class Ideal(unittest.TestCase):
    def test_published_totals(self):
        for (layers, size), totals in PUBLISHED.items():
            for scheme, total in zip(ROUTED, totals):
                with self.subTest(layers=layers, size=size, scheme=scheme):
                    planes = ideal(f"--scheme={scheme}", f"--layers={layers}", f"--block-size={size}")
                    self.assertEqual(planes["total"], total)
                    self.assertEqual(planes["forward"] + planes["backward"], total)

    def test_published_split(self):
        for scheme, split in zip(ROUTED, [(483, 751), (559, 971), (727, 1335)]):
            planes = ideal_of({"scheme": scheme, "block_size": 12})
            self.assertEqual((planes["forward"], planes["backward"]), split)

    def test_accumulators_in_f32(self):
        for scheme, more in zip(ROUTED, (72, 128, 184)):
            planes = ideal_of({"scheme": scheme, "block_size": 12})
            self.assertEqual(planes["total_bf16"] - planes["total"], more)

    def test_no_routing(self):
        self.assertEqual(ideal("--scheme=standard", "--layers=48")["total"], 8 * 96)

    def test_completed_details(self):
        for scheme, total in (("haares", 1370), ("wav_v1", 1550)):
            planes = ideal_of({"scheme": scheme, "block_size": 12, "partial_details": "completed"})
            self.assertEqual(planes["total"], total)

    def test_classes(self):
        for scheme, total in zip(ROUTED, (1234, 1514, 1978)):
            planes = ideal_of({"scheme": scheme, "block_size": 12}, 48, "--form=classes")
            self.assertEqual(planes["total"], total)

    def test_presets_are_values(self):
        rows = [
            {"name": "sum"},
            {"name": "phase", "coefficients": [1, -1, 1, -1], "match": "sum"},
            {"name": "split", "coefficients": [1] * 6 + [-1] * 6, "match": "sum"},
        ]
        custom = {"scheme": "custom", "block_size": 12, "rows": rows}
        self.assertEqual(ideal_of(custom), ideal_of({"scheme": "wav_v1", "block_size": 12}))

    def test_copies_of_a_source_are_one_plane(self):
        rows = [{"name": "sum"}, {"name": "copy", "bias_init": 0}]
        custom = {"scheme": "custom", "block_size": 12, "rows": rows}
        self.assertEqual(ideal_of(custom), ideal_of({"scheme": "block_attnres", "block_size": 12}))

    def test_short_last_block(self):
        # Blocks of 8, 8 and 4 sublayers, term by term, from the docstring.
        forward = (8 * 2 + 7 + 7) + (8 * 3 + 7 + 7) + (3 + 4 + 2 * 3 + 3 + 3) + 5
        backward = (28 + 2 + 21 + 3) + (28 + 2 + 21 + 6) + (12 + 2 + 9 + 9) + 6
        planes = ideal_of({"scheme": "block_attnres", "block_size": 8}, 10)
        self.assertEqual((planes["forward"], planes["backward"]), (forward, backward))

    def test_what_it_cannot_count(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"num_hidden_layers": 2, "residual": {"scheme": "rezero"}}, file)
            file.flush()
            done = run(os.path.join(BENCH, "ideal-planes"), file.name)
        self.assertEqual(done.returncode, 1)
        self.assertIn("residual.scheme: no count for 'rezero'", done.stderr)


class Counted(unittest.TestCase):
    def test_no_cell_is_above_its_bound(self):
        done = run(os.path.join(BENCH, "planes"), "--check")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(BENCH, "planes.json"), encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        self.assertEqual(len(done.stdout.splitlines()), 2 + 2 * len(cells))

    def test_a_bound_can_fail(self):
        model = os.path.join(BENCH, "../examples/models/standard-12l.json")
        self.assertEqual(run(os.path.join(BENCH, "planes"), "--check=1.1", model).returncode, 0)
        done = run(os.path.join(BENCH, "planes"), "--check=0.9", model)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is above 0.9", done.stderr)


if __name__ == "__main__":
    counted.main()
