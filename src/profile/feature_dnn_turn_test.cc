#include "profile/feature_dnn_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile/merge.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A world with a feature DNN, and options that record what it gives.
class FeatureDnnTurnTest : public testing::Test {
 protected:
  FeatureDnnTurnTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 100) {
    options_ = world_.Options();
    options_.features = {"hue1", "contrast"};
    options_.feature_dnn = world_.AddFeatureDnn();
  }
  ProfileTable Profiled(const std::string& file) {
    const auto summary = world_.Profile(file, options_);
    EXPECT_TRUE(summary.ok()) << summary.error().message;
    profiled_ = summary.ok() ? summary->profiled : 0;
    return ProfileTable::Load(world_.Path(file)).value();
  }
  std::string Complaint(const std::string& file) {
    const auto summary = world_.Profile(file, options_);
    return summary.ok() ? "none" : summary.error().message;
  }

  FakeWorld world_;
  ProfileOptions options_;
  std::size_t profiled_ = 0;
};

TEST_F(FeatureDnnTurnTest, ItsValuesAreFeaturesAndItsTimeIsTheirStage) {
  const ProfileTable table = Profiled("p.db");
  EXPECT_THAT(table.feature_names, ElementsAre("contrast", "dnn.0", "dnn.1", "hue1"));
  EXPECT_THAT(table.DnnFeatures(), ElementsAre("dnn.0", "dnn.1"));
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const bool dark = table.Right(1, i);
    EXPECT_EQ(table.Features(i)[1] < 128, dark);
    EXPECT_EQ(table.Features(i)[2] < 179, table.Right(2, i));
  }
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"dnn.0", "dnn.1"}), 2);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"hue1", "dnn.1"}), 2);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"hue1"}), 0);
  ASSERT_TRUE(table.feature_dnn.has_value());
  EXPECT_EQ(table.feature_dnn->file, world_.Path("feature_dnn/cnn.onnx"));
  EXPECT_EQ(table.feature_dnn->config.backend, "fake");
  EXPECT_THAT(table.feature_dnn->card, HasSubstr("\"values\""));
}

TEST_F(FeatureDnnTurnTest, ItsAnswersToTheFirstImagesAreItsConformanceRecord) {
  const ProfileTable table = Profiled("p.db");
  const auto records = table.FeatureDnnConformance();
  ASSERT_EQ(records->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::span<const float> row = table.Features(i);
    EXPECT_THAT((*records)[i].answer, ElementsAre(row[1], row[2])) << i;
  }
}

TEST_F(FeatureDnnTurnTest, TheFirstRunOfABlockIsNotRecorded) {
  Profiled("p.db");
  EXPECT_EQ(world_.feature_dnn_runs, 2 + 3 + 2 + 100);  // opened twice; its record; two blocks
}

TEST_F(FeatureDnnTurnTest, ResumeAddsItToAProfileAndExtractsNothingAgain) {
  const ProfileTable whole = Profiled("whole.db");
  const std::string file = options_.feature_dnn;
  options_.feature_dnn.clear();
  EXPECT_THAT(Profiled("p.db").DnnFeatures(), IsEmpty());
  options_.feature_dnn = file;
  options_.resume = true;
  world_.AddCandidate("general", 2, [](int, int) { return false; });  // the same file: not run again
  const ProfileTable table = Profiled("p.db");
  EXPECT_EQ(profiled_, 100U);
  EXPECT_EQ(table.feature_names, whole.feature_names);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_THAT(table.Features(i), testing::ElementsAreArray(whole.Features(i)));
    EXPECT_EQ(table.Right(2, i), whole.Right(2, i));
  }
  Profiled("p.db");
  EXPECT_EQ(profiled_, 0U);
}

TEST_F(FeatureDnnTurnTest, AResumedProfileGoesOnOnlyWithIt) {
  Profiled("p.db");
  options_.resume = true;
  options_.feature_dnn.clear();
  const auto summary = world_.Profile("p.db", options_);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(summary.error().message, HasSubstr("feature_dnn/cnn.onnx; name that file with --feature-dnn"));
}

TEST_F(FeatureDnnTurnTest, AnotherFileOrCardReplacesWhatTheFirstGave) {
  Profiled("p.db");
  options_.resume = true;
  world_.AddFeatureDnn("another DNN");
  world_.backend.Add("feature_dnn", FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 1),
                     [&](std::span<const std::byte>, int, std::vector<float>& output) {
                       world_.clock.Advance(std::chrono::milliseconds(5));
                       output = {7};
                       return Status();
                     });
  ProfileTable table = Profiled("p.db");
  EXPECT_THAT(table.DnnFeatures(), ElementsAre("dnn.0"));
  EXPECT_EQ(table.Features(0)[1], 7);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"dnn.0"}), 5);
  EXPECT_THAT(table.FeatureDnnConformance()->at(2).answer, SizeIs(1));
  Card card;
  card.preprocess.height = card.preprocess.width = FakeWorld::kSide;
  card.preprocess.mean = {1, 1, 1};
  ASSERT_TRUE(WriteFile(world_.Path("feature_dnn/card.json"), CardToJson(card).dump()).ok());
  Profiled("p.db");
  EXPECT_EQ(profiled_, 100U);
}

TEST_F(FeatureDnnTurnTest, AStoppedRunIsResumedToTheSameTable) {
  const ProfileTable whole = Profiled("whole.db");
  int runs_left = 80;
  world_.AddCandidate("general", 4, [&](int, int luck) {
    if (--runs_left == 0) throw std::runtime_error("pulled the plug");
    return luck < 179;
  });
  EXPECT_THROW((void)world_.Profile("cut.db", options_), std::runtime_error);
  runs_left = -1;
  options_.resume = true;
  const ProfileTable table = Profiled("cut.db");
  EXPECT_EQ(profiled_, 36U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_THAT(table.Features(i), testing::ElementsAreArray(whole.Features(i)));
}

TEST_F(FeatureDnnTurnTest, ShardsMustHaveTheSame) {
  options_.shards = 2;
  Profiled("s0");
  options_.shard = 1;
  Profiled("s1");
  ASSERT_TRUE(MergeProfiles({world_.Path("s0"), world_.Path("s1")}, world_.Path("merged.db")).ok());
  const ProfileTable merged = ProfileTable::Load(world_.Path("merged.db")).value();
  EXPECT_EQ(merged.DnnFeatures().size(), 2U);
  EXPECT_THAT(*merged.FeatureDnnConformance(), SizeIs(3));
  EXPECT_EQ(merged.feature_dnn->config.backend, "fake");
  EXPECT_DOUBLE_EQ(merged.FeaturesCostMs({"dnn.0"}), 2);
  world_.AddFeatureDnn("another DNN");
  Profiled("other");
  EXPECT_THAT(MergeProfiles({world_.Path("s0"), world_.Path("other")}, world_.Path("m2")).error().message,
              HasSubstr("its feature_dnn_sha256 is not that of"));
}

TEST_F(FeatureDnnTurnTest, WhatCannotBeItLeavesNoProfileBehind) {
  std::filesystem::remove(world_.Path("feature_dnn/card.json"));
  EXPECT_THAT(Complaint("p.db"), HasSubstr("cnn.onnx: has no card.json beside it"));
  world_.AddFeatureDnn();
  SessionInfo two = FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 2);
  two.outputs.push_back(two.outputs[0]);
  two.outputs[1].name = "more";
  const auto nothing = [](std::span<const std::byte>, int, std::vector<float>&) { return Status(); };
  world_.backend.Add("feature_dnn", two, nothing);
  EXPECT_THAT(Complaint("p.db"), HasSubstr("has more than one output"));
  world_.backend.Add("feature_dnn", FakeBackend::Describe("input", 3, 2 * FakeWorld::kSide, "values", 2), nothing);
  EXPECT_THAT(Complaint("p.db"), HasSubstr("cnn.onnx: input `input` has shape [?, 3, 16, 16]"));
  EXPECT_FALSE(std::filesystem::exists(world_.Path("p.db")));
}

TEST_F(FeatureDnnTurnTest, AnImageOnWhichItFailsCannotBeUsed) {
  int runs = 0;
  world_.backend.Add("feature_dnn", FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 1),
                     [&](std::span<const std::byte>, int, std::vector<float>& output) {
                       output = {++runs == 20 ? NAN : 1.0F};
                       return Status();
                     });
  const auto summary = world_.Profile("p.db", options_);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->images, 99U);
  ASSERT_EQ(summary->skipped.size(), 1U);
  EXPECT_THAT(summary->skipped[0].second, HasSubstr("feature_dnn/cnn.onnx: did not give 1 finite values"));
  EXPECT_EQ(ProfileTable::Load(world_.Path("p.db"))->image_count(), 99U);
  runs = 0;
  options_.strict = true;
  EXPECT_THAT(Complaint("s.db"), testing::ContainsRegex("[0-9]+.pgm: .*did not give 1 finite values"));
}

}  // namespace
}  // namespace amsel
