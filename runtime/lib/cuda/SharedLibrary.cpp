//===- SharedLibrary.cpp - Libraries found at run time --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedLibrary.h"

#include "wavrt/program.h"

#include <cstdlib>
#include <dlfcn.h>
#include <vector>

using namespace wavrt;

SharedLibrary::SharedLibrary(const char *variable,
                             std::initializer_list<const char *> names,
                             const char *advice) {
  std::vector<const char *> candidates = names;
  if (const char *given = std::getenv(variable); given && *given)
    candidates = {given};
  std::string reason;
  for (const char *candidate : candidates) {
    handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL);
    if (handle) {
      path = candidate;
      return;
    }
    // The first is the one to wish for.
    if (reason.empty())
      reason = dlerror();
  }
  throw Error(ExitCode::Device, "cannot load " + reason + "; " + advice +
                                    ", or set " + variable + " to the file");
}

void *SharedLibrary::address(const char *name, const char *advice) const {
  if (void *symbol = dlsym(handle, name))
    return symbol;
  throw Error(ExitCode::Device,
              path + " has no function " + name + "; " + advice);
}
