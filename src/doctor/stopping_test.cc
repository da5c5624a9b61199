// Stopping, its nulls and its bound, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/policies.h"
#include "stats/bootstrap.h"
#include "tests/support/easy_and_hard.h"

namespace amsel {
namespace {

constexpr std::size_t kImages = 240;

std::vector<int> ThreeFolds() {
  std::vector<int> fold_of;
  for (std::size_t i = 0; i < kImages; ++i) fold_of.push_back(static_cast<int>(i / 24 % 3));
  return fold_of;
}

TEST(PlayStopping, SetsBesideEachPointWhatStoppingBlindlyDoes) {
  const Outcomes outcomes = SureWhereRight(kImages);
  const Subject subject = SubjectOf(outcomes, AllRows(outcomes), 1);
  const PlayedStopping played = PlayStopping(subject, ThreeFolds(), {});
  ASSERT_EQ(played.points.size(), 3U);
  for (std::size_t point = 0; point < 2; ++point) {
    const auto& [row, null] = played.points[point];
    EXPECT_EQ(row.name, "pooled cascade");
    EXPECT_EQ(row.operating_point, point == 0 ? "balanced" : "fast");
    for (std::size_t r = 0; r < kImages; ++r) {  // a quarter goes on, and `large` makes up for it
      ASSERT_EQ(row.right[r], 1) << r;
      ASSERT_EQ(row.latency_ms[r], IsEasy(r) ? 1 : 5) << r;
      ASSERT_NEAR(null.right[r], IsEasy(r) ? 1 : 0.25, 1e-12) << r;
      ASSERT_NEAR(null.latency_ms[r], 2, 1e-12) << r;
    }
    EXPECT_NEAR(row.shares.at("small"), 1, 1e-12);
    EXPECT_NEAR(row.shares.at("large"), 0.25, 1e-12);
    EXPECT_EQ(null.shares, row.shares);
  }
  // Nothing is more accurate than `large` alone: that one stops nowhere but there, and is its own null.
  const auto& [accurate, null] = played.points[2];
  EXPECT_EQ(accurate.operating_point, "accurate");
  EXPECT_EQ(accurate.latency_ms, std::vector<double>(kImages, 4));
  EXPECT_EQ(null.right, accurate.right);
  EXPECT_EQ(null.latency_ms, accurate.latency_ms);
}

TEST(PlayStopping, ItsBoundRunsTheCheapestThatIsRightAlone) {
  const Outcomes outcomes = SureWhereRight(kImages);
  const Subject subject = SubjectOf(outcomes, AllRows(outcomes), 1);
  const RowSamples oracle = PlayStopping(subject, ThreeFolds(), {}).pooled_oracle.value();
  for (std::size_t r = 0; r < kImages; ++r) {
    EXPECT_EQ(oracle.right[r], 1) << r;
    EXPECT_EQ(oracle.latency_ms[r], IsEasy(r) ? 1 : 4) << r;
  }
}

}  // namespace
}  // namespace amsel
