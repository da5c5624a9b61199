// From outcomes to a bundle: choose a policy, learn it, and put the bundle together. Reads no clock, so that the same
// outcomes, options and seed give the same bundle byte for byte.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "learn/cross_validate.h"
#include "learn/learners.h"
#include "learn/options.h"
#include "train/assemble.h"
#include "train/split.h"

namespace amsel {

struct TrainOptions {
  LearnOptions learn;
  std::string policy = "auto";
  SplitOptions split;
  double epsilon = 0.02;  ///< certificates claim: not worse than the single best by more than this
  DnnPlaces dnns;
  std::function<void(int done, int folds)> progress;
};

/// Declares those that are training's own, as DeclareLearnOptions does those of learners.
template <typename Options, typename Declare>
void DeclareTrainOptions(Options& options, Declare&& declare) {
  declare("test-fraction", options.split.test_fraction, Within<double>{0, 0.9},
          "Share of the images to set aside for a later evaluation, by group and class (in twentieths)");
  declare("certify-fraction", options.split.certify_fraction, Within<double>{0, 0.9},
          "Share of the other images to keep from learning for certificates (in twentieths; where it is not given, "
          "from 1000 images on, where the list has no split certify)");
  declare("epsilon", options.epsilon, Within<double>{0, 1},
          "Certificates claim: not worse than the single best by more than this share");
}

struct TrainSummary {
  Manifest manifest;
  std::optional<NearMiss> near_miss;  ///< where the bundle is the single best: what came nearest to replacing it
  std::size_t set_aside = 0;          ///< images that were not trained on
};

/// Whether a table, of which the answers need not be there yet, suffices for the two below.
Status CheckTrainable(const Outcomes& table, const TrainOptions& options);

/// Learns and writes the bundle to `path`, replacing what was there once the new one is whole.
Result<TrainSummary> Train(const ProfileTable& table, const TrainOptions& options, const std::string& path);

/// The same from a table of the user's own: the bundle holds the policy alone, for whoever runs the DNNs
/// (amsel/decisions.h). It has no certificates where answers are worth something between right and wrong.
Result<TrainSummary> TrainOnOutcomes(const Outcomes& table, const TrainOptions& options, const std::string& path);

}  // namespace amsel
