// Certificates of a policy's operating points, from images that took no part in learning it.
#pragma once

#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "learn/learned_policy.h"

namespace amsel {

/// What choosing has seen: the rows it was done on, and per point what was done with each of them by parts that had not
/// seen it.
struct SeenInChoosing {
  Rows rows;
  const std::vector<std::vector<SimulatedRun>>& runs;
};

/// Plays every distinct point over `rows`, which learning has not seen, and adds the certificates to the points of
/// `manifest`: a bound on the accuracy, and whether it is not worse than the single best by more than `epsilon`. Points
/// are tested in the order of the bound that is expected by `seen`, the safest first. Where the claim does not hold,
/// `images_needed` says about how many images would show it. Adds none where rows is empty.
Status IssueCertificates(const Outcomes& table, Rows rows, const LearnedPolicy& learned, const SeenInChoosing& seen,
                         double epsilon, const LearnOptions& options, Manifest& manifest);

}  // namespace amsel
