# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""unittest with the summary that scripts/test adds up."""

import sys
import unittest


def main():
    result = unittest.main(module="__main__", exit=False).result
    # A test with several failing subtests is one failed test.
    problems = result.failures + result.errors
    failed = {getattr(test, "test_case", test).id() for test, _ in problems}
    failed.update(test.id() for test in result.unexpectedSuccesses)
    print(f"{max(result.testsRun - len(failed), 0)} passed, {len(failed)} failed")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
