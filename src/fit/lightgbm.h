// Gradient-boosted trees by LightGBM (Ke et al. 2017), whose library is opened when it is asked for, and their export.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "fit/fit_classifier.h"

namespace amsel {

/// What LightGBM learned.
struct BoostedTrees {
  Json json;                   ///< its own dump
  std::vector<double> scores;  ///< its raw scores of the rows that were asked, [asked rows × classes]
};

/// LightGBM's C library. Thread-safe: trainings wait for one another.
class LightGbm {
 public:
  /// From $AMSEL_LIGHTGBM, the system's library path, or where scripts/setup.sh put it; opened once.
  static Result<std::shared_ptr<const LightGbm>> Open();

  virtual ~LightGbm() = default;
  /// Softmax loss, options.trees rounds, one thread. Throws std::runtime_error with LightGBM's own words.
  virtual BoostedTrees Train(const ClassifierData& data, std::span<const float> asked,
                             const ClassifierOptions& options) const = 0;
};

/// The sum of the trees of each class, from LightGBM's dump.
std::shared_ptr<const Classifier> ExportBoosted(const Json& dump, const ClassifierData& data);

}  // namespace amsel
