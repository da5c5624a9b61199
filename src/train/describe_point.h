// What the manifest says of an operating point.
#pragma once

#include "bundle/manifest.h"
#include "learn/learned_policy.h"

namespace amsel {

/// How the policy did at operating point `which` on the training images `rows`, by `runs` in which each was judged by a
/// policy that had not seen it; `best` is the single best.
ManifestPoint DescribePoint(const Outcomes& table, Rows rows, const LearnedPolicy& learned, std::size_t which,
                            const std::vector<SimulatedRun>& runs, std::size_t best, const LearnOptions& options);

}  // namespace amsel
