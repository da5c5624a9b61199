#include "base/in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

namespace amsel {
namespace {

class InOrderTest : public testing::TestWithParam<std::size_t> {
 protected:
  std::atomic<int> next_{0};
  std::vector<int> given_;
};

TEST_P(InOrderTest, ResultsComeInTheOrderOfTheWork) {
  constexpr int kCount = 500;
  InOrder<int, int> stream;
  stream.take = [this]() -> std::optional<int> { return next_ < kCount ? std::optional<int>(next_++) : std::nullopt; };
  stream.work = [](std::size_t, int& item) {
    for (int i = 0; i < item % 7; ++i) std::this_thread::yield();
    return item * item;
  };
  stream.give = [this](int& square) { given_.push_back(square); };
  stream.Run(GetParam());
  ASSERT_EQ(given_.size(), static_cast<std::size_t>(kCount));
  for (int i = 0; i < kCount; ++i) EXPECT_EQ(given_[static_cast<std::size_t>(i)], i * i);
}

TEST_P(InOrderTest, WhoeverIsFarAheadWaits) {
  std::atomic<int> done{0};
  std::atomic<int> most_ahead{0};
  InOrder<int, int> stream;
  stream.take = [this]() -> std::optional<int> { return next_ < 300 ? std::optional<int>(next_++) : std::nullopt; };
  stream.work = [&](std::size_t, int& item) { return item; };
  stream.give = [&](int&) {
    most_ahead = std::max<int>(most_ahead, next_.load() - done);
    ++done;
  };
  stream.Run(GetParam());
  EXPECT_EQ(done, 300);
  EXPECT_LE(most_ahead, static_cast<int>(4 * GetParam()));
}

TEST_P(InOrderTest, AnExceptionEndsTheWorkAndComesOut) {
  InOrder<int, int> stream;
  stream.take = [this]() -> std::optional<int> { return next_++; };
  stream.work = [](std::size_t, int& item) -> int {
    if (item == 50) throw std::runtime_error("fifty");
    return item;
  };
  stream.give = [this](int& number) { given_.push_back(number); };
  EXPECT_THROW(stream.Run(GetParam()), std::runtime_error);
  EXPECT_LE(given_.size(), 50U);
}

INSTANTIATE_TEST_SUITE_P(Workers, InOrderTest, testing::Values(1, 2, 5));

TEST(InOrder, WorkersWorkAtOnce) {
  std::latch together(2);
  int next = 0;
  InOrder<int, int> stream;
  stream.take = [&]() -> std::optional<int> { return next < 2 ? std::optional(next++) : std::nullopt; };
  stream.work = [&](std::size_t worker, int&) {
    together.arrive_and_wait();
    return static_cast<int>(worker);
  };
  std::vector<int> workers;
  stream.give = [&](int& worker) { workers.push_back(worker); };
  stream.Run(2);
  EXPECT_EQ(workers.size(), 2U);
  EXPECT_NE(workers[0], workers[1]);
}

}  // namespace
}  // namespace amsel
