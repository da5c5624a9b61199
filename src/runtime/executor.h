// Runs policies over the candidates of a bundle: what Engine and clocked evaluation share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "amsel/engine.h"
#include "backend/candidate_runner.h"
#include "base/clock.h"
#include "bundle/bundle.h"
#include "features/features.h"
#include "image/input_set.h"

namespace amsel {

/// How long an answer may take. The call began before the executor was asked: decoding is part of it.
struct TimeBudget {
  std::optional<Nanoseconds> deadline;  ///< since the call began; absent: as long as it takes
  Nanoseconds spent{0};                 ///< by the call so far
};

/// Loads candidates on first need, prepares each distinct input once per image, and drives episodes. Not thread-safe.
class Executor {
 public:
  /// All references must outlive the executor.
  static Result<Executor> Create(const Bundle& bundle, Backend& backend, const SessionOptions& options,
                                 const Clock& clock);

  /// Answers `image` (BGR) with `episode`, which runs `policy` (the bundle's own, or any over its candidates). Error
  /// when no candidate could run, when none fits the budget, or when the policy reads features of the image's file and
  /// there is none. See Engine::Run for `steps`.
  Result<Answer> Run(const Policy& policy, Episode& episode, const ImageView& image, const TimeBudget& budget = {},
                     std::vector<ExplainedStep>* steps = nullptr);

  /// Loads candidate `id` now rather than on first need.
  Status Load(CandidateId id);

  /// Runs candidate `id` on resized 8-bit pixels in its card's colour order; canonical output into log_probs[classes].
  Status RunOnPixels(CandidateId id, std::span<const std::uint8_t> pixels, std::span<float> log_probs);

 private:
  class Call;

  Executor(const Bundle& bundle, Backend& backend, const SessionOptions& options, const Clock& clock);
  Status RunCandidate(CandidateId id, const ImageView& image, Answer& answer);
  /// What running candidate `id` next would take, by plan; a century where the bundle does not say.
  Nanoseconds PlannedTime(CandidateId id) const;

  const Bundle* bundle_;
  Backend* backend_;
  SessionOptions options_;
  const Clock* clock_;
  std::optional<FeatureExtractor> extractor_;
  InputSet inputs_;
  std::vector<std::size_t> input_of_;                    ///< per candidate, into inputs_
  std::vector<std::optional<CandidateRunner>> runners_;  ///< per candidate, once loaded
  std::vector<float> log_probs_;
};

}  // namespace amsel
