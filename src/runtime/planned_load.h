// Where the planned mean time of an operating point goes: what re-planning and the governor start from.
#pragma once

#include <vector>

#include "bundle/manifest.h"

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

/// Of an image on this path of the point, by the candidates' planning costs: each preprocessing counts once, where it
/// comes first; of several candidates each costs what it does after another, as does one alone where the point's paths
/// begin with one or another.
std::vector<CandidateTime> TimesOfPath(const Manifest& manifest, const ManifestPoint& point, const PathEntry& path);

/// From the point's paths and the candidates' planning costs. A candidate without costs counts as nothing.
PlannedLoad LoadOf(const Manifest& manifest, const ManifestPoint& point);

}  // namespace amsel
