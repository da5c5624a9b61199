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

TEST(SteadyClock, TellsTheProcessorTimeThatTheProcessHasHad) {
  const SteadyClock clock;
  const auto before = clock.Used();
  ASSERT_TRUE(before.has_value());
  volatile double sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum = sum + i;
  const auto after = clock.Used();
  EXPECT_GT(after->time, before->time);
  EXPECT_GE(after->preemptions, before->preemptions);
}

TEST(FakeClock, KnowsWhatIsUsedOnceItIsTold) {
  FakeClock clock;
  EXPECT_FALSE(clock.Used().has_value());
  clock.Use({Nanoseconds(3), 1});
  clock.Use({Nanoseconds(4), 0});
  EXPECT_EQ(clock.Used()->time, Nanoseconds(7));
  EXPECT_EQ(clock.Used()->preemptions, 1);
}

}  // namespace
}  // namespace amsel
