#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace amsel {
namespace {

TEST(ParallelFor, DoesEveryPieceOnce) {
  for (const std::size_t count : {0, 1, 1000}) {
    std::vector<int> done(count, 0);
    ParallelFor(count, [&](std::size_t i) { ++done[i]; });
    EXPECT_EQ(done, std::vector<int>(count, 1));
  }
}

TEST(ParallelFor, AnExceptionComesOut) {
  for (const std::size_t count : {1, 1000}) {
    EXPECT_THROW(ParallelFor(count, [](std::size_t) { throw std::runtime_error("faulty"); }), std::runtime_error);
  }
}

TEST(ParallelFor, AnExceptionOfAnotherThreadComesOut) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "there is no other thread";
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<bool> thrown{false};
  const auto work = [&](std::size_t) {
    if (std::this_thread::get_id() != caller) {
      thrown = true;
      throw std::runtime_error("faulty");
    }
    while (!thrown) std::this_thread::yield();
  };
  EXPECT_THROW(ParallelFor(2, work), std::runtime_error);
}

}  // namespace
}  // namespace amsel
