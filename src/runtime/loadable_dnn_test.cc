#include "runtime/loadable_dnn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class LoadableDnnTest : public testing::Test {
 protected:
  TwoCandidates world_{std::string("loadable_dnn_test_") +
                       testing::UnitTest::GetInstance()->current_test_info()->name()};
  const Bundle bundle_ = Bundle::Open(world_.path()).value();
  const std::string file_ = bundle_.Files(bundle_.candidate(TwoCandidates::kLarge)).model;
  LoadableDnn dnn_{bundle_, {TwoCandidates::kLarge}, Placement{&world_.backend, {}}};
};

TEST_F(LoadableDnnTest, ADamagedFileIsNotReadForEveryImage) {
  const std::string sound = ReadFile(file_).value();
  ASSERT_TRUE(WriteFile(file_, "damaged").ok());
  const Error first = dnn_.Open().error();
  EXPECT_THAT(first.message, HasSubstr("the bundle is damaged"));
  EXPECT_EQ(dnn_.damage()->message, first.message);
  ASSERT_TRUE(WriteFile(file_, sound).ok());
  EXPECT_EQ(dnn_.Open().error().message, first.message);
}

TEST_F(LoadableDnnTest, AFileThatCouldNotBeReadIsTriedAgain) {
  std::filesystem::rename(file_, file_ + ".away");
  EXPECT_THAT(dnn_.Open().error().message, HasSubstr("cannot be opened"));
  EXPECT_FALSE(dnn_.damage().has_value());
  std::filesystem::rename(file_ + ".away", file_);
  EXPECT_TRUE(dnn_.Open().ok());
}

TEST_F(LoadableDnnTest, BeforeItHasBeenLoadedItIsTakenToNeedWhatTheBundleSaysOrElseItsFile) {
  const ResidentDnn guessed = dnn_.Unloaded();
  EXPECT_EQ(guessed.bytes, 3);
  EXPECT_FALSE(guessed.bytes_known);
  const TwoCandidates world("loadable_dnn_test_told", TwoCandidates::Resident(100, 200));
  const Bundle bundle = Bundle::Open(world.path()).value();
  const ResidentDnn told = LoadableDnn(bundle, {TwoCandidates::kLarge}, {}).Unloaded();
  EXPECT_EQ(told.bytes, 200);
  EXPECT_EQ(told.file_bytes, 3);
  EXPECT_TRUE(told.bytes_known);
}

TEST_F(LoadableDnnTest, ThreadsTakeTurnsWhereASessionIsNotConcurrent) {
  world_.backend.concurrent = false;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  world_.Replace("large", [&](std::span<const std::byte>, int, std::vector<float>&) {
    most = std::max<int>(most, ++inside);
    std::this_thread::yield();
    --inside;
    return Status();
  });
  dnn_.Keep(dnn_.Open().value());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<float> raw;
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(dnn_.Infer(dnn_.RunnerOf(TwoCandidates::kLarge), {}, 1, world_.clock, raw).ok());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace amsel
