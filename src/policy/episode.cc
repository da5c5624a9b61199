#include "policy/episode.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/nan_last.h"

namespace amsel {

Episode::Episode(const Policy& policy, int operating_point)
    : policy_(&policy),
      operating_point_(operating_point),
      features_(policy.feature_names().size()),
      log_probs_(static_cast<std::size_t>(policy.candidate_count()) * policy.class_count()),
      scratch_(policy.scratch_size()),
      pooled_(static_cast<std::size_t>(policy.class_count())) {
  assert(operating_point >= 0 && static_cast<std::size_t>(operating_point) < policy.operating_points().size());
  path_.reserve(static_cast<std::size_t>(policy.candidate_count()));
}

void Episode::Begin() {
  extracted_ = false;
  denied_ = false;
  path_.clear();
  tried_ = {};
  std::fill(scratch_.begin(), scratch_.end(), 0.0F);
}

void Episode::ObserveFeatures(std::span<const float> features) {
  assert(features.size() == features_.size());
  std::copy(features.begin(), features.end(), features_.begin());
  extracted_ = true;
}

EpisodeState Episode::State() const {
  const std::span<const float> features = extracted_ ? std::span<const float>(features_) : std::span<const float>();
  return {features, denied_, path_, operating_point_, policy_->class_count(), log_probs_, scratch_};
}

CandidateSet Episode::Untried(CandidateSet allowed) const {
  CandidateSet untried;
  for (CandidateId id = 0; id < policy_->candidate_count(); ++id) {
    if (allowed.Contains(id) && !tried_.Contains(id)) untried.Insert(id);
  }
  return untried;
}

Step Episode::Next(CandidateSet allowed) const {
  return policy_->Next(State(), Untried(allowed));
}

void Episode::Observe(CandidateId id, LogProbs log_probs) {
  assert(log_probs.size() == pooled_.size() && !tried_.Contains(id));
  std::copy(log_probs.begin(), log_probs.end(),
            log_probs_.begin() + static_cast<std::ptrdiff_t>(id * log_probs.size()));
  path_.push_back(id);
  tried_.Insert(id);
}

Prediction Episode::Answer() const {
  if (path_.empty()) return {};
  policy_->Pool(State(), pooled_);
  const std::size_t best = HighestOf(std::span<const float>(pooled_));
  return {static_cast<int>(best), std::exp(pooled_[best]), pooled_};
}

std::vector<ExplanationNote> Episode::Explain(CandidateSet allowed) const {
  return policy_->Explain(State(), Untried(allowed));
}

}  // namespace amsel
