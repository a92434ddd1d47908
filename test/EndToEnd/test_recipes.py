#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Follows the recipes of CONTRIBUTING.md in a copy of the tree.

A recipe is a section `## Add ...`. Its code blocks are applied as the line
above each says:

    New file `PATH`:
    In `PATH`, before `TEXT`:

Then the tools are built and the new lit tests run. The copy and its build stay
in build/recipes, so that a second run is quick.
"""

import pathlib
import re
import shutil
import subprocess
import unittest

import counted

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build/recipes"

STEP = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`|In `(?P<old>[^`]+)`, before `(?P<before>[^`]+)`):\n\n"
    r"```\w*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def recipes():
    """{title: [step]}"""
    sections = re.split(r"^## ", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M)
    sections = {section.partition("\n")[0]: section for section in sections}
    return {
        title: list(STEP.finditer(section))
        for title, section in sections.items()
        if title.startswith("Add ")
    }


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options
    )
    if done.returncode:
        words = " ".join(str(word) for word in command)
        raise AssertionError(f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")


def write(path, text):
    """Leaves an equal file alone, so that it is not compiled again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def apply_all(steps):
    """A copy of the tree with the steps applied."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()
    texts = {}
    for step in steps:
        if step["new"]:
            texts[step["new"]] = step["text"]
            continue
        path, before = step["old"], step["before"].replace("\\n", "\n")
        text = texts.get(path) or (ROOT / path).read_text()
        if text.count(before) != 1:
            raise AssertionError(f"{path}: {text.count(before)} times {before!r}")
        texts[path] = text.replace(before, step["text"] + before)
    source = COPY / "source"
    kept = set(texts)
    for name in listed:
        if (ROOT / name).is_file():
            kept.add(name)
            if name not in texts:
                target = source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
                    shutil.copy(ROOT / name, target)
    for name, text in texts.items():
        write(source / name, text)
    for path in source.rglob("*"):
        relative = path.relative_to(source)
        if path.is_file() and relative.parts[0] != "build" and str(relative) not in kept:
            path.unlink()
    return source


class Recipes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recipes = recipes()
        steps = [step for steps in cls.recipes.values() for step in steps]
        source = apply_all(steps)
        run(source / "scripts/check-layers")
        run("cmake", "--preset", "release", cwd=source)
        cls.build = source / "build/release"
        run("ninja", "-C", cls.build, "wav-opt", "wav-check", "wav-translate")

    def follow(self, title):
        steps = self.recipes[title]
        tests = [step["new"] for step in steps if (step["new"] or "").startswith("test/")]
        self.assertTrue(tests, "a recipe ends with a test")
        for test in tests:
            run("/usr/lib/llvm-22/bin/lit", "-v", self.build / test)

    def test_add_a_scheme(self):
        self.follow("Add a scheme")

    def test_add_a_pass(self):
        self.follow("Add a pass")

    def test_add_an_op(self):
        self.follow("Add an op")


if __name__ == "__main__":
    counted.main()
