//===- CPU.h - Machine code for the CPU -------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One path to machine code, for the JIT and for programs compiled ahead of
// time: a module of the target level becomes a relocatable object that exports
// `wav_program`.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_CPU_H
#define WAV_TARGET_CPU_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir::wav {

/// A processor to compile for.
class CPUTarget {
public:
  /// `name` is a processor that LLVM knows (`x86-64-v3`, `znver4`), or `native`
  /// for this machine. Fails for others, and for processors without fused
  /// multiply-adds.
  static llvm::Expected<CPUTarget> create(StringRef name);

  StringRef getName() const { return name; }
  /// All that code for it depends on.
  std::string describe() const { return triple + " " + name + " " + features; }
  /// Lanes of f32 in a vector register.
  int64_t getVectorWidth() const { return vectorWidth; }
  /// What code for it may need of a processor, of the list in
  /// wavrt/processor.h.
  ArrayRef<std::string> getNeededFeatures() const { return needed; }
  std::unique_ptr<llvm::TargetMachine> createMachine() const;

private:
  std::string triple, name, features;
  int64_t vectorWidth = 0;
  std::vector<std::string> needed;
};

/// What `translateAndOptimize` needs, once, of a context. Not while threads use
/// it.
void registerTranslations(MLIRContext &context);

/// Translates a module of the LLVM dialect and optimises it. Null after a
/// diagnostic if it cannot be translated. May run in several threads at once,
/// on a module each.
std::unique_ptr<llvm::Module> translateAndOptimize(ModuleOp module,
                                                   llvm::LLVMContext &context,
                                                   const CPUTarget &target);

/// The bytes of a relocatable object.
using Object = SmallVector<char, 0>;
Object emitObject(llvm::Module &module, const CPUTarget &target);
/// The same as text.
Object emitAssembly(llvm::Module &module, const CPUTarget &target);

} // namespace mlir::wav

#endif // WAV_TARGET_CPU_H
