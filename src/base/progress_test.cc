#include "base/progress.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

using std::chrono::seconds;

TEST(Progress, ShowsRateAndTimeLeft) {
  EXPECT_EQ(ProgressLine("profile", 1500, 6000, seconds(10)),
            "profile [######------------------] 1500/6000  150/s  30s left");
  EXPECT_EQ(ProgressLine("p", 1, 601, seconds(1)), "p [------------------------] 1/601  1.0/s  10m00s left");
}

TEST(Progress, ClaimsNoRateBeforeAnythingIsDone) {
  EXPECT_EQ(ProgressLine("p", 0, 8, seconds(3)), "p [------------------------] 0/8");
}

TEST(ReportOn, ABarStartsWithTheFirstReportAndGivesWayToTheNext) {
  const FakeClock clock;
  std::unique_ptr<Progress> bar;
  const auto first = ReportOn(bar, "first", clock);
  const auto second = ReportOn(bar, "second", clock);
  EXPECT_EQ(bar, nullptr);
  first(1, 2);
  const Progress* shown = bar.get();
  ASSERT_NE(shown, nullptr);
  first(2, 2);
  EXPECT_EQ(bar.get(), shown);
  auto kept = std::move(bar);  // so that its address is not used again
  second(1, 2);
  EXPECT_NE(bar.get(), shown);
  EXPECT_NE(bar, nullptr);
}

}  // namespace
}  // namespace amsel
