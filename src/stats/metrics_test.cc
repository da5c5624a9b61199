#include "stats/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace amsel {
namespace {

TEST(MacroMetrics, EqualHandComputedFigures) {
  const std::vector<int> truth{0, 0, 0, 1, 1, 2};
  const std::vector<int> predicted{0, 0, 1, 1, 2, -1};
  const MacroMetrics metrics = ComputeMacroMetrics(truth, predicted, {}, 4);  // class 3 never occurs
  EXPECT_NEAR(metrics.recall, (2.0 / 3 + 1.0 / 2 + 0) / 3, 1e-12);
  EXPECT_NEAR(metrics.precision, (1.0 + 1.0 / 2 + 0) / 3, 1e-12);
  EXPECT_NEAR(metrics.f1, (0.8 + 0.5 + 0) / 3, 1e-12);
  EXPECT_EQ(metrics.balanced_accuracy, metrics.recall);
}

TEST(MacroMetrics, WeightsCount) {
  const std::vector<int> truth{0, 0};
  const std::vector<int> predicted{0, 1};
  EXPECT_NEAR(ComputeMacroMetrics(truth, predicted, std::vector<double>{3, 1}, 2).recall, 0.75, 1e-12);
}

TEST(Quantile, WhatIsNoNumberComesLast) {
  const double nan = std::nan("");
  std::vector<double> values{nan, 3, nan, 1, 2, nan};
  EXPECT_EQ(Quantile(values, 0.5), 3);
  EXPECT_EQ(Quantile(values, 0), 1);
  EXPECT_TRUE(std::isnan(Quantile(values, 0.99)));
}

TEST(Quantile, IsTheNearestRank) {
  std::vector<double> values{5, 1, 4, 2, 3};
  EXPECT_EQ(Quantile(values, 0.5), 3);
  EXPECT_EQ(Quantile(values, 0.99), 5);
  EXPECT_EQ(Quantile(values, 0), 1);
  std::vector<double> none;
  EXPECT_EQ(Quantile(none, 0.5), 0);
}

}  // namespace
}  // namespace amsel
