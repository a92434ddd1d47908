//===- Threads.cpp - Threads of tools -------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Threads.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallVector.h"

#include <pthread.h>
#include <semaphore.h>

using namespace mlir;

/// Whether `count` more threads can live at the same time.
static bool canStart(unsigned count) {
  sem_t end;
  sem_init(&end, /*pshared=*/0, 0);
  auto wait = [](void *semaphore) -> void * {
    while (sem_wait(static_cast<sem_t *>(semaphore)) != 0)
      ; // A signal came.
    return nullptr;
  };
  llvm::SmallVector<pthread_t> threads(count);
  unsigned started = 0;
  while (started != count &&
         pthread_create(&threads[started], nullptr, wait, &end) == 0)
    ++started;
  for (unsigned i = 0; i != started; ++i)
    sem_post(&end);
  for (unsigned i = 0; i != started; ++i)
    pthread_join(threads[i], nullptr);
  sem_destroy(&end);
  return started == count;
}

void wav::limitThreads(MLIRContext &context) {
  if (context.isMultithreadingEnabled() && !canStart(context.getNumThreads()))
    context.disableMultithreading();
}
