// The facts that every learned policy starts with.
#pragma once

#include "learn/labels.h"
#include "policy/common.h"

namespace amsel {

/// Costs and fallback order of the policy whose candidates are `among`, positions in the table.
PolicyCommon CommonFacts(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among,
                         const LearnOptions& options);

}  // namespace amsel
