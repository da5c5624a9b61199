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

}  // namespace
}  // namespace amsel
