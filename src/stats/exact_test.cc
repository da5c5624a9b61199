#include "stats/exact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace amsel {
namespace {

/// Sum of all terms k = first … last, each from lgamma: slow and obvious.
double SumOfTerms(std::int64_t first, std::int64_t last, std::int64_t trials, double p) {
  long double sum = 0;
  const auto n = static_cast<long double>(trials);
  for (std::int64_t i = first; i <= last; ++i) {
    const auto k = static_cast<long double>(i);
    const long double log_choose = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
    sum += std::exp(log_choose + k * std::log(static_cast<long double>(p)) +
                    (n - k) * std::log1p(-static_cast<long double>(p)));
  }
  return static_cast<double>(sum);
}

void ExpectRelative(double value, double expected, double tolerance) {
  EXPECT_LE(std::abs(value - expected), tolerance * expected + 1e-300) << value << " is not " << expected;
}

struct KnownTail {
  std::int64_t k;
  std::int64_t trials;
  double p;
  double at_least;
  double at_most;
};

struct KnownBounds {
  std::int64_t successes;
  std::int64_t trials;
  double level;
  double lower;
  double upper;
};

TEST(BinomialTails, EqualTheSumOfTheirTerms) {
  for (const std::int64_t n : {1, 2, 7, 15, 16, 17, 40, 333}) {
    for (const double p : {1e-19, 1e-4, 0.02, 0.3, 0.5, 0.77, 0.98, 0.9999}) {
      for (std::int64_t k = 0; k <= n; k += 1 + n / 20) {
        SCOPED_TRACE(::testing::Message() << k << " of " << n << ", p " << p);
        ExpectRelative(BinomialAtMost(k, n, p), SumOfTerms(0, k, n, p), 1e-12);
        ExpectRelative(BinomialAtLeast(k, n, p), SumOfTerms(k, n, n, p), 1e-12);
      }
    }
  }
}

TEST(BinomialTails, EqualKnownValues) {  // scipy.stats.binom 1.17: sf(k − 1), cdf(k)
  const std::vector<KnownTail> known{
      {3, 10, 0.5, 0.9453125, 0.171875},
      {280, 300, 0.9, 0.028678962932749824, 0.9828818672770717},
      {520, 1000, 0.5, 0.10872414660207075, 0.9026168357691174},
      {900, 1000, 0.5, 6.701717790006182e-162, 1},
      {501000, 1000000, 0.5, 0.0228041499326948, 0.9773038320453267},
      {123456, 1000000, 0.1225, 0.0017986799615916486, 0.9982187641174994},
      {40, 1000000, 1e-5, 7.338409669445836e-13, 0.9999999999998224},
      {999999, 1000000, 0.99999, 0.0004993787977157832, 0.9999546023401903},
  };
  for (const KnownTail& tail : known) {
    SCOPED_TRACE(::testing::Message() << tail.k << " of " << tail.trials);
    ExpectRelative(BinomialAtLeast(tail.k, tail.trials, tail.p), tail.at_least, 1e-10);
    ExpectRelative(BinomialAtMost(tail.k, tail.trials, tail.p), tail.at_most, 1e-10);
  }
}

TEST(BinomialTails, AreCertainAtTheEnds) {
  EXPECT_EQ(BinomialAtMost(0, 0, 0.3), 1);
  EXPECT_EQ(BinomialAtLeast(0, 0, 0.3), 1);
  EXPECT_EQ(BinomialAtMost(2, 5, 0), 1);
  EXPECT_EQ(BinomialAtMost(2, 5, 1), 0);
  EXPECT_EQ(BinomialAtLeast(2, 5, 0), 0);
  EXPECT_EQ(BinomialAtLeast(2, 5, 1), 1);
  EXPECT_EQ(BinomialAtMost(5, 5, 0.3), 1);
  EXPECT_EQ(BinomialAtLeast(0, 5, 0.3), 1);
}

TEST(BinomialBounds, EqualKnownValues) {  // scipy.stats.beta 1.17: ppf(level, k, n − k + 1), isf(level, k + 1, n − k)
  const std::vector<KnownBounds> known{
      {0, 10, 0.05, 0, 0.2588655508930523},
      {10, 10, 0.05, 0.7411344491069477, 1},
      {3, 10, 0.025, 0.06673951117773447, 0.6524528500599973},
      {8, 10, 0.0125, 0.40096098654576956, 0.9825383987037724},
      {1, 300, 0.0125, 4.192839500314262e-05, 0.02107999814922068},
      {5, 300, 0.0125, 0.004532065154116101, 0.04200264517306892},
      {280, 300, 0.025, 0.8989143547885917, 0.9588059837861013},
      {12, 1200, 0.0125, 0.0046778828945292965, 0.01857002735885505},
      {1034, 1200, 0.0015625, 0.8299404224674612, 0.8896196625727679},
      {500000, 1000000, 0.3, 0.4997372998274805, 0.5002627001725195},
      {123456, 1000000, 0.025, 0.12281184162962973, 0.12410234027680268},
      {1, 1000000, 0.025, 2.5317807663794178e-08, 5.571630655166941e-06},
      {999990, 1000000, 0.001, 0.9999758661994086, 0.9999970394706872},
  };
  for (const KnownBounds& bounds : known) {
    SCOPED_TRACE(::testing::Message() << bounds.successes << " of " << bounds.trials);
    ExpectRelative(BinomialLowerBound(bounds.successes, bounds.trials, bounds.level), bounds.lower, 1e-11);
    ExpectRelative(BinomialUpperBound(bounds.successes, bounds.trials, bounds.level), bounds.upper, 1e-11);
  }
}

TEST(BinomialBounds, LieWhereTheTailEqualsTheLevel) {
  for (const std::int64_t n : {5, 60, 1000}) {
    for (std::int64_t k = 1; k < n; k += 1 + n / 15) {
      for (const double level : {1e-6, 0.0125, 0.05, 0.7}) {
        SCOPED_TRACE(::testing::Message() << k << " of " << n << ", level " << level);
        ExpectRelative(SumOfTerms(k, n, n, BinomialLowerBound(k, n, level)), level, 1e-9);
        ExpectRelative(SumOfTerms(0, k, n, BinomialUpperBound(k, n, level)), level, 1e-9);
      }
    }
  }
}

TEST(BinomialBounds, KnowNothingWithoutTrials) {
  EXPECT_EQ(BinomialLowerBound(0, 0, 0.05), 0);
  EXPECT_EQ(BinomialUpperBound(0, 0, 0.05), 1);
}

/// The coverage of a bound is a finite sum, so it is computed here, not sampled.
TEST(BinomialBounds, ErrNoMoreOftenThanTheLevel) {
  constexpr std::int64_t kTrials = 80;
  constexpr double kLevel = 0.05;
  double most = 0;
  for (double p = 0.01; p < 1; p += 0.01) {
    double too_high = 0;
    double too_low = 0;
    for (std::int64_t k = 0; k <= kTrials; ++k) {
      if (BinomialLowerBound(k, kTrials, kLevel) > p) too_high += SumOfTerms(k, k, kTrials, p);
      if (BinomialUpperBound(k, kTrials, kLevel) < p) too_low += SumOfTerms(k, k, kTrials, p);
    }
    EXPECT_LE(too_high, kLevel) << p;
    EXPECT_LE(too_low, kLevel) << p;
    most = std::max(most, too_high);
  }
  EXPECT_GT(most, 0.9 * kLevel);
}

}  // namespace
}  // namespace amsel
