#include "profile/after_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "profile/merge.h"
#include "profile/profiler.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

constexpr int kColdMs = 2;  // that `general` takes more after another candidate

class AfterRuns : public testing::Test {
 protected:
  AfterRuns() {
    world_.AddCandidate("dark", 1, [this](int brightness, int) { return Ran("dark"), brightness < 128; });
    world_.AddCandidate("bright", 1, [this](int brightness, int) { return Ran("bright"), brightness >= 128; });
    world_.AddCandidate("general", 4, [this](int, int luck) {
      if (last_ != "general") world_.clock.Advance(std::chrono::milliseconds(kColdMs));
      Ran("general");
      return luck < 179;
    });
  }

  void Ran(const std::string& name) { last_ = name; }

  ProfileTable Profile(const std::string& file, const ProfileOptions& options) {
    const auto summary = world_.Profile(file, options);
    EXPECT_TRUE(summary.ok()) << summary.error().message;
    return ProfileTable::Load(world_.Path(file)).value();
  }

  std::vector<StoredAfterRun> Recorded(const std::string& file) {
    return ProfileStore::Open(world_.Path(file), /*writable=*/false)->AfterRuns().value();
  }

  std::size_t CountOf(const std::string& file, std::int64_t candidate) {
    const std::vector<StoredAfterRun> runs = Recorded(file);
    return static_cast<std::size_t>(
        std::count_if(runs.begin(), runs.end(), [&](const auto& run) { return run.candidate == candidate; }));
  }

  /// Makes the profile one of the older schema.
  void MakeOlder(const std::string& file) {
    ProfileStore store = ProfileStore::Open(world_.Path(file), /*writable=*/true).value();
    ASSERT_TRUE(store.database()
                    .Execute("DROP TABLE after_run; ALTER TABLE run DROP COLUMN cpu_ns; "
                             "ALTER TABLE run DROP COLUMN preemptions; ALTER TABLE config DROP COLUMN int8")
                    .ok());
    ASSERT_TRUE(store.SetMeta("schema", ProfileStore::kOlderSchema).ok());
    ASSERT_TRUE(store.Complete().ok());
  }

  std::string last_;
  FakeWorld world_{std::string("after_runs_") + testing::UnitTest::GetInstance()->current_test_info()->name(), 100};
};

TEST_F(AfterRuns, TellWhatARunCostsRightAfterAnotherCandidate) {
  const ProfileTable table = Profile("p.db", world_.Options());
  ASSERT_TRUE(table.HasAfterRuns());
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 4);  // general; its ordinary runs are warm
  EXPECT_DOUBLE_EQ(table.MeanInferenceAfterMs(2), 4 + kColdMs);
  EXPECT_DOUBLE_EQ(table.InferenceAfterMs(2, 5), 4 + kColdMs);
  EXPECT_DOUBLE_EQ(table.MeanInferenceAfterMs(0), 1);
  const std::vector<std::size_t> path{0, 2};
  EXPECT_DOUBLE_EQ(table.MeanPathMs(path), 1 + 4 + kColdMs);
  const std::vector<std::size_t> alone{2};
  EXPECT_DOUBLE_EQ(table.MeanPathMs(alone), 4);
}

TEST_F(AfterRuns, FindWhatOneOtherDnnLeaves) {
  std::set<std::string> since;  // the DNNs that ran since `general` did: each leaves it colder
  for (const char* name : {"dark", "bright"}) {
    world_.AddCandidate(name, 1, [&since, name](int brightness, int) {
      since.insert(name);
      return (brightness < 128) == (std::string(name) == "dark");
    });
  }
  world_.AddCandidate("general", 4, [&](int, int luck) {
    world_.clock.Advance(std::chrono::milliseconds(kColdMs * static_cast<int>(since.size())));
    since.clear();
    return luck < 179;
  });
  const ProfileTable table = Profile("p.db", world_.Options());
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 4);
  EXPECT_DOUBLE_EQ(table.MeanInferenceAfterMs(2), 4 + kColdMs);
}

TEST_F(AfterRuns, ComeAfterPredecessorsDrawnAtRandomEachNeverItself) {
  Profile("p.db", world_.Options());
  std::map<std::pair<std::int64_t, std::int64_t>, int> pairs;
  for (const StoredAfterRun& run : Recorded("p.db")) ++pairs[{run.predecessor, run.candidate}];
  EXPECT_EQ(pairs.size(), 6U);
  for (const auto& [pair, count] : pairs) EXPECT_NE(pair.first, pair.second);
}

TEST_F(AfterRuns, AreAddedOnceToAProfileOfTheOlderSchema) {
  Profile("p.db", world_.Options());
  MakeOlder("p.db");
  const ProfileTable older = ProfileTable::Load(world_.Path("p.db")).value();
  EXPECT_FALSE(older.HasAfterRuns());
  EXPECT_DOUBLE_EQ(older.MeanInferenceMs(2), 4);
  EXPECT_DOUBLE_EQ(older.MeanInferenceAfterMs(2), 4);
  ProfileOptions options = world_.Options();
  options.resume = true;
  EXPECT_DOUBLE_EQ(Profile("p.db", options).MeanInferenceAfterMs(2), 4 + kColdMs);
  const std::size_t recorded = Recorded("p.db").size();
  EXPECT_EQ(recorded, 3 * AfterRunsFor(100));
  Profile("p.db", options);
  EXPECT_EQ(Recorded("p.db").size(), recorded);
}

TEST_F(AfterRuns, OfACandidateThatChangedAreMeasuredAnew) {
  Profile("p.db", world_.Options());
  ASSERT_TRUE(WriteFile(world_.Path("zoo/general/1/model.onnx"), "another DNN").ok());
  world_.AddCandidate("general", 2, [](int, int) { return true; });
  ASSERT_TRUE(WriteFile(world_.Path("zoo/general/1/model.onnx"), "another DNN").ok());
  ProfileOptions options = world_.Options();
  options.resume = true;
  EXPECT_DOUBLE_EQ(Profile("p.db", options).MeanInferenceAfterMs(2), 2);
  for (std::int64_t candidate = 1; candidate <= 3; ++candidate) {
    EXPECT_EQ(CountOf("p.db", candidate), AfterRunsFor(100)) << candidate;
  }
}

TEST_F(AfterRuns, OfShardsAreTakenTogetherWhereOneIsOlderToo) {
  for (int shard = 0; shard < 3; ++shard) {
    ProfileOptions options = world_.Options();
    options.shards = 3;
    options.shard = shard;
    ASSERT_TRUE(world_.Profile("s" + std::to_string(shard), options).ok());
  }
  MakeOlder("s1");
  const Status merged = MergeProfiles({world_.Path("s0"), world_.Path("s1"), world_.Path("s2")}, world_.Path("p.db"));
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_EQ(Recorded("p.db").size(), Recorded("s0").size() + Recorded("s2").size());
  EXPECT_DOUBLE_EQ(ProfileTable::Load(world_.Path("p.db"))->MeanInferenceAfterMs(2), 4 + kColdMs);
}

TEST_F(AfterRuns, AreNotWantedOfViewsOfOneDnn) {
  for (const char* name : {"dark", "bright"}) std::filesystem::remove_all(world_.Path("zoo/" + std::string(name)));
  ProfileOptions options = world_.Options();
  options.views.views = {{View::Kind::kHflip}};
  const ProfileTable table = Profile("p.db", options);
  EXPECT_FALSE(table.HasAfterRuns());
  EXPECT_TRUE(Recorded("p.db").empty());
}

TEST(AfterRunsFor, FollowsTheImagesWithinLimits) {
  EXPECT_EQ(AfterRunsFor(10), 30U);
  EXPECT_EQ(AfterRunsFor(800), 100U);
  EXPECT_EQ(AfterRunsFor(100'000), 150U);
}

/// `general` works 4 ms and is kept waiting for 20 ms more in every `each`-th of its runs.
class DisturbedRuns : public testing::Test {
 protected:
  ProfileTable Profile(int each) {
    for (const char* name : {"dark", "bright"}) {
      world_.AddCandidate(name, 1, [this, name](int brightness, int) {
        world_.clock.Use({std::chrono::milliseconds(1), 0});
        return (brightness < 128) == (std::string(name) == "dark");
      });
    }
    world_.AddCandidate("general", 4, [this, each](int, int luck) {
      const bool disturbed = ++runs_ % each == 0;
      world_.clock.Use({std::chrono::milliseconds(4), disturbed ? 1 : 0});
      if (disturbed) world_.clock.Advance(std::chrono::milliseconds(20));
      return luck < 179;
    });
    return world_.Table();
  }

  int runs_ = 0;
  FakeWorld world_{std::string("disturbed_") + testing::UnitTest::GetInstance()->current_test_info()->name(), 200};
};

TEST_F(DisturbedRuns, AreLeftOutOfMeansAndQuantilesAndCounted) {
  const ProfileTable table = Profile(4);
  EXPECT_NEAR(static_cast<double>(table.profiled[2].disturbed), 50, 2);
  EXPECT_EQ(table.profiled[0].disturbed, 0U);
  EXPECT_FALSE(table.profiled[2].by_cpu_time);
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 4);
  EXPECT_DOUBLE_EQ(table.InferenceQuantileMs(2, 1), 4);
  for (std::size_t i = 0; i < table.image_count(); ++i) EXPECT_DOUBLE_EQ(table.InferenceMs(2, i), 4);
  EXPECT_NEAR(table.disturbed_share().value(), 50.0 / 600, 0.01);
}

TEST_F(DisturbedRuns, GiveWayToCpuTimeWhereTooFewOthersRemain) {
  const ProfileTable table = Profile(1);
  EXPECT_EQ(table.profiled[2].disturbed, 200U);
  EXPECT_THAT(table.NamesByCpuTime(), testing::ElementsAre("general"));
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(2), 4);
  EXPECT_DOUBLE_EQ(table.InferenceQuantileMs(2, 0.99), 4);
  EXPECT_DOUBLE_EQ(table.MeanInferenceMs(0), 1);
}

TEST_F(DisturbedRuns, AreNotKnownOfAClockThatTellsNoCpuTime) {
  const ProfileTable table = world_.Table();
  EXPECT_FALSE(table.disturbed_share().has_value());
  EXPECT_EQ(table.disturbed_count(), 0U);
}

}  // namespace
}  // namespace amsel
