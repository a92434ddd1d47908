//===- Presets.cpp - Residual schemes by name -----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only place in the compiler that knows a scheme by name. To add a preset,
// add a value (docs/schemes.md) and a line to its test.
//
//===----------------------------------------------------------------------===//

#include "wav/Schemes/Presets.h"

#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr int64_t kAnyDepth = Preset::kAnyDepth;

static constexpr Preset kPresets[] = {
    // The stream, with and without a learned scale on updates (method.md 2.3).
    {"standard", kAnyDepth,
     R"(#wav.residual<rows = [<name = "stream">], normaliser = none>)"},
    {"rezero", kAnyDepth,
     R"(#wav.residual<rows = [<name = "stream">], normaliser = none,
          write_scale = scalar, write_scale_init = 0>)"},
    {"layerscale", 18,
     R"(#wav.residual<rows = [<name = "stream">], normaliser = none,
          write_scale = vector, write_scale_init = 0.1>)"},
    {"layerscale", 24,
     R"(#wav.residual<rows = [<name = "stream">], normaliser = none,
          write_scale = vector, write_scale_init = 1.0e-5>)"},
    {"layerscale", kAnyDepth,
     R"(#wav.residual<rows = [<name = "stream">], normaliser = none,
          write_scale = vector, write_scale_init = 1.0e-6>)"},
    {"block_layerscale", kAnyDepth,
     R"(#wav.residual<block_size = 8, rows = [<name = "stream">],
          normaliser = none, write_scale = block_vector>)"},

    // Attention Residuals, arXiv 2603.15031 (method.md 1).
    {"full_attnres", kAnyDepth,
     R"(#wav.residual<block_size = 1, rows = [<name = "sum">]>)"},
    {"block_attnres", kAnyDepth,
     R"(#wav.residual<block_size = 8, rows = [<name = "sum">]>)"},

    // arXiv 2606.06564: WAV v1 has attention minus MLP ("phase") and first
    // minus second half ("split"), HAARES the second alone (method.md 2, 3).
    {"wav_v1", kAnyDepth,
     R"(#wav.residual<block_size = 8, rows = [<name = "sum">,
          <name = "phase", coefficients = [1, -1, 1, -1], match = "sum",
           bias_init = -2>,
          <name = "split", coefficients = [1, 1, -1, -1], match = "sum",
           bias_init = -2>]>)"},
    {"haares", kAnyDepth,
     R"(#wav.residual<block_size = 8, rows = [<name = "sum">,
          <name = "split", coefficients = [1, 1, -1, -1], match = "sum",
           bias_init = -2>]>)"},
};

ArrayRef<Preset> wav::getPresets() { return kPresets; }

ResidualAttr wav::getPreset(StringRef name, int64_t layers,
                            MLIRContext *context) {
  for (const Preset &preset : kPresets)
    if (preset.name == name && layers <= preset.maxLayers)
      return cast<ResidualAttr>(parseAttribute(preset.text, context));
  return {};
}

std::string wav::listPresets() {
  llvm::SetVector<StringRef> names;
  for (const Preset &preset : kPresets)
    names.insert(preset.name);
  return llvm::join(names, ", ");
}

ArrayRef<StringLiteral> wav::getPlannedSchemes() {
  static constexpr StringLiteral kPlanned[] = {"layerdrop", "act",
                                               "alpha_gate"};
  return kPlanned;
}
