//===- App.cpp - The command line of a training program -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace wavrt;

void wavrt::warn(const std::string &message) {
  std::fprintf(stderr, "warning: %s\n", message.c_str());
}

void wavrt::noteThreads(const Session &session, int asked) {
  int wanted =
      asked ? asked : static_cast<int>(std::thread::hardware_concurrency());
  if (session.numThreads() < wanted)
    warn(std::to_string(wanted) + " threads are more than the system allows " +
         "or can use; going on with " + std::to_string(session.numThreads()));
}

void wavrt::checkOutput(const std::string &output,
                        std::initializer_list<std::string> inputs) {
  std::error_code none;
  for (const std::string &input : inputs)
    if (std::filesystem::equivalent(output, input, none))
      throw Error("--out '" + output +
                  "' is an input too, which it would replace; name another "
                  "file");
}

Checkpoint wavrt::findCheckpoint(const std::string &path) {
  std::vector<std::string> warnings;
  std::optional<Checkpoint> result;
  try {
    result = findCheckpoint(std::filesystem::path(path), warnings);
  } catch (const Error &) {
    std::ranges::for_each(warnings, warn);
    throw;
  }
  std::ranges::for_each(warnings, warn);
  return *result;
}

Program wavrt::provide(const ProgramProvider &provider,
                       const ProgramRequest &request) {
  Program program = provider(request);
  int64_t batch = program.manifest().batch;
  if (request.batch && *request.batch != batch)
    throw Error("this program was compiled for batch " + std::to_string(batch) +
                ", not " + std::to_string(*request.batch) +
                "; compile it with --batch=" + std::to_string(*request.batch));
  return program;
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// Decimal whole numbers, or finite real ones, of at least `least`. CLI11 alone
/// reads 010 as eight and cuts what is too large.
template <typename T> static CLI::Validator atLeast(T least) {
  auto check = [least](std::string &text) -> std::string {
    T value;
    const char *end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, value);
    bool valid = error == std::errc() && rest == end && value >= least;
    if constexpr (std::is_integral_v<T>) {
      if (valid)
        text = std::to_string(value);
    } else {
      valid = valid && std::isfinite(value);
    }
    return valid ? ""
                 : "'" + text + "' is not a " +
                       (std::is_integral_v<T> ? "whole number" : "number") +
                       " of at least " + CLI::detail::to_string(least);
  };
  return CLI::Validator(check, "");
}

static void addThreads(CLI::App *command, CpuOptions &options) {
  command
      ->add_option("--threads", options.threads,
                   "Threads to use (default: all). Results do not depend on "
                   "it")
      ->transform(atLeast(1));
}

static void addCpu(CLI::App *command, CpuOptions &options) {
  addThreads(command, options);
  command
      ->add_option("--tiles", options.tiles,
                   "Instructions of products and attention on the CPU "
                   "(default: the best that it has). The last rounds otherwise "
                   "in bf16")
      ->check(CLI::IsMember(
          std::vector<std::string>{"avx2", "avx512", "avx512_bf16"}));
}

static void addTokenBits(CLI::App *command, std::optional<int> &bits) {
  auto check = [](std::string &text) -> std::string {
    return text == "16" || text == "32" ? ""
                                        : "'" + text + "' is neither 16 nor 32";
  };
  command
      ->add_option("--token-bits", bits,
                   "Bits of a token in a *.bin file without a header: 16 or "
                   "32 (default: 16)")
      ->check(CLI::Validator(check, ""));
}

static void addDevice(CLI::App *command, DeviceChoice &device) {
  auto choose = [&device](const std::string &name) {
    device = name == "cpu" ? DeviceChoice::CPU : DeviceChoice::CUDA;
  };
  auto check = [](std::string &name) -> std::string {
    return name == "cpu" || name == "cuda"
               ? ""
               : "'" + name + "' is neither cpu nor cuda";
  };
  command
      ->add_option_function<std::string>(
          "--device", choose,
          "cpu or cuda (default: the GPU if it can be used)")
      ->check(CLI::Validator(check, ""));
}

static void addTrain(CLI::App &app, TrainOptions &options) {
  CLI::App *command = app.add_subcommand(
      "train", "Train the model, from the start or from a checkpoint");
  auto add = [&](const char *name, auto &value, const char *help) {
    return command->add_option(name, value, help);
  };
  add("--data", options.data,
      "Training data: *.txt (characters) or *.bin (token ids, with or "
      "without the header of llm.c)")
      ->required();
  add("--val", options.validation,
      "Validation data (default: the last tenth of --data)");
  addTokenBits(command, options.tokenBits);
  add("--steps", options.steps, "Total number of steps, from step 0")
      ->required()
      ->transform(atLeast<int64_t>(1));
  add("--batch", options.batch, "Sequences per step (default: the program's)")
      ->transform(atLeast<int64_t>(1));
  add("--lr", options.learningRate, "Peak learning rate (default: 1e-3)")
      ->transform(atLeast(0.0));
  add("--min-lr", options.minLearningRate,
      "Learning rate at the end of the cosine (default: lr / 10)")
      ->transform(atLeast(0.0));
  add("--warmup", options.warmup,
      "Steps of linear warm-up (default: steps / 50)")
      ->transform(atLeast<int64_t>(0));
  add("--weight-decay", options.weightDecay,
      "Weight decay of the matrices (default: 0.1)")
      ->transform(atLeast(0.0));
  add("--clip", options.clip,
      "Largest global gradient norm; 0 for no clipping (default: 1)")
      ->transform(atLeast(0.0));
  add("--seed", options.seed, "Seed of parameters and batches (default: 1337)")
      ->transform(atLeast<uint64_t>(0));
  add("--eval-every", options.evalEvery,
      "Steps between evaluations; 0 for none (default: 250, and at the end)")
      ->transform(atLeast<int64_t>(0));
  add("--eval-batches", options.evalBatches,
      "Batches of an evaluation (default: 20)")
      ->transform(atLeast<int64_t>(1));
  add("--out", options.out,
      "Directory for checkpoints (default: that of --resume, else none)");
  add("--save-every", options.saveEvery,
      "Steps between checkpoints; 0 for the last only (default: 1000)")
      ->transform(atLeast<int64_t>(0));
  add("--keep", options.keep,
      "Newest good checkpoints to keep; 0 for all (default: 0)")
      ->transform(atLeast<int64_t>(0));
  add("--resume", options.resume,
      "Checkpoint, or the --out directory of an earlier run, to continue; "
      "settings that are not given are taken from it");
  add("--log", options.log,
      "File for one JSON object a step; appended to with --resume");
  addCpu(command, options);
  command->footer("HUP, INT (Ctrl-C) and TERM write a checkpoint and end with "
                  "code 128 + the\nsignal's number (130 for Ctrl-C); USR1 "
                  "writes one and goes on.");
}

static void addEval(CLI::App &app, EvalOptions &options) {
  CLI::App *command = app.add_subcommand(
      "eval", "Print loss, perplexity and bits per character over a file");
  command
      ->add_option("--checkpoint", options.checkpoint,
                   "Checkpoint, or the --out directory of a run")
      ->required();
  command->add_option("--data", options.data, "*.txt or *.bin")->required();
  addTokenBits(command, options.tokenBits);
  addCpu(command, options);
}

static void addGenerate(CLI::App &app, GenerateOptions &options) {
  CLI::App *command =
      app.add_subcommand("generate", "Continue a prompt, token by token");
  command
      ->add_option("--checkpoint", options.checkpoint,
                   "Checkpoint, or the --out directory of a run")
      ->required();
  command
      ->add_option("--prompt", options.prompt,
                   "Text, or comma-separated ids for a model of token ids")
      ->required();
  command->add_option("--tokens", options.tokens, "Tokens to generate")
      ->required()
      ->transform(atLeast<int64_t>(1));
  command
      ->add_option("--temperature", options.sampling.temperature,
                   "0 takes the most likely token (default: 1)")
      ->transform(atLeast(0.0));
  command
      ->add_option("--top-k", options.sampling.topK,
                   "Choose among the k most likely tokens; 0 for all "
                   "(default: 0)")
      ->transform(atLeast<int64_t>(0));
  command
      ->add_option("--seed", options.seed,
                   "Seed of the choices (default: 1337)")
      ->transform(atLeast<uint64_t>(0));
  addCpu(command, options);
  command->footer(
      "Prints the prompt and its continuation. A prompt longer than the "
      "context keeps its end; when the context is full, its newer half is "
      "kept.");
}

static void addGrads(CLI::App &app, GradsOptions &options) {
  CLI::App *command = app.add_subcommand(
      "grads", "Write loss, logits and all gradients, to check them against "
               "another framework");
  command
      ->add_option("--weights", options.weights, "Parameters, as safetensors")
      ->required();
  command
      ->add_option("--tokens", options.tokens,
                   "*.bin of batch x (context + 1) tokens")
      ->required();
  addTokenBits(command, options.tokenBits);
  command->add_option("--out", options.out, "The safetensors file to write")
      ->required();
  addCpu(command, options);
}

static void addInfo(CLI::App &app, InfoOptions &options) {
  CLI::App *command = app.add_subcommand(
      "info", "Print parameters, memory, kernels and the target");
  command->add_flag("--json", options.json, "Print as JSON");
  addThreads(command, options);
}

static void addRun(CLI::App &app, RunOptions &options) {
  CLI::App *command = app.add_subcommand(
      "run", "Run one entry point once, on tensors from a file");
  command
      ->add_option("ENTRY", options.entry,
                   "init, train_step, eval, grads, prefill or decode")
      ->required();
  command
      ->add_option("--in", options.in,
                   "Its inputs and the parameters, as safetensors of floats")
      ->required();
  command
      ->add_option("--out", options.out,
                   "The safetensors file to write its outputs to")
      ->required();
  addCpu(command, options);
}

static void addProfile(CLI::App &app, ProfileOptions &options) {
  CLI::App *command = app.add_subcommand(
      "profile", "Print how long each kernel of an entry point takes");
  command->add_option("--entry", options.entry,
                      "init, train_step, eval, grads, prefill or decode "
                      "(default: train_step)");
  command->add_option("--runs", options.runs, "Runs to time (default: 10)")
      ->transform(atLeast<int64_t>(1));
  command
      ->add_option("--by", options.by,
                   "What a row is: a kernel (default), category, layer or part")
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(groupNames),
                                                     std::end(groupNames))));
  command->add_flag("--json", options.json, "Print as JSON");
  addCpu(command, options);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static ExitCode dispatch(const std::string &programName,
                         std::vector<std::string> args,
                         const ProgramProvider &anyProvider,
                         const AppInfo &about) {
  TrainOptions train;
  EvalOptions eval;
  GenerateOptions generate;
  GradsOptions grads;
  InfoOptions info;
  RunOptions run;
  ProfileOptions profile;
  CLI::App app(about.description, programName);
  app.require_subcommand(1);
  app.set_version_flag("--version", WAVRT_VERSION);
  addTrain(app, train);
  addEval(app, eval);
  addGenerate(app, generate);
  addGrads(app, grads);
  addInfo(app, info);
  addRun(app, run);
  addProfile(app, profile);
  DeviceChoice device = DeviceChoice::Any;
  if (about.hasDevices)
    for (CLI::App *command : app.get_subcommands({}))
      addDevice(command, device);
  app.footer("`" + programName +
             " SUBCOMMAND --help` lists the options of a subcommand.\n"
             "Exit codes: 0 done, 1 bad input, 2 bad usage, 3 numerics, "
             "4 device, 128 + n signal n (130: Ctrl-C).");
  try {
    std::reverse(args.begin(), args.end()); // What CLI11 expects.
    app.parse(args);
  } catch (const CLI::Success &success) { // --help, --version
    app.exit(success);
    return ExitCode::Done;
  } catch (const CLI::ParseError &error) {
    auto used = app.get_subcommands();
    std::string help = programName +
                       (used.empty() ? "" : " " + used[0]->get_name()) +
                       " --help";
    throw Error(ExitCode::BadUsage,
                std::string(error.what()) + "; see " + help);
  }
  auto provider = [&](ProgramRequest request) {
    request.device = device;
    return anyProvider(request);
  };
  if (app.got_subcommand("train"))
    return runTrain(train, provider);
  if (app.got_subcommand("eval"))
    return runEval(eval, provider);
  if (app.got_subcommand("generate"))
    return runGenerate(generate, provider);
  if (app.got_subcommand("grads"))
    return runGrads(grads, provider);
  if (app.got_subcommand("run"))
    return runRun(run, provider);
  if (app.got_subcommand("profile"))
    return runProfile(profile, provider);
  return runInfo(info, provider);
}

static ExitCode report(ExitCode code, std::string message) {
  std::ranges::replace(message, '\n', ' ');
  std::fflush(stdout); // So that the message comes last.
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return code;
}

/// A descriptor of standard input or output that is closed would be given to
/// the next file that is opened: what is printed would go into a checkpoint.
static void reserveStandardDescriptors() {
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(standard, F_GETFD) < 0)
      (void)::open("/dev/null", O_RDONLY); // Writing is an error, as before.
}

int wavrt::runApp(const std::string &programName,
                  const std::vector<std::string> &args,
                  const ProgramProvider &provider, const AppInfo &info) {
  ExitCode code;
  reserveStandardDescriptors();
  try {
    code = dispatch(programName, args, provider, info);
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      throw Error("cannot write to standard output; is the disk full?");
  } catch (const Error &error) {
    code = report(error.code, error.what());
  } catch (const std::bad_alloc &) {
    code = report(ExitCode::BadInput,
                  "not enough memory; use a smaller batch or model");
  } catch (const std::exception &error) {
    code = report(ExitCode::BadInput, error.what());
  }
  return static_cast<int>(code);
}
