//===- grouping.h - How launches are grouped in tables ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_GROUPING_H
#define WAVRT_GROUPING_H

#include <string_view>

namespace wavrt {

/// What launches that share a row of a table have in common.
enum class GroupBy { Kernel, Category, Layer, Part };
inline constexpr std::string_view groupNames[] = {"kernel", "category", "layer",
                                                  "part"};

/// `model.layers.3` of the part `model.layers.3.self_attn`; a part that is in
/// no layer is one of its own.
inline std::string_view layerOf(std::string_view part) {
  constexpr std::string_view layers = "model.layers.";
  if (!part.starts_with(layers))
    return part;
  return part.substr(0, part.find('.', layers.size()));
}

/// The group of a launch, by what the manifest says of it (docs/manifest.md).
/// Without a part it is `(no part)`.
inline std::string_view groupOf(GroupBy by, std::string_view kernel,
                                std::string_view category,
                                std::string_view part) {
  if (by == GroupBy::Kernel)
    return kernel;
  if (by == GroupBy::Category)
    return category;
  if (part.empty())
    return "(no part)";
  return by == GroupBy::Layer ? layerOf(part) : part;
}

} // namespace wavrt

#endif // WAVRT_GROUPING_H
