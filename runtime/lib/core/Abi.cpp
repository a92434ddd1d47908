//===- Abi.cpp - The functions that compiled code calls ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <chrono>

using namespace wavrt;

namespace {

/// Adds its lifetime to the time of a launch, if the context is profiling.
class LaunchTimer {
  using Clock = std::chrono::steady_clock;

public:
  LaunchTimer(Context &context, int64_t launch) {
    if (launch < 0 || static_cast<size_t>(launch) >= context.times.size())
      return;
    time = &context.times[launch];
    start = Clock::now();
  }
  ~LaunchTimer() {
    if (!time)
      return;
    time->seconds +=
        std::chrono::duration<double>(Clock::now() - start).count();
    ++time->calls;
  }

private:
  LaunchTime *time = nullptr;
  Clock::time_point start;
};

} // namespace

void wavrt_launch(wavrt_context *context, int64_t launch, wavrt_kernel kernel,
                  void *const *args, int64_t partitions) {
  Context &self = Context::from(context);
  LaunchTimer timer(self, launch);
  self.pool.parallelFor(partitions,
                        [&](int64_t partition) { kernel(args, partition); });
}

void wavrt_launch_device(wavrt_context *context, int64_t launch,
                         const wavrt_device_kernel *kernel, void *const *slots,
                         int64_t blocks) {
  Context &self = Context::from(context);
  if (self.failure)
    return;
  LaunchTimer timer(self, launch);
  try {
    self.device->launch(*kernel, slots, blocks);
  } catch (...) {
    self.failure = std::current_exception();
  }
}

/// What `onDevice` or `onHost` returns, whichever is for this program.
template <typename OnDevice, typename OnHost>
static int32_t callTimed(Context &self, int64_t launch, OnDevice onDevice,
                         OnHost onHost) {
  LaunchTimer timer(self, launch);
  if (!self.device)
    return onHost();
  if (self.failure)
    return WAVRT_DEVICE_FAILURE;
  try {
    return onDevice(*self.device);
  } catch (...) {
    self.failure = std::current_exception();
    return WAVRT_DEVICE_FAILURE;
  }
}

int32_t wavrt_call(wavrt_context *context, int64_t launch,
                   wavrt_library_fn function, void *const *buffers,
                   const int64_t *params) {
  return callTimed(
      Context::from(context), launch,
      [&](Device &device) {
        return device.call(context, function, buffers, params);
      },
      [&] { return function(context, buffers, params); });
}

int32_t wavrt_call_batch(wavrt_context *context, int64_t launch,
                         wavrt_library_fn function, void *const *buffers,
                         const int64_t *params, int64_t num_buffers,
                         int64_t instances) {
  const CallBatch batch = {buffers, num_buffers, instances};
  return callTimed(
      Context::from(context), launch,
      [&](Device &device) {
        return device.callBatch(context, function, batch, params);
      },
      [&] {
        return batch.forEach(
            [&](void *const *own) { return function(context, own, params); });
      });
}
