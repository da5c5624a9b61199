#include "policy/policy.h"

#include <algorithm>

namespace amsel {

void Policy::Pool(const EpisodeState& state, std::span<float> out) const {
  const LogProbs last = state.LogProbsOf(state.path.back());
  std::copy(last.begin(), last.end(), out.begin());
}

CandidateSet Policy::ReachedAt(int /*point*/) const {
  return CandidateSet::All(candidate_count());
}

CandidateId Policy::OnlyCandidateAt(int /*point*/) const {
  return kNoCandidate;
}

bool Policy::BeginsWithOne(int /*point*/) const {
  return candidate_count() == 1;
}

bool Policy::ReadsFeaturesWithin(int /*point*/, int /*stages*/) const {
  return !feature_names().empty();
}

bool Policy::DecideAlike(int a, int b) const {
  return a == b;
}

double Policy::DearestPath(int point, std::span<const StepCost> costs, double features_cost) const {
  const bool warm = BeginsWithOne(point);
  double dearest = 0;
  for (const StepCost& cost : costs) dearest = std::max(dearest, cost.Run(warm) + cost.prepare);
  return features_cost + dearest;
}

std::unique_ptr<Policy> Policy::WithPoints(std::span<const PointOf> /*points*/,
                                           std::vector<double> /*costs_ms*/) const {
  return nullptr;
}

std::unique_ptr<Policy> Policy::Forced(int /*point*/, int /*stages*/) const {
  return nullptr;
}

}  // namespace amsel
