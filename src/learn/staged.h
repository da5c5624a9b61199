// The learner of the staged policy.
#pragma once

#include "learn/learned_policy.h"

namespace amsel {

/// Slots, gates, heads, orders and thresholds from the rows: gates and heads are cross-fitted over inner folds, so that
/// orders, thresholds and operating points are chosen on answers to images that the heads had not seen; then gates and
/// heads are fitted on all rows. The operating points are balanced, fast, accurate, steady and pareto-1 ….
LearnedPolicy LearnStaged(const Outcomes& table, Rows rows, const LearnOptions& options);

/// One candidate with its own head: what adaptation alone gives. Has one operating point, `default`.
LearnedPolicy LearnAdaptedSingle(const Outcomes& table, Rows rows, std::size_t candidate, const LearnOptions& options);

}  // namespace amsel
