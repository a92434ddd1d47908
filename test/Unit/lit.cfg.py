# Runs every GoogleTest program built into build/<preset>/test/Unit.
import os

import lit.formats

config.name = "WAV-Unit"
config.suffixes = []
config.test_exec_root = os.path.join(config.wav_obj_root, "test", "Unit")
config.test_source_root = config.test_exec_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
