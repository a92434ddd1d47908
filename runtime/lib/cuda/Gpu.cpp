//===- Gpu.cpp - One opened CUDA device -----------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gpu.h"

#include <algorithm>
#include <charconv>

using namespace wavrt;
using namespace wavrt::cuda;

[[noreturn]] static void fail(const std::string &message) {
  throw Error(ExitCode::Device, "CUDA: " + message);
}

/// 12080 is 12.8.
static std::string formatVersion(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

// Once the delegated constructor is done, the destructor cleans up.
Gpu::Gpu(const wavrt_device_code &code) : Gpu() {
  open();
  load(code);
}

Gpu::~Gpu() {
  if (module)
    driver.cuModuleUnload(module);
  if (context)
    driver.cuDevicePrimaryCtxRelease(device);
}

void Gpu::open() {
  check(driver.cuInit(0), "starting the driver");
  int count = 0;
  check(driver.cuDeviceGetCount(&count), "counting devices");
  if (count == 0)
    check(CUDA_ERROR_NO_DEVICE, "counting devices");
  check(driver.cuDeviceGet(&device, 0), "opening device 0");
  check(driver.cuDriverGetVersion(&version), "asking for the version");
  char text[256] = {};
  check(driver.cuDeviceGetName(text, sizeof(text) - 1, device),
        "asking for the name of device 0");
  name = text;
  capability = 10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
               attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  check(driver.cuDevicePrimaryCtxRetain(&context, device),
        "making a context on " + name);
  use();
}

int Gpu::attribute(CUdevice_attribute attribute) const {
  int value = 0;
  check(driver.cuDeviceGetAttribute(&value, attribute, device),
        "asking " + name + " for its capability");
  return value;
}

void Gpu::use() const {
  check(driver.cuCtxSetCurrent(context), "entering the context of " + name);
}

std::string Gpu::describe() const {
  return name + " (sm_" + std::to_string(capability) + "), driver for CUDA " +
         formatVersion(version);
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

bool wavrt::cuda::runsOn(int capability, std::string_view chip, bool isPtx) {
  if (!chip.starts_with("sm_"))
    return false;
  chip.remove_prefix(3);
  int built = 0;
  auto [rest, error] =
      std::from_chars(chip.data(), chip.data() + chip.size(), built);
  if (error != std::errc())
    return false;
  std::string_view suffix(rest, chip.data() + chip.size() - rest);
  bool sameMajor = capability / 10 == built / 10;
  if (suffix == "a")
    return capability == built;
  if (suffix == "f" || !isPtx)
    return sameMajor && capability >= built;
  return capability >= built;
}

void Gpu::load(const wavrt_device_code &code) {
  std::vector<const void *> images;
  for (const wavrt_cubin &cubin : std::span(code.cubins, code.num_cubins))
    if (runsOn(capability, cubin.chip, /*isPtx=*/false))
      images.push_back(cubin.data);
  if (runsOn(capability, code.chip, /*isPtx=*/true))
    images.push_back(code.ptx);
  if (images.empty())
    fail("the program is compiled for " + std::string(code.chip) + ", which " +
         name + " (sm_" + std::to_string(capability) +
         ") cannot run; compile it with --chip=sm_" +
         std::to_string(capability));

  // A driver older than ptxas may refuse the machine code and take the PTX.
  CUresult result = CUDA_SUCCESS;
  std::string doing, log;
  for (const void *image : images) {
    char text[4096] = {};
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                              CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    // A number is passed as if it were a pointer.
    void *values[] = {text, reinterpret_cast<void *>(sizeof(text) - 1)};
    result = driver.cuModuleLoadDataEx(&module, image, 2, options, values);
    if (result == CUDA_SUCCESS)
      return;
    doing = "loading the " +
            std::string(image == code.ptx ? "PTX" : "machine code") +
            " of the program on " + name;
    log = text;
    log.resize(std::min(log.find('\n'), log.size()));
  }
  if (result == CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
    fail(doing + ": the driver, for CUDA " + formatVersion(version) +
         ", is too old for it; install a newer driver, or compile the program "
         "where ptxas is found, for --chip=sm_" +
         std::to_string(capability));
  check(result, log.empty() ? doing : doing + " (" + log + ")");
}

CUfunction Gpu::find(const wavrt_device_kernel &kernel) const {
  CUfunction function = nullptr;
  const std::string quoted = "'" + std::string(kernel.name) + "'";
  check(driver.cuModuleGetFunction(&function, module, kernel.name),
        "finding kernel " + quoted);
  // More than this has to be asked for.
  constexpr uint32_t usualShared = 48 << 10;
  if (kernel.shared_bytes > usualShared)
    check(driver.cuFuncSetAttribute(
              function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              static_cast<int>(kernel.shared_bytes)),
          "asking for " + std::to_string(kernel.shared_bytes >> 10) +
              " KiB of shared memory for kernel " + quoted + " on " + name);
  return function;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

void Gpu::check(CUresult result, std::string_view doing) const {
  if (result == CUDA_SUCCESS)
    return;
  const char *text = nullptr, *symbol = nullptr;
  driver.cuGetErrorString(result, &text);
  driver.cuGetErrorName(result, &symbol);
  std::string message = std::string(doing) + ": " +
                        (text ? text : "unknown error") + " (" +
                        (symbol ? symbol : std::to_string(result)) + ")";
  if (result == CUDA_ERROR_NO_DEVICE)
    message += "; is there an NVIDIA GPU, and does CUDA_VISIBLE_DEVICES, if "
               "set, name it?";
  if (result == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH)
    message += "; the driver was updated: restart the machine";
  fail(message);
}
