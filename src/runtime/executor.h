// Runs policies over the candidates of a bundle: what Engine and clocked evaluation share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "amsel/engine.h"
#include "base/clock.h"
#include "bundle/bundle.h"
#include "image/input_set.h"
#include "policy/episode.h"
#include "runtime/candidate_store.h"
#include "runtime/course.h"
#include "runtime/feature_source.h"

namespace amsel {

/// How long an answer may take. The call began before the executor was asked: decoding is part of it.
struct TimeBudget {
  std::optional<Nanoseconds> deadline;  ///< since the call began; absent: as long as it takes
  Nanoseconds spent{0};                 ///< by the call so far
};

/// Working memory for one image at a time over candidates that may be shared: prepares each distinct input once per
/// image, and drives episodes. Not thread-safe; each thread has its own, over one store.
class Executor {
 public:
  /// All references must outlive the executor.
  static Result<Executor> Create(std::shared_ptr<CandidateStore> store, const Clock& clock);

  /// The same with a store of its own.
  static Result<Executor> Create(const Bundle& bundle, std::vector<Placement> placements, const Clock& clock);

  const Bundle& bundle() const { return store_->bundle(); }
  CandidateStore& store() const { return *store_; }
  const Clock& clock() const { return *clock_; }

  /// Answers `image` (BGR; of a file where reads_file()) with `episode`, which runs `policy` (the bundle's own, or any
  /// over its candidates). Error when no candidate could run or none fits the budget. See Engine::Run for `steps`.
  Result<Answer> Run(const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget = {},
                     std::vector<ExplainedStep>* steps = nullptr);

  /// Whether the policy may ask for features of the image's file, which frames lack.
  bool reads_file() const { return features_ && features_->reads_file(); }

  /// Loads candidate `id` now rather than on first need.
  Status Load(CandidateId id);

  /// Runs candidate `id` on resized 8-bit pixels in its card's colour order; canonical output into log_probs[classes].
  Status RunOnPixels(CandidateId id, std::span<const std::uint8_t> pixels, std::span<float> log_probs);

  /// What follows is about another image from here on.
  void Forget() { inputs_.Forget(); }

  /// The input tensor of candidate `id` for the current image, which is always the same one until Forget().
  std::span<const std::byte> Prepare(CandidateId id, const ImageView& image);

  /// Gives `course` the features that the bundle's policy reads of that image, or, where the feature DNN cannot run,
  /// tells it that they will not come. They took what has passed since `begun`.
  void Extract(const ImageView& image, Nanoseconds begun, Course& course);

  /// What running candidate `id` next would take, by plan; a century where the bundle does not say, or where it cannot
  /// be had.
  Nanoseconds PlannedTime(CandidateId id) const;

  /// Room for the raw output of a candidate, and for its canonical one.
  std::vector<float>& raw() { return raw_; }
  std::span<float> log_probs() { return log_probs_; }

 private:
  Executor(std::shared_ptr<CandidateStore> store, const Clock& clock);

  std::shared_ptr<CandidateStore> store_;
  const Clock* clock_;
  std::optional<FeatureSource> features_;
  InputSet inputs_;
  std::vector<std::size_t> input_of_;  ///< per candidate, into inputs_
  std::vector<float> feature_values_;
  std::vector<float> raw_;
  std::vector<float> log_probs_;
};

}  // namespace amsel
