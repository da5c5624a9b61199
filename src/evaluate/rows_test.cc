#include "evaluate/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

TEST(ImageShares, AreTheWeightsByTheirSum) {
  EXPECT_EQ(ImageShares(std::vector<double>{1, 3}), (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(ImageShares(std::vector<double>{0, 0}), (std::vector<double>{0.5, 0.5}));
}

TEST(OracleRow, NeverCountsNoneOfThemIsRightAsRight) {
  EvaluatedImages images;
  images.labels = {0, 0};
  images.weights = {1, 3};
  images.groups = {0, 1};
  images.classes = 2;
  const RowSamples cheap{"cheap", "single", "", {0, 0}, {1, 1}, {1, 1}, {1, 1}, {}, 1};
  const RowSamples dear{"dear", "single", "", {1, 0}, {1, 1}, {5, 5}, {0, 1}, {}, 5};
  const RowSamples oracle = OracleRow({dear, cheap}, images);
  EXPECT_EQ(oracle.right, (std::vector<double>{1, 0}));
  EXPECT_EQ(oracle.latency_ms, (std::vector<double>{5, 1}));  // where none is right the cheapest is charged
  EXPECT_EQ(oracle.shares, (std::map<std::string, double>{{"cheap", 0.75}, {"dear", 0.25}}));
}

}  // namespace
}  // namespace amsel
