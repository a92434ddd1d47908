"""Judges the kernels of a training step by their PTX and the kernel report.

  check-kernels.py REPORT.json FOLDER [--assembled]

FOLDER is that of --dump-kernels-to. Says what is wrong and exits with 1.
"""
import json
import re
import sys

report = json.load(open(sys.argv[1]))
folder = sys.argv[2]
assembled = "--assembled" in sys.argv
step = next(e for e in report["entries"] if e["name"] == "train_step")
kernels = [k for k in step["kernels"] if "threads" in k]
wrong = []

ptx = open(f"{folder}/device.ptx").read()
if re.search(r"\.extern \.func|__nv_", ptx):
    wrong.append("device.ptx refers to functions that are not there")

for kernel in kernels:
    name = kernel["name"]
    body = re.search(rf"\.entry {name}\(.*?^}}", ptx, re.S | re.M)
    if not body:
        wrong.append(f"{name}: is not in device.ptx")
        continue
    # Global memory, also as the source of an asynchronous copy. What moves a
    # megabyte has rows of a multiple of 16 bytes; the gradient of a bank spreads
    # one over a whole block, for want of registers, and a lane has less of it.
    least, width = (8, "v[24]") if "read_grad" in name else (16, "v4")
    wide = re.findall(rf"(?:ld|st)\.global\S*\.{width}\.b32|cp\.async\S* .*, 16;", body[0])
    if kernel["bytes"] >= 1e6 * kernel["launches"] and not wide:
        wrong.append(f"{name}: has no access of {least} bytes")
    if re.search(r"\s(?:ld|st)(?:\.v[24])?\.[bfsu]\d", body[0]):
        wrong.append(f"{name}: accesses memory of an unknown space")
    # A slot that is not used as it is promises nothing (noalias, nc loads).
    if re.search(r"\scvta\.", body[0]):
        wrong.append(f"{name}: converts addresses")
    if re.search(r"\s(?:atom|red)\.", body[0]):
        wrong.append(f"{name}: is atomic")
    if assembled:
        spills = kernel["spill_store_bytes"] + kernel["spill_load_bytes"]
        if spills or kernel["local_bytes"]:
            wrong.append(f"{name}: {spills} bytes of spills, {kernel['local_bytes']} of local memory")
    if assembled and not kernel.get("occupancy"):
        wrong.append(f"{name}: does not fit an SM")

print("\n".join(wrong) or f"{len(kernels)} kernels are good")
sys.exit(bool(wrong) or len(kernels) < 20)
