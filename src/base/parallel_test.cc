#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
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

TEST(ParallelFor, GivesOnWhatACallThrows) {
  std::atomic<int> calls = 0;
  const auto fail_at_seven = [&](std::size_t i) {
    ++calls;
    if (i == 7) throw std::runtime_error("seven");
  };
  EXPECT_THROW(ParallelFor(100'000, fail_at_seven), std::runtime_error);
  EXPECT_GE(calls, 8);
}

}  // namespace
}  // namespace amsel
