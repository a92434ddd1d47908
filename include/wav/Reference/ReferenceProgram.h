//===- ReferenceProgram.h - A module as a runnable program ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes the reference interpreter look like a compiled program: a manifest
// (docs/manifest.md) and entry points on arenas. All floats are f64, in what
// is rounded to its declared type too; the manifest's `precision` says which
// numbers they can be. A tool that links the runtime wraps it as
//
//   std::vector<wavrt::Program::EntryFn> entries;
//   for (size_t i = 0; i < reference->getNumEntries(); ++i)
//     entries.push_back([=](wavrt_context *c) { return reference->run(i, c);
//     });
//   wavrt::Program program(wavrt::Manifest::parse(reference->getManifest()),
//                          std::move(entries), /*constants=*/{});
//
//===----------------------------------------------------------------------===//

#ifndef WAV_REFERENCE_REFERENCEPROGRAM_H
#define WAV_REFERENCE_REFERENCEPROGRAM_H

#include "wav/Reference/Reference.h"
#include "wavrt/abi.h"

#include <memory>
#include <string>

namespace mlir::wav {

class ReferenceProgram {
public:
  /// A program of the public functions of `module`, which is of the graph,
  /// step or fused level. Fails after a diagnostic if the module lacks the
  /// attributes `wav.config`, `wav.batch`, `wav.context`, or an argument or
  /// result lacks its `wav.name`. The context must outlive the program.
  static FailureOr<std::shared_ptr<ReferenceProgram>>
  create(OwningOpRef<ModuleOp> module,
         RefRounding rounding = RefRounding::None);

  const std::string &getManifest() const { return manifest; }
  size_t getNumEntries() const { return entries.size(); }

  /// Runs entry point `index` on the arenas of `context`, which have the sizes
  /// that the manifest states. Returns a `wavrt_status`; what went wrong is
  /// reported as a diagnostic of the MLIR context.
  int32_t run(size_t index, wavrt_context *context);

private:
  /// Where an argument or result lies in the io arena.
  struct Slot {
    std::string name;
    RankedTensorType type;
    size_t offset;       ///< bytes
    DictionaryAttr fill; ///< Of inputs, if they have one (wav/IR/Fill.h).
  };
  struct Entry {
    func::FuncOp function;
    SmallVector<Slot> inputs, outputs;
  };

  ReferenceProgram(OwningOpRef<ModuleOp> module, RefRounding rounding);
  LogicalResult addEntry(func::FuncOp function);
  FailureOr<Slot> addSlot(func::FuncOp function, Type type, StringAttr name);
  /// Elements of the arena of parameters, or of a moment, which is as large if
  /// any function uses it and empty else.
  size_t getArenaSize(Arena arena);
  LogicalResult writeManifest();

  OwningOpRef<ModuleOp> module;
  ReferenceInterpreter interpreter;
  std::vector<Entry> entries;
  size_t ioBytes = 0;
  std::string manifest;
};

} // namespace mlir::wav

#endif // WAV_REFERENCE_REFERENCEPROGRAM_H
