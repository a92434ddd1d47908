//===- Kernels.cpp - Times the CPU's library functions ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products and attention in the shapes of a model of d = 256, F = 688 and 96
// tokens in the vocabulary, for 8 x 256 tokens, on one thread and on all. The
// options are those of Google Benchmark; `bench/kernels` makes a table of it.
//
// `of_ceiling` is a rate over what the same threads complete in registers just
// before: multiply-adds of f32, or products of bf16 pairs where the processor
// has them.
//
//===----------------------------------------------------------------------===//

#include "core/BFloat16.h"
#include "core/Context.h"
#include "wavrt/train.h"

#include <benchmark/benchmark.h>

#include <functional>
#include <random>
#include <thread>

using namespace wavrt;

namespace {

using Function = int32_t(wavrt_context *, void *const *, const int64_t *);

struct Product {
  const char *name;
  int64_t m, n, k;
  bool transposeA, transposeB, adds;
};

/// A call of a library function on buffers of its own.
struct Call {
  Function *function;
  std::vector<std::vector<std::byte>> memory;
  std::vector<int64_t> params;

  void run(Context &context) {
    std::vector<void *> buffers;
    for (std::vector<std::byte> &each : memory)
      buffers.push_back(each.empty() ? nullptr : each.data());
    function(&context, buffers.data(), params.data());
  }
};

constexpr int64_t batch = 8, length = 256, tokens = batch * length, d = 256,
                  f = 688, vocabulary = 96, heads = 4;

constexpr Product products[] = {
    {"qkv", tokens, d, d, false, true, false},
    {"up", tokens, f, d, false, true, false},
    {"down", tokens, d, f, false, true, true},
    {"head", tokens, vocabulary, d, false, true, false},
    {"qkv_input_grad", tokens, d, d, false, false, true},
    {"up_input_grad", tokens, d, f, false, false, true},
    {"down_input_grad", tokens, f, d, false, false, false},
    {"qkv_weight_grad", d, d, tokens, true, false, false},
    {"up_weight_grad", f, d, tokens, true, false, false},
    {"down_weight_grad", d, f, tokens, true, false, false},
    {"head_weight_grad", vocabulary, d, tokens, true, false, false}};

} // namespace

template <typename T>
static std::vector<std::byte> randomNumbers(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<std::byte> bytes(count * sizeof(T));
  for (int64_t i = 0; i < count; ++i)
    reinterpret_cast<T *>(bytes.data())[i] = T(uniform(random));
  return bytes;
}

template <typename In, typename Out>
static Call callProduct(Function *function, const Product &p) {
  std::vector<std::byte> d = randomNumbers<Out>(p.m * p.n, 3);
  return {function,
          {randomNumbers<In>(p.m * p.k, 1), randomNumbers<In>(p.k * p.n, 2),
           p.adds ? d : std::vector<std::byte>(), d},
          {p.m, p.n, p.k, p.transposeA, p.transposeB}};
}

template <typename T> static Call callAttention(Function *function) {
  auto matrix = [](unsigned seed) {
    return randomNumbers<T>(tokens * d, seed);
  };
  auto statistics = [] { return randomNumbers<float>(tokens * heads, 0); };
  return {function,
          {matrix(1),
           matrix(2),
           matrix(3),
           {},
           matrix(0),
           statistics(),
           statistics()},
          {batch, length, length, heads, d / heads}};
}

/// After the forward pass, whose results it needs.
template <typename T>
static Call callAttentionGrad(Function *function, Function *forward) {
  Call call = callAttention<T>(forward);
  Context context;
  call.run(context);
  std::vector<std::vector<std::byte>> &m = call.memory;
  auto matrix = [](unsigned seed) {
    return randomNumbers<T>(tokens * d, seed);
  };
  return {function,
          {m[0], m[1], m[2], m[4], m[5], m[6], matrix(4), matrix(0), matrix(0),
           matrix(0)},
          call.params};
}

/// Products of bf16 pairs are twice as many operations an instruction.
static double ceilingOf(bool isHalf, int threads) {
  const bool hasPairs = findTiles().name == std::string_view("avx512_bf16");
  return measurePeakFlops(threads) * (isHalf && hasPairs ? 2 : 1);
}

static void add(const std::string &name, bool isHalf, int threads, double flops,
                const std::function<Call()> &make) {
  benchmark::RegisterBenchmark(
      (name + (isHalf ? "/bf16" : "/f32") +
       "/threads:" + std::to_string(threads))
          .c_str(),
      [=](benchmark::State &state) {
        Call call = make();
        Context context(threads);
        const double ceiling = ceilingOf(isHalf, threads);
        for (auto _ : state)
          call.run(context);
        using benchmark::Counter;
        state.counters["GFLOP/s"] =
            Counter(flops / 1e9, Counter::kIsIterationInvariantRate);
        state.counters["of_ceiling"] =
            Counter(flops / ceiling, Counter::kIsIterationInvariantRate);
      })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

static void addAll(int threads) {
  for (const Product &p : products) {
    const std::string name = std::string("product/") + p.name;
    const double flops = 2.0 * p.m * p.n * p.k;
    add(name, false, threads, flops,
        [=] { return callProduct<float, float>(wavrt_matmul_f32, p); });
    // Gradients of weights are f32.
    add(name, true, threads, flops, [=] {
      return p.transposeA
                 ? callProduct<BFloat16, float>(wavrt_matmul_bf16_f32, p)
                 : callProduct<BFloat16, BFloat16>(wavrt_matmul_bf16, p);
    });
  }
  // What causality leaves: half of two products, and of five.
  const double product = static_cast<double>(tokens) * length * d;
  add("attention/forward", false, threads, 2 * product,
      [] { return callAttention<float>(wavrt_attention_f32); });
  add("attention/forward", true, threads, 2 * product,
      [] { return callAttention<BFloat16>(wavrt_attention_bf16); });
  add("attention/gradient", false, threads, 5 * product, [] {
    return callAttentionGrad<float>(wavrt_attention_grad_f32,
                                    wavrt_attention_f32);
  });
  add("attention/gradient", true, threads, 5 * product, [] {
    return callAttentionGrad<BFloat16>(wavrt_attention_grad_bf16,
                                       wavrt_attention_bf16);
  });
}

int main(int argc, char **argv) {
  const int all = static_cast<int>(std::thread::hardware_concurrency());
  addAll(1);
  if (all > 1)
    addAll(all);
  benchmark::AddCustomContext("tiles", findTiles().name);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
}
