#include "stats/auc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "base/random.h"

namespace amsel {
namespace {

/// All pairs, one by one.
double NaiveAuc(const std::vector<float>& scores, const std::vector<double>& truth,
                const std::vector<double>& weights) {
  double won = 0;
  double pairs = 0;
  for (std::size_t p = 0; p < scores.size(); ++p) {
    for (std::size_t n = 0; n < scores.size(); ++n) {
      const double weight = weights[p] * truth[p] * weights[n] * (1 - truth[n]);
      won += weight * (scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0);
      pairs += weight;
    }
  }
  return won / pairs;
}

std::vector<int> Alone(std::size_t count) {
  std::vector<int> groups(count);
  std::iota(groups.begin(), groups.end(), 0);
  return groups;
}

TEST(ComputeAuc, EqualsTheShareOfPairsWithTiesWeightsAndSharedTruth) {
  Random random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<float> scores;
    std::vector<double> truth;
    std::vector<double> weights;
    for (int i = 0; i < 60; ++i) {
      scores.push_back(static_cast<float>(random.Below(12)));
      truth.push_back(round % 2 == 0 ? static_cast<double>(random.Below(2)) : random.Uniform());
      weights.push_back(0.5 + random.Uniform());
    }
    const auto auc = ComputeAuc(scores, truth, weights, Alone(60));
    ASSERT_TRUE(auc);
    EXPECT_NEAR(auc->value, NaiveAuc(scores, truth, weights), 1e-12);
  }
}

TEST(ComputeAuc, ScoresThatAreNoNumbersAreTheLowestAndTied) {
  const float nan = std::nanf("");
  const std::vector<double> truth{1, 0, 1, 0, 1};
  const std::vector<float> with_nan{nan, 1, 2, nan, nan};
  const std::vector<float> lowest{-9, 1, 2, -9, -9};
  EXPECT_DOUBLE_EQ(ComputeAuc(with_nan, truth, {}, Alone(5))->value, ComputeAuc(lowest, truth, {}, Alone(5))->value);
}

TEST(ComputeAuc, IsOneForPerfectScoresAndAHalfForConstantOnes) {
  const std::vector<double> truth{0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(ComputeAuc(std::vector<float>{1, 2, 3, 4}, truth, {}, Alone(4))->value, 1);
  EXPECT_DOUBLE_EQ(ComputeAuc(std::vector<float>{4, 3, 2, 1}, truth, {}, Alone(4))->value, 0);
  EXPECT_DOUBLE_EQ(ComputeAuc(std::vector<float>{7, 7, 7, 7}, truth, {}, Alone(4))->value, 0.5);
}

TEST(ComputeAuc, IsAbsentWhereOneKindIsMissing) {
  EXPECT_FALSE(ComputeAuc(std::vector<float>{1, 2}, std::vector<double>{1, 1}, {}, Alone(2)));
  EXPECT_FALSE(ComputeAuc(std::vector<float>{1, 2}, std::vector<double>{0, 0}, {}, Alone(2)));
  EXPECT_FALSE(ComputeAuc({}, {}, {}, {}));
}

TEST(ComputeAuc, ItsIntervalHoldsTheTruthAsOftenAsItClaims) {
  Random random(11);
  int holds = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<float> scores;
    std::vector<double> truth;
    for (int i = 0; i < 200; ++i) {
      truth.push_back(static_cast<double>(random.Below(2)));
      const double u = random.Uniform();
      scores.push_back(static_cast<float>(truth.back() > 0 ? std::max(u, random.Uniform()) : u));  // 2/3
    }
    const auto auc = ComputeAuc(scores, truth, {}, Alone(200));
    holds += auc->interval.low <= 2.0 / 3 && 2.0 / 3 <= auc->interval.high ? 1 : 0;
  }
  EXPECT_GT(holds, 0.92 * 400);
  EXPECT_LT(holds, 0.98 * 400);
}

TEST(ComputeAuc, CopiesOfAnImageInItsGroupTellNothingNew) {
  Random random(5);
  std::vector<float> scores;
  std::vector<double> truth;
  std::vector<float> copied_scores;
  std::vector<double> copied_truth;
  std::vector<int> copied_groups;
  for (int i = 0; i < 100; ++i) {
    scores.push_back(static_cast<float>(random.Uniform()));
    truth.push_back(static_cast<double>(random.Below(2)));
    for (int copy = 0; copy < 9; ++copy) {
      copied_scores.push_back(scores.back());
      copied_truth.push_back(truth.back());
      copied_groups.push_back(i);
    }
  }
  const auto once = ComputeAuc(scores, truth, {}, Alone(100));
  const auto copied = ComputeAuc(copied_scores, copied_truth, {}, copied_groups);
  EXPECT_NEAR(once->value, copied->value, 1e-12);
  EXPECT_NEAR(once->standard_error, copied->standard_error, 1e-12);
}

TEST(NormalHalfWidth, IsTheKnownQuantile) {
  EXPECT_NEAR(NormalHalfWidth(0.95), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalHalfWidth(0.99), 2.5758293035489004, 1e-12);
}

}  // namespace
}  // namespace amsel
