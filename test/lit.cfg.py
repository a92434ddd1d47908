# Configuration of the lit suite.
#
# WAV_VERIFY_ROUNDTRIP=1 in the environment turns every `wav-opt` of a RUN line
# into `wav-opt --verify-roundtrip`, so that the whole suite also tests the
# printer, the parser and the bytecode.
import os
import shutil

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "WAV"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["CMakeLists.txt", "Inputs", "golden", "lit.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.wav_obj_root, "test")

# Compiled kernels are cached on disk; the suite keeps its own cache, so that it
# neither reads nor fills the user's.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
llvm_config.with_system_environment(["HOME", "TMPDIR", "TMP", "TEMP"])

# Where the compiler finds it (docs/gpu.md); --ptxas is not used.
cuda_roots = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH", "CUDA_ROOT")]
cuda_roots = [root for root in cuda_roots if root] + ["/usr/local/cuda"]
cuda_path = os.pathsep.join([os.environ.get("PATH", "")] + [os.path.join(root, "bin") for root in cuda_roots])
if shutil.which("ptxas", path=cuda_path):
    config.available_features.add("ptxas")
if shutil.which("apt-get"):
    config.available_features.add("apt")
llvm_config.with_system_environment(["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"])

llvm_config.use_default_substitutions()  # FileCheck, not, count, %python

wav_opt_arguments = []
if os.environ.get("WAV_VERIFY_ROUNDTRIP"):
    wav_opt_arguments = ["--verify-roundtrip"]

llvm_config.add_tool_substitutions(
    [
        ToolSubst("wav-opt", extra_args=wav_opt_arguments, unresolved="ignore"),
        ToolSubst("wav-check", unresolved="ignore"),
        ToolSubst("wav-translate", unresolved="ignore"),
        ToolSubst("wav-run", unresolved="ignore"),
        ToolSubst("wavc", unresolved="ignore"),
        ToolSubst("wav-simt", unresolved="ignore"),
        ToolSubst("wav-reduce", unresolved="ignore"),
        ToolSubst("wav-lsp-server", unresolved="ignore"),
        ToolSubst("mlir-opt-22", command="mlir-opt"),
        ToolSubst("mlir-opt"),
        ToolSubst("mlir-translate"),
        ToolSubst("split-file"),
    ],
    [config.wav_tools_dir, config.llvm_tools_dir],
)
config.substitutions.append(("%src_root", config.wav_src_root))
config.substitutions.append(("%examples", os.path.join(config.wav_src_root, "examples")))
config.substitutions.append(("%wav_lib", config.wav_lib_dir))
config.substitutions.append(("%shlibext", ".so"))
llvm_config.with_environment("PATH", config.wav_tools_dir, append_path=True)
