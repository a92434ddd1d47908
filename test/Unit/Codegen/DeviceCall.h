//===- DeviceCall.h - A library call as GPU kernels, run on the CPU -------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TEST_UNIT_CODEGEN_DEVICECALL_H
#define WAV_TEST_UNIT_CODEGEN_DEVICECALL_H

#include "wav/Target/Ptxas.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mlir::wav {

/// A call of a library function by way of `wav-calls-to-kernels` and the SIMT
/// executor.
class DeviceCall {
public:
  /// A buffer as numbers; elements of it are `type`, "f32", "bf16" or "i32".
  struct Buffer {
    std::string type;
    std::vector<int64_t> shape;
    /// What the elements hold before the call, rounded to the type; NaN (or
    /// 0) if empty. A buffer without a shape is absent.
    std::vector<double> values;
  };

  /// Writes the kernels; reports a failure to GoogleTest.
  DeviceCall(const std::string &function, std::vector<Buffer> buffers,
             const std::vector<int64_t> &params);

  /// Runs the kernels. Returns all buffers, and reports what the executor
  /// finds, and results that depend on the order of threads, to GoogleTest.
  std::vector<std::vector<double>> run();

  /// What the kernels need of a chip, or none if there is no ptxas.
  std::vector<KernelResources> assemble(const std::string &chip);

private:
  struct Launch {
    std::string kernel;
    std::vector<size_t> slots;
    int64_t blocks, threads, sharedBytes;
  };
  void compile(const std::string &function, const std::vector<int64_t> &params);
  std::vector<std::vector<char>> runOnce(uint64_t seed);

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  /// The call's, then those that pass from launch to launch.
  std::vector<Buffer> buffers;
  std::vector<Launch> launches;
};

/// The number as a buffer of this type would hold it.
double roundTo(const std::string &type, double value);

} // namespace mlir::wav

#endif // WAV_TEST_UNIT_CODEGEN_DEVICECALL_H
