//===- Extensions.cpp - Code of others in our tools -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Extensions.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

void Extensions::addTo(DialectRegistry &registry) const {
  for (const DialectPlugin &plugin : dialects)
    plugin.registerDialectRegistryCallbacks(registry);
}

void Extensions::addTo(MLIRContext &context) const {
  // Also those that no text names: a call tells nothing of the dialect that has
  // the function.
  DialectRegistry registry;
  addTo(registry);
  for (StringRef name : registry.getDialectNames())
    context.getOrLoadDialect(name);
  if (remarks.empty())
    return;
  remark::RemarkCategories categories;
  // Of each kind: one that is not set is off, whatever `all` says.
  categories.passed = categories.missed = categories.analysis =
      categories.failed = remarks;
  // Fails only where a context has remarks already.
  (void)remark::enableOptimizationRemarks(
      context, /*streamer=*/nullptr,
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories,
      /*printAsEmitRemarks=*/true);
}

ExtensionCommandLine::ExtensionCommandLine(cl::OptionCategory &category)
    : passPlugins("load-pass-plugin",
                  cl::desc("Shared library with passes, for --add-passes"),
                  cl::value_desc("file"), cl::cat(category)),
      dialectPlugins("load-dialect-plugin",
                     cl::desc("Shared library with dialects"),
                     cl::value_desc("file"), cl::cat(category)),
      remarks("remarks",
              cl::desc("Print the remarks of passes whose names match, as "
                       "'wav-.*'"),
              cl::value_desc("regex"), cl::cat(category)) {}

llvm::Expected<Extensions> ExtensionCommandLine::load() const {
  Extensions extensions;
  extensions.remarks = remarks;
  extensions.files.assign(passPlugins.begin(), passPlugins.end());
  llvm::append_range(extensions.files, dialectPlugins);
  std::string problem;
  if (!remarks.empty() && !llvm::Regex(remarks).isValid(problem))
    return llvm::createStringError("--remarks=" + remarks + ": " + problem);
  for (const std::string &file : passPlugins) {
    llvm::Expected<PassPlugin> plugin = PassPlugin::load(file);
    if (!plugin)
      return plugin.takeError();
    plugin->registerPassRegistryCallbacks();
  }
  for (const std::string &file : dialectPlugins) {
    llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(file);
    if (!plugin)
      return plugin.takeError();
    extensions.dialects.push_back(std::move(*plugin));
  }
  return extensions;
}
