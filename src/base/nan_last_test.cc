#include "base/nan_last.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace amsel {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(NanLast, ComesLastBothWays) {
  std::vector<float> values{kNan, 2, kNan, 1, 3};
  std::stable_sort(values.begin(), values.end(), [](float a, float b) { return LowFirst(a) < LowFirst(b); });
  EXPECT_EQ(std::vector<float>(values.begin(), values.begin() + 3), (std::vector<float>{1, 2, 3}));
  EXPECT_TRUE(std::isnan(values[3]) && std::isnan(values[4]));
  std::stable_sort(values.begin(), values.end(), [](float a, float b) { return HighFirst(a) > HighFirst(b); });
  EXPECT_EQ(std::vector<float>(values.begin(), values.begin() + 3), (std::vector<float>{3, 2, 1}));
  EXPECT_TRUE(std::isnan(values[3]) && std::isnan(values[4]));
}

TEST(NanLast, IsNeverTheHighest) {
  const auto highest = [](const std::vector<float>& values) { return HighestOf(std::span<const float>(values)); };
  EXPECT_EQ(highest({kNan, -5, -3, kNan, -3}), 2U);
  EXPECT_EQ(highest({kNan, -std::numeric_limits<float>::infinity()}), 1U);
  EXPECT_EQ(highest({1, kNan, 1}), 0U);
  EXPECT_EQ(highest({kNan, kNan}), 0U);
}

}  // namespace
}  // namespace amsel
