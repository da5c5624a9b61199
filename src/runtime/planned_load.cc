#include "runtime/planned_load.h"

#include <algorithm>
#include <numeric>

#include "runtime/operating_point.h"

namespace amsel {

double PlannedLoad::total_ms() const {
  return std::accumulate(candidate_ms.begin(), candidate_ms.end(), rest_ms);
}

StepCost StepOf(const Manifest& manifest, std::size_t c) {
  const auto same_input = [&](const ManifestCandidate& other) {
    return other.preprocess_key == manifest.candidates[c].preprocess_key;
  };
  const auto first = std::find_if(manifest.candidates.begin(), manifest.candidates.end(), same_input);
  const auto input = static_cast<int>(first - manifest.candidates.begin());
  const DnnCost* cost = PlanningCost(manifest.candidates[c]);
  if (cost == nullptr) return {0, 0, input};
  return {cost->inference_ms, cost->preprocess_ms, input, cost->inference_after_ms};
}

std::vector<CandidateTime> TimesOfPath(const Manifest& manifest, const ManifestPoint& point, const PathEntry& path) {
  const bool begins_with_one = std::all_of(point.paths.begin(), point.paths.end(), [&](const PathEntry& other) {
    return other.sequence.empty() || path.sequence.empty() || other.sequence.front() == path.sequence.front();
  });
  std::vector<std::size_t> candidates;
  for (const std::string& name : path.sequence) {
    const ManifestCandidate* candidate = FindCandidate(manifest, name);
    if (candidate == nullptr || PlanningCost(*candidate) == nullptr) continue;
    candidates.push_back(static_cast<std::size_t>(candidate - manifest.candidates.data()));
  }
  const std::vector<StepTime> steps = TimesOfPath(std::span<const std::size_t>(candidates), begins_with_one,
                                                  [&](std::size_t c) { return StepOf(manifest, c); });
  std::vector<CandidateTime> times;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    times.push_back({candidates[at], steps[at].run + steps[at].prepare});
  }
  return times;
}

PlannedLoad LoadOf(const Manifest& manifest, const ManifestPoint& point) {
  PlannedLoad load{std::vector<double>(manifest.candidates.size(), 0), 0};
  for (const PathEntry& path : point.paths) {
    for (const CandidateTime& one : TimesOfPath(manifest, point, path))
      load.candidate_ms[one.candidate] += path.share * one.ms;
  }
  load.rest_ms = std::max(0.0, point.latency_ms - load.total_ms());
  return load;
}

}  // namespace amsel
