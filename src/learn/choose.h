// Choosing a policy by validation, the simplest first.
#pragma once

#include "learn/learned_policy.h"

namespace amsel {

/// Learns the single best, the P(right) premodel and the chain by cross-validation within the rows and keeps the
/// simplest that no other beats: a more complex one must gain more than one standard error in accuracy, or lose none
/// and save more than one standard error of time; none that takes longer than the single best, by one standard error,
/// beats. The staged policy comes last and is taken where any of its named points beats, on answers that its parts had
/// not seen. Then learns the winner on all rows; where one candidate is all that it would run, the single best. Without
/// image features there are no premodels, without confidences there is no staged policy.
LearnedPolicy LearnByValidation(const Outcomes& table, Rows rows, const LearnOptions& options);

}  // namespace amsel
