#include "runtime/planned_load.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "runtime/operating_point.h"

namespace amsel {

double PlannedLoad::total_ms() const {
  return std::accumulate(candidate_ms.begin(), candidate_ms.end(), rest_ms);
}

std::vector<CandidateTime> TimesOfPath(const Manifest& manifest, const ManifestPoint& point, const PathEntry& path) {
  const bool begins_with_one = std::all_of(point.paths.begin(), point.paths.end(), [&](const PathEntry& other) {
    return other.sequence.empty() || path.sequence.empty() || other.sequence.front() == path.sequence.front();
  });
  const bool warm = begins_with_one && path.sequence.size() == 1;
  std::vector<CandidateTime> times;
  std::set<std::string> prepared;
  for (const std::string& name : path.sequence) {
    const ManifestCandidate* candidate = FindCandidate(manifest, name);
    const CandidateCost* cost = candidate == nullptr ? nullptr : PlanningCost(*candidate);
    if (cost == nullptr) continue;
    const bool fresh = prepared.insert(candidate->preprocess_key).second;
    times.push_back({static_cast<std::size_t>(candidate - manifest.candidates.data()),
                     cost->InferenceMs(warm) + (fresh ? cost->preprocess_ms : 0)});
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
