#include "stats/paired.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "stats/exact.h"

namespace amsel {
namespace {

/// Tango's score in his own terms: the most likely share of the second alone at this loss, from its quadratic.
double ScoreOf(int first, int second, int images, double loss) {
  const double a = 2.0 * images;
  const double b = -first - second + (2.0 * images - first + second) * loss;
  const double c = -second * loss * (1 - loss);
  const double share = (-b + std::sqrt(b * b - 4 * a * c)) / (2 * a);
  const double variance = images * (2 * share + loss * (1 - loss));
  return variance <= 0 ? 0 : (first - second - images * loss) / std::sqrt(variance);
}

/// The greatest probability, over all shares of a fine grid, of the samples that are as far out: every one of them.
double SlowPValue(const PairedCounts& counts, double loss) {
  const int n = static_cast<int>(counts.images);
  const double limit =
      ScoreOf(static_cast<int>(counts.only_first), static_cast<int>(counts.only_second), n, loss) + 1e-9;
  double greatest = 0;
  for (double share = std::max(0.0, -loss); share <= (1 - loss) / 2 + 1e-12; share += 0.0005) {
    double sum = 0;
    for (int second = 0; second <= n; ++second) {
      for (int first = 0; first + second <= n; ++first) {
        if (ScoreOf(first, second, n, loss) > limit) continue;
        const double rest = std::max(0.0, 1 - 2 * share - loss);
        const double ways =
            std::lgamma(n + 1) - std::lgamma(first + 1) - std::lgamma(second + 1) - std::lgamma(n - first - second + 1);
        const auto power = [](double p, int k) { return k == 0 ? 0 : k * std::log(p); };
        sum += std::exp(ways + power(share + loss, first) + power(share, second) + power(rest, n - first - second));
      }
    }
    greatest = std::max(greatest, sum);
  }
  return greatest;
}

TEST(LossPValue, IsThatOfEverySampleAsFarOut) {
  struct Case {
    PairedCounts counts;
    double loss;
  };
  // Where the set of likely shares is all of them but a few, maximising over it differs by what it adds at most.
  for (const Case& one : {Case{{20, 1, 3}, 0.2}, Case{{20, 0, 0}, 0.1}, Case{{30, 4, 4}, 0.15}, Case{{30, 2, 9}, 0},
                          Case{{25, 1, 12}, -0.1}, Case{{24, 6, 1}, 0.3}}) {
    const double slow = SlowPValue(one.counts, one.loss);
    const double fast = LossPValue(one.counts, one.loss);
    EXPECT_NEAR(fast, slow, 0.002 * slow + 2e-5) << one.counts.only_first << " " << one.counts.only_second;
  }
}

/// The same over a grid fifty times as fine as the one that LossPValue begins with, by its own sums.
double FinePValue(const PairedCounts& counts, double loss) {
  const double low = BinomialLowerBound(counts.only_second, counts.images, 5e-6);
  const double high = std::min((1 - loss) / 2, BinomialUpperBound(counts.only_second, counts.images, 5e-6));
  const auto n = static_cast<int>(counts.images);
  const double limit =
      ScoreOf(static_cast<int>(counts.only_first), static_cast<int>(counts.only_second), n, loss) + 1e-9;
  std::vector<int> most;  // of the first, by the second's count
  for (int second = 0; second <= n; ++second) {
    int first = second == 0 ? -1 : most.back();  // it never falls
    while (first + 1 + second <= n && ScoreOf(first + 1, second, n, loss) <= limit) ++first;
    most.push_back(first);
  }
  double greatest = 0;
  for (int i = 0; i <= 1200; ++i) {
    const double share = std::max(1e-12, low + (high - low) * i / 1200);
    double sum = 0;
    for (int second = 0; second <= n; ++second) {
      const double weight = BinomialExactly(second, n, share);
      const int first = std::min(most[static_cast<std::size_t>(second)], n - second);
      if (weight > 1e-14 && first >= 0)
        sum += weight * BinomialAtMost(first, n - second, std::min(1.0, (share + loss) / (1 - share)));
    }
    greatest = std::max(greatest, sum);
  }
  return greatest;
}

TEST(LossPValue, IsNeverBelowThatOfAFineGrid) {
  Random random(11);
  for (int i = 0; i < 60; ++i) {
    const auto images = static_cast<std::int64_t>(5 + random.Below(i < 40 ? 120 : 2000));
    const auto first = static_cast<std::int64_t>(random.Below(static_cast<std::size_t>(2 + images / 8)));
    const auto second = static_cast<std::int64_t>(random.Below(static_cast<std::size_t>(2 + images / 8)));
    const double loss = 0.005 + 0.15 * random.Uniform();
    const PairedCounts counts{images, first, second};
    const double fine = FinePValue(counts, loss);
    const double fast = LossPValue(counts, loss);
    EXPECT_GE(fast, fine - 1e-12) << images << " " << first << " " << second << " " << loss;
    EXPECT_LE(fast, 1.004 * fine + 1.1e-5) << images << " " << first << " " << second << " " << loss;
  }
}

// Made by the same test written in Python with scipy.stats.binom, on a grid of 200 shares.
TEST(LossPValue, AgreesWithAnotherImplementation) {
  EXPECT_NEAR(LossPValue({1000, 12, 6}, 0.02), 0.00336, 1.5e-4);
  EXPECT_NEAR(LossPValue({1000, 15, 9}, 0.02), 0.00643, 1.5e-4);
  EXPECT_NEAR(LossPValue({1000, 24, 14}, 0.02), 0.0619, 1e-3);
  EXPECT_NEAR(LossPValue({1000, 36, 16}, 0.02), 0.5445, 1e-2);
}

TEST(LossPValue, WithoutImagesAnythingIsPossible) {
  EXPECT_EQ(LossPValue({0, 0, 0}, 0.02), 1);
  EXPECT_EQ(LossUpperBound({0, 0, 0}, 0.05), 1);
  EXPECT_EQ(LossUpperBound({7, 7, 0}, 0.05), 1);
}

TEST(LossPValue, ErrsAtMostAsOftenAsItSays) {
  // The true loss is the tested one, at several shares: how often is it rejected at 5 %?
  constexpr int kImages = 150;
  constexpr double kLoss = 0.05;
  constexpr double kLevel = 0.05;
  for (const double share : {0.0, 0.01, 0.05, 0.2}) {
    double rejected = 0;  // exactly: over all samples that have a probability
    for (int second = 0; second <= kImages; ++second) {
      const double weight = BinomialExactly(second, kImages, share);
      if (weight < 1e-9) continue;
      for (int first = 0; first + second <= kImages; ++first) {
        const double probability = weight * BinomialExactly(first, kImages - second, (share + kLoss) / (1 - share));
        if (probability < 1e-9) continue;
        if (LossPValue({kImages, first, second}, kLoss) <= kLevel)
          rejected += probability;
        else
          break;  // more of the first is less far out
      }
    }
    EXPECT_LE(rejected, kLevel) << share;
    EXPECT_GT(rejected, kLevel / 3) << share;  // nor is it needlessly strict
  }
}

TEST(LossUpperBound, IsNearlyTheLeastLossThatIsRejected) {
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    const auto images = static_cast<std::int64_t>(50 + random.Below(2000));
    const auto first = static_cast<std::int64_t>(random.Below(static_cast<std::size_t>(images / 10)));
    const auto second = static_cast<std::int64_t>(random.Below(static_cast<std::size_t>(images / 10)));
    const PairedCounts counts{images, first, second};
    const double bound = LossUpperBound(counts, 0.025);
    EXPECT_LE(LossPValue(counts, bound), 0.025);
    const double seen = static_cast<double>(first - second) / static_cast<double>(images);
    EXPECT_GT(LossPValue(counts, bound - (bound - seen) / 100), 0.025);
    // Bounds on either share at half the level are a bound, too, and a wider one but for chance.
    EXPECT_LT(bound, BinomialUpperBound(first, images, 0.0125) - BinomialLowerBound(second, images, 0.0125) + 0.002);
  }
}

}  // namespace
}  // namespace amsel
