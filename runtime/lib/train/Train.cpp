//===- Train.cpp - The train subcommand -----------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Format.h"
#include "Interrupt.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <unistd.h>

using namespace wavrt;
namespace fs = std::filesystem;

//===----------------------------------------------------------------------===//
// Preparation
//===----------------------------------------------------------------------===//

/// Option, else the resumed checkpoint's value, else the default.
template <typename T>
static T choose(const std::optional<T> &option, const Checkpoint *resumed,
                const T &stored, T fallback) {
  return option ? *option : resumed ? stored : fallback;
}

static TrainSettings chooseSettings(const TrainOptions &options,
                                    const Checkpoint *resumed) {
  TrainSettings stored = resumed ? resumed->state.settings : TrainSettings();
  TrainSettings settings;
  settings.steps = options.steps;
  settings.learningRate = choose(options.learningRate, resumed,
                                 stored.learningRate, settings.learningRate);
  settings.minLearningRate =
      choose(options.minLearningRate, resumed, stored.minLearningRate,
             settings.learningRate / 10);
  settings.warmup =
      choose(options.warmup, resumed, stored.warmup, settings.steps / 50);
  settings.weightDecay = choose(options.weightDecay, resumed,
                                stored.weightDecay, settings.weightDecay);
  settings.clip = choose(options.clip, resumed, stored.clip, settings.clip);
  settings.seed = choose(options.seed, resumed, stored.seed, settings.seed);
  if (settings.minLearningRate > settings.learningRate)
    throw Error(ExitCode::BadUsage,
                format("--min-lr %g is above --lr %g; lower it",
                       settings.minLearningRate, settings.learningRate));
  return settings;
}

/// What resuming would change silently is an error.
static void checkResume(const Checkpoint &checkpoint,
                        const TrainOptions &options, const Dataset &dataset) {
  const CheckpointState &state = checkpoint.state;
  auto fail = [&](const char *what, const std::string &stored,
                  const std::string &given, const char *remedy) {
    throw Error("cannot resume '" + checkpoint.directory.string() +
                "' with another " + what + ": it was trained with " + stored +
                ", not " + given + "; " + remedy);
  };
  if (options.seed && *options.seed != state.settings.seed)
    fail("seed", std::to_string(state.settings.seed),
         std::to_string(*options.seed), "leave --seed out");
  if (options.batch && *options.batch != state.batch)
    fail("batch", std::to_string(state.batch), std::to_string(*options.batch),
         "leave --batch out");
  DataIdentity data = DataIdentity::of(dataset);
  auto describe = [](const DataIdentity &identity) {
    return format("%llu bytes, %lld training tokens, checksum %016llx",
                  (unsigned long long)identity.bytes,
                  (long long)identity.trainingTokens,
                  (unsigned long long)identity.checksum);
  };
  if (data != state.data)
    fail("data", describe(state.data), describe(data),
         "give the same --data, and --val if there was one");
}

/// A run directory holds one run: `--resume` continues it, nothing mixes with
/// it.
static void prepareRunDirectory(const fs::path &run,
                                const Checkpoint *resumed) {
  std::vector<std::string> ignored;
  int64_t step = resumed ? resumed->state.step : -1;
  auto newest = newestCheckpoint(run, ignored);
  if (newest && newest->state.step > step)
    throw Error("'" + run.string() + "' already holds a checkpoint of step " +
                std::to_string(newest->state.step) +
                "; continue it with --resume, or give another --out");
  std::error_code error;
  fs::create_directories(run, error);
  if (error || ::access(run.c_str(), W_OK | X_OK) != 0)
    throw Error("cannot write to --out '" + run.string() +
                "': " + (error ? error.message() : std::strerror(errno)));
}

//===----------------------------------------------------------------------===//
// Reporting
//===----------------------------------------------------------------------===//

namespace {
/// One JSON object a line.
class Log {
public:
  Log(const std::string &path, bool append) : path(path) {
    if (path.empty())
      return;
    file.reset(std::fopen(path.c_str(), append ? "ae" : "we"));
    if (!file)
      fail();
  }
  void write(const nlohmann::ordered_json &record) {
    if (file && (std::fprintf(file.get(), "%s\n", record.dump().c_str()) < 0 ||
                 std::fflush(file.get()) != 0))
      fail();
  }

private:
  [[noreturn]] void fail() {
    throw Error("cannot write --log '" + path + "': " + std::strerror(errno));
  }
  struct Close {
    void operator()(std::FILE *open) const { std::fclose(open); }
  };
  std::string path;
  std::unique_ptr<std::FILE, Close> file;
};

/// Where a step's metrics go: a line on the console, a line in the log.
class Reporter {
public:
  Reporter(const Manifest &manifest, int64_t steps, double peak,
           const std::string &logPath, bool append)
      : console(stdout, ::isatty(STDOUT_FILENO)), log(logPath, append),
        steps(steps), peak(peak),
        tokens(static_cast<double>(manifest.batch * manifest.context)),
        flops(static_cast<double>(flopsOf(*manifest.findEntry("train_step")))) {
  }

  void step(int64_t step, const StepResult &result,
            std::optional<double> validationLoss) {
    double rate = flops / result.seconds;
    double tokenRate = tokens / result.seconds;
    int width = static_cast<int>(std::to_string(steps).size());
    std::string line = format(
        "step %*lld/%lld | loss %.6f | norm %.4f | lr %.2e | %.2f ms | "
        "%.0f tok/s",
        width, (long long)step, (long long)steps, result.loss, result.gradNorm,
        result.learningRate, result.seconds * 1e3, tokenRate);
    line += peak > 0 ? format(" | %.1f%% of peak", 100 * rate / peak)
                     : format(" | %.2f GFLOP/s", rate / 1e9);
    console.line(line);
    nlohmann::ordered_json record = {{"step", step},
                                     {"loss", result.loss},
                                     {"grad_norm", result.gradNorm},
                                     {"lr", result.learningRate},
                                     {"ms", result.seconds * 1e3},
                                     {"tokens_per_second", tokenRate},
                                     {"flops_per_second", rate}};
    if (peak > 0)
      record["peak_fraction"] = rate / peak;
    if (validationLoss) {
      console.line(format("step %*lld/%lld | validation loss %.6f", width,
                          (long long)step, (long long)steps, *validationLoss));
      record["val_loss"] = *validationLoss;
    }
    log.write(record);
  }

  Console console;

private:
  Log log;
  int64_t steps;
  double peak, tokens, flops;
};
} // namespace

static void printTable(const TrainOptions &options,
                       const TrainSettings &settings, const Dataset &dataset,
                       const Checkpoint *resumed, Session &session,
                       const std::string &run, int64_t evalEvery, double peak) {
  auto number = [](double value) { return format("%g", value); };
  auto count = [](int64_t value) { return std::to_string(value); };
  const Manifest &manifest = session.manifest();
  Table table;
  table.addModel(manifest);
  table.addProgram(manifest);
  table.add("threads", count(session.numThreads()));
  table.add("peak", peak > 0 ? formatCount(peak) + "FLOP/s (measured: f32 "
                                                   "product, all threads)"
                             : "unknown for this target");
  const TokenFile &file = *dataset.training.file;
  table.add("data", file.path());
  if (file.isText())
    table.add("vocabulary", count(file.vocabulary().size()) + " characters");
  table.add("training tokens", count(dataset.training.size));
  table.add("validation tokens",
            count(dataset.validation.size) + (options.validation.empty()
                                                  ? " (the last tenth)"
                                                  : ", " + options.validation));
  int64_t tokens = manifest.batch * manifest.context * settings.steps;
  table.add("steps", count(settings.steps));
  table.add("epochs",
            format("%.2f", static_cast<double>(tokens) /
                               static_cast<double>(dataset.training.size)));
  table.add("first step", count(resumed ? resumed->state.step + 1 : 1));
  table.add("seed", format("%llu", (unsigned long long)settings.seed));
  table.add("optimizer", "AdamW, 0.9 / 0.95 / 1e-8");
  table.add("lr", number(settings.learningRate));
  table.add("min-lr", number(settings.minLearningRate));
  table.add("warmup", count(settings.warmup) + " steps");
  table.add("weight-decay", number(settings.weightDecay));
  table.add("clip", settings.clip > 0 ? number(settings.clip) : "off");
  table.add("eval-every", evalEvery ? count(evalEvery) + " steps" : "never");
  table.add("eval-batches", count(options.evalBatches));
  table.add("resumed from", resumed ? resumed->directory.string() : "-");
  table.add("out", run.empty() ? "none: nothing will be saved" : run);
  table.add("save-every",
            options.saveEvery ? count(options.saveEvery) + " steps" : "never");
  table.add("keep", options.keep ? count(options.keep) : "all");
  table.add("log", options.log.empty() ? "none" : options.log);
  std::printf("%s\n", table.text().c_str());
}

//===----------------------------------------------------------------------===//
// The subcommand
//===----------------------------------------------------------------------===//

/// How often to evaluate; 0 for never. A default that the data is too short
/// for gives way, an explicit wish does not.
static int64_t chooseEvalEvery(const TrainOptions &options,
                               const Dataset &dataset, int64_t context) {
  constexpr int64_t usual = 250;
  bool possible = dataset.validation.size > context;
  if (!options.evalEvery && !possible && options.validation.empty()) {
    warn(format("the last tenth of the data has %lld tokens, too few for a "
                "window of context %lld: no evaluation; give a --val file",
                (long long)dataset.validation.size, (long long)context));
    return 0;
  }
  int64_t every = options.evalEvery.value_or(usual);
  if (every)
    checkWindow(dataset.validation, context, "the validation part",
                "give more text, a --val file, or --eval-every 0");
  return every;
}

ExitCode wavrt::runTrain(const TrainOptions &options,
                         const ProgramProvider &provider) {
  std::optional<Checkpoint> resumedStorage;
  if (!options.resume.empty())
    resumedStorage = findCheckpoint(options.resume);
  const Checkpoint *resumed = resumedStorage ? &*resumedStorage : nullptr;
  TrainSettings settings = chooseSettings(options, resumed);
  Dataset dataset = Dataset::open(options.data, options.validation);
  if (resumed)
    checkResume(*resumed, options, dataset);
  int64_t first = resumed ? resumed->state.step : 0;
  if (first >= settings.steps) {
    std::printf("nothing to do: '%s' has done %lld steps, --steps is %lld\n",
                resumed->directory.c_str(), (long long)first,
                (long long)settings.steps);
    return ExitCode::Done;
  }
  fs::path run = options.out;
  if (run.empty() && resumed)
    run = resumed->directory.parent_path();
  if (!run.empty())
    prepareRunDirectory(run, resumed);

  ProgramRequest request{options.batch, {"train_step"}};
  if (!request.batch && resumed)
    request.batch = resumed->state.batch;
  if (options.evalEvery != 0)
    request.entries.push_back("eval");
  Program program = provide(provider, request);
  const Manifest &manifest = program.manifest();
  dataset.training.file->checkTokens(manifest.vocabSize);
  dataset.validation.file->checkTokens(manifest.vocabSize);
  checkWindow(dataset.training, manifest.context, "the training part",
              "give more data");
  int64_t evalEvery = chooseEvalEvery(options, dataset, manifest.context);

  Session session(program, options.threads);
  if (resumed) {
    if (resumed->state.precision != manifest.precision)
      throw Error("cannot resume '" + resumed->directory.string() + "' in " +
                  manifest.precision + ": it was trained in " +
                  resumed->state.precision + "; use that --precision");
    if (resumed->state.target != manifest.target)
      warn("the checkpoint was trained on " + resumed->state.target + "; on " +
           manifest.target +
           " the numbers may differ in the last "
           "bits");
    loadCheckpoint(session, *resumed, /*optimizer=*/true);
  } else {
    initializeParameters(session, settings.seed);
  }
  Trainer trainer(session, dataset.training, settings);
  double peak = manifest.target.starts_with("cpu")
                    ? measurePeakFlops(session.numThreads())
                    : 0;
  printTable(options, settings, dataset, resumed, session, run.string(),
             evalEvery, peak);

  CheckpointState state;
  state.settings = settings;
  state.modelJson = manifest.modelJson;
  state.batch = manifest.batch;
  state.context = manifest.context;
  state.precision = manifest.precision;
  state.target = manifest.target;
  state.vocabulary = dataset.training.file->vocabulary();
  state.data = DataIdentity::of(dataset);
  fs::path lastCheckpoint = resumed ? resumed->directory : fs::path();

  Reporter reporter(manifest, settings.steps, peak, options.log,
                    resumed != nullptr);
  InterruptGuard interrupt;
  double elapsed = 0;
  for (int64_t index = first; index != settings.steps; ++index) {
    int64_t step = index + 1;
    StepResult result = trainer.step(index);
    bool finite = std::isfinite(result.loss) && std::isfinite(result.gradNorm);
    std::optional<double> validationLoss;
    if (finite && evalEvery &&
        (step % evalEvery == 0 || step == settings.steps))
      validationLoss = sampledLoss(session, dataset.validation, settings.seed,
                                   options.evalBatches);
    reporter.step(step, result, validationLoss);
    if (!finite)
      throw Error(
          ExitCode::Numerics,
          format("step %lld: loss %g, gradient norm %g; lower --lr or raise "
                 "--warmup; ",
                 (long long)step, result.loss, result.gradNorm) +
              (lastCheckpoint.empty() ? "no checkpoint was written before"
                                      : "the last good checkpoint is '" +
                                            lastCheckpoint.string() + "'"));
    bool interrupted = interrupt.requested();
    if (!run.empty() &&
        (interrupted || step == settings.steps ||
         (options.saveEvery && step % options.saveEvery == 0))) {
      state.step = step;
      lastCheckpoint = saveCheckpoint(session, run, state);
      pruneCheckpoints(run, options.keep);
      reporter.console.line("saved " + lastCheckpoint.string());
    }
    if (interrupted)
      throw Error(ExitCode::Interrupted,
                  format("interrupted after step %lld; ", (long long)step) +
                      (run.empty() ? "nothing was saved, for want of --out"
                                   : "continue with --resume " + run.string()));
    elapsed += result.seconds;
    reporter.console.progress(step, settings.steps,
                              elapsed / static_cast<double>(step - first) *
                                  static_cast<double>(settings.steps - step));
  }
  return ExitCode::Done;
}
