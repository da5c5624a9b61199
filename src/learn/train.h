// From a profile to a bundle: choose a policy, learn it, and put the bundle together. Reads no clock, so that the same
// profile, options and seed give the same bundle byte for byte.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "learn/cross_validate.h"

namespace amsel {

/// Names that MakeLearner knows: auto, which chooses among the others, then these, the simplest first.
const std::vector<std::string>& PolicyNames();

/// The learner called `name` ("auto" included).
Result<Learner> MakeLearner(const std::string& name, const LearnOptions& options);

/// Refuses what nothing can be learned from: one candidate, one class, fewer images than `folds`, no weight, features
/// that the profile lacks.
Status CheckLearnable(const ProfileTable& table, Rows rows, int folds, const LearnOptions& options);

struct TrainOptions {
  LearnOptions learn;
  std::string policy = "auto";
  double test_fraction = 0;  ///< share of the images set aside, by group and class, for a later evaluation
  std::string zoo;           ///< where the DNN files are; empty: where they were profiled
  std::function<void(int done, int folds)> progress;
};

struct TrainSummary {
  Manifest manifest;
  std::size_t set_aside = 0;  ///< images that were not trained on
};

/// The rows that may be trained on: not those of split test or certify, nor the set-aside ones.
std::vector<std::size_t> TrainingRows(const ProfileTable& table, double test_fraction, std::uint64_t seed);

/// Learns and writes the bundle to `path`, replacing what was there once the new one is whole.
Result<TrainSummary> Train(const ProfileTable& table, const TrainOptions& options, const std::string& path);

}  // namespace amsel
