//===- TrainTest.cpp - Training, evaluation and generation ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include "Matchers.h"
#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include <cstring>

using namespace wavrt;
using namespace wavrt::test;

namespace {

TEST(Schedule, WarmsUpThenFollowsACosine) {
  TrainSettings settings;
  settings.steps = 12;
  settings.warmup = 4;
  settings.learningRate = 1;
  settings.minLearningRate = 0.2;
  EXPECT_DOUBLE_EQ(learningRate(settings, 0), 0.25);
  EXPECT_DOUBLE_EQ(learningRate(settings, 3), 1);
  EXPECT_DOUBLE_EQ(learningRate(settings, 4), 1);
  EXPECT_DOUBLE_EQ(learningRate(settings, 8), 0.6);
  EXPECT_NEAR(learningRate(settings, 12), 0.2, 1e-15);
  EXPECT_NEAR(learningRate(settings, 100), 0.2, 1e-15);
  settings.warmup = 0;
  EXPECT_DOUBLE_EQ(learningRate(settings, 0), 1);
}

TEST(Initialize, FollowsTheManifest) {
  TrigramModel model;
  model.vocab = 64;
  model.dtype = DType::F64;
  Session session(model.program(), 1);
  initializeParameters(session, 1);
  const auto &parameters = session.manifest().parameters;
  auto current = session.data<double>(parameters[0]);
  auto previous = session.data<double>(parameters[1]);
  double square = 0;
  for (double value : current)
    square += value * value;
  // 4096 draws of standard deviation 0.5: within five standard errors.
  EXPECT_NEAR(square / static_cast<double>(current.size()), 0.25, 0.03);
  EXPECT_NE(current[0], previous[0]); // Another name, another stream.
  for (double value : session.data<double>(parameters[2]))
    EXPECT_EQ(value, 0);

  Session again(model.program(), 1), other(model.program(), 1);
  initializeParameters(again, 1);
  initializeParameters(other, 2);
  EXPECT_EQ(again.data<double>(parameters[0])[7], current[7]);
  EXPECT_NE(other.data<double>(parameters[0])[7], current[7]);
}

TEST(Initialize, FloatProgramsGetTheRoundedDoubles) {
  TrigramModel narrow, wide;
  wide.dtype = DType::F64;
  Session a(narrow.program(), 1), b(wide.program(), 1);
  initializeParameters(a, 1);
  initializeParameters(b, 1);
  auto floats = a.data<float>(a.manifest().parameters[0]);
  auto doubles = b.data<double>(b.manifest().parameters[0]);
  for (size_t i = 0; i != floats.size(); ++i)
    EXPECT_EQ(floats[i], static_cast<float>(doubles[i]));
}

class RangeTest : public testing::Test {
protected:
  TokenRange range(const std::string &text) {
    auto file = std::make_shared<const TokenFile>(
        directory.file(std::to_string(++files) + ".txt", text));
    return {file, 0, file->size()};
  }
  TemporaryDirectory directory;
  int files = 0;
};

using TrainerTest = RangeTest;

TEST_F(TrainerTest, LearnsToCount) {
  TrigramModel model;
  model.batch = 8;
  Session session(model.program(), 1);
  TrainSettings settings;
  settings.steps = 300;
  settings.learningRate = 0.1;
  initializeParameters(session, settings.seed);
  Trainer trainer(session, range("abcdefghabcdefghabcdefgh"), settings);
  double first = trainer.step(0).loss, last = 0;
  for (int64_t i = 1; i != settings.steps; ++i)
    last = trainer.step(i).loss;
  EXPECT_NEAR(first, std::log(8.0), 1);
  EXPECT_LT(last, 0.05);
}

TEST_F(TrainerTest, WritesEveryInput) {
  TrigramModel model;
  model.dtype = DType::F64;
  Session session(model.program(), 1);
  TrainSettings settings;
  settings.steps = 10;
  settings.clip = 0.7;
  settings.weightDecay = 0.3;
  initializeParameters(session, 1);
  TokenRange training = range("abcdefghhgfedcbaacegbdfh");
  Trainer trainer(session, training, settings);
  StepResult result = trainer.step(2);
  const EntryInfo &entry = *session.manifest().findEntry("train_step");
  auto input = [&](const char *name) {
    return session.data<double>(*entry.findInput(name))[0];
  };
  Batch batch(model.batch, model.context);
  batch.draw(training, Random(settings.seed, Stream::TrainingBatches), 2);
  auto ints = [&](const char *name) {
    auto data = session.data<int32_t>(*entry.findInput(name));
    return std::vector<int32_t>(data.begin(), data.end());
  };
  EXPECT_EQ(ints("tokens"), batch.tokens);
  EXPECT_EQ(ints("targets"), batch.targets);
  EXPECT_EQ(input("lr"), learningRate(settings, 2));
  EXPECT_EQ(input("lr"), result.learningRate);
  EXPECT_EQ(input("weight_decay"), 0.3);
  EXPECT_EQ(input("clip"), 0.7);
  EXPECT_EQ(input("bias_correction1"), 1 - std::pow(0.9, 3));
  EXPECT_EQ(input("bias_correction2"), 1 - std::pow(0.95, 3));
  EXPECT_GT(result.gradNorm, 0);
}

TEST_F(TrainerTest, LionLearnsToCount) {
  TrigramModel model;
  model.batch = 8;
  model.optimizer = "lion";
  Session session(model.program(), 1);
  TrainSettings settings;
  settings.steps = 300;
  settings.learningRate = 0.03;
  initializeParameters(session, settings.seed);
  Trainer trainer(session, range("abcdefghabcdefghabcdefgh"), settings);
  double first = trainer.step(0).loss, last = 0;
  for (int64_t i = 1; i != settings.steps; ++i)
    last = trainer.step(i).loss;
  EXPECT_NEAR(first, std::log(8.0), 1);
  EXPECT_LT(last, 0.05);
}

/// Entries whose inputs are all there is.
class InputFillerTest : public testing::Test {
protected:
  InputFillerTest() : batch(2, 3) {
    settings.steps = 8;
    settings.learningRate = 0.5;
    settings.minLearningRate = 0.25;
    settings.weightDecay = 0.3;
    settings.clip = 0.7;
    for (int32_t i = 0; i != 6; ++i) {
      batch.tokens[static_cast<size_t>(i)] = i;
      batch.targets[static_cast<size_t>(i)] = 10 + i;
    }
  }

  /// What an input of this kind is filled with at a step.
  std::vector<double> fill(FillInfo fill, int64_t step,
                           std::vector<int64_t> shape = {},
                           DType dtype = DType::F64) {
    Manifest manifest;
    manifest.batch = manifest.context = manifest.vocabSize = 1;
    EntryInfo entry;
    entry.name = "e";
    entry.inputs = {
        {TensorInfo{"x", std::move(shape), dtype, WAVRT_IO, 0}, fill}};
    manifest.entries = {entry};
    manifest.arenaBytes[WAVRT_IO] = 4096;
    Session session(Program(manifest, {[](wavrt_context *) { return 0; }}, {}),
                    1);
    const EntryInfo &own = session.manifest().entries.front();
    InputFiller(own, batch).fill(session, {settings, batch, step});
    if (dtype == DType::I32) {
      auto data = session.data<int32_t>(own.inputs.front());
      return {data.begin(), data.end()};
    }
    std::vector<double> values(
        static_cast<size_t>(own.inputs.front().numElements()));
    session.read(own.inputs.front(), values);
    return values;
  }

  TrainSettings settings;
  Batch batch;
};

using Values = std::vector<double>;

TEST_F(InputFillerTest, Batches) {
  EXPECT_EQ(fill({"tokens", {}, {}}, 0, {6}, DType::I32),
            (Values{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(fill({"targets", {}, {}}, 0, {6}, DType::I32),
            (Values{10, 11, 12, 13, 14, 15}));
  EXPECT_ERROR(fill({"tokens", {}, {}}, 0, {5}, DType::I32), ExitCode::BadInput,
               "6 integers, batch times context");
  EXPECT_ERROR(fill({"targets", {}, {}}, 0, {6}), ExitCode::BadInput,
               "input 'x' of entry point 'e' is filled with 'targets'");
}

TEST_F(InputFillerTest, NumbersOfTheRun) {
  EXPECT_EQ(fill({"setting", {}, {{"name", "weight_decay"}}}, 5), Values{0.3});
  EXPECT_EQ(fill({"setting", {}, {{"name", "clip"}}}, 5), Values{0.7});
  EXPECT_EQ(fill({"learning_rate", {}, {}}, 4),
            Values{learningRate(settings, 4)});
  EXPECT_EQ(fill({"fraction", {}, {}}, 0), Values{0});
  EXPECT_EQ(fill({"fraction", {}, {}}, 6), Values{0.75});
  EXPECT_EQ(fill({"fraction", {}, {}}, 6, {1}, DType::F32), Values{0.75});
  EXPECT_ERROR(fill({"setting", {}, {{"name", "mood"}}}, 0), ExitCode::BadInput,
               "there is no setting 'mood'; known: weight_decay, clip");
  EXPECT_ERROR(fill({"setting", {}, {}}, 0), ExitCode::BadInput,
               "needs a text 'name'");
  EXPECT_ERROR(fill({"learning_rate", {}, {}}, 0, {2}), ExitCode::BadInput,
               "one number");
  EXPECT_ERROR(fill({"fraction", {}, {}}, 0, {}, DType::I32),
               ExitCode::BadInput, "no integer");
}

TEST_F(InputFillerTest, BiasCorrection) {
  EXPECT_EQ(fill({"bias_correction", {{"beta", 0.5}}, {}}, 2),
            Values{1 - std::pow(0.5, 3)});
  EXPECT_EQ(fill({"bias_correction", {{"beta", 0.75}}, {}}, 0), Values{0.25});
  EXPECT_ERROR(fill({"bias_correction", {}, {}}, 0), ExitCode::BadInput,
               "needs a number 'beta'");
  EXPECT_ERROR(fill({"bias_correction", {{"beta", 1}}, {}}, 0),
               ExitCode::BadInput, "'beta' is not in [0, 1)");
}

TEST_F(InputFillerTest, RandomNumbersAreAFunctionOfSeedStepAndStream) {
  auto draw = [&](double stream, int64_t step, DType dtype = DType::F64) {
    return fill({"random", {{"stream", stream}}, {}}, step, {10, 20}, dtype);
  };
  Values values = draw(3, 5);
  EXPECT_EQ(values, draw(3, 5)); // Nothing before it matters.
  EXPECT_EQ(values, draw(3, 5, DType::F32));
  EXPECT_NE(values, draw(3, 6));
  EXPECT_NE(values, draw(4, 5));
  Random random(settings.seed, static_cast<Stream>(16 + 3));
  double sum = 0;
  for (uint32_t i = 0; i != 200; ++i) {
    double value = values[i];
    EXPECT_GE(value, 0);
    EXPECT_LT(value, 1);
    EXPECT_LE(value, random.uniform(5, i));
    EXPECT_GT(value + 0x1p-24, random.uniform(5, i));
    sum += value;
  }
  // Within five standard errors.
  EXPECT_NEAR(sum / 200, 0.5, 5 / std::sqrt(12 * 200));
  settings.seed += 1;
  EXPECT_NE(values, draw(3, 5));

  for (double stream : {-1.0, 0.5, 0x1p31})
    EXPECT_ERROR(draw(stream, 0), ExitCode::BadInput,
                 "'stream' is not a whole number from 0 to 2^31 - 1");
  EXPECT_ERROR(fill({"random", {}, {}}, 0), ExitCode::BadInput,
               "needs a number 'stream'");
  EXPECT_ERROR(draw(0, 0, DType::BF16), ExitCode::BadInput, "in f32 or f64");
}

TEST_F(InputFillerTest, WhatIsUnknownIsAnError) {
  EXPECT_ERROR(fill({"surprise", {}, {}}, 0), ExitCode::BadInput,
               "input 'x' of entry point 'e' is filled with 'surprise', which "
               "training does not know; it knows tokens, targets, setting, "
               "learning_rate, bias_correction, fraction, random");
  EXPECT_ERROR(fill({}, 0), ExitCode::BadInput,
               "input 'x' of entry point 'e' does not say what fills it");
}

TEST(Trainer, UnknownInputIsAnError) {
  Manifest manifest;
  manifest.batch = manifest.context = manifest.vocabSize = 1;
  EntryInfo entry;
  entry.name = "train_step";
  entry.inputs = {{TensorInfo{"surprise", {}, DType::F32, WAVRT_IO, 0}, {}}};
  manifest.entries = {entry};
  manifest.arenaBytes[WAVRT_IO] = 64;
  Session session(Program(manifest, {[](wavrt_context *) { return 0; }}, {}),
                  1);
  EXPECT_ERROR(Trainer(session, {}, {}), ExitCode::BadInput,
               "input 'surprise' of entry point 'train_step'");
}

using LossTest = RangeTest;

/// The mean loss of consecutive windows, from the logits of `grads`.
double referenceLoss(const TrigramModel &model, const TokenRange &range,
                     uint64_t seed) {
  // One batch of one window a token, padded with token 0, is enough.
  TrigramModel wide = model;
  wide.batch = 1;
  Session session(wide.program(), 1);
  initializeParameters(session, seed);
  const EntryInfo &entry = *session.manifest().findEntry("grads");
  std::vector<int32_t> all(static_cast<size_t>(range.size));
  range.copy(0, all);
  double sum = 0;
  for (int64_t begin = 0; begin < range.size - 1; begin += model.context) {
    std::vector<int32_t> tokens(static_cast<size_t>(model.context));
    int64_t count = std::min(model.context, range.size - 1 - begin);
    std::copy_n(all.begin() + begin, count, tokens.begin());
    session.write(*entry.findInput("tokens"), tokens);
    session.run("grads");
    std::vector<double> logits(
        static_cast<size_t>(model.context * model.vocab));
    session.read(*entry.findOutput("logits"), logits);
    for (int64_t i = 0; i != count; ++i) {
      double total = 0;
      const double *row = &logits[static_cast<size_t>(i * model.vocab)];
      for (int64_t v = 0; v != model.vocab; ++v)
        total += std::exp(row[v]);
      sum += std::log(total) - row[all[static_cast<size_t>(begin + i + 1)]];
    }
  }
  return sum / static_cast<double>(range.size - 1);
}

TEST_F(LossTest, FullLossCoversEveryTokenOfAnyLength) {
  TrigramModel model;
  model.dtype = DType::F64;
  model.batch = 3;
  std::string text;
  for (int i = 0; i != 40; ++i)
    text.push_back(static_cast<char>('a' + i * i % 7 % 8));
  for (size_t size = 2; size <= text.size(); ++size) {
    TokenRange part = range(text.substr(0, size));
    Session session(model.program(), 1);
    initializeParameters(session, 3);
    EXPECT_NEAR(fullLoss(session, part), referenceLoss(model, part, 3), 1e-12)
        << size;
  }
}

TEST_F(LossTest, SampledLossIsTheSameEachTime) {
  TrigramModel model;
  Session session(model.program(), 1);
  initializeParameters(session, 3);
  TokenRange part = range("abcdefghhgfedcbaacegbdfh");
  double loss = sampledLoss(session, part, 1, 3);
  EXPECT_EQ(sampledLoss(session, part, 1, 3), loss);
  EXPECT_NE(sampledLoss(session, part, 2, 3), loss);
}

TEST(Decoder, AgreesWithTheForwardPassAndSlides) {
  TrigramModel model;
  model.dtype = DType::F64;
  model.batch = 1;
  Session session(model.program(), 1);
  initializeParameters(session, 3);
  // Logits after `window`, from the whole forward pass.
  auto expected = [&](std::vector<int32_t> window) {
    size_t last = window.size() - 1;
    window.resize(static_cast<size_t>(model.context));
    Session fresh(model.program(), 1);
    initializeParameters(fresh, 3);
    const EntryInfo &entry = *fresh.manifest().findEntry("grads");
    fresh.write(*entry.findInput("tokens"), window);
    fresh.run("grads");
    auto logits = fresh.data<double>(*entry.findOutput("logits"));
    auto width = static_cast<size_t>(model.vocab);
    return std::vector<double>(logits.begin() + last * width,
                               logits.begin() + (last + 1) * width);
  };
  auto vector = [](std::span<const double> span) {
    return std::vector<double>(span.begin(), span.end());
  };
  Decoder decoder(session);
  EXPECT_EQ(vector(decoder.start(std::vector<int32_t>{1, 2})),
            expected({1, 2}));
  EXPECT_EQ(vector(decoder.append(3)), expected({1, 2, 3}));
  EXPECT_EQ(vector(decoder.append(4)), expected({1, 2, 3, 4}));
  EXPECT_EQ(vector(decoder.append(5)), expected({4, 5}));
  EXPECT_EQ(vector(decoder.append(6)), expected({4, 5, 6}));
  // A long start keeps its last tokens.
  EXPECT_EQ(vector(decoder.start(std::vector<int32_t>{0, 7, 1, 2, 3, 4})),
            expected({1, 2, 3, 4}));
  EXPECT_EQ(vector(decoder.append(5)), expected({4, 5}));
}

TEST(Decoder, ContextOfOneToken) {
  TrigramModel model;
  model.context = 1;
  Session session(model.program(), 1);
  initializeParameters(session, 3);
  Decoder decoder(session);
  decoder.start(std::vector<int32_t>{1, 2});
  auto logits = decoder.append(3);
  EXPECT_EQ(static_cast<float>(logits[0]),
            session.data<float>(session.manifest().parameters[0])[3 * 8]);
}

TEST(Sampling, TemperatureZeroTakesTheLargest) {
  std::vector<double> logits = {1, 5, 5, 2};
  EXPECT_EQ(sampleToken(logits, {0, 0}, 0.99), 1);
}

TEST(Sampling, FollowsTheDistribution) {
  std::vector<double> logits = {std::log(1.0), std::log(3.0), std::log(4.0)};
  Random random(1, Stream::Generation);
  auto frequencies = [&](SamplingOptions options) {
    std::vector<double> result(3);
    constexpr int draws = 20000;
    for (uint32_t i = 0; i != draws; ++i)
      result[static_cast<size_t>(
          sampleToken(logits, options, random.uniform(0, i)))] += 1.0 / draws;
    return result;
  };
  auto all = frequencies({1, 0});
  EXPECT_NEAR(all[0], 1.0 / 8, 0.015);
  EXPECT_NEAR(all[1], 3.0 / 8, 0.015);
  auto two = frequencies({1, 2});
  EXPECT_EQ(two[0], 0);
  EXPECT_NEAR(two[1], 3.0 / 7, 0.015);
  auto warm = frequencies({0.5, 0}); // Squares the probabilities.
  EXPECT_NEAR(warm[0], 1.0 / 26, 0.01);
  EXPECT_EQ(frequencies({1, 9}), all);
}

TEST(Sampling, ExtremesStayInRange) {
  std::vector<double> logits = {1000, -1000, 0};
  EXPECT_EQ(sampleToken(logits, {1, 0}, 0), 0);
  EXPECT_EQ(sampleToken(logits, {1e-300, 0}, std::nextafter(1, 0)), 0);
  std::vector<double> flat(3, 0.0);
  EXPECT_EQ(sampleToken(flat, {1, 0}, std::nextafter(1, 0)), 2);
}

TEST(Sampling, NonFiniteLogitsAreAnError) {
  std::vector<double> logits = {0, std::nan("")};
  EXPECT_ERROR(sampleToken(logits, {}, 0), ExitCode::Numerics, "not finite");
}

TEST(Peak, IsPlausible) {
  double peak = measurePeakFlops(1);
  EXPECT_GT(peak, 1e9);  // One multiply-add in two cycles of 1 GHz.
  EXPECT_LT(peak, 1e12); // Twice what any core has.
}

std::string printed(bool terminal) {
  char *text = nullptr;
  size_t size = 0;
  std::FILE *out = open_memstream(&text, &size);
  {
    Console console(out, terminal);
    console.line("one");
    console.progress(1, 4, 3661);
    console.line("two");
    console.progress(4, 4, 0);
  }
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(Console, ShowsTheBarOnATerminalOnly) {
  EXPECT_EQ(printed(false), "one\ntwo\n");
  std::string bar(10, '#'), rest(30, '.');
  EXPECT_EQ(printed(true), "one\n\r\033[K[" + bar + rest +
                               "]  25%, 1:01:01 left\r\033[Ktwo\n\r\033[K[" +
                               std::string(40, '#') +
                               "] 100%, 0:00:00 left\r\033[K");
}

} // namespace
