// The turns of a feature DNN: what it gives for the images of a block becomes features of the profile. Internal to
// the profiler.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backend/backends.h"
#include "backend/feature_dnn_runner.h"
#include "base/clock.h"
#include "image/preprocess.h"
#include "profile/store.h"

namespace amsel {

/// Usage error where the profile has values of a feature DNN: a run that goes on with it needs that DNN.
Status CheckNoFeatureDnn(ProfileStore& store);

class FeatureDnnTurn {
 public:
  /// Opens the DNN in `file` with the card that lies by it.
  static Result<FeatureDnnTurn> Open(const std::string& file, const Placement& at);

  /// Puts it on record. What another DNN gave, or one with another card, is dropped.
  Status Settle(const Placement& at, ProfileStore& store);

  const FeatureDnnRunner& runner() const { return runner_; }

  static bool Misses(const StoredProgress& done, std::int64_t input);

  /// Runs on each image, after one run that is not timed, and stores its values as features of `inputs` and its time,
  /// preparing the input included, as their stage. `images` must not be empty. Where it fails on an image, `failed` is
  /// told the position and why, the file named, and nothing is stored; an error of `failed` ends it.
  Status Run(const std::vector<const Image*>& images, const std::vector<std::int64_t>& inputs, const Clock& clock,
             ProfileStore& store, const std::function<Status(std::size_t position, const Error& why)>& failed);

 private:
  FeatureDnnTurn(std::string file, std::string sha256, FeatureDnnRunner runner);
  Status Infer(const Image& image);

  std::string file_;
  std::string sha256_;
  FeatureDnnRunner runner_;
  Preprocessor preprocessor_;
  std::vector<std::byte> tensor_;
  std::vector<float> values_;
};

}  // namespace amsel
