#include "profile/recorded_duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "profile/duplicates.h"
#include "profile/merge.h"
#include "profile/table.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// A profile of 40 images, of which the last is the first one in brighter and the one before has the first one's bytes.
class RecordedDuplicatesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pixels;
    for (int p = 0; p < 64; ++p) pixels += static_cast<char>(60 + p * p % 83);
    Add(38, pixels);
    Add(0, pixels);
    for (char& pixel : pixels) ++pixel;
    Add(39, pixels);
  }

  void Add(std::size_t index, const std::string& pixels) {
    std::ofstream(world_.images[index].reference) << EncodePgm(8, 8, pixels);
    world_.images[index].label = world_.images[0].label;
  }

  void Profile(const std::string& file, int shard = 0, int shards = 1) {
    ProfileOptions options = world_.Options();
    options.shard = shard;
    options.shards = shards;
    ASSERT_TRUE(world_.Profile(file, options).ok());
  }

  ProfileTable Table(const std::string& file, bool join = true) {
    TableOptions options;
    options.join_near_duplicates = join;
    return ProfileTable::Load(world_.Path(file), options).value();
  }

  void Execute(const std::string& file, const std::string& sql) {
    ASSERT_TRUE(ProfileStore::Open(world_.Path(file), /*writable=*/true)->database().Execute(sql).ok());
  }

  FakeWorld world_{"recorded_duplicates", 40};
};

TEST_F(RecordedDuplicatesTest, AProfileJoinsNearDuplicatesUnlessTheyAreKept) {
  Profile("p.db");
  const ProfileTable joined = Table("p.db");
  EXPECT_EQ(joined.groups[39], joined.groups[0]);
  EXPECT_EQ(joined.groups[38], joined.groups[0]);
  EXPECT_GE(joined.joined.images, 3U);
  const ProfileTable kept = Table("p.db", /*join=*/false);
  EXPECT_NE(kept.groups[39], kept.groups[0]);
  EXPECT_EQ(kept.groups[38], kept.groups[0]);  // the same bytes
  EXPECT_EQ(kept.joined.images, 0U);
}

TEST_F(RecordedDuplicatesTest, WhatIsRecordedIsTakenUntilItsInputsChange) {
  Profile("p.db");
  const std::vector<int> found = Table("p.db").groups;
  Execute("p.db", "DELETE FROM near_duplicate");
  EXPECT_NE(Table("p.db").groups[39], Table("p.db").groups[0]);
  Execute("p.db", "UPDATE meta SET value = '1' || value WHERE key = 'near_duplicates'");  // another rule
  EXPECT_EQ(Table("p.db").groups, found);
  Execute("p.db", "DROP TABLE near_duplicate; DELETE FROM meta WHERE key = 'near_duplicates'");  // an older profile
  EXPECT_EQ(Table("p.db").groups, found);
}

TEST_F(RecordedDuplicatesTest, AChangedInputIsLookedAtAnew) {
  Profile("p.db");
  Execute("p.db", "UPDATE input SET \"group\" = 'mine' WHERE id = 39");
  const ProfileTable table = Table("p.db");
  EXPECT_NE(table.groups[39], table.groups[0]);  // the user's group has the last word
}

TEST_F(RecordedDuplicatesTest, MergedShardsAreLookedAtTogether) {
  Profile("s0", 0, 2);
  Profile("s1", 1, 2);
  ASSERT_TRUE(MergeProfiles({world_.Path("s0"), world_.Path("s1")}, world_.Path("merged.db")).ok());
  Profile("whole.db");
  EXPECT_EQ(Table("merged.db").groups, Table("whole.db").groups);
  Execute("merged.db", "DELETE FROM near_duplicate");  // which was there
  EXPECT_NE(Table("merged.db").groups, Table("whole.db").groups);
}

TEST_F(RecordedDuplicatesTest, RefusesARecordOfImagesThatAreNotThere) {
  Profile("p.db");
  Execute("p.db", "INSERT OR REPLACE INTO near_duplicate VALUES(39, 1000)");
  EXPECT_THAT(ProfileTable::Load(world_.Path("p.db")).error().message,
              HasSubstr("near_duplicate names images that it lacks"));
}

TEST_F(RecordedDuplicatesTest, ACheckEndsTheReadingBeforeTheAnswers) {
  Profile("p.db");
  Execute("p.db", "DELETE FROM run");
  TableOptions options;
  options.check = [](const ProfileTable& table) {
    EXPECT_EQ(table.image_count(), 40U);
    EXPECT_EQ(table.groups.size(), 40U);
    EXPECT_FALSE(table.feature_names.empty());
    return BadInput("enough");
  };
  EXPECT_EQ(ProfileTable::Load(world_.Path("p.db"), options).error().message, "enough");
}

}  // namespace
}  // namespace amsel
