//===- Optimizers.cpp - What trains parameters ----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Transforms/Optimizers.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavOptimizerOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Inputs that optimisers share
//===----------------------------------------------------------------------===//

static Value addLearningRate(Update &update) {
  return update.addInput("lr",
                         getFill(update.builder.getContext(), "learning_rate"));
}

/// A setting of the run.
static Value addSetting(Update &update, StringRef name) {
  return update.addInput(
      name, getFill(update.builder.getContext(), "setting",
                    update.builder.getNamedAttr(
                        "name", update.builder.getStringAttr(name))));
}

/// `1 - beta^t` at step t, counted from 1: what a moment that starts as zero
/// still lacks.
static Value addBiasCorrection(Update &update, StringRef name, FloatAttr beta) {
  return update.addInput(name,
                         getFill(update.builder.getContext(), "bias_correction",
                                 update.builder.getNamedAttr("beta", beta)));
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

using Range = OptimizerConstant::Range;

static Operation *buildAdamW(Update &update) {
  FloatAttr beta1 = update.getConstant("beta1");
  FloatAttr beta2 = update.getConstant("beta2");
  Value lr = addLearningRate(update);
  Value weightDecay = addSetting(update, "weight_decay");
  Value clip = addSetting(update, "clip");
  Value correction1 = addBiasCorrection(update, "bias_correction1", beta1);
  Value correction2 = addBiasCorrection(update, "bias_correction2", beta2);
  Type type = update.parameters.getType();
  return AdamWOp::create(update.builder, update.loc, type, type, type,
                         update.parameters, update.gradient, update.moments[0],
                         update.moments[1], update.norm, lr, weightDecay, clip,
                         correction1, correction2, beta1, beta2,
                         update.getConstant("epsilon"), update.decayRows);
}

static Operation *buildLion(Update &update) {
  Value lr = addLearningRate(update);
  Value weightDecay = addSetting(update, "weight_decay");
  Value clip = addSetting(update, "clip");
  Type type = update.parameters.getType();
  return LionOp::create(update.builder, update.loc, type, type,
                        update.parameters, update.gradient, update.moments[0],
                        update.norm, lr, weightDecay, clip,
                        update.getConstant("beta1"),
                        update.getConstant("beta2"), update.decayRows);
}

static constexpr Arena kTwoMoments[] = {Arena::FirstMoment,
                                        Arena::SecondMoment};

static constexpr OptimizerConstant kAdamWConstants[] = {
    {"beta1", 0.9, Range::Fraction},
    {"beta2", 0.95, Range::Fraction},
    {"epsilon", 1e-8, Range::Positive}};

static constexpr OptimizerConstant kLionConstants[] = {
    {"beta1", 0.9, Range::Fraction}, {"beta2", 0.99, Range::Fraction}};

static const Optimizer kOptimizers[] = {
    {"adamw", kTwoMoments, kAdamWConstants, buildAdamW},
    {"lion", ArrayRef(kTwoMoments).take_front(), kLionConstants, buildLion},
};

ArrayRef<Optimizer> wav::getOptimizers() { return kOptimizers; }

llvm::Expected<const Optimizer &> wav::getOptimizer(StringRef name) {
  const auto *it = llvm::find_if(kOptimizers, [&](const Optimizer &optimizer) {
    return optimizer.name == name;
  });
  if (it != std::end(kOptimizers))
    return *it;
  return llvm::createStringError("unknown optimizer '" + name +
                                 "'; available: " + listOptimizers());
}

std::string wav::listOptimizers() {
  return llvm::join(
      llvm::map_range(kOptimizers,
                      [](const Optimizer &optimizer) -> StringRef {
                        return optimizer.name;
                      }),
      ", ");
}
