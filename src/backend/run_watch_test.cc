#include "backend/run_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace amsel {
namespace {

using std::chrono::milliseconds;

TEST(RunWatch, EndsWhatTakesTooLongAndNothingElse) {
  RunWatch watch(milliseconds(20));
  std::atomic<int> ends = 0;
  {
    const RunWatch::Watched quick(watch, [&] { ends += 100; });
  }
  const RunWatch::Watched endless(watch, [&] { ++ends; });
  while (!endless.ended()) std::this_thread::yield();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(ends, 1);
}

TEST(RunWatch, WatchesManyAtOnce) {
  RunWatch watch(milliseconds(10));
  std::atomic<int> ends = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::atomic<bool> end = false;
      const RunWatch::Watched run(watch, [&] { end = true; });
      while (!end) std::this_thread::yield();
      ++ends;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ends, 4);
}

}  // namespace
}  // namespace amsel
