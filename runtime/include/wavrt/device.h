//===- device.h - Where a program runs --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A session of a program with device code owns one `Device`: its memory, and
// what executes the kernels there. CPU code needs none.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_DEVICE_H
#define WAVRT_DEVICE_H

#include "wavrt/program.h"

#include <vector>

namespace wavrt {

/// The buffers of several instances of a call, as wavrt_call_batch has them.
struct CallBatch {
  void *const *buffers;
  int64_t numBuffers, instances;

  /// The list of what all instances have as a buffer, in the device's memory.
  void *getList(int64_t buffer) const {
    return buffers[numBuffers * instances + buffer];
  }
  /// Calls `call` with the buffers of each instance, until one fails.
  template <typename Call> int32_t forEach(Call call) const {
    std::vector<void *> own(numBuffers);
    for (int64_t i = 0; i < instances; ++i) {
      for (int64_t buffer = 0; buffer < numBuffers; ++buffer)
        own[buffer] = buffers[buffer * instances + i];
      if (int32_t status = call(own.data()))
        return status;
    }
    return WAVRT_OK;
  }
};

/// Everything is done in the order of the calls. Every function may throw Error
/// (ExitCode::Device), also for what an earlier call started.
class Device {
public:
  virtual ~Device() = default;

  /// Takes the code of the program, once, before anything else. `kernels` are
  /// all that will be launched, by these addresses.
  virtual void load(const wavrt_device_code &code,
                    std::span<const wavrt_device_kernel> kernels) = 0;

  /// Zeroed memory, aligned to 256 bytes.
  virtual void *allocate(size_t bytes) = 0;
  virtual void free(void *memory) noexcept = 0;

  /// Whether device addresses are addresses of the host; launches and calls are
  /// then done when they return.
  virtual bool isHostMemory() const { return false; }

  /// Copies from the host, which may change `source` when this returns.
  virtual void upload(void *target, const void *source, size_t bytes) = 0;
  /// Copies to the host; done when this returns.
  virtual void download(void *target, const void *source, size_t bytes) = 0;

  /// As wavrt_launch_device.
  virtual void launch(const wavrt_device_kernel &kernel, void *const *slots,
                      int64_t blocks) = 0;

  /// As wavrt_call. Unless a device knows better, the CPU computes the
  /// function: right where isHostMemory().
  virtual int32_t call(wavrt_context *context, wavrt_library_fn function,
                       void *const *buffers, const int64_t *params) {
    return function(context, buffers, params);
  }

  /// As wavrt_call_batch. Unless a device knows better, one call after the
  /// other.
  virtual int32_t callBatch(wavrt_context *context, wavrt_library_fn function,
                            const CallBatch &batch, const int64_t *params) {
    return batch.forEach([&](void *const *buffers) {
      return call(context, function, buffers, params);
    });
  }

  /// Runs an entry point: `enqueue` makes its launches and calls, the same ones
  /// each time, so that a device may record them once and replay the record.
  /// `times` is empty, or is to get the time of each launch and call, in order.
  virtual int32_t run(size_t entry, const std::function<int32_t()> &enqueue,
                      std::span<LaunchTime> times) {
    (void)entry, (void)times;
    return enqueue();
  }
};

} // namespace wavrt

#endif // WAVRT_DEVICE_H
