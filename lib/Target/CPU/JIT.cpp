//===- JIT.cpp - Objects in memory ------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/JIT.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

#include <cstring>

using namespace mlir;
using namespace mlir::wav;

JITProgram::JITProgram() = default;
JITProgram::~JITProgram() = default;

llvm::Expected<std::shared_ptr<JITProgram>>
JITProgram::link(ArrayRef<SmallVector<char, 0>> objects,
                 ArrayRef<RuntimeSymbol> symbols) {
  llvm::InitializeNativeTarget();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  // What went wrong is reported; the lookup only says that something did.
  auto problem = std::make_shared<std::string>();
  (*jit)->getExecutionSession().setErrorReporter(
      [=](llvm::Error error) { *problem = llvm::toString(std::move(error)); });

  llvm::orc::SymbolMap map;
  auto bind = [&](StringRef name, void *address) {
    map[(*jit)->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  for (const RuntimeSymbol &symbol : symbols)
    bind(symbol.name, symbol.address);
  // LLVM makes calls of these from loops and from large copies.
  bind("memcpy", reinterpret_cast<void *>(&std::memcpy));
  bind("memmove", reinterpret_cast<void *>(&std::memmove));
  bind("memset", reinterpret_cast<void *>(&std::memset));
  llvm::orc::JITDylib &library = (*jit)->getMainJITDylib();
  if (llvm::Error error =
          library.define(llvm::orc::absoluteSymbols(std::move(map))))
    return error;

  for (const SmallVector<char, 0> &object : objects)
    if (llvm::Error error =
            (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
                StringRef(object.data(), object.size()), "wav_program")))
      return error;
  auto program = (*jit)->lookup("wav_program");
  if (!program) {
    llvm::Error error = program.takeError();
    if (problem->empty())
      return error;
    llvm::consumeError(std::move(error));
    return llvm::createStringError(
        "cannot link the compiled program: " + *problem +
        "; it can call the runtime's functions and those of loaded dialects "
        "(--load-dialect-plugin; wav/Codegen/LibraryFunctions.h)");
  }

  std::shared_ptr<JITProgram> result(new JITProgram());
  result->jit = std::move(*jit);
  result->program = program->toPtr<const wavrt_program *>();
  return result;
}
