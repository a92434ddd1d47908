//===- Reports.h - What the checker found -----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_REPORTS_H
#define WAV_LIB_SIMT_REPORTS_H

#include "Site.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::wav::simt {

/// The reports of one launch, one for each kind of error at one place.
class Reports {
public:
  explicit Reports(unsigned limit) : limit(limit) {}

  void beginLaunch(StringRef kernel);
  void beginBlock(int64_t index) { block = index; }

  /// `what` is a literal: its address identifies the kind. `describe` is asked
  /// only if the line is written out.
  void add(const char *what, uint32_t thread, const Site &site,
           function_ref<void(llvm::raw_ostream &)> describe);

  /// All lines as one error, or success.
  llvm::Error take();

private:
  struct Line {
    std::string text;
    uint64_t count;
  };
  unsigned limit;
  std::string kernel;
  int64_t block = 0;
  std::vector<Line> lines;
  llvm::DenseMap<std::pair<const Site *, const char *>, size_t> seen;
  /// Of those that are not written out.
  uint64_t dropped = 0;
};

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_REPORTS_H
