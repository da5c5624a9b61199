// Binomial tails as sums outward from their largest term, which falls off faster than geometrically; the term itself by
// the saddle-point form of C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000), which keeps its
// digits where differences of lgamma lose them. Bounds invert the tails by bisection (C. J. Clopper & E. S. Pearson,
// "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934).
#include "stats/exact.h"

#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

namespace amsel {
namespace {

/// log n! less Stirling's approximation √(2πn) (n/e)ⁿ of it.
double StirlingError(double n) {
  constexpr double kSeriesFrom = 16;
  if (n < kSeriesFrom) {
    double factorial = 1;
    for (double i = 2; i <= n; ++i) factorial *= i;
    return std::log(factorial) - (n + 0.5) * std::log(n) + n - 0.5 * std::log(2 * std::numbers::pi);
  }
  const double inverse = 1 / (n * n);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - inverse / 1680) * inverse) * inverse) / n;
}

/// x log(x / mean) + mean − x without its cancellation.
double Deviance(double x, double mean) {
  const double relative = (mean - x) / x;
  return x * (relative - (std::abs(relative) < 0.5 ? std::log1p(relative) : std::log(mean / x)));
}

/// P(X = k) for 0 < p < 1.
double Probability(double k, double n, double p) {
  if (k == 0) return std::exp(n * std::log1p(-p));
  if (k == n) return std::exp(n * std::log(p));
  const double exponent =
      StirlingError(n) - StirlingError(k) - StirlingError(n - k) - Deviance(k, n * p) - Deviance(n - k, n * (1 - p));
  return std::exp(exponent) * std::sqrt(n / (2 * std::numbers::pi * k * (n - k)));
}

constexpr double kNegligible = 1e-18;  // of the sum: a term after which none matters

/// P(X ≤ k) for k at most the mean.
double LowerTail(double k, double n, double p) {
  const double odds = (1 - p) / p;
  double term = Probability(k, n, p);
  double sum = term;
  for (double i = k; i > 0 && term > sum * kNegligible; --i) {
    term *= odds * i / (n - i + 1);
    sum += term;
  }
  return sum;
}

/// P(X ≥ k) for k at least the mean.
double UpperTail(double k, double n, double p) {
  const double odds = p / (1 - p);
  double term = Probability(k, n, p);
  double sum = term;
  for (double i = k; i < n && term > sum * kNegligible; ++i) {
    term *= odds * (n - i) / (i + 1);
    sum += term;
  }
  return sum;
}

/// The two neighbouring numbers between which `below`, true at 0 and false at 1, changes.
template <typename Below>
std::pair<double, double> Boundary(const Below& below) {
  double low = 0;
  double high = 1;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return {low, high};
    (below(middle) ? low : high) = middle;
  }
}

}  // namespace

double BinomialExactly(std::int64_t k, std::int64_t trials, double p) {
  assert(0 <= k && k <= trials && p >= 0 && p <= 1);
  if (p == 0) return k == 0 ? 1 : 0;
  if (p == 1) return k == trials ? 1 : 0;
  return Probability(static_cast<double>(k), static_cast<double>(trials), p);
}

double BinomialAtMost(std::int64_t k, std::int64_t trials, double p) {
  assert(0 <= k && k <= trials && p >= 0 && p <= 1);
  if (k == trials || p == 0) return 1;
  if (p == 1) return 0;
  const auto n = static_cast<double>(trials);
  const auto x = static_cast<double>(k);
  return x <= n * p ? LowerTail(x, n, p) : 1 - UpperTail(x + 1, n, p);
}

double BinomialAtLeast(std::int64_t k, std::int64_t trials, double p) {
  assert(0 <= k && k <= trials && p >= 0 && p <= 1);
  if (k == 0 || p == 1) return 1;
  if (p == 0) return 0;
  const auto n = static_cast<double>(trials);
  const auto x = static_cast<double>(k);
  return x >= n * p ? UpperTail(x, n, p) : 1 - LowerTail(x - 1, n, p);
}

double BinomialLowerBound(std::int64_t successes, std::int64_t trials, double level) {
  assert(0 <= successes && successes <= trials && level > 0 && level < 1);
  if (successes == 0) return 0;
  return Boundary([&](double p) { return BinomialAtLeast(successes, trials, p) <= level; }).first;
}

double BinomialUpperBound(std::int64_t successes, std::int64_t trials, double level) {
  assert(0 <= successes && successes <= trials && level > 0 && level < 1);
  if (successes == trials) return 1;
  return Boundary([&](double p) { return BinomialAtMost(successes, trials, p) > level; }).second;
}

}  // namespace amsel
