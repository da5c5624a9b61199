// One input at one operating point of a policy.
#pragma once

#include <span>
#include <vector>

#include "policy/policy.h"

namespace amsel {

/// An answer: the most probable class (ties to the lowest index) and the distribution that it came from.
struct Prediction {
  int label = -1;         ///< class index; −1 while nothing has run (never a default answer)
  float probability = 0;  ///< of `label`, in 0..1
  LogProbs log_probs;     ///< by class; owned by the episode, valid until it moves on
};

/// What has been seen so far, and what to do next. The one stage loop: simulation, engine, batch and replay all advance
/// this object. Pure, reusable through Begin() without allocation, not thread-safe.
class Episode {
 public:
  /// Allocates all that later calls need. The policy must outlive the episode.
  explicit Episode(const Policy& policy, int operating_point = 0);

  /// Starts on a new input: nothing extracted, nothing run.
  void Begin();

  /// The image's features, as many as the policy has names for. Copied.
  void ObserveFeatures(std::span<const float> features);

  /// The features will not come: there is no time for them (only after something has run), or they cannot be had. Where
  /// nothing has run the most capable candidate that may runs without them.
  void DenyFeatures() { denied_ = true; }

  /// The next step; `allowed` are those that may run now. Candidates already observed or failed are never proposed.
  Step Next(CandidateSet allowed) const;

  /// The canonical output of a candidate that ran: log_probs[classes]. Copied.
  void Observe(CandidateId id, LogProbs log_probs);

  /// Candidate `id` could not run; it is not proposed again for this input.
  void MarkFailed(CandidateId id) { tried_.Insert(id); }

  /// The answer from what has run; valid at any time.
  Prediction Answer() const;

  /// Candidates observed, in order.
  std::span<const CandidateId> path() const { return path_; }

  /// Why Next decides as it does now. Allocates.
  std::vector<ExplanationNote> Explain(CandidateSet allowed) const;

 private:
  EpisodeState State() const;
  CandidateSet Untried(CandidateSet allowed) const;

  const Policy* policy_;
  int operating_point_;
  bool extracted_ = false;
  bool denied_ = false;
  CandidateSet tried_;
  std::vector<CandidateId> path_;
  std::vector<float> features_;
  std::vector<float> log_probs_;
  mutable std::vector<float> scratch_;
  mutable std::vector<float> pooled_;
};

}  // namespace amsel
