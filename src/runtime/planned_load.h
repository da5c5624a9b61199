// Where the planned mean time of an operating point goes: what re-planning and the governor start from.
#pragma once

#include <vector>

#include "bundle/manifest.h"
#include "policy/path_cost.h"

namespace amsel {

/// Milliseconds an image, in the mean over the images that the point was planned with.
struct PlannedLoad {
  std::vector<double>
      candidate_ms;    ///< by candidate of the bundle: preprocessing where it comes first to it, inference
  double rest_ms = 0;  ///< features and deciding: what the plan has beyond the candidates

  double total_ms() const;
};

/// What one candidate adds to an image's time.
struct CandidateTime {
  std::size_t candidate = 0;  ///< position in the bundle
  double ms = 0;
};

/// What candidate c adds to a path, by its planning costs in milliseconds; nothing where it has none.
StepCost StepOf(const Manifest& manifest, std::size_t c);

/// Of an image on this path of the point (policy/path_cost.h).
std::vector<CandidateTime> TimesOfPath(const Manifest& manifest, const ManifestPoint& point, const PathEntry& path);

/// From the point's paths and the candidates' planning costs. A candidate without costs counts as nothing.
PlannedLoad LoadOf(const Manifest& manifest, const ManifestPoint& point);

}  // namespace amsel
