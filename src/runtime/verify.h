// Does this device give the answers that the bundle was trained on? Runs the conformance tensors of every candidate.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"
#include "bundle/bundle.h"
#include "runtime/executor.h"

namespace amsel {

struct ConformanceResult {
  std::string candidate;
  int tensors = 0;
  double largest_difference = 0;  ///< between probabilities, over all tensors and classes
  int same_answers = 0;           ///< tensors whose top class is the recorded one
  bool holds = false;             ///< largest_difference is within the tolerance
};

/// Probabilities may differ by this much between back ends, devices and releases before a certificate is void.
inline constexpr double kConformanceTolerance = 0.02;

/// One result per candidate, each where it is placed. Error when a candidate cannot be loaded or run at all.
Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements);

/// The same for one candidate, with an executor over the bundle.
Result<ConformanceResult> VerifyCandidate(const Bundle& bundle, CandidateId id, Executor& executor);

}  // namespace amsel
