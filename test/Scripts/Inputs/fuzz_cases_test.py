# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that fuzz-models draws, and how it makes one smaller."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/EndToEnd"))

from fuzz_cases import OPTIONS, PRESETS, Case, Run, draw, make_valid, shrink, smaller

PASSES = ["canonicalize", "cse", "wav-fuse"]
CASES = [draw(seed, PASSES) for seed in range(600)]

LARGE = Case(
    {"vocab_size": 50, "hidden_size": 72, "num_hidden_layers": 5, "num_attention_heads": 3,
     "max_position_embeddings": 24, "intermediate_size": 60, "rms_norm_eps": 1e-3,
     "tie_word_embeddings": False,
     "residual": {
         "scheme": "custom", "block_size": 6, "base": True, "key_gain": True,
         "bias_scope": "source", "write_scale": "vector", "match_detach": False,
         "rows": [
             {"name": "sum"},
             {"name": "phase", "coefficients": [1, -1, 1, -1], "match": "sum", "bias_init": -2},
             {"name": "other", "coefficients": [1, 1, 0, 0, -1, -1], "bias_init": 0}]}},
    batch=3, precision="bf16", seed=5,
    runs=(Run("simt", disabled=("canonicalize", "cse"), simt_seed=9),))


class Drawing(unittest.TestCase):
    def test_a_seed_is_a_case(self):
        self.assertEqual(CASES[7], draw(7, PASSES))
        self.assertGreater(len({case.to_json() for case in CASES}), 590)

    def test_json_is_the_case(self):
        for case in (*CASES, LARGE):
            self.assertEqual(Case.from_json(case.to_json()), case)

    def test_everything_is_drawn(self):
        residuals = [case.model["residual"] for case in CASES]
        self.assertEqual({r["scheme"] for r in residuals}, {*PRESETS, "custom"})
        for option, (_, values) in OPTIONS.items():
            drawn = {repr(r[option]) for r in residuals if option in r}
            self.assertEqual(drawn, {repr(value) for value in values}, option)

    def test_everything_is_documented(self):
        """And what is documented is drawn."""
        schemes = (ROOT / "docs/schemes.md").read_text()
        table = schemes[schemes.index("## Options in JSON"):]
        options = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
        # What `custom` has besides is in the text below the table.
        custom = {key for key, (need, _) in OPTIONS.items() if need == "custom"}
        for key in custom:
            self.assertIn(f"`{key}`", table)
        self.assertEqual(options, OPTIONS.keys() - custom)

        configuration = (ROOT / "docs/configuration.md").read_text()
        keys = re.findall(r"^\| `(\w+)` \| [^|]+ \| .*\|$",
                          configuration[:configuration.index("Other keys")], re.M)
        self.assertEqual(set(keys), set().union(*(case.model for case in CASES)))

    def test_what_is_drawn_is_valid(self):
        # By the rules here; fuzz-models says what the compiler refuses.
        for case in CASES:
            before = case.to_json()
            make_valid(case.model, case.precision)
            self.assertEqual(case.to_json(), before)


class Shrinking(unittest.TestCase):
    def shrink(self, shows, case=LARGE):
        self.assertTrue(shows(case))
        small, _ = shrink(case, shows)
        self.assertTrue(shows(small))
        return small

    def test_two_options(self):
        """A bug that needs two options leaves these two."""
        def shows(case):
            residual = case.model.get("residual", {})
            return residual.get("base") and residual.get("key_gain")

        small = self.shrink(shows)
        self.assertEqual(small, Case(
            {"vocab_size": 2, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
             "max_position_embeddings": 1, "intermediate_size": 1,
             "residual": {"scheme": "custom", "base": True, "key_gain": True,
                          "rows": [{"name": "other"}]}},
            batch=1, precision="f32", seed=5, runs=(Run("simt"),)))

    def test_numbers(self):
        """What is needed of a number is kept to the last one."""
        def shows(case):
            return (case.model["num_hidden_layers"] >= 3 and case.batch * case.model["vocab_size"] > 37
                    and case.model["hidden_size"] % 16 == 8)

        small = self.shrink(shows)
        self.assertEqual(small.model, {
            "vocab_size": 13, "hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 1,
            "max_position_embeddings": 1, "intermediate_size": 1})
        self.assertEqual(small.batch, 3)

    def test_rows(self):
        """A row is kept with the row that it is matched to."""
        def shows(case):
            rows = case.model.get("residual", {}).get("rows", [])
            return any(row.get("match") and row.get("bias_init") is not None for row in rows)

        small = self.shrink(shows)
        self.assertEqual(small.model["residual"], {"scheme": "custom", "rows": [
            {"name": "sum"}, {"name": "phase", "match": "sum", "bias_init": -2}]})

    def test_coefficients(self):
        def shows(case):
            rows = case.model.get("residual", {}).get("rows", [])
            return any(0 in row.get("coefficients", []) for row in rows)

        small = self.shrink(shows)
        self.assertEqual(small.model["residual"]["rows"],
                         [{"name": "other", "coefficients": [1, 1, 1, 0]}])

    def test_preset(self):
        """A scheme gives way to one of fewer rows."""
        case = next(c for c in CASES if c.model["residual"]["scheme"] == "wav_v1")
        small = self.shrink(lambda c: "attnres" in str(c.model) or "wav_v1" in str(c.model), case)
        self.assertEqual(small.model["residual"], {"scheme": "block_attnres"})

    def test_run(self):
        """A pass that has to be disabled is."""
        small = self.shrink(lambda c: "cse" in c.runs[0].disabled)
        self.assertEqual(small.runs, (Run("simt", disabled=("cse",)),))
        self.assertNotIn("residual", small.model)

    def test_smaller_is_valid(self):
        for case in CASES[::10]:
            for less in smaller(case):
                before = less.to_json()
                make_valid(less.model, less.precision)
                self.assertEqual(less.to_json(), before)

    def test_an_end(self):
        _, tried = shrink(LARGE, lambda case: False, tries=20)
        self.assertEqual(tried, 20)


if __name__ == "__main__":
    unittest.main()
