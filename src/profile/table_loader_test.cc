// Profiles from anywhere: whatever is computed with is checked when it is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <limits>

#include "backend/canonical.h"
#include "base/half.h"
#include "profile/merge.h"
#include "profile/output_row.h"
#include "profile/resume.h"
#include "profile/sqlite.h"
#include "profile/table.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class ForeignProfile : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new FakeWorld("foreign", 20);
    ASSERT_TRUE(world_->Profile("whole.db", world_->Options()).ok());
  }
  static void TearDownTestSuite() { delete world_; }

  /// What is said of the profile after `sql`; empty where it is read.
  static std::string After(const std::string& sql) {
    const std::string file = Changed(sql);
    const auto table = ProfileTable::Load(file);
    if (table.ok()) return "";
    EXPECT_EQ(table.error().kind, ErrorKind::kBadInput) << table.error().message;
    EXPECT_THAT(table.error().message, StartsWith(file + ": "));
    return table.error().message;
  }

  static std::string Changed(const std::string& sql) {
    const std::string file = world_->Path("changed.db");
    std::filesystem::copy_file(world_->Path("whole.db"), file, std::filesystem::copy_options::overwrite_existing);
    sqlite3* raw = nullptr;  // as a stranger would, without our settings
    EXPECT_EQ(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    char* fault = nullptr;
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &fault), SQLITE_OK) << sql << ": " << fault;
    sqlite3_close(raw);
    return file;
  }

  static FakeWorld* world_;
};

FakeWorld* ForeignProfile::world_ = nullptr;

TEST_F(ForeignProfile, IsReadAsItIs) {
  EXPECT_EQ(After("SELECT 1"), "");
}

TEST_F(ForeignProfile, TimesAreAboveZeroAndFinite) {
  EXPECT_THAT(After("UPDATE run SET inference_ns = -1000000000 WHERE input = 3 AND candidate = 2"),
              HasSubstr("times of dark for 3.pgm: expected nanoseconds"));
  for (const char* change : {"run SET inference_ns = 0", "run SET inference_ns = 9223372036854775807",
                             "run SET preprocess_ns = -5", "run SET cpu_ns = -1", "run SET inference_ns = 'x'",
                             "run SET preprocess_ns = 9e999", "run SET cpu_ns = 3, preemptions = -1"}) {
    EXPECT_THAT(After(std::string("UPDATE ") + change), HasSubstr("times of ")) << change;
  }
  EXPECT_THAT(After("UPDATE after_run SET again_inference_ns = -1"), HasSubstr("after another candidate"));
  EXPECT_THAT(After("UPDATE load SET load_ns = -1"), HasSubstr("load_ns or resident_bytes of bright"));
  EXPECT_THAT(After("UPDATE load SET resident_bytes = -9223372036854775808"), HasSubstr("resident_bytes"));
  EXPECT_THAT(After("UPDATE input SET decode_ns = -1"), HasSubstr("decode_ns of 0.pgm"));
  EXPECT_THAT(After("UPDATE feature SET ns = -1"), HasSubstr("ns of the feature"));
}

TEST_F(ForeignProfile, WeightsAreFiniteAndBounded) {
  for (const char* weight : {"-1", "9e999", "-1e300", "1e100", "'x'"}) {
    EXPECT_THAT(After(std::string("UPDATE input SET weight = ") + weight + " WHERE id = 4"),
                AllOf(HasSubstr("weight "), HasSubstr(" of 4.pgm"), HasSubstr("expected a number from 0 to 1e12")));
  }
}

TEST_F(ForeignProfile, LabelsAreClassesAndDoNotWrap) {
  for (const char* label : {"99", "-1", "4294967296 + 3", "'x'", "1.5"}) {
    EXPECT_THAT(After(std::string("UPDATE input SET label = ") + label + " WHERE id = 5"),
                AllOf(HasSubstr("label "), HasSubstr(" of 5.pgm: expected a whole number below the number of classes")))
        << label;
  }
}

TEST_F(ForeignProfile, OutputsAreLogProbabilities) {
  const auto outputs = [](const char* blob) {
    return After(std::string("UPDATE output SET blob = X'") + blob + "' WHERE input = 7 AND candidate = 3");
  };
  EXPECT_THAT(outputs("007E007E007E007E"), HasSubstr("output of general for 7.pgm: value 0 is nan"));
  EXPECT_THAT(outputs("004D003C003C003C"), HasSubstr("value 0 is 20"));
  EXPECT_THAT(outputs("00FC00FC00FC0000"), HasSubstr("value 0 is -inf"));
  EXPECT_THAT(outputs("00C000C000C000C0"), HasSubstr("its probabilities sum to 0.54"));
  EXPECT_THAT(outputs("00C0"), HasSubstr("1 values, expected one for each of 4 labels"));
}

TEST_F(ForeignProfile, FeaturesAreFiniteNumbers) {
  for (const char* value : {"'abc'", "9e999"}) {
    EXPECT_THAT(After(std::string("UPDATE feature SET value = ") + value + " WHERE value IS NOT NULL AND input = 2"),
                AllOf(HasSubstr("feature "), HasSubstr(" of 2.pgm: expected a finite number")));
  }
}

TEST_F(ForeignProfile, FeaturesAreOnesWhoseCostIsKnown) {
  EXPECT_THAT(After("UPDATE feature SET name = 'premodel.0' WHERE name = 'contrast'"),
              HasSubstr("feature `premodel.0`: expected one that this amsel knows; profile the images anew"));
  EXPECT_EQ(After("UPDATE feature SET name = 'dnn.0' WHERE name = 'contrast'"), "");
}

TEST_F(ForeignProfile, NamesAreOnesThatLeadNowhere) {
  EXPECT_THAT(After("UPDATE candidate SET name = '../../x' WHERE id = 1"),
              HasSubstr("the name of candidate `../../x`"));
  EXPECT_THAT(After("UPDATE candidate SET view = '../x' WHERE id = 1"),
              HasSubstr("unknown view `../x` of bright: expected identity, hflip, denoise, size:N or crop:F"));
}

TEST_F(ForeignProfile, WhatItSaysOfItselfIsInRange) {
  EXPECT_THAT(After("UPDATE meta SET value = '-3' WHERE key = 'decode_min_side'"), HasSubstr("decode_min_side"));
  EXPECT_THAT(After("UPDATE meta SET value = '99999999999' WHERE key = 'feature_code_version'"),
              HasSubstr("feature_code_version"));
  EXPECT_THAT(After("UPDATE config SET threads = 4294967297"), HasSubstr("threads of configuration 1"));
}

TEST_F(ForeignProfile, ComputesNothingWhenItIsRead) {
  const std::string endless = " AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) ";
  EXPECT_THAT(After("ALTER TABLE meta RENAME TO m2; CREATE VIEW meta" + endless +
                    "SELECT 'schema' AS key, 'x' AS value FROM r WHERE x < 0"),
              HasSubstr("it has the view `meta`"));
  EXPECT_THAT(After("ALTER TABLE failure RENAME TO f2; CREATE VIEW failure" + endless +
                    "SELECT x AS input, 'x' AS reason FROM r"),
              HasSubstr("it has the view `failure`"));
  EXPECT_THAT(After("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM run; END"), HasSubstr("the trigger `t`"));
  EXPECT_THAT(After("ALTER TABLE failure ADD COLUMN g TEXT GENERATED ALWAYS AS (printf('%.1000000c', 97)) VIRTUAL"),
              HasSubstr("the generated column `g` of failure"));
}

TEST_F(ForeignProfile, RowsWithoutAKeyOfTheirOwnAreNotCountedTwice) {
  const std::string again =
      "ALTER TABLE output RENAME TO old; CREATE TABLE output(input, candidate, kind, blob);"
      "INSERT INTO output SELECT * FROM old; DELETE FROM output WHERE input = 0 AND candidate = 1;"
      "INSERT INTO output SELECT * FROM old WHERE input = 1 AND candidate = 1";
  EXPECT_THAT(After(again), HasSubstr("two rows: output of bright for 1.pgm"));
}

TEST_F(ForeignProfile, ConformanceOutputsAreWholeNumbers) {
  const auto table = ProfileTable::Load(Changed("UPDATE conformance SET log_prob = X'0102030405'"));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->Conformance(0).error().message, HasSubstr("the conformance outputs of bright"));
}

TEST_F(ForeignProfile, FailuresNameImagesThatThereAre) {
  for (const char* position : {"-100000", "20", "9223372036854775807"}) {
    auto store = ProfileStore::Open(Changed("INSERT INTO failure VALUES(" + std::string(position) + ", 'x')"), false);
    ASSERT_TRUE(store.ok());
    const Status same = CheckSameImages(*store, world_->images);
    ASSERT_FALSE(same.ok());
    EXPECT_THAT(same.error().message, HasSubstr("table failure names image " + std::string(position)));
    const std::string run = "INSERT INTO run_failure VALUES(" + std::string(position) + ", 1, 'x')";
    auto other = ProfileStore::Open(Changed(run), /*writable=*/false);
    ASSERT_TRUE(other.ok());
    EXPECT_THAT(CheckSameImages(*other, world_->images).error().message, HasSubstr("table run_failure names image "));
  }
}

TEST_F(ForeignProfile, ShardsAreSomeOfThoseThatThereAre) {
  for (const char* name : {"5/2", "0/2", "-1/2"}) {
    const std::string shard = Changed("UPDATE meta SET value = '" + std::string(name) + "' WHERE key = 'shard'");
    EXPECT_THAT(MergeProfiles({shard}, world_->Path("merged.db")).error().message,
                HasSubstr("does not say which shard it is"));
  }
}

TEST_F(ForeignProfile, NoTimeIsNone) {
  EXPECT_THAT(After("UPDATE run SET cpu_ns = 0, preemptions = 0"), HasSubstr("processor time of bright"));
}

TEST_F(ForeignProfile, MemoryIsBoundedByTheFile) {
  EXPECT_THAT(
      After("DELETE FROM run WHERE candidate = 2 AND input < 11; DELETE FROM output WHERE candidate = 2 AND input "
            "< 11; INSERT INTO run_failure SELECT id, 2, 'x' FROM input WHERE id < 11"),
      HasSubstr("dark answered 9 of 20 images"));
  std::string labels = "[\"0\"";
  for (int i = 1; i < 50000; ++i) labels += ",\"" + std::to_string(i) + "\"";
  EXPECT_THAT(After("UPDATE meta SET value = '" + labels + "]' WHERE key = 'labels'"),
              HasSubstr("outputs are missing"));
}

TEST(FaultOfLogProbs, AllowsWhatRoundingToFloat16Does) {
  for (const std::size_t classes : {2, 10, 1000, 21843}) {
    const std::vector<std::uint16_t> uniform(classes, ToHalf(-std::log(static_cast<float>(classes))));
    EXPECT_EQ(FaultOfLogProbs(uniform, classes), "") << classes;
    std::vector<std::uint16_t> sure(classes, ToHalf(kLogProbFloor));
    sure[1] = 0;
    EXPECT_EQ(FaultOfLogProbs(sure, classes), "") << classes;
  }
}

}  // namespace
}  // namespace amsel
