#include "policy/path_cost.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace amsel {
namespace {

/// Candidates 0 and 1 share their input; 2 was never measured after another.
StepCost CostOf(int id) {
  constexpr int kShared = 7;
  if (id == 0) return {1, 10, kShared, 2};
  if (id == 1) return {20, 10, kShared, 25};
  return {3, 5, id, {}};
}

double Time(const std::vector<int>& path, bool begins_warm) {
  return TimeOfPath(std::span<const int>(path), begins_warm, CostOf);
}

TEST(TimeOfPath, IsWarmForOneAloneAndColdForEachOfSeveral) {
  EXPECT_EQ(Time({}, true), 0);
  EXPECT_EQ(Time({0}, true), 1 + 10);
  EXPECT_EQ(Time({0, 1}, true), 2 + 25 + 10);
  EXPECT_EQ(Time({0, 2, 1}, true), 2 + 3 + 25 + 10 + 5);
}

TEST(TimeOfPath, WhereImagesBeginWithOneOrAnotherOneAloneIsColdToo) {
  EXPECT_EQ(Time({0}, false), 2 + 10);
  EXPECT_EQ(Time({0, 1}, false), Time({0, 1}, true));
}

TEST(TimesOfPath, ChargesTheFirstOfAnInputWithPreparingIt) {
  const std::vector<int> path{1, 0, 2};
  const std::vector<StepTime> times = TimesOfPath(std::span<const int>(path), true, CostOf);
  ASSERT_EQ(times.size(), 3U);
  EXPECT_EQ(times[0].prepare, 10);
  EXPECT_EQ(times[1].prepare, 0);
  EXPECT_EQ(times[1].run, 2);
  EXPECT_EQ(times[2].prepare, 5);
}

TEST(AddedTime, IsTheDifferenceThatACandidateMakesToThePath) {
  for (const bool begins_warm : {true, false}) {
    std::vector<int> order{0, 1, 2};
    do {
      std::vector<int> path;
      for (const int id : order) {
        const double before = Time(path, begins_warm);
        const double added = AddedTime(std::span<const int>(path), id, begins_warm, CostOf);
        path.push_back(id);
        EXPECT_EQ(before + added, Time(path, begins_warm));
        EXPECT_EQ(AddedTime(std::span<const int>(path), id, begins_warm, CostOf), 0);  // it runs once
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

}  // namespace
}  // namespace amsel
