//===- Extensions.h - Code of others in our tools ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_EXTENSIONS_H
#define WAV_DRIVER_EXTENSIONS_H

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace mlir::wav {

/// What the contexts of a tool are made with besides the project.
struct Extensions {
  std::vector<DialectPlugin> dialects;
  /// All that were loaded.
  std::vector<std::string> files;
  /// A regular expression for the passes whose remarks are diagnostics; none if
  /// empty.
  std::string remarks;

  void addTo(DialectRegistry &registry) const;
  void addTo(MLIRContext &context) const;
};

/// Options of every tool that compiles: --load-pass-plugin,
/// --load-dialect-plugin and --remarks.
class ExtensionCommandLine {
public:
  explicit ExtensionCommandLine(llvm::cl::OptionCategory &category);

  /// Loads the plugins, and registers the passes of those that have any. Fails
  /// for a file that is no plugin of this release.
  llvm::Expected<Extensions> load() const;

private:
  llvm::cl::list<std::string> passPlugins, dialectPlugins;
  llvm::cl::opt<std::string> remarks;
};

} // namespace mlir::wav

#endif // WAV_DRIVER_EXTENSIONS_H
