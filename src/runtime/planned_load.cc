#include "runtime/planned_load.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "runtime/operating_point.h"

namespace amsel {

double PlannedLoad::total_ms() const {
  return std::accumulate(candidate_ms.begin(), candidate_ms.end(), rest_ms);
}

PlannedLoad LoadOf(const Manifest& manifest, const ManifestPoint& point) {
  PlannedLoad load{std::vector<double>(manifest.candidates.size(), 0), 0};
  for (const PathEntry& path : point.paths) {
    std::set<std::string> prepared;
    for (const std::string& name : path.sequence) {
      for (std::size_t c = 0; c < manifest.candidates.size(); ++c) {
        const ManifestCandidate& candidate = manifest.candidates[c];
        const CandidateCost* cost = PlanningCost(candidate);
        if (candidate.name != name || cost == nullptr) continue;
        const bool fresh = prepared.insert(candidate.preprocess_key).second;
        load.candidate_ms[c] += path.share * (cost->inference_ms + (fresh ? cost->preprocess_ms : 0));
      }
    }
  }
  load.rest_ms = std::max(0.0, point.latency_ms - load.total_ms());
  return load;
}

}  // namespace amsel
