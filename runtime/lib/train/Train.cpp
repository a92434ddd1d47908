//===- Train.cpp - The train subcommand -----------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoints.h"
#include "Commands.h"
#include "Format.h"
#include "Interrupt.h"
#include "Report.h"

#include <chrono>
#include <cmath>

using namespace wavrt;
namespace fs = std::filesystem;

namespace {
/// What is known of a run before there is a program.
struct Plan {
  const TrainOptions &options;
  std::optional<Checkpoint> resumed;
  TrainSettings settings;
  Dataset dataset;
  fs::path run; ///< Where checkpoints go, a realPath; empty for nowhere.

  int64_t stepsDone() const { return resumed ? resumed->state.step : 0; }
  bool isDone() const { return stepsDone() >= settings.steps; }
};
} // namespace

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

/// What is not given is taken from the resumed checkpoint, or is a default.
static TrainSettings chooseSettings(const TrainOptions &options,
                                    const std::optional<Checkpoint> &resumed) {
  TrainSettings settings;
  if (resumed)
    settings = resumed->state.settings;
  settings.steps = options.steps;
  settings.learningRate = options.learningRate.value_or(settings.learningRate);
  settings.minLearningRate = options.minLearningRate.value_or(
      resumed ? settings.minLearningRate : settings.learningRate / 10);
  settings.warmup =
      options.warmup.value_or(resumed ? settings.warmup : settings.steps / 50);
  settings.weightDecay = options.weightDecay.value_or(settings.weightDecay);
  settings.clip = options.clip.value_or(settings.clip);
  settings.seed = options.seed.value_or(settings.seed);
  if (settings.minLearningRate > settings.learningRate)
    throw Error(ExitCode::BadUsage,
                format("--min-lr %g is above --lr %g; lower it",
                       settings.minLearningRate, settings.learningRate));
  return settings;
}

[[noreturn]] static void failResume(const Checkpoint &checkpoint,
                                    const char *what, const std::string &stored,
                                    const std::string &given,
                                    const std::string &remedy) {
  throw Error("cannot resume '" + checkpoint.directory.string() +
              "' with another " + what + ": it was trained with " + stored +
              ", not " + given + "; " + remedy);
}

/// A run that is continued with another seed, batch or data would not be the
/// run that it continues; with other validation data its log would not be one.
static void checkResume(const Checkpoint &checkpoint,
                        const TrainOptions &options, const Dataset &dataset) {
  const CheckpointState &state = checkpoint.state;
  if (options.seed && *options.seed != state.settings.seed)
    failResume(checkpoint, "seed", std::to_string(state.settings.seed),
               std::to_string(*options.seed), "leave --seed out");
  if (options.batch && *options.batch != state.batch)
    failResume(checkpoint, "batch", std::to_string(state.batch),
               std::to_string(*options.batch), "leave --batch out");
  auto describe = [](const FileDigest &file) {
    return format("%llu bytes, checksum %016llx",
                  (unsigned long long)file.bytes,
                  (unsigned long long)file.checksum);
  };
  auto describeTraining = [&](const DataIdentity &identity) {
    return describe(identity.training) +
           format(", %lld training tokens", (long long)identity.trainingTokens);
  };
  const DataIdentity &stored = state.data;
  DataIdentity given = DataIdentity::of(dataset);
  if (given.training != stored.training ||
      given.trainingTokens != stored.trainingTokens)
    failResume(
        checkpoint, "data", describeTraining(stored), describeTraining(given),
        "give the same --data, and --val and --token-bits if there were any");
  if (stored.validation && *stored.validation != *given.validation)
    failResume(checkpoint, "validation data", describe(*stored.validation),
               describe(*given.validation), "give the same --val");
}

static Plan makePlan(const TrainOptions &options) {
  Plan plan{options, {}, {}, {}, {}};
  if (!options.out.empty())
    plan.run = realPath(options.out);
  if (!options.resume.empty())
    plan.resumed = findCheckpoint(options.resume);
  plan.settings = chooseSettings(options, plan.resumed);
  plan.dataset =
      Dataset::open(options.data, options.validation, options.tokenBits);
  if (plan.resumed) {
    checkResume(*plan.resumed, options, plan.dataset);
    if (plan.run.empty())
      plan.run = plan.resumed->directory.parent_path();
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// With a program
//===----------------------------------------------------------------------===//

static Program provideFor(const Plan &plan, const ProgramProvider &provider) {
  ProgramRequest request{plan.options.batch, {"train_step"}};
  if (plan.resumed)
    request.batch = plan.resumed->state.batch;
  if (plan.options.evalEvery != 0)
    request.entries.push_back("eval");
  return provide(provider, request);
}

/// `lion (beta1 0.9, beta2 0.99)`
static std::string describe(const OptimizerInfo &optimizer) {
  std::string constants;
  for (const auto &[name, value] : optimizer.constants)
    constants +=
        (constants.empty() ? "" : ", ") + name + " " + format("%g", value);
  return optimizer.name + (constants.empty() ? "" : " (" + constants + ")");
}

/// A run goes on with what it was trained by. Checkpoints of earlier versions
/// do not say; they are AdamW's.
static void checkOptimizer(const Checkpoint &checkpoint,
                           const OptimizerInfo &own) {
  bool isStored = checkpoint.state.optimizer.has_value();
  OptimizerInfo stored =
      isStored ? *checkpoint.state.optimizer : OptimizerInfo{"adamw", {}};
  if (stored.name != own.name)
    failResume(checkpoint, "optimizer", describe(stored), describe(own),
               "compile the model with --optimizer=" + stored.name);
  if (isStored && stored != own)
    failResume(checkpoint, "optimizer", describe(stored), describe(own),
               "give wav-update the same constants");
}

static void checkProgram(const Plan &plan, const Manifest &manifest) {
  plan.dataset.training.file->checkTokens(manifest.vocabSize);
  plan.dataset.validation.file->checkTokens(manifest.vocabSize);
  checkWindow(plan.dataset.training, manifest.context, "the training part",
              "give more data");
  if (!plan.resumed)
    return;
  const CheckpointState &state = plan.resumed->state;
  if (state.precision != manifest.precision)
    failResume(*plan.resumed, "precision", state.precision, manifest.precision,
               "use its --precision");
  if (manifest.optimizer)
    checkOptimizer(*plan.resumed, *manifest.optimizer);
  if (state.target != manifest.target)
    warn("the checkpoint was trained on " + state.target + "; on " +
         manifest.target + " the numbers may differ in their last bits");
}

/// Products of bf16 pairs round otherwise; in f32 all tiles give the same bits.
static void noteTiles(const CheckpointState &state, const Session &session) {
  // Older checkpoints, which name none, are from before there were pairs.
  const std::string before = state.tiles.empty() ? "avx512" : state.tiles,
                    now = session.tiles();
  if (state.precision == "bf16" && state.target.starts_with("cpu") &&
      !now.empty() && (before == "avx512_bf16") != (now == "avx512_bf16"))
    warn("the checkpoint was trained with --tiles=" + before + "; with " + now +
         " the numbers may differ in their last bits");
}

/// How often to evaluate; 0 for never. The default gives way when the last
/// tenth of the data is too short, an explicit wish does not.
static int64_t chooseEvalEvery(const Plan &plan, int64_t context) {
  constexpr int64_t usual = 250;
  const TokenRange &validation = plan.dataset.validation;
  if (!plan.options.evalEvery && plan.options.validation.empty() &&
      validation.size <= context) {
    warn(format("the last tenth of the data has %lld tokens, too few for a "
                "window of context %lld: no evaluation; give a --val file",
                (long long)validation.size, (long long)context));
    return 0;
  }
  int64_t every = plan.options.evalEvery.value_or(usual);
  if (every)
    checkWindow(validation, context, "the validation part",
                "give more text, a --val file, or --eval-every 0");
  return every;
}

static void printTable(const Plan &plan, Session &session, int64_t evalEvery,
                       double peak, Console &console) {
  auto number = [](double value) { return format("%g", value); };
  auto count = [](int64_t value) { return std::to_string(value); };
  auto every = [](int64_t steps) {
    return steps ? std::to_string(steps) + " steps" : "never";
  };
  const Manifest &manifest = session.manifest();
  const TrainOptions &options = plan.options;
  const TrainSettings &settings = plan.settings;
  const TokenRange &training = plan.dataset.training;
  double tokens = static_cast<double>(manifest.batch * manifest.context) *
                  static_cast<double>(settings.steps);
  Table table;
  table.addModel(manifest);
  table.addProgram(manifest);
  table.add("device", session.device());
  table.add("threads", count(session.numThreads()));
  if (!session.tiles().empty())
    table.add("tiles", session.tiles());
  table.add("peak", peak > 0 ? formatCount(peak) + "FLOP/s, measured"
                             : "unknown for this target");
  table.add("data", options.data);
  if (training.file->isText())
    table.add("vocabulary",
              count(training.file->vocabulary().size()) + " characters");
  else
    table.add("token format", training.file->describeFormat());
  table.add("training tokens", count(training.size));
  table.add("validation tokens",
            count(plan.dataset.validation.size) +
                (options.validation.empty() ? ", the last tenth"
                                            : ", " + options.validation));
  table.add("steps", count(settings.steps));
  table.add("first step", count(plan.stepsDone() + 1));
  table.add("tokens, total", formatCount(tokens));
  table.add("epochs",
            format("%.2f", tokens / static_cast<double>(training.size)));
  table.add("seed", format("%llu", (unsigned long long)settings.seed));
  table.add("optimizer",
            manifest.optimizer ? describe(*manifest.optimizer) : "unknown");
  table.add("lr", number(settings.learningRate));
  table.add("min-lr", number(settings.minLearningRate));
  table.add("warmup", count(settings.warmup) + " steps");
  table.add("weight-decay", number(settings.weightDecay));
  table.add("clip", settings.clip > 0 ? number(settings.clip) : "off");
  table.add("eval-every", every(evalEvery));
  table.add("eval-batches", count(options.evalBatches));
  table.add("resumed from",
            plan.resumed ? plan.resumed->directory.string() : "-");
  table.add("out", plan.run.empty() ? "none: nothing will be saved"
                                    : plan.run.string());
  table.add("save-every", every(options.saveEvery));
  table.add("keep", options.keep ? count(options.keep) : "all");
  table.add("log", options.log.empty() ? "none" : options.log);
  console.line(table.text());
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

static CheckpointState makeState(const Plan &plan, const Session &session) {
  const Manifest &manifest = session.manifest();
  CheckpointState state;
  state.settings = plan.settings;
  state.modelJson = manifest.modelJson;
  state.batch = manifest.batch;
  state.context = manifest.context;
  state.precision = manifest.precision;
  state.target = manifest.target;
  state.tiles = session.tiles();
  state.optimizer = manifest.optimizer;
  state.vocabulary = plan.dataset.training.file->vocabulary();
  state.data = DataIdentity::of(plan.dataset);
  return state;
}

/// Has a step, described by `when`, judge the checkpoint that it started from.
static void judge(const std::string &when, const StepResult &result,
                  Checkpoints &checkpoints) {
  if (std::isfinite(result.loss) && std::isfinite(result.gradNorm))
    return checkpoints.accept();
  fs::path good = checkpoints.reject();
  throw Error(ExitCode::Numerics,
              when +
                  format(": loss %g, gradient norm %g; lower --lr or raise "
                         "--warmup; ",
                         result.loss, result.gradNorm) +
                  (good.empty() ? "no good checkpoint was written before"
                                : "the last good checkpoint is '" +
                                      good.string() + "'"));
}

static void runSteps(const Plan &plan, Session &session, int64_t evalEvery,
                     Checkpoints &checkpoints, StepReport &report,
                     InterruptGuard &interrupt) {
  const TrainOptions &options = plan.options;
  const int64_t last = plan.settings.steps;
  auto isDue = [&](int64_t step, int64_t every) {
    return step == last || (every && step % every == 0);
  };
  Trainer trainer(session, plan.dataset.training, plan.settings);
  CheckpointState state = makeState(plan, session);
  // What the last step made is seen by no other, so the next one is tried. It
  // changes the session, of which nothing is saved any more.
  auto judgeLast = [&](int64_t step) {
    judge(format("after step %lld", (long long)step), trainer.step(step),
          checkpoints);
  };
  if (plan.isDone())
    return judgeLast(plan.stepsDone());
  fs::path checkpoint = plan.resumed ? plan.resumed->directory : fs::path();
  int64_t saved = plan.stepsDone();
  auto begin = std::chrono::steady_clock::now();
  state.step = plan.stepsDone();
  interrupt.begin();

  for (int64_t step = state.step + 1; step <= last; ++step) {
    StepResult result;
    std::optional<double> validationLoss;
    std::optional<Error> trouble; // Ends the run once its steps are saved.
    try {
      result = trainer.step(step - 1);
      state.step = step;
      if (evalEvery && isDue(step, evalEvery))
        validationLoss = sampledLoss(session, plan.dataset.validation,
                                     plan.settings.seed, options.evalBatches);
    } catch (const Error &error) {
      if (error.code != ExitCode::BadInput)
        throw; // The device may have failed, and its memory with it.
      trouble = error;
    }
    if (state.step == step) {
      report.step(step, result, validationLoss);
      judge(format("step %lld", (long long)step), result, checkpoints);
    }

    bool saveAsked = interrupt.takeSaveRequest();
    bool mustSave = trouble || interrupt.stopSignal() || step == last;
    if (state.step != saved && checkpoints.enabled() &&
        (mustSave || saveAsked || isDue(step, options.saveEvery))) {
      try {
        checkpoint = checkpoints.save(session, state);
        saved = state.step;
        report.console.line("saved " + checkpoint.string());
      } catch (const Error &error) {
        if (mustSave)
          throw;
        warn(std::string(error.what()) +
             "; the run goes on, and saves when that is next due");
      }
    } else if (saveAsked && !checkpoints.enabled()) {
      warn("nothing was saved, for want of --out");
    }
    std::string next =
        !checkpoints.enabled() ? "nothing was saved, for want of --out"
        : checkpoint.empty()
            ? "there was no step to save"
            : "continue with --resume " + checkpoint.parent_path().string();
    if (trouble)
      throw Error(trouble->code, std::string(trouble->what()) + "; " + next);
    // A signal since the last look at it has to wait until its step is saved.
    int signal = interrupt.stopSignal();
    bool stops =
        signal && step != last && (!checkpoints.enabled() || saved == step);
    if (stops || step == last)
      judgeLast(step);
    if (stops)
      throw Error(
          static_cast<ExitCode>(static_cast<int>(ExitCode::Signal) + signal),
          format("interrupted after step %lld; ", (long long)step) + next);
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - begin;
    report.console.progress(step, last,
                            elapsed.count() * static_cast<double>(last - step) /
                                static_cast<double>(step - plan.stepsDone()));
  }
}

ExitCode wavrt::runTrain(const TrainOptions &options,
                         const ProgramProvider &provider) {
  InterruptGuard interrupt;
  Plan plan = makePlan(options);
  if (plan.isDone()) {
    std::printf("nothing to do: '%s' has done %lld steps, --steps is %lld\n",
                plan.resumed->directory.c_str(), (long long)plan.stepsDone(),
                (long long)plan.settings.steps);
    if (plan.resumed->verdict == Verdict::Good)
      return ExitCode::Done;
  }
  Checkpoints checkpoints(plan.run, options.keep, plan.resumed);
  Program program = provideFor(plan, provider);
  const Manifest &manifest = program.manifest();
  checkProgram(plan, manifest);
  int64_t evalEvery = chooseEvalEvery(plan, manifest.context);

  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  if (plan.resumed) {
    noteTiles(plan.resumed->state, session);
    loadCheckpoint(session, *plan.resumed, /*optimizer=*/true);
  } else {
    initializeParameters(session, plan.settings.seed);
  }
  double peak = manifest.target.starts_with("cpu")
                    ? measurePeakFlops(session.numThreads())
                    : 0;
  // An instruction takes pairs of bf16 where it took one number.
  if (manifest.precision == "bf16" && session.tiles() == "avx512_bf16")
    peak *= 2;
  StepReport report(manifest, plan.settings.steps, peak,
                    JsonLog(options.log, plan.resumed.has_value()));
  printTable(plan, session, evalEvery, peak, report.console);
  runSteps(plan, session, evalEvery, checkpoints, report, interrupt);
  return ExitCode::Done;
}
