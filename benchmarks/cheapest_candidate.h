// Which candidate of a bundle costs the least where it was profiled.
#pragma once

#include "bundle/bundle.h"

namespace amsel {

inline double PlannedMs(const ManifestCandidate& candidate) {
  return candidate.costs.front().preprocess_ms + candidate.costs.front().inference_ms;
}

inline CandidateId CheapestCandidate(const Bundle& bundle) {
  const auto& candidates = bundle.manifest().candidates;
  std::size_t best = 0;
  for (std::size_t c = 1; c < candidates.size(); ++c) {
    if (PlannedMs(candidates[c]) < PlannedMs(candidates[best])) best = c;
  }
  return static_cast<CandidateId>(best);
}

}  // namespace amsel
