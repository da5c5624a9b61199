#include "backend/run_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace amsel {
namespace {

using std::chrono::milliseconds;

void AdvanceUntil(const std::function<bool()>& done, FakeClock& clock) {
  while (!done()) {
    clock.Advance(milliseconds(1));
    std::this_thread::yield();
  }
}

TEST(RunWatch, EndsWhatTakesTooLongOnceAndNothingElse) {
  FakeClock clock;
  RunWatch watch(milliseconds(20), clock);
  std::atomic<int> ends = 0;
  {
    const RunWatch::Watched quick(watch, [&] { ends += 100; });
  }
  const RunWatch::Watched endless(watch, [&] { ++ends; });
  AdvanceUntil([&] { return endless.ended(); }, clock);
  const Nanoseconds ended = clock.Now();
  EXPECT_GE(ended, milliseconds(20));
  const RunWatch::Watched next(watch, [&] { ends += 10; });
  AdvanceUntil([&] { return next.ended(); }, clock);
  EXPECT_GE(clock.Now(), ended + milliseconds(20));
  EXPECT_EQ(ends, 11);
}

TEST(RunWatch, WatchesManyAtOnce) {
  FakeClock clock;
  RunWatch watch(milliseconds(10), clock);
  std::atomic<int> ends = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::atomic<bool> end = false;
      const RunWatch::Watched run(watch, [&] { end = true; });
      while (!end) std::this_thread::yield();
      ++ends;
    });
  }
  AdvanceUntil([&] { return ends == 4; }, clock);
}

}  // namespace
}  // namespace amsel
