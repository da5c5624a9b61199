// What comes of evaluating a bundle, replayed or clocked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evaluate/results.h"
#include "profile/store.h"

namespace amsel {

/// What the bundle's policy did with one image.
struct BundleAnswer {
  std::string key;
  int label = -1;                       ///< −1 where it abstained
  std::vector<std::string> candidates;  ///< that ran, in order
  std::string operating_point;
};

struct BundleEvaluation {
  Evaluation evaluation;
  std::size_t left_out = 0;                                         ///< images that the bundle was trained on
  std::vector<std::pair<std::string, std::string>> skipped;         ///< key and reason
  std::vector<FailedRun> failed_runs;                               ///< rows without an answer, or with a degraded one
  std::vector<BundleAnswer> answers;                                ///< operating point by point, image by image
  std::vector<std::pair<std::string, std::string>> without_energy;  ///< row and reason, where it was asked for
};

}  // namespace amsel
