// Learners of the policies that decide once.
#pragma once

#include "fit/fit_classifier.h"
#include "learn/learned_policy.h"

namespace amsel {

/// Always the single best of the rows.
LearnedPolicy LearnSingle(const Outcomes& table, Rows rows, const LearnOptions& options);

/// The paper's premodel: Algorithm 1's portfolio in its order, a gate each on the rows that earlier gates' labels leave
/// over. Gate n is learned by learner n, the last of them from there on. The single best is in the bundle even when it
/// is not in the portfolio.
LearnedPolicy LearnChain(const Outcomes& table, Rows rows, const LearnOptions& options,
                         const std::vector<ClassifierLearner>& gates);

/// One classifier over the candidates of Algorithm 1's portfolio, and "none", for which the one of options.on_none
/// answers.
LearnedPolicy LearnMulticlass(const Outcomes& table, Rows rows, const LearnOptions& options,
                              const ClassifierLearner& learner);

/// kNN estimates of P(right) for every candidate less a price for time. The price is chosen by cross-validation within
/// the rows: the highest accuracy, then the cheapest within one standard error of it; candidates that are then never
/// chosen are left out (the single best stays).
LearnedPolicy LearnPRight(const Outcomes& table, Rows rows, const LearnOptions& options);

}  // namespace amsel
