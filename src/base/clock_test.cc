#include "base/clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace amsel {
namespace {

TEST(FromMilliseconds, RoundsToNanosecondsAndNeverOverflows) {
  EXPECT_EQ(FromMilliseconds(1.5), Nanoseconds(1'500'000));
  EXPECT_EQ(FromMilliseconds(0.0000006), Nanoseconds(1));
  EXPECT_EQ(FromMilliseconds(-2), std::chrono::milliseconds(-2));
  const Nanoseconds century = FromMilliseconds(std::numeric_limits<double>::infinity());
  EXPECT_GT(century, std::chrono::hours(24) * 365 * 99);
  EXPECT_GT(century + century, century);
  EXPECT_EQ(FromMilliseconds(std::numeric_limits<double>::quiet_NaN()), century);
}

}  // namespace
}  // namespace amsel
