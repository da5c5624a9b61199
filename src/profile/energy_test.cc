#include "profile/energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile/merge.h"
#include "profile/profiler.h"
#include "tests/support/clock_meter.h"
#include "tests/support/fake_sysfs.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class ProfileEnergy : public testing::Test {
 protected:
  explicit ProfileEnergy(const std::string& name = "profile_energy_" + TestName())
      : world_(name, 60), fake_(name + "_sysfs"), meter_(std::make_shared<ClockMeter>(world_.clock)) {
    energy_ = ClockInstruments(meter_, world_.clock, fake_);
  }

  ProfileOptions Options(bool resume = false) const {
    ProfileOptions options = world_.Options();
    options.energy = energy_;
    options.resume = resume;
    return options;
  }
  ProfileTable Table() { return ProfileTable::Load(world_.Path("p.db")).value(); }

  FakeWorld world_;
  FakeSysfs fake_;
  std::shared_ptr<ClockMeter> meter_;
  EnergyInstruments energy_;
};

TEST_F(ProfileEnergy, IsMeasuredPerCandidateAndNamesItsSource) {
  const auto summary = world_.Profile("p.db", Options());
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_TRUE(summary->without_energy.empty());
  const ProfileTable table = Table();
  EXPECT_NEAR(table.profiled[0].energy_mj.value(), 12, 1e-6);  // 1 ms at 12 W
  EXPECT_NEAR(table.profiled[2].energy_mj.value(), 48, 1e-6);
  EXPECT_NEAR(table.profiled[2].energy_above_idle_mj.value(), 40, 1e-6);
  EXPECT_EQ(table.profiled[0].energy_source, "a fake meter; blocks of only 0.1 s");
  EXPECT_EQ(table.image_count(), 60U);  // measuring adds no runs
}

TEST_F(ProfileEnergy, IsAddedToAProfileThatExistsAndMeasuredAnewEachTime) {
  ASSERT_TRUE(world_.Profile("p.db", world_.Options()).ok());
  EXPECT_FALSE(Table().profiled[0].energy_mj.has_value());
  ASSERT_TRUE(world_.Profile("p.db", Options(true)).ok());
  EXPECT_TRUE(Table().profiled[0].energy_mj.has_value());
  meter_->broken = true;
  const auto summary = world_.Profile("p.db", Options(true));
  ASSERT_TRUE(summary.ok());
  ASSERT_EQ(summary->without_energy.size(), 3U);
  EXPECT_EQ(summary->without_energy[0], (std::pair<std::string, std::string>("bright", "the sensor vanished")));
  EXPECT_FALSE(Table().profiled[0].energy_mj.has_value());  // the old figure is not passed off as this run's
  EXPECT_FALSE(Table().profiled[0].energy_above_idle_mj.has_value());
}

TEST_F(ProfileEnergy, AnEstimateIsUsedOnlyWhereNothingWasMeasuredAndSaysSo) {
  energy_.model = PowerModel{5, {}};
  ASSERT_TRUE(world_.Profile("p.db", Options()).ok());
  EXPECT_EQ(Table().profiled[0].energy_source, "a fake meter; blocks of only 0.1 s");
  meter_->broken = true;
  ASSERT_TRUE(world_.Profile("p.db", Options(true)).ok());
  const ProfileTable table = Table();
  EXPECT_NEAR(table.profiled[2].energy_mj.value(), 20, 1e-6);
  EXPECT_EQ(table.profiled[2].energy_source, "estimate: time x 5 W");
}

TEST_F(ProfileEnergy, ShardsMergeWithTheFigureAndTheBlocksOfTheFirst) {
  for (int shard = 0; shard < 2; ++shard) {
    ProfileOptions options = Options();
    options.shards = 2;
    options.shard = shard;
    if (shard == 0) options.energy = {};
    ASSERT_TRUE(world_.Profile("s" + std::to_string(shard), options).ok());
  }
  ProfileStore old = ProfileStore::Open(world_.Path("s0"), true).value();
  ASSERT_TRUE(old.database().Execute("DROP TABLE energy_block").ok());  // as 0.1.0 made them
  const Status merged = MergeProfiles({world_.Path("s0"), world_.Path("s1")}, world_.Path("p.db"));
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_NEAR(Table().profiled[2].energy_mj.value(), 48, 1e-6);
  EXPECT_NEAR(Table().profiled[2].energy_above_idle_mj.value(), 40, 1e-6);
}

TEST_F(ProfileEnergy, AProfileWithoutTheTableOfBlocksIsRead) {
  ASSERT_TRUE(world_.Profile("p.db", Options()).ok());
  {
    ProfileStore store = ProfileStore::Open(world_.Path("p.db"), true).value();
    ASSERT_TRUE(store.database().Execute("DROP TABLE energy_block").ok());
    ASSERT_TRUE(store.Complete().ok());
  }
  EXPECT_TRUE(Table().profiled[0].energy_mj.has_value());
  EXPECT_FALSE(Table().profiled[0].energy_above_idle_mj.has_value());
}

TEST_F(ProfileEnergy, EnergyThatCannotBeIsRefused) {
  for (const char* joules : {"-0.001", "9e999", "'much'"}) {
    ASSERT_TRUE(world_.Profile("p.db", world_.Options()).ok());
    {
      ProfileStore store = ProfileStore::Open(world_.Path("p.db"), true).value();
      const std::string values = "INSERT INTO energy VALUES(1, 1, " + std::string(joules) + ", 'theirs', NULL)";
      ASSERT_TRUE(store.database().Execute(values).ok());
      ASSERT_TRUE(store.Complete().ok());
    }
    const auto table = ProfileTable::Load(world_.Path("p.db"));
    ASSERT_FALSE(table.ok()) << joules;
    EXPECT_THAT(table.error().message, HasSubstr("the energy of bright: expected a number of 0 or more"));
    RemoveProfile(world_.Path("p.db"));
  }
}

}  // namespace
}  // namespace amsel
