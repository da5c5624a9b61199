#include "profile/row_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "profile/row_limits.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::Pair;

class RowReaderTest : public testing::Test {
 protected:
  RowReaderTest() : store_(ProfileStore::Create(Fresh()).value()) {}
  ~RowReaderTest() override { RemoveProfile(store_.file()); }

  static std::string Fresh() {
    const std::string file = testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".db";
    RemoveProfile(file);
    return file;
  }

  /// The numbers from 1.
  static std::string Numbers(int last) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(last) +
           ") SELECT i FROM n";
  }

  ProfileStore store_;
};

TEST_F(RowReaderTest, GivesEachRowUntilOneIsRefused) {
  RowReader rows(store_, {});
  std::vector<std::int64_t> taken;
  const Status status = rows.Each(Numbers(5), [&](Statement& row) -> Status {
    if (row.Integer(0) == 4) return rows.Wrong("4", "less");
    taken.push_back(row.Integer(0));
    return {};
  });
  EXPECT_THAT(taken, ElementsAre(1, 2, 3));
  EXPECT_EQ(status.error().message, store_.file() + ": 4: expected less");
}

TEST_F(RowReaderTest, TellsNowAndThenHowFarItIsOnceItIsKnownHowMuchThereIs) {
  std::vector<std::pair<std::size_t, std::size_t>> told;
  RowReader rows(store_, [&](std::size_t done, std::size_t total) { told.emplace_back(done, total); });
  const auto read = [&](int last) { EXPECT_TRUE(rows.Each(Numbers(last), [](Statement&) { return Status(); }).ok()); };
  read(20'000);
  EXPECT_TRUE(told.empty());
  rows.Expect(30'000);
  read(20'000);
  read(20'000);
  EXPECT_THAT(told, ElementsAre(Pair(16384, 30'000), Pair(30'000, 30'000)));  // never more than all
}

TEST_F(RowReaderTest, ReadsWholeNumbersOfTheMetaTableWithinTheirLimits) {
  RowReader rows(store_, {});
  EXPECT_EQ(rows.WholeMeta("side", 99).value(), 0);  // there is none
  for (const char* good : {"0", "7", "99"}) {
    ASSERT_TRUE(store_.SetMeta("side", good).ok());
    EXPECT_EQ(rows.WholeMeta("side", 99).value(), std::stoi(good));
  }
  for (const char* bad : {"-1", "100", "7x", "x", " 7", "99999999999999999999"}) {
    ASSERT_TRUE(store_.SetMeta("side", bad).ok());
    const auto value = rows.WholeMeta("side", 99);
    ASSERT_FALSE(value.ok()) << bad;
    EXPECT_EQ(value.error().message, store_.file() + ": side: expected a whole number from 0 to 99");
  }
}

TEST_F(RowReaderTest, KnowsTheSizeOfTheFileAndItsJournal) {
  std::uintmax_t bytes = std::filesystem::file_size(store_.file());
  std::error_code none;
  const auto journal = std::filesystem::file_size(store_.file() + "-wal", none);
  if (!none) bytes += journal;
  EXPECT_EQ(RowReader(store_, {}).file_bytes(), bytes);
}

}  // namespace
}  // namespace amsel
