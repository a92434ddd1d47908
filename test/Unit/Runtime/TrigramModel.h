//===- TrigramModel.h - A small language model in C++ -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program without a compiler: every entry point of docs/manifest.md for a
// model of one line,
//
//   logits[t] = current[x[t]] + previous[x[t-1]] + place[t],
//
// with the second term absent at t = 0. It depends on position and, through
// the cache, on history, so that wrong positions and stale caches show.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_TRIGRAMMODEL_H
#define WAVRT_TEST_TRIGRAMMODEL_H

#include "wavrt/app.h"

#include <cmath>
#include <functional>
#include <map>

namespace wavrt::test {

struct TrigramModel {
  int64_t vocab = 8, batch = 2, context = 4;
  DType dtype = DType::F32;
  std::string target = "test";
  /// adamw, or lion without weight decay.
  std::string optimizer = "adamw";
  /// Called at the end of training step `n`, counted from 0 in this session;
  /// may change the loss.
  std::function<void(int64_t n, double &loss)> onStep = [](int64_t, double &) {
  };

  Program program() const {
    return dtype == DType::F64 ? build<double>() : build<float>();
  }

  /// Serves any batch, as a JIT does, or its own only, as a compiled program.
  ProgramProvider provider(bool anyBatch = true) const {
    return [model = *this, anyBatch](const ProgramRequest &request) {
      TrigramModel copy = model;
      if (anyBatch)
        copy.batch = request.batch.value_or(model.batch);
      return copy.program();
    };
  }

private:
  template <typename T> Program build() const;
};

/// The code of a program whose floats are T.
template <typename T> struct TrigramCode {
  TrigramModel model;
  size_t parameters, bytes = 0;          ///< Elements; bytes of the io arena.
  std::map<std::string, size_t> offsets; ///< "entry.tensor" in io.
  int64_t steps = 0;

  T *io(wavrt_context *c, const std::string &name) const {
    return reinterpret_cast<T *>(static_cast<std::byte *>(c->arenas[WAVRT_IO]) +
                                 offsets.at(name));
  }
  int32_t *ints(wavrt_context *c, const std::string &name) const {
    return reinterpret_cast<int32_t *>(io(c, name));
  }

  void logits(const T *p, int32_t current, int32_t previous, int64_t place,
              T *out) const {
    const int64_t v = model.vocab;
    for (int64_t i = 0; i != v; ++i) {
      out[i] = p[current * v + i] + p[2 * v * v + place * v + i];
      if (place > 0)
        out[i] += p[v * v + previous * v + i];
    }
  }

  /// Mean loss; adds to `gradient` and writes `allLogits` unless null.
  T loss(wavrt_context *c, const std::string &entry, T *gradient,
         T *allLogits) const {
    const int64_t v = model.vocab, rows = model.batch * model.context;
    auto *p = static_cast<T *>(c->arenas[WAVRT_PARAMETERS]);
    const int32_t *x = ints(c, entry + ".tokens");
    const int32_t *y = ints(c, entry + ".targets");
    std::vector<T> z(static_cast<size_t>(v));
    T sum = 0;
    for (int64_t row = 0; row != rows; ++row) {
      int64_t place = row % model.context;
      int32_t previous = place ? x[row - 1] : 0;
      logits(p, x[row], previous, place, z.data());
      if (allLogits)
        std::copy(z.begin(), z.end(), allLogits + row * v);
      T total = 0;
      for (T &value : z)
        total += value = std::exp(value);
      sum -= std::log(z[static_cast<size_t>(y[row])] / total);
      for (int64_t i = 0; gradient && i != v; ++i) {
        T d = (z[static_cast<size_t>(i)] / total - (i == y[row])) /
              static_cast<T>(rows);
        gradient[x[row] * v + i] += d;
        gradient[2 * v * v + place * v + i] += d;
        if (place > 0)
          gradient[v * v + previous * v + i] += d;
      }
    }
    return sum / static_cast<T>(rows);
  }

  void trainStep(wavrt_context *c) {
    auto *g = static_cast<T *>(c->arenas[WAVRT_GRADIENTS]);
    auto *p = static_cast<T *>(c->arenas[WAVRT_PARAMETERS]);
    auto *m = static_cast<T *>(c->arenas[WAVRT_FIRST_MOMENT]);
    auto *n = static_cast<T *>(c->arenas[WAVRT_SECOND_MOMENT]);
    std::fill_n(g, parameters, T(0));
    double result = loss(c, "train_step", g, nullptr);
    T square = 0;
    for (size_t i = 0; i != parameters; ++i)
      square += g[i] * g[i];
    T norm = std::sqrt(square);
    auto in = [&](const char *name) {
      return *io(c, std::string("train_step.") + name);
    };
    T scale = in("clip") == 0 ? T(1) : std::min(T(1), in("clip") / norm);
    for (size_t i = 0; i != parameters && model.optimizer == "lion"; ++i) {
      T mean = T(0.9) * m[i] + T(0.1) * g[i] * scale;
      p[i] -= in("lr") * static_cast<T>((mean > 0) - (mean < 0));
      m[i] = T(0.99) * m[i] + T(0.01) * g[i] * scale;
    }
    for (size_t i = 0; i != parameters && model.optimizer == "adamw"; ++i) {
      T d = g[i] * scale;
      m[i] = T(0.9) * m[i] + T(0.1) * d;
      n[i] = T(0.95) * n[i] + T(0.05) * d * d;
      T update = m[i] / in("bias_correction1") /
                 (std::sqrt(n[i] / in("bias_correction2")) + T(1e-8));
      p[i] -= in("lr") * (update + in("weight_decay") * p[i]);
    }
    model.onStep(steps++, result);
    *io(c, "train_step.loss") = static_cast<T>(result);
    *io(c, "train_step.grad_norm") = norm;
  }

  void grads(wavrt_context *c) const {
    T *gradient = io(c, "grads.grad.current");
    std::fill_n(gradient, parameters, T(0));
    *io(c, "grads.loss") = loss(c, "grads", gradient, io(c, "grads.logits"));
  }

  void prefill(wavrt_context *c) const {
    const int32_t *x = ints(c, "prefill.tokens");
    auto *cache = static_cast<int32_t *>(c->arenas[WAVRT_STATE]);
    std::copy_n(x, model.context, cache);
    int32_t last = *ints(c, "prefill.last");
    logits(static_cast<T *>(c->arenas[WAVRT_PARAMETERS]), x[last],
           last ? x[last - 1] : 0, last, io(c, "prefill.logits"));
  }

  int32_t decode(wavrt_context *c) const {
    auto *cache = static_cast<int32_t *>(c->arenas[WAVRT_STATE]);
    int32_t position = *ints(c, "decode.position");
    if (position < 1 || position >= model.context)
      return WAVRT_OUT_OF_RANGE;
    cache[position] = *ints(c, "decode.tokens");
    logits(static_cast<T *>(c->arenas[WAVRT_PARAMETERS]), cache[position],
           cache[position - 1], position, io(c, "decode.logits"));
    return WAVRT_OK;
  }
};

template <typename T> Program TrigramModel::build() const {
  auto code = std::make_shared<TrigramCode<T>>();
  code->model = *this;
  const int64_t v = vocab, rows = batch * context;
  code->parameters = static_cast<size_t>(2 * v * v + context * v);

  Manifest m;
  m.modelJson = "{\"vocab_size\": " + std::to_string(vocab) +
                ", \"max_position_embeddings\": " + std::to_string(context) +
                "}";
  m.vocabSize = vocab;
  m.numLayers = 1;
  m.batch = batch;
  m.context = context;
  m.precision = dtype == DType::F64 ? "f64" : "f32";
  m.target = target;
  const bool isLion = optimizer == "lion";
  m.optimizer =
      isLion
          ? OptimizerInfo{"lion", {{"beta1", 0.9}, {"beta2", 0.99}}}
          : OptimizerInfo{"adamw",
                          {{"beta1", 0.9}, {"beta2", 0.95}, {"epsilon", 1e-8}}};
  size_t offset = 0;
  auto parameter = [&](const char *name, int64_t first, bool decay) {
    ParameterInfo info;
    info.name = name;
    info.shape = {first, v};
    info.dtype = dtype;
    info.arena = WAVRT_PARAMETERS;
    info.offset = offset;
    info.init =
        decay ? ParameterInfo::Init::Normal : ParameterInfo::Init::Constant;
    info.initValue = decay ? 0.5 : 0;
    info.decay = decay;
    offset += info.numBytes();
    m.parameters.push_back(info);
  };
  parameter("current", v, true);
  parameter("previous", v, true);
  parameter("place", context, false);
  for (wavrt_arena arena : {WAVRT_PARAMETERS, WAVRT_GRADIENTS,
                            WAVRT_FIRST_MOMENT, WAVRT_SECOND_MOMENT})
    m.arenaBytes[arena] = offset;
  if (isLion)
    m.arenaBytes[WAVRT_SECOND_MOMENT] = 0;
  m.arenaBytes[WAVRT_STATE] = static_cast<size_t>(context) * 4;

  size_t &bytes = code->bytes;
  auto place = [&](const EntryInfo &entry, const std::string &name,
                   std::vector<int64_t> shape, DType type) {
    TensorInfo info{name, std::move(shape), type, WAVRT_IO, bytes};
    code->offsets[entry.name + "." + name] = bytes;
    bytes += (info.numBytes() + 7) / 8 * 8;
    return info;
  };
  auto input = [&](EntryInfo &entry, const std::string &name,
                   std::vector<int64_t> shape, DType type, FillInfo fill) {
    entry.inputs.push_back(
        {place(entry, name, std::move(shape), type), std::move(fill)});
  };
  auto output = [&](EntryInfo &entry, const std::string &name,
                    std::vector<int64_t> shape) {
    entry.outputs.push_back(place(entry, name, std::move(shape), dtype));
  };
  auto entry = [&](const char *name, bool batched) -> EntryInfo & {
    EntryInfo info;
    info.name = name;
    if (batched) {
      input(info, "tokens", {rows}, DType::I32, {"tokens", {}, {}});
      input(info, "targets", {rows}, DType::I32, {"targets", {}, {}});
      output(info, "loss", {});
    }
    return m.entries.emplace_back(info);
  };
  EntryInfo &train = entry("train_step", true);
  input(train, "lr", {}, dtype, {"learning_rate", {}, {}});
  for (const char *setting : {"weight_decay", "clip"})
    input(train, setting, {}, dtype, {"setting", {}, {{"name", setting}}});
  for (int moment = 1; moment <= 2 && !isLion; ++moment) {
    std::string number = std::to_string(moment);
    double beta = m.optimizer->constants.at("beta" + number);
    input(train, "bias_correction" + number, {}, dtype,
          {"bias_correction", {{"beta", beta}}, {}});
  }
  output(train, "grad_norm", {});
  LaunchInfo update{"update", "other", 10, 50, "", {{"other", 10}}};
  LaunchInfo ofRows{"rows", "other", 100,
                    1000,   "",      {{"norm", 40}, {"other", 60}}};
  train.launches = {ofRows, update, ofRows};
  entry("eval", true);
  EntryInfo &grads = entry("grads", true);
  output(grads, "logits", {rows, v});
  for (const ParameterInfo &info : m.parameters)
    output(grads, "grad." + info.name, info.shape);
  EntryInfo &prefill = entry("prefill", false);
  input(prefill, "tokens", {context}, DType::I32, {"tokens", {}, {}});
  input(prefill, "last", {1}, DType::I32, {"position", {}, {}});
  output(prefill, "logits", {1, v});
  EntryInfo &decode = entry("decode", false);
  input(decode, "tokens", {1}, DType::I32, {"tokens", {}, {}});
  input(decode, "position", {1}, DType::I32, {"position", {}, {}});
  output(decode, "logits", {1, v});
  m.arenaBytes[WAVRT_IO] = bytes;

  auto run = [code](auto body) {
    return [code, body](wavrt_context *c) -> int32_t {
      body(*code, c);
      return WAVRT_OK;
    };
  };
  return Program(std::move(m),
                 {run([](auto &self, auto *c) { self.trainStep(c); }),
                  run([](auto &self, auto *c) {
                    *self.io(c, "eval.loss") =
                        self.loss(c, "eval", nullptr, nullptr);
                  }),
                  run([](auto &self, auto *c) { self.grads(c); }),
                  run([](auto &self, auto *c) { self.prefill(c); }),
                  [code](wavrt_context *c) { return code->decode(c); }},
                 {});
}

} // namespace wavrt::test

#endif // WAVRT_TEST_TRIGRAMMODEL_H
