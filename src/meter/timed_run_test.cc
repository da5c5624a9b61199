#include "meter/timed_run.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TimedRun Timed(microseconds wall, microseconds cpu, std::int64_t preemptions = 0) {
  return {wall, cpu, preemptions};
}

TEST(RunTimer, TellsTimeAndWhatTheProcessorsDidMeanwhile) {
  FakeClock clock;
  clock.Use({milliseconds(5), 7});
  const RunTimer timer(clock, true);
  const RunTimer elsewhere(clock, false);
  clock.Advance(milliseconds(3));
  clock.Use({milliseconds(2), 1});
  const TimedRun run = timer.Stop();
  EXPECT_EQ(run.wall, milliseconds(3));
  EXPECT_EQ(run.cpu, milliseconds(2));
  EXPECT_EQ(run.preemptions, 1);
  EXPECT_EQ(elsewhere.Stop().wall, milliseconds(3));
  EXPECT_FALSE(elsewhere.Stop().cpu.has_value());
}

TEST(RunTimer, KnowsNoCpuTimeWhereTheClockTellsNone) {
  const FakeClock clock;
  EXPECT_FALSE(RunTimer(clock, true).Stop().cpu.has_value());
}

TEST(Undisturbed, ARunIsDisturbedThatWaitedAndASwitchForNextToNothingIsNone) {
  std::vector<TimedRun> runs(40, Timed(microseconds(1000), microseconds(1000)));
  runs[0] = Timed(microseconds(1010), microseconds(1000), 1);  // 1 % of its time
  runs[1] = Timed(microseconds(1040), microseconds(1000), 1);
  runs[2] = Timed(microseconds(1040), microseconds(1000));
  runs[3] = Timed(microseconds(1200), microseconds(1000));
  runs[4] = {microseconds(9000), {}, 0};  // its CPU time is not known
  const UndisturbedTimes times = Undisturbed(runs, 1);
  EXPECT_EQ(times.disturbed_count(), 2U);
  EXPECT_NE(times.disturbed[1], 0);
  EXPECT_NE(times.disturbed[3], 0);
  EXPECT_FALSE(times.by_cpu_time);
  EXPECT_FALSE(times.Counts(1));
  EXPECT_TRUE(times.Counts(0));
  EXPECT_DOUBLE_EQ(times.ms[0], 1.01);
}

TEST(Undisturbed, CpuTimeStandsForWallTimeWhereFewerThanThirtyAreLeft) {
  std::vector<TimedRun> runs(60, Timed(milliseconds(9), milliseconds(2), 1));
  for (std::size_t i = 0; i < kFewestUndisturbed; ++i) runs[i] = Timed(milliseconds(2), milliseconds(2));
  EXPECT_FALSE(Undisturbed(runs, 1).by_cpu_time);
  runs[0] = Timed(milliseconds(9), milliseconds(2), 1);
  const UndisturbedTimes times = Undisturbed(runs, 1);
  EXPECT_TRUE(times.by_cpu_time);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_TRUE(times.Counts(i));
    EXPECT_DOUBLE_EQ(times.ms[i], 2);
  }
}

TEST(Undisturbed, FewRunsThatNobodyDisturbedAreGoneByAsTheyAre) {
  const std::vector<TimedRun> runs(5, Timed(milliseconds(2), milliseconds(1)));  // two threads, one of which waits
  const UndisturbedTimes times = Undisturbed(runs, 2);
  EXPECT_FALSE(times.by_cpu_time);
  EXPECT_DOUBLE_EQ(times.ms.front(), 2);
}

TEST(Undisturbed, CpuTimeIsDividedByTheThreadsThatWorkWhereNobodyDisturbs) {
  std::vector<TimedRun> runs(50, Timed(milliseconds(20), milliseconds(6), 2));
  for (std::size_t i = 0; i < 20; ++i) runs[i] = Timed(milliseconds(4), milliseconds(6));  // one and a half of two
  const UndisturbedTimes times = Undisturbed(runs, 2);
  EXPECT_EQ(times.disturbed_count(), 30U);
  EXPECT_TRUE(times.by_cpu_time);
  EXPECT_DOUBLE_EQ(times.ms.back(), 4);
}

TEST(AfterFactor, IsTheRatioOverPairsThatNobodyDisturbed) {
  std::vector<TimedRun> after(40, Timed(milliseconds(6), milliseconds(6)));
  std::vector<TimedRun> again(40, Timed(milliseconds(4), milliseconds(4)));
  after[3] = Timed(milliseconds(90), milliseconds(6), 1);
  again[5] = Timed(milliseconds(90), milliseconds(4), 1);
  EXPECT_DOUBLE_EQ(AfterFactor(after, again, 1), 1.5);
  for (TimedRun& run : after) run = Timed(milliseconds(90), milliseconds(5), 1);
  EXPECT_DOUBLE_EQ(AfterFactor(after, again, 1), 1.25);  // by CPU time
}

TEST(AfterFactor, ColdCachesSpeedNothingUpAndNoPairTellsNothing) {
  EXPECT_EQ(AfterFactor({}, {}, 1), 1);
  const std::vector<TimedRun> after(40, Timed(milliseconds(3), milliseconds(3)));
  const std::vector<TimedRun> again(40, Timed(milliseconds(4), milliseconds(4)));
  EXPECT_EQ(AfterFactor(after, again, 1), 1);
}

TEST(TimeOfOneThread, IsCpuTimeWhereItWasDisturbed) {
  EXPECT_EQ(TimeOfOneThread(Timed(milliseconds(9), milliseconds(2), 1)), milliseconds(2));
  EXPECT_EQ(TimeOfOneThread(Timed(microseconds(2010), microseconds(2000), 1)), microseconds(2010));
  EXPECT_EQ(TimeOfOneThread({milliseconds(9), {}, 0}), milliseconds(9));
}

TEST(DisturbedText, GivesTheShareInPercent) {
  EXPECT_EQ(DisturbedText(0.314), "31 % of the timed runs were disturbed by other programs");
}

}  // namespace
}  // namespace amsel
