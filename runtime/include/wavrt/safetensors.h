//===- safetensors.h - Reading and writing safetensors files ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The format: https://github.com/huggingface/safetensors#format. The reader
// trusts nothing in the file; the writer's output is a function of its input
// alone, byte for byte what the reference writer makes of the same tensors.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_SAFETENSORS_H
#define WAVRT_SAFETENSORS_H

#include "wavrt/checkpoint.h"
#include "wavrt/data.h"
#include "wavrt/program.h"

#include <functional>
#include <map>

namespace wavrt {

class SafetensorsFile {
public:
  struct Tensor {
    std::string name;
    std::string dtype; ///< As in the file: "F32", "BF16", …
    std::vector<int64_t> shape;
    std::span<const std::byte> bytes;
    int64_t numElements() const;
  };

  /// Throws Error unless the tensors fill the file exactly, without overlap,
  /// and each is as large as its shape and type say.
  explicit SafetensorsFile(const std::string &path);

  const std::string &path() const { return file.path(); }
  const std::map<std::string, Tensor, std::less<>> &tensors() const {
    return tensors_;
  }
  const std::map<std::string, std::string> &metadata() const {
    return metadata_;
  }

  /// Converts to double. Throws Error unless the type is F32, F64, BF16 or
  /// F16. `values` has `tensor.numElements()` elements.
  void read(const Tensor &tensor, std::span<double> values) const;

private:
  MappedFile file;
  std::map<std::string, Tensor, std::less<>> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// A tensor to write; `read` gives its values when the file gets to it.
struct TensorSource {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;
  std::function<void(std::span<double>)> read;
};

/// Creates `path` and syncs it. The metadata is {"format": "pt"}, without which
/// `transformers` refuses a file. Throws Error; the file is then incomplete,
/// so write where that does no harm (AtomicPath in checkpoint.h).
FileDigest writeSafetensors(const std::string &path,
                            std::vector<TensorSource> tensors);

/// A tensor of a session and how a file names and shapes it.
struct StoredTensor {
  std::string name;
  std::vector<int64_t> shape;
  TensorInfo memory;
};

/// The parameters of a program, named as the program names them.
std::vector<StoredTensor> storedParameters(const Manifest &manifest);
/// `first_moment.<parameter>` and `second_moment.<parameter>` for all of them,
/// of those moments that the optimizer keeps. Throws Error if there is none.
std::vector<StoredTensor> storedMoments(const Manifest &manifest);

FileDigest saveTensors(Session &session, const std::string &path,
                       const std::vector<StoredTensor> &tensors);

/// Throws Error, before it changes anything, when names are missing, unknown,
/// or of another shape or an unsupported type.
void loadTensors(Session &session, const std::string &path,
                 const std::vector<StoredTensor> &tensors);

} // namespace wavrt

#endif // WAVRT_SAFETENSORS_H
