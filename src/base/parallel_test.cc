#include "base/parallel.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace amsel
