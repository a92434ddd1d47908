//===- KernelReport.cpp - What kernels need and do --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelReport.h"

#include "wav/Codegen/GPU.h"
#include "wav/IR/WavAttributes.h"
#include "wav/Target/Occupancy.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::wav;
namespace json = llvm::json;

namespace {

/// What one kernel, or library function, does in one run of an entry point.
struct Work {
  StringRef category;
  int64_t launches = 0, bytes = 0, flops = 0;
};

struct Entry {
  StringRef name;
  /// By kernel or another group, in the order of first launch.
  llvm::MapVector<StringRef, Work> work;
};

class Report {
public:
  Report(gpu::GPUModuleOp device, const DeviceCode &code,
         const json::Object &manifest, wavrt::GroupBy by);

  void writeText(raw_ostream &os) const;
  void writeJson(raw_ostream &os) const;

private:
  /// For each kernel of the module its threads and dynamic shared memory.
  struct Launch {
    int64_t threads, sharedBytes;
  };
  /// Null if there is no cubin.
  const KernelResources *getResources(StringRef kernel) const {
    return resources.lookup(kernel);
  }
  int64_t getSharedBytes(StringRef kernel) const {
    return launches.lookup(kernel).sharedBytes +
           getResources(kernel)->sharedBytes;
  }
  /// In percent of the threads that an SM can hold.
  std::optional<double> getOccupancy(StringRef kernel) const;
  double getPlanes(const Work &work) const {
    return planeBytes ? double(work.bytes) / double(planeBytes) : 0;
  }

  wavrt::GroupBy by;
  StringRef target, chip;
  /// Of one matrix [tokens of a batch, hidden size]; 0 if the model has none.
  int64_t planeBytes;
  std::vector<Entry> entries;
  llvm::StringMap<Launch> launches;
  llvm::StringMap<const KernelResources *> resources;
};

} // namespace

Report::Report(gpu::GPUModuleOp device, const DeviceCode &code,
               const json::Object &manifest, wavrt::GroupBy by)
    : by(by) {
  target = *manifest.getString("target");
  planeBytes =
      *manifest.getInteger("batch") * *manifest.getInteger("context") *
      manifest.getObject("model")->getInteger("hidden_size").value_or(0) *
      (*manifest.getString("precision") == "bf16" ? 2 : 4);
  for (const json::Value &value : *manifest.getArray("entries")) {
    const json::Object &object = *value.getAsObject();
    Entry &entry = entries.emplace_back();
    entry.name = *object.getString("name");
    for (const json::Value &launch : *object.getArray("launches")) {
      const json::Object &step = *launch.getAsObject();
      StringRef category = *step.getString("category");
      Work &work = entry.work[StringRef(
          wavrt::groupOf(by, *step.getString("name"), category,
                         step.getString("part").value_or("")))];
      work.category = category;
      ++work.launches;
      work.flops += *step.getInteger("flops");
      // Of a launch, only its bytes have several categories.
      const json::Object *bytes = step.getObject("bytes_by_category");
      if (by != wavrt::GroupBy::Category || !bytes)
        work.bytes += *step.getInteger("bytes");
      else
        for (const auto &[name, count] : *bytes)
          entry.work[name].bytes += *count.getAsInteger();
    }
  }
  if (by != wavrt::GroupBy::Kernel)
    return;
  for (auto kernel : device.getOps<LLVM::LLVMFuncOp>()) {
    auto threads = kernel->getAttrOfType<IntegerAttr>(kThreadsAttr);
    auto shared = kernel->getAttrOfType<IntegerAttr>(kSharedBytesAttr);
    if (threads)
      launches[kernel.getName()] = {threads.getInt(),
                                    shared ? shared.getInt() : 0};
  }
  if (!code.cubins.empty()) {
    chip = code.cubins.front().chip;
    for (const KernelResources &kernel : code.cubins.front().kernels)
      resources[kernel.name] = &kernel;
  }
}

std::optional<double> Report::getOccupancy(StringRef kernel) const {
  return wav::getOccupancy(chip, launches.lookup(kernel).threads,
                           getResources(kernel)->registers,
                           getSharedBytes(kernel));
}

/// Text of columns: `{0,-40} {1,8}`...
static constexpr const char *kRow = "{0,-44} {1,8} {2,7} {3,5} {4,6} {5,6} "
                                    "{6,7} {7,9} {8,10} {9,8} {10,10}\n";

void Report::writeText(raw_ostream &os) const {
  os << "target " << target << '\n';
  if (resources.empty() && by == wavrt::GroupBy::Kernel)
    os << "no ptxas: registers, memory and occupancy are not known\n";
  for (const Entry &entry : entries) {
    os << '\n';
    os << llvm::formatv(kRow, entry.name, "launches", "threads", "regs",
                        "spills", "local", "shared", "occupancy", "MB",
                        "planes", "MFLOP");
    Work total;
    for (const auto &[name, work] : entry.work) {
      std::string threads = "-", registers = "-", spills = "-", local = "-",
                  shared = "-", occupancy = "-";
      if (auto it = launches.find(name); it != launches.end())
        threads = std::to_string(it->second.threads);
      if (const KernelResources *needs = getResources(name)) {
        registers = std::to_string(needs->registers);
        spills = std::to_string(needs->spillStoreBytes + needs->spillLoadBytes);
        local = std::to_string(needs->localBytes);
        shared = std::to_string(getSharedBytes(name));
        if (std::optional<double> percent = getOccupancy(name))
          occupancy = llvm::formatv("{0:F0} %", *percent);
      }
      os << llvm::formatv(kRow, name, work.launches, threads, registers, spills,
                          local, shared, occupancy,
                          llvm::formatv("{0:F1}", work.bytes / 1e6).str(),
                          llvm::formatv("{0:F1}", getPlanes(work)).str(),
                          llvm::formatv("{0:F1}", work.flops / 1e6).str());
      total.launches += work.launches;
      total.bytes += work.bytes;
      total.flops += work.flops;
    }
    os << llvm::formatv(kRow, "total", total.launches, "", "", "", "", "", "",
                        llvm::formatv("{0:F1}", total.bytes / 1e6).str(),
                        llvm::formatv("{0:F1}", getPlanes(total)).str(),
                        llvm::formatv("{0:F1}", total.flops / 1e6).str());
  }
}

void Report::writeJson(raw_ostream &os) const {
  json::OStream stream(os, /*IndentSize=*/1);
  stream.object([&] {
    stream.attribute("target", target);
    stream.attribute("plane_bytes", planeBytes);
    stream.attributeArray("entries", [&] {
      for (const Entry &entry : entries)
        stream.object([&] {
          stream.attribute("name", entry.name);
          bool ofKernels = by == wavrt::GroupBy::Kernel;
          if (!ofKernels)
            stream.attribute(
                "by", StringRef(wavrt::groupNames[static_cast<int>(by)]));
          stream.attributeArray(ofKernels ? "kernels" : "groups", [&] {
            for (const auto &[name, work] : entry.work)
              stream.object([&] {
                stream.attribute("name", name);
                if (ofKernels)
                  stream.attribute("category", work.category);
                stream.attribute("launches", work.launches);
                stream.attribute("bytes", work.bytes);
                stream.attribute("planes", getPlanes(work));
                stream.attribute("flops", work.flops);
                if (auto it = launches.find(name); it != launches.end())
                  stream.attribute("threads", it->second.threads);
                const KernelResources *needs = getResources(name);
                if (!needs)
                  return;
                stream.attribute("registers", needs->registers);
                stream.attribute("spill_store_bytes", needs->spillStoreBytes);
                stream.attribute("spill_load_bytes", needs->spillLoadBytes);
                stream.attribute("local_bytes", needs->localBytes);
                stream.attribute("shared_bytes", getSharedBytes(name));
                if (std::optional<double> percent = getOccupancy(name))
                  stream.attribute("occupancy", *percent / 100);
              });
          });
        });
    });
  });
  os << '\n';
}

LogicalResult wav::writeKernelReport(gpu::GPUModuleOp device,
                                     const DeviceCode &code, StringRef file,
                                     wavrt::GroupBy by) {
  auto text = device->getParentOfType<ModuleOp>().lookupSymbol<LLVM::GlobalOp>(
      "wav_manifest");
  json::Value manifest = llvm::cantFail(
      json::parse(cast<StringAttr>(text.getValueAttr()).getValue()));
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> output = openOutputFile(file, &message);
  if (!output)
    return emitError(device.getLoc(), message);
  Report report(device, code, *manifest.getAsObject(), by);
  if (file.ends_with(".json"))
    report.writeJson(output->os());
  else
    report.writeText(output->os());
  output->keep();
  return success();
}
