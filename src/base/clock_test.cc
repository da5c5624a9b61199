#include "base/clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

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

/// Whether waiting until then ended before it was woken.
class WaitUntil : public testing::Test {
 protected:
  bool Expires(const Clock& clock, Nanoseconds until) {
    const MutexLock lock(mutex_);
    while (!woken_) {
      if (!clock.WaitUntil(condition_, mutex_, until)) return true;
    }
    return false;
  }
  void Wake() {
    const MutexLock lock(mutex_);
    woken_ = true;
    condition_.WakeAll();
  }

  Mutex mutex_;
  Condition condition_;
  bool woken_ AMSEL_GUARDED_BY(mutex_) = false;
};

TEST_F(WaitUntil, EndsWhenTheClockSaysSo) {
  FakeClock fake;
  std::jthread other([&] { fake.Advance(std::chrono::hours(1)); });
  EXPECT_TRUE(Expires(fake, std::chrono::hours(1)));
  const SteadyClock steady;
  EXPECT_TRUE(Expires(steady, steady.Now()));
}

TEST_F(WaitUntil, EndsWhenItIsWoken) {
  {
    std::jthread other([&] { Wake(); });
    EXPECT_FALSE(Expires(SteadyClock(), SteadyClock().Now() + std::chrono::hours(1)));
  }
  {
    const MutexLock lock(mutex_);
    woken_ = false;
  }
  std::jthread other([&] { Wake(); });
  EXPECT_FALSE(Expires(FakeClock(), std::chrono::hours(1)));
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
