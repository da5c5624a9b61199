// What every policy that amsel learns knows of its surroundings.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace amsel {

struct PolicyCommon {
  int classes = 0;
  std::vector<double> costs_ms;  ///< per candidate: planned cost of running it alone
  std::vector<CandidateId>
      fallback;  ///< all candidates, the single best, then the most capable first: who answers when the choice may not
  std::vector<std::string> feature_names;  ///< empty where no feature is read
  std::vector<std::string> operating_points{"default"};

  /// The most capable candidate of `allowed`; kNoCandidate where it is empty.
  CandidateId MostCapable(CandidateSet allowed) const {
    for (const CandidateId id : fallback) {
      if (allowed.Contains(id)) return id;
    }
    return kNoCandidate;
  }
};

/// A policy with these facts; what remains is how it decides.
class CommonPolicy : public Policy {
 public:
  explicit CommonPolicy(PolicyCommon common) : common_(std::move(common)) {}

  const PolicyCommon& common() const { return common_; }
  int candidate_count() const override { return static_cast<int>(common_.costs_ms.size()); }
  int class_count() const override { return common_.classes; }
  const std::vector<std::string>& feature_names() const override { return common_.feature_names; }
  const std::vector<std::string>& operating_points() const override { return common_.operating_points; }

 protected:
  /// Begins what Save() adds.
  void SaveCommon(PolicyRecord& record) const;
  float CostMs(CandidateId id) const { return static_cast<float>(common_.costs_ms[static_cast<std::size_t>(id)]); }
  /// Whether a decision that reads features must ask for them first.
  bool NeedsFeatures(const EpisodeState& state) const { return state.features.size() < common_.feature_names.size(); }

 private:
  PolicyCommon common_;
};

}  // namespace amsel
