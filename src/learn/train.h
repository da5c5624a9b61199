// From a profile to a bundle: choose a policy, learn it, and put the bundle together. Reads no clock, so that the same
// profile, options and seed give the same bundle byte for byte.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "learn/cross_validate.h"
#include "learn/learners.h"
#include "profile/table.h"

namespace amsel {

struct TrainOptions {
  LearnOptions learn;
  std::string policy = "auto";
  double test_fraction = 0;  ///< share of the images set aside, by group and class, for a later evaluation
  /// Share of the other images that is kept from learning for certificates, where the list has no split `certify`; not
  /// taken from fewer than kFewestToCertify images.
  double certify_fraction = 0.2;
  bool certify_few = false;   ///< take it from fewer images, too
  double epsilon = 0.02;      ///< certificates claim: not worse than the single best by more than this
  std::string zoo;            ///< where the DNN files are; empty: where they were profiled
  std::string premodel_onnx;  ///< where the premodel's DNN is; empty: where it was profiled
  std::function<void(int done, int folds)> progress;
};

/// Fewer images are better used for learning: a fifth of them certifies next to nothing.
inline constexpr std::size_t kFewestToCertify = 1000;

struct TrainSummary {
  Manifest manifest;
  std::optional<NearMiss> near_miss;  ///< where the bundle is the single best: what came nearest to replacing it
  std::size_t set_aside = 0;          ///< images that were not trained on
};

/// Who may look at which images.
struct TrainingSplit {
  std::vector<std::size_t> learn;
  std::vector<std::size_t> certify;  ///< opened once, when all is chosen
};

/// Leaves out the images of split test, and `test_fraction` of the rest.
TrainingSplit SplitForTraining(const Outcomes& table, const TrainOptions& options);

/// Whether a profile, of which the answers need not be there yet, suffices for Train.
Status CheckTrainable(const Outcomes& table, const TrainOptions& options);

/// Learns and writes the bundle to `path`, replacing what was there once the new one is whole.
Result<TrainSummary> Train(const ProfileTable& table, const TrainOptions& options, const std::string& path);

}  // namespace amsel
