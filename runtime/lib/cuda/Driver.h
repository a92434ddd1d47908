//===- Driver.h - The part of the CUDA driver's API that we use -*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declared here because a machine that builds or runs programs need not have
// the CUDA toolkit. Names, types and numbers are those of `cuda.h` (CUDA
// Toolkit 13.0, https://docs.nvidia.com/cuda/cuda-driver-api); the driver has
// exported all of these symbols, unchanged, since CUDA 11.4.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_DRIVER_H
#define WAVRT_LIB_CUDA_DRIVER_H

#include <cstddef>

namespace wavrt::cuda {

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;

/// Those that we tell apart.
enum CUresult : int {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH = 803
};

enum CUdevice_attribute : int {
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76
};
enum CUfunction_attribute : int {
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8
};
enum CUjit_option : int {
  CU_JIT_ERROR_LOG_BUFFER = 5,
  CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6
};
enum CUstream_flags : unsigned { CU_STREAM_NON_BLOCKING = 1 };
enum CUstreamCaptureMode : int { CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1 };

/// X(name, exported symbol, parameters). `cuda.h` hides the suffixes in macros.
#define WAVRT_FOR_EACH_CUDA_FUNCTION(X)                                        \
  X(cuGetErrorName, cuGetErrorName, (CUresult error, const char **text))       \
  X(cuGetErrorString, cuGetErrorString, (CUresult error, const char **text))   \
  X(cuInit, cuInit, (unsigned flags))                                          \
  X(cuDriverGetVersion, cuDriverGetVersion, (int *version))                    \
  X(cuDeviceGetCount, cuDeviceGetCount, (int *count))                          \
  X(cuDeviceGet, cuDeviceGet, (CUdevice * device, int ordinal))                \
  X(cuDeviceGetName, cuDeviceGetName,                                          \
    (char *name, int length, CUdevice device))                                 \
  X(cuDeviceGetAttribute, cuDeviceGetAttribute,                                \
    (int *value, CUdevice_attribute attribute, CUdevice device))               \
  X(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain,                        \
    (CUcontext * context, CUdevice device))                                    \
  X(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2,                   \
    (CUdevice device))                                                         \
  X(cuCtxSetCurrent, cuCtxSetCurrent, (CUcontext context))                     \
  X(cuModuleLoadDataEx, cuModuleLoadDataEx,                                    \
    (CUmodule * module, const void *image, unsigned numOptions,                \
     CUjit_option *options, void **values))                                    \
  X(cuModuleUnload, cuModuleUnload, (CUmodule module))                         \
  X(cuModuleGetFunction, cuModuleGetFunction,                                  \
    (CUfunction * function, CUmodule module, const char *name))                \
  X(cuFuncSetAttribute, cuFuncSetAttribute,                                    \
    (CUfunction function, CUfunction_attribute attribute, int value))          \
  X(cuMemGetInfo, cuMemGetInfo_v2, (size_t *free, size_t *total))              \
  X(cuMemAlloc, cuMemAlloc_v2, (CUdeviceptr * memory, size_t bytes))           \
  X(cuMemFree, cuMemFree_v2, (CUdeviceptr memory))                             \
  X(cuMemAllocHost, cuMemAllocHost_v2, (void **memory, size_t bytes))          \
  X(cuMemFreeHost, cuMemFreeHost, (void *memory))                              \
  X(cuMemsetD8Async, cuMemsetD8Async,                                          \
    (CUdeviceptr memory, unsigned char value, size_t bytes, CUstream stream))  \
  X(cuMemcpyHtoDAsync, cuMemcpyHtoDAsync_v2,                                   \
    (CUdeviceptr target, const void *source, size_t bytes, CUstream stream))   \
  X(cuMemcpyDtoHAsync, cuMemcpyDtoHAsync_v2,                                   \
    (void *target, CUdeviceptr source, size_t bytes, CUstream stream))         \
  X(cuLaunchKernel, cuLaunchKernel,                                            \
    (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,      \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     CUstream stream, void **parameters, void **extra))                        \
  X(cuStreamCreate, cuStreamCreate, (CUstream * stream, unsigned flags))       \
  X(cuStreamDestroy, cuStreamDestroy_v2, (CUstream stream))                    \
  X(cuStreamSynchronize, cuStreamSynchronize, (CUstream stream))               \
  X(cuStreamBeginCapture, cuStreamBeginCapture_v2,                             \
    (CUstream stream, CUstreamCaptureMode mode))                               \
  X(cuStreamEndCapture, cuStreamEndCapture,                                    \
    (CUstream stream, CUgraph * graph))                                        \
  X(cuGraphInstantiate, cuGraphInstantiateWithFlags,                           \
    (CUgraphExec * executable, CUgraph graph, unsigned long long flags))       \
  X(cuGraphLaunch, cuGraphLaunch, (CUgraphExec executable, CUstream stream))   \
  X(cuGraphDestroy, cuGraphDestroy, (CUgraph graph))                           \
  X(cuGraphExecDestroy, cuGraphExecDestroy, (CUgraphExec executable))          \
  X(cuEventCreate, cuEventCreate, (CUevent * event, unsigned flags))           \
  X(cuEventDestroy, cuEventDestroy_v2, (CUevent event))                        \
  X(cuEventRecord, cuEventRecord, (CUevent event, CUstream stream))            \
  X(cuEventElapsedTime, cuEventElapsedTime,                                    \
    (float *milliseconds, CUevent start, CUevent end))

/// The functions of libcuda.so.1, which the driver brings.
struct Driver {
  /// Throws Error (device) if there is no driver, or if it is too old.
  Driver();

#define WAVRT_DECLARE(NAME, SYMBOL, PARAMETERS) CUresult(*NAME) PARAMETERS;
  WAVRT_FOR_EACH_CUDA_FUNCTION(WAVRT_DECLARE)
#undef WAVRT_DECLARE
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_DRIVER_H
