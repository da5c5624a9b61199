#include "runtime/candidate_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <latch>
#include <thread>

#include "base/file.h"
#include "base/resident_memory.h"
#include "runtime/placement.h"
#include "tests/support/loading_gate.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

using testing::HasSubstr;
constexpr CandidateId kSmall = TwoCandidates::kSmall;
constexpr CandidateId kLarge = TwoCandidates::kLarge;
constexpr CandidateId kThird = 2;
constexpr std::chrono::nanoseconds kNoPatience{0};
constexpr int kLoaders = 4;
constexpr std::int64_t kAllExplained = INT64_MAX / 2;  ///< more than any process has beside candidates
constexpr std::int64_t kMegabyte = 1'000'000;

/// A change: a third candidate, with a DNN or a mere view of one that is there.
void AddThird(BundleContents& contents, const std::string& folder) {
  static const StagedPolicy policy({2, {1, 4, 4}, {1, 0, 2}, {}, {"fast", "accurate"}}, [] {
    StagedPlan plan;
    plan.slots = {{{kSmall}, -1}};
    plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}};
    plan.nodes.resize(1);
    plan.roots = {0, 0};
    return plan;
  }());
  contents.policy = &policy;
  contents.manifest.policy_kind = policy.kind();
  contents.manifest.features.clear();
  ManifestCandidate third = contents.manifest.candidates[kLarge];
  third.name = "third";
  third.folder = folder;
  contents.manifest.candidates.push_back(third);
  if (!contents.folders.contains(folder)) contents.folders[folder] = contents.folders["large"];
}

/// Two candidates (or three) and a store over them.
class StoreTest : public testing::Test {
 protected:
  explicit StoreTest(const std::function<void(BundleContents&)>& change = {}) : change_(change) {}

  static void Allow(CandidateStore& store, std::int64_t bytes, std::int64_t base = kAllExplained) {
    store.SetBudget({base + bytes, base});
  }
  /// Loading is planned to take a while.
  static bool Loaded(const CandidateStore& store, CandidateId id) {
    return store.TimeToLoad(id) == std::chrono::nanoseconds(0);
  }
  void CountOpens() {
    world_.backend.on_open = [this](const std::string&) { ++opens_; };
  }

  std::function<void(BundleContents&)> change_;
  TwoCandidates world_{std::string("store_test_") + testing::UnitTest::GetInstance()->current_test_info()->name(),
                       change_};
  const Bundle bundle_ = Bundle::Open(world_.path()).value();
  std::atomic<int> opens_{0};
  CandidateStore store_{bundle_, PlaceCandidatesOn(bundle_.manifest(), {}, world_.backend).value(), world_.clock};
};

TEST_F(StoreTest, ACandidateIsLoadedOnceHoweverManyThreadsWantIt) {
  std::latch together(kLoaders);
  CountOpens();
  std::vector<std::jthread> threads;
  for (int t = 0; t < kLoaders; ++t) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      EXPECT_TRUE(store_.Get(kLarge).ok());
    });
  }
  threads.clear();
  EXPECT_EQ(opens_, 1);
  EXPECT_TRUE(Loaded(store_, kLarge));
  EXPECT_FALSE(Loaded(store_, kSmall));
}

TEST_F(StoreTest, WhoeverWaitsForALoadThatFailsHearsWhy) {
  ASSERT_TRUE(WriteFile(bundle_.Files(bundle_.candidate(kLarge)).model, "damaged").ok());
  std::vector<std::jthread> threads;
  for (int t = 0; t < kLoaders; ++t) {
    threads.emplace_back([&] {
      const auto use = store_.Get(kLarge);
      ASSERT_FALSE(use.ok());
      EXPECT_THAT(use.error().message, HasSubstr("damaged"));
    });
  }
  threads.clear();
  EXPECT_TRUE(store_.Get(kSmall).ok());
}

TEST_F(StoreTest, OthersRunWhileOneIsBeingLoaded) {
  LoadingGate gate(world_.backend, "large");
  std::jthread loader([&] { EXPECT_TRUE(store_.Get(kLarge).ok()); });
  gate.AwaitLoading();
  EXPECT_TRUE(store_.Get(kSmall).ok());
  EXPECT_EQ(store_.TimeToLoad(kSmall), std::chrono::nanoseconds(0));
  world_.clock.Advance(std::chrono::milliseconds(30));
  EXPECT_EQ(store_.TimeToLoad(kLarge), std::chrono::milliseconds(70));  // of a planned 100
  world_.clock.Advance(std::chrono::milliseconds(90));
  EXPECT_EQ(store_.TimeToLoad(kLarge), std::chrono::milliseconds(100));
  EXPECT_THAT(store_.Get(kLarge, kNoPatience).error().message, HasSubstr("still being loaded"));
  gate.LetItGoOn();
  EXPECT_TRUE(store_.Get(kLarge).ok());
}

TEST_F(StoreTest, PatienceEndsByTheClockThatItIsGiven) {
  LoadingGate gate(world_.backend, "large");
  std::jthread loader([&] { EXPECT_TRUE(store_.Get(kLarge).ok()); });
  gate.AwaitLoading();
  std::atomic<bool> told{false};
  std::jthread impatient([&] {
    EXPECT_THAT(store_.Get(kLarge, std::chrono::hours(1)).error().message, HasSubstr("still being loaded"));
    told = true;
  });
  while (!told) {
    world_.clock.Advance(std::chrono::hours(1));
    std::this_thread::yield();
  }
  gate.LetItGoOn();
}

TEST_F(StoreTest, GettingTellsWhatLoadingTook) {
  world_.backend.on_open = [this](const std::string&) { world_.clock.Advance(std::chrono::milliseconds(7)); };
  EXPECT_EQ(store_.Get(kLarge)->load(), std::chrono::milliseconds(7));
  EXPECT_EQ(store_.Get(kLarge)->load(), std::chrono::nanoseconds(0));
}

TEST_F(StoreTest, WantedCandidatesAreLoadedBesideWhatGoesOn) {
  store_.Want(kLarge);
  while (!Loaded(store_, kLarge)) std::this_thread::yield();
  EXPECT_EQ(store_.TimeToLoad(kLarge), std::chrono::nanoseconds(0));
}

TEST_F(StoreTest, WhereTheBundleDoesNotSayItMeasures) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  std::vector<char> weights;
  world_.backend.on_open = [&](const std::string&) { weights.assign(kBytes, 1); };
  EXPECT_EQ(store_.BytesOf(kLarge), 3);  // its file
  Allow(store_, std::int64_t{1} << 30);
  ASSERT_TRUE(store_.Get(kLarge).ok());
  EXPECT_GE(store_.BytesOf(kLarge), static_cast<std::int64_t>(kBytes / 2));
}

TEST_F(StoreTest, WhatIsFoundTooLargeWhenItIsLoadedDoesNotStay) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  std::vector<char> weights;
  world_.backend.on_open = [&](const std::string&) { weights.assign(kBytes, 1); };
  Allow(store_, 1000);
  EXPECT_THAT(store_.Get(kLarge).error().message, HasSubstr("does not fit the memory budget"));
  EXPECT_FALSE(store_.Fits(kLarge));
  EXPECT_FALSE(Loaded(store_, kLarge));
}

/// 100 and 200 bytes.
class SizedStoreTest : public StoreTest {
 protected:
  SizedStoreTest() : StoreTest(TwoCandidates::Resident(100, 200)) {}
};

TEST_F(SizedStoreTest, WhatDoesNotFitTogetherTakesTurns) {
  CountOpens();
  Allow(store_, 250);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store_.Get(kSmall).ok());
    EXPECT_FALSE(Loaded(store_, kLarge));
    ASSERT_TRUE(store_.Get(kLarge).ok());
    EXPECT_FALSE(Loaded(store_, kSmall));
  }
  EXPECT_EQ(opens_, 6);
}

TEST_F(SizedStoreTest, WhatFitsTogetherStays) {
  CountOpens();
  Allow(store_, 303);  // and three for the file that is read
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store_.Get(kSmall).ok());
    ASSERT_TRUE(store_.Get(kLarge).ok());
  }
  EXPECT_EQ(opens_, 2);
}

TEST_F(SizedStoreTest, WhatTheBudgetCannotHoldIsNeverLoaded) {
  Allow(store_, 150);
  EXPECT_TRUE(store_.Fits(kSmall));
  EXPECT_FALSE(store_.Fits(kLarge));
  EXPECT_FALSE(store_.Get(kLarge).ok());
  ASSERT_TRUE(store_.Get(kSmall).ok());
  EXPECT_TRUE(Loaded(store_, kSmall));
}

TEST_F(SizedStoreTest, WhatRunsNeverLeaves) {
  Allow(store_, 250);
  std::optional<CandidateStore::Use> running(store_.Get(kSmall).value());
  EXPECT_FALSE(store_.TimeToLoad(kLarge).has_value());
  EXPECT_THAT(store_.Get(kLarge, kNoPatience).error().message, HasSubstr("others were running"));
  EXPECT_TRUE(Loaded(store_, kSmall));
  std::latch asking(1);
  std::jthread patient([&] {
    asking.count_down();
    EXPECT_TRUE(store_.Get(kLarge).ok());
  });
  asking.wait();
  EXPECT_FALSE(Loaded(store_, kLarge));
  running.reset();
  patient.join();
  EXPECT_TRUE(Loaded(store_, kLarge));
  EXPECT_FALSE(Loaded(store_, kSmall));
}

TEST_F(SizedStoreTest, LoadAllTakesTheMostUsefulThatFitTogether) {
  Allow(store_, 250);
  store_.SetShares({0.1, 0.9});
  store_.LoadAll();
  EXPECT_TRUE(Loaded(store_, kLarge));
  EXPECT_FALSE(Loaded(store_, kSmall));
}

/// 100 and 200 MB.
class LargeStoreTest : public StoreTest {
 protected:
  LargeStoreTest() : StoreTest(TwoCandidates::Resident(100 * kMegabyte, 200 * kMegabyte)) {}
};

TEST_F(LargeStoreTest, WhatTheProcessHasBesideCountsWhereOthersCanMakeUpForIt) {
  Allow(store_, 310 * kMegabyte,
        ResidentBytes() - 250 * kMegabyte);  // 150 that no candidate explains, once `small` is there
  ASSERT_TRUE(store_.Get(kSmall).ok());
  ASSERT_TRUE(store_.Get(kLarge).ok());
  EXPECT_TRUE(Loaded(store_, kSmall));  // its leaving would not have been enough
  CandidateStore other(bundle_, PlaceCandidatesOn(bundle_.manifest(), {}, world_.backend).value(), world_.clock);
  Allow(other, 310 * kMegabyte, ResidentBytes() - 150 * kMegabyte);  // 50
  ASSERT_TRUE(other.Get(kSmall).ok());
  ASSERT_TRUE(other.Get(kLarge).ok());
  EXPECT_FALSE(Loaded(other, kSmall));
}

/// 500 MB, and what the bundle does not say.
class UnsaidStoreTest : public StoreTest {
 protected:
  UnsaidStoreTest() : StoreTest(TwoCandidates::Resident(500 * kMegabyte, 0)) {}
};

TEST_F(UnsaidStoreTest, WhatIsFoundToNeedTheRoomOfWhatRunsWaitsForIt) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  std::vector<char> weights;
  world_.backend.on_open = [&](const std::string& path) {
    if (path.find("large") != std::string::npos) weights.assign(kBytes, 1);
  };
  Allow(store_, 510 * kMegabyte);  // room for what a sanitizer adds to the 32 MB, and not beside `small`
  std::optional<CandidateStore::Use> running(store_.Get(kSmall).value());
  std::jthread patient([&] {
    const auto use = store_.Get(kLarge);
    EXPECT_TRUE(use.ok()) << use.error().message;
  });
  while (store_.BytesOf(kLarge) <= 10 * kMegabyte) std::this_thread::yield();  // until it has been measured
  EXPECT_FALSE(Loaded(store_, kLarge));
  running.reset();
  patient.join();
  EXPECT_TRUE(Loaded(store_, kLarge));
  EXPECT_FALSE(Loaded(store_, kSmall));
}

/// 100, 200 and 200 bytes.
class ThreeStoreTest : public StoreTest {
 protected:
  ThreeStoreTest()
      : StoreTest([](BundleContents& contents) {
          TwoCandidates::Resident(100, 200)(contents);
          AddThird(contents, "third");
        }) {
    world_.backend.Add(world_.path() + "/candidates/third/model.onnx",
                       FakeBackend::Describe("input", 3, 2, "logits", 2), nullptr);
  }
};

TEST_F(ThreeStoreTest, TheSmallestShareForItsBytesLeavesFirst) {
  Allow(store_, 400);
  store_.SetShares({0.3, 0.5, 0.9});
  ASSERT_TRUE(store_.Get(kLarge).ok());
  ASSERT_TRUE(store_.Get(kSmall).ok());  // 0.3 for 100 bytes is more than 0.5 for 200
  ASSERT_TRUE(store_.Get(kThird).ok());
  EXPECT_TRUE(Loaded(store_, kSmall));
  EXPECT_FALSE(Loaded(store_, kLarge));
}

TEST_F(ThreeStoreTest, OfEqualsWhatWasUsedLongestAgoLeavesFirst) {
  Allow(store_, 400);
  store_.SetShares({0, 0, 0});
  ASSERT_TRUE(store_.Get(kSmall).ok());
  ASSERT_TRUE(store_.Get(kLarge).ok());
  ASSERT_TRUE(store_.Get(kSmall).ok());
  ASSERT_TRUE(store_.Get(kThird).ok());
  EXPECT_TRUE(Loaded(store_, kSmall));
  EXPECT_FALSE(Loaded(store_, kLarge));
}

TEST_F(ThreeStoreTest, AWantedCandidateTakesThePlaceOfALessUsefulOneOnly) {
  CountOpens();
  Allow(store_, 250);
  store_.SetShares({0.5, 0.1, 2});
  ASSERT_TRUE(store_.Get(kSmall).ok());
  store_.Want(kLarge);
  store_.Want(kThird);
  while (!Loaded(store_, kThird)) std::this_thread::yield();
  EXPECT_FALSE(Loaded(store_, kSmall));
  EXPECT_FALSE(Loaded(store_, kLarge));
  EXPECT_EQ(opens_, 2);
}

/// The third candidate is a view of `large`.
class ViewStoreTest : public StoreTest {
 protected:
  ViewStoreTest()
      : StoreTest([](BundleContents& contents) {
          TwoCandidates::Resident(100, 200)(contents);
          AddThird(contents, "large");
          contents.manifest.candidates[kThird].costs[0].resident_bytes = 150;
        }) {}
};

TEST_F(ViewStoreTest, ViewsOfOneDnnShareItsSession) {
  CountOpens();
  ASSERT_TRUE(store_.Get(kLarge).ok());
  EXPECT_TRUE(Loaded(store_, kThird));
  ASSERT_TRUE(store_.Get(kThird).ok());
  EXPECT_EQ(opens_, 1);
  EXPECT_EQ(store_.BytesOf(kLarge), 150);
  EXPECT_EQ(store_.BytesOf(kThird), 150);
}

}  // namespace
}  // namespace amsel
