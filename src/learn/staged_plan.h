// From the cascades that were chosen to the policy that runs them.
#pragma once

#include <string>
#include <vector>

#include "learn/learned_policy.h"
#include "learn/stage_search.h"
#include "learn/staged_heads.h"

namespace amsel {

/// A staged policy whose operating points are `points`, with heads and gates (which read `features`) fitted on all
/// rows. The space must hold the outcomes of all its sets.
LearnedPolicy PlanStaged(const Outcomes& table, const StagedRows& rows, const std::vector<std::string>& features,
                         const SearchSpace& space, const StagedHeads& heads, const std::vector<NamedCascade>& points,
                         const LearnOptions& options);

}  // namespace amsel
