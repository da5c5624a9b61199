#include "base/cores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace amsel {
namespace {

TEST(Cores, AThreadStaysWhereItIsPinned) {
  const std::vector<int> cores = AllowedCores();
  ASSERT_THAT(cores, testing::Not(testing::IsEmpty()));
  std::jthread([&] {
    ASSERT_TRUE(PinThisThread(cores.back()).ok());
    EXPECT_THAT(AllowedCores(), testing::ElementsAre(cores.back()));
    EXPECT_EQ(sched_getcpu(), cores.back());
  }).join();
  EXPECT_EQ(AllowedCores(), cores);  // of this thread
}

TEST(Cores, AProcessorThatIsNotThereIsAnError) {
  EXPECT_FALSE(PinThisThread(-1).ok());
  EXPECT_FALSE(PinThisThread(1'000'000).ok());
}

}  // namespace
}  // namespace amsel
