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

/// From the point's paths and the candidates' planning costs. A candidate without costs counts as nothing.
PlannedLoad LoadOf(const Manifest& manifest, const ManifestPoint& point);

}  // namespace amsel
