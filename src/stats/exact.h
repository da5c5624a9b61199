// Exact binomial probabilities, and exact one-sided bounds on a proportion (Clopper & Pearson 1934).
#pragma once

#include <cstdint>

namespace amsel {

/// P(X = k) for X ~ Binomial(trials, p). 0 ≤ k ≤ trials, 0 ≤ p ≤ 1. Relative error below 1e-10 up to a million trials.
double BinomialExactly(std::int64_t k, std::int64_t trials, double p);

/// P(X ≤ k) for X ~ Binomial(trials, p): the one-sided p-value of k successes against "the proportion is p or more".
/// 0 ≤ k ≤ trials, 0 ≤ p ≤ 1. Relative error below 1e-10 up to a million trials, in the thin tail too.
double BinomialAtMost(std::int64_t k, std::int64_t trials, double p);

/// P(X ≥ k): the one-sided p-value of k successes against "the proportion is p or less". As above.
double BinomialAtLeast(std::int64_t k, std::int64_t trials, double p);

/// Lower confidence bound on the proportion behind `successes` of `trials`: too high with probability at most `level`,
/// 0 < level < 1 (an error probability: 0.05 for 95 %). 0 where there are no successes, or no trials.
double BinomialLowerBound(std::int64_t successes, std::int64_t trials, double level);

/// Upper confidence bound: too low with probability at most `level`. 1 where all succeeded, or there are no trials.
/// Lower and upper bound at `level` each make an interval that errs with probability at most 2 · level.
double BinomialUpperBound(std::int64_t successes, std::int64_t trials, double level);

}  // namespace amsel
