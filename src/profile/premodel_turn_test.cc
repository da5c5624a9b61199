#include "profile/premodel_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile/merge.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A world with a premodel, and options that record what it gives.
class PremodelTurnTest : public testing::Test {
 protected:
  PremodelTurnTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name(), 100) {
    options_ = world_.Options();
    options_.features = {"hue1", "contrast"};
    options_.premodel_onnx = world_.AddPremodel();
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

TEST_F(PremodelTurnTest, ItsValuesAreFeaturesAndItsTimeIsTheirStage) {
  const ProfileTable table = Profiled("p.db");
  EXPECT_THAT(table.feature_names, ElementsAre("contrast", "hue1", "premodel.0", "premodel.1"));
  EXPECT_THAT(table.PremodelFeatures(), ElementsAre("premodel.0", "premodel.1"));
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const bool dark = table.Right(1, i);
    EXPECT_EQ(table.Features(i)[2] < 128, dark);
    EXPECT_EQ(table.Features(i)[3] < 179, table.Right(2, i));
  }
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"premodel.0", "premodel.1"}), 2);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"hue1", "premodel.1"}), 2);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"hue1"}), 0);
  ASSERT_TRUE(table.premodel.has_value());
  EXPECT_EQ(table.premodel->file, world_.Path("premodel/cnn.onnx"));
  EXPECT_EQ(table.premodel->config.backend, "fake");
  EXPECT_THAT(table.premodel->card, HasSubstr("\"values\""));
}

TEST_F(PremodelTurnTest, TheFirstRunOfABlockIsNotRecorded) {
  Profiled("p.db");
  EXPECT_EQ(world_.premodel_runs, 2 + 2 + 100);  // opened before the file is made and after; two blocks
}

TEST_F(PremodelTurnTest, ResumeAddsItToAProfileAndExtractsNothingAgain) {
  const ProfileTable whole = Profiled("whole.db");
  const std::string file = options_.premodel_onnx;
  options_.premodel_onnx.clear();
  EXPECT_THAT(Profiled("p.db").PremodelFeatures(), IsEmpty());
  options_.premodel_onnx = file;
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

TEST_F(PremodelTurnTest, AResumedProfileGoesOnOnlyWithIt) {
  Profiled("p.db");
  options_.resume = true;
  options_.premodel_onnx.clear();
  const auto summary = world_.Profile("p.db", options_);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(summary.error().message, HasSubstr("premodel/cnn.onnx; name that file with --premodel-onnx"));
}

TEST_F(PremodelTurnTest, AnotherFileOrCardReplacesWhatTheFirstGave) {
  Profiled("p.db");
  options_.resume = true;
  world_.AddPremodel("another DNN");
  world_.backend.Add("premodel", FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 1),
                     [&](std::span<const std::byte>, int, std::vector<float>& output) {
                       world_.clock.Advance(std::chrono::milliseconds(5));
                       output = {7};
                       return Status();
                     });
  ProfileTable table = Profiled("p.db");
  EXPECT_THAT(table.PremodelFeatures(), ElementsAre("premodel.0"));
  EXPECT_EQ(table.Features(0)[2], 7);
  EXPECT_DOUBLE_EQ(table.FeaturesCostMs({"premodel.0"}), 5);
  Card card;
  card.preprocess.height = card.preprocess.width = FakeWorld::kSide;
  card.preprocess.mean = {1, 1, 1};
  ASSERT_TRUE(WriteFile(world_.Path("premodel/card.json"), CardToJson(card).dump()).ok());
  Profiled("p.db");
  EXPECT_EQ(profiled_, 100U);
}

TEST_F(PremodelTurnTest, AStoppedRunIsResumedToTheSameTable) {
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

TEST_F(PremodelTurnTest, ShardsMustHaveTheSame) {
  options_.shards = 2;
  Profiled("s0");
  options_.shard = 1;
  Profiled("s1");
  ASSERT_TRUE(MergeProfiles({world_.Path("s0"), world_.Path("s1")}, world_.Path("merged.db")).ok());
  const ProfileTable merged = ProfileTable::Load(world_.Path("merged.db")).value();
  EXPECT_EQ(merged.PremodelFeatures().size(), 2U);
  EXPECT_EQ(merged.premodel->config.backend, "fake");
  EXPECT_DOUBLE_EQ(merged.FeaturesCostMs({"premodel.0"}), 2);
  world_.AddPremodel("another DNN");
  Profiled("other");
  EXPECT_THAT(MergeProfiles({world_.Path("s0"), world_.Path("other")}, world_.Path("m2")).error().message,
              HasSubstr("its premodel_sha256 is not that of"));
}

TEST_F(PremodelTurnTest, WhatCannotBeItLeavesNoProfileBehind) {
  std::filesystem::remove(world_.Path("premodel/card.json"));
  EXPECT_THAT(Complaint("p.db"), HasSubstr("cnn.onnx: has no card.json beside it"));
  world_.AddPremodel();
  SessionInfo two = FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 2);
  two.outputs.push_back(two.outputs[0]);
  two.outputs[1].name = "more";
  const auto nothing = [](std::span<const std::byte>, int, std::vector<float>&) { return Status(); };
  world_.backend.Add("premodel", two, nothing);
  EXPECT_THAT(Complaint("p.db"), HasSubstr("has more than one output"));
  world_.backend.Add("premodel", FakeBackend::Describe("input", 3, 2 * FakeWorld::kSide, "values", 2), nothing);
  EXPECT_THAT(Complaint("p.db"), HasSubstr("cnn.onnx: input `input` has shape [?, 3, 16, 16]"));
  EXPECT_FALSE(std::filesystem::exists(world_.Path("p.db")));
}

TEST_F(PremodelTurnTest, AnImageOnWhichItFailsCannotBeUsed) {
  int runs = 0;
  world_.backend.Add("premodel", FakeBackend::Describe("input", 3, FakeWorld::kSide, "values", 1),
                     [&](std::span<const std::byte>, int, std::vector<float>& output) {
                       output = {++runs == 20 ? NAN : 1.0F};
                       return Status();
                     });
  const auto summary = world_.Profile("p.db", options_);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->images, 99U);
  ASSERT_EQ(summary->skipped.size(), 1U);
  EXPECT_THAT(summary->skipped[0].second, HasSubstr("premodel/cnn.onnx: did not give 1 finite values"));
  EXPECT_EQ(ProfileTable::Load(world_.Path("p.db"))->image_count(), 99U);
  runs = 0;
  options_.strict = true;
  EXPECT_THAT(Complaint("s.db"), testing::ContainsRegex("[0-9]+.pgm: .*did not give 1 finite values"));
}

}  // namespace
}  // namespace amsel
