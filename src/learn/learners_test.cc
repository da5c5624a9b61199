#include "learn/learners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "features/dnn_features.h"
#include "learn/cross_validate.h"
#include "learn/feature_rows.h"
#include "learn/simulate.h"
#include "tests/support/fake_world.h"
#include "tests/support/made_up_outcomes.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A world whose feature DNN tells brightness, which decides who is right, where image features were not recorded that
/// do.
class LearnersTest : public testing::Test {
 protected:
  LearnersTest() : world_(testing::UnitTest::GetInstance()->current_test_info()->name()) {
    ProfileOptions options = world_.Options();
    options.feature_dnn = world_.AddFeatureDnn();
    EXPECT_TRUE(world_.Profile("p.db", options).ok());
    table_ = ProfileTable::Load(world_.Path("p.db")).value();
    rows_.resize(table_.image_count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  }
  std::vector<std::string> ReadBy(const std::string& policy, const LearnOptions& options = {}) {
    return MakeLearner(policy, options).value()(table_, rows_).policy->feature_names();
  }

  FakeWorld world_;
  ProfileTable table_ = {};
  std::vector<std::size_t> rows_;
};

TEST_F(LearnersTest, ASuffixSaysWhatAPremodelReads) {
  LearnOptions selecting;
  selecting.selection.from = {"noise", "hue1"};
  for (const char* policy : {"p-right", "chain", "chain:knn-tree", "multiclass:logistic", "multiclass:tree"}) {
    EXPECT_EQ(ReadBy(policy), PaperFeatureNames()) << policy;
    EXPECT_THAT(ReadBy(std::string(policy) + "@dnn", selecting), ElementsAre("dnn.0", "dnn.1"));
    EXPECT_EQ(ReadBy(std::string(policy) + "@paper", selecting), PaperFeatureNames());
    EXPECT_THAT(ReadBy(std::string(policy) + "@dnn.1"), ElementsAre("dnn.1"));
  }
}

TEST_F(LearnersTest, ListsOfFeaturesMayMixThem) {
  LearnOptions options;
  options.features = {"dnn.1", "noise", "dnn"};
  EXPECT_THAT(ReadBy("p-right", options), ElementsAre("dnn.1", "noise", "dnn.0"));
  options.selection.from = {"noise", "dnn"};
  EXPECT_THAT(ReadBy("p-right", options), Contains("dnn.0"));  // brightness, which tells most
}

TEST_F(LearnersTest, PremodelsLearnFromIt) {
  const std::vector<int> folds = FoldsOf(table_, rows_, 5, 1);
  for (const char* policy : {"p-right@dnn", "multiclass:logistic@dnn", "chain:tree@dnn"}) {
    const CrossValidation validation = CrossValidate(table_, rows_, folds, MakeLearner(policy, {}).value());
    double right = 0;
    for (const SimulatedRun& run : validation.points[0].runs) {
      right += run.rank == 0 ? 1 : 0;
      EXPECT_DOUBLE_EQ(run.features_ms, 2);
    }
    EXPECT_GT(right / 400, 0.97) << policy;
  }
}

TEST_F(LearnersTest, NobodyReadsItUnasked) {
  LearnOptions options;
  options.features = AllFeatureNames();
  for (const char* policy : {"p-right", "multiclass:forest", "auto", "staged"}) {
    EXPECT_THAT(ReadBy(policy, options), Each(Not(StartsWith("dnn")))) << policy;
  }
}

TEST_F(LearnersTest, WhatTheProfileLacksIsRefused) {
  LearnOptions options;
  EXPECT_TRUE(CheckFeaturesOf(table_, OptionsOf("p-right@dnn", options)).ok());
  EXPECT_THAT(CheckFeaturesOf(table_, OptionsOf("p-right@dnn.2", options)).error().message,
              HasSubstr("p.db: lacks the feature `dnn.2`; its feature DNN gives 2 values"));
  const ProfileTable without = world_.Table();
  for (const char* policy : {"p-right@dnn", "chain@dnn.0"}) {
    const Status status = CheckFeaturesOf(without, OptionsOf(policy, options));
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, AllOf(HasSubstr("profile.db: has no features of a DNN"),
                                              HasSubstr("amsel profile --resume --feature-dnn FILE")));
  }
  options.selection.from = {"dnn"};
  EXPECT_FALSE(CheckLearnable(without, rows_, 5, options).ok());
  EXPECT_TRUE(CheckFeaturesOf(without, OptionsOf("p-right@default", options)).ok());
  EXPECT_THAT(NamesInTable(without, {"dnn"}), IsEmpty());
}

TEST(CheckLearnable, ChoosesAmong64CandidatesAtMost) {
  LearnOptions options;
  options.features.clear();
  MadeUpOutcomes outcomes(10, 2);
  for (int c = 0; c < kMaxCandidates; ++c) outcomes.Add(std::to_string(c), 1, [](std::size_t) { return 0; });
  const auto check = [&] { return CheckLearnable(outcomes.made(), AllRows(outcomes.made()), 5, options); };
  EXPECT_TRUE(check().ok());
  outcomes.Add("one more", 1, [](std::size_t) { return 0; });
  EXPECT_THAT(check().error().message, HasSubstr("more than 64 candidates"));
}

TEST(MakeLearner, OfAgreementRunsTheDearCandidateWhereTheCheapOnesDisagree) {
  const Outcomes table = MadeUpOutcomes(400, 3)
                             .Add("a", 1, [](std::size_t i) { return i % 4 == 0 ? 1 : 0; })
                             .Add("b", 1.2, [](std::size_t i) { return i % 4 == 1 ? 1 : 0; })
                             .Add("dear", 10, [](std::size_t i) { return i % 100 == 7 ? 1 : 0; })
                             .made();
  const LearnedPolicy learned = MakeLearner("agreement", {}).value()(table, AllRows(table));
  const std::vector<std::string>& points = learned.policy->operating_points();
  const auto accurate = std::find(points.begin(), points.end(), "accurate") - points.begin();
  Simulator simulator(table, learned, static_cast<int>(accurate));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(simulator.Run(i).path.size(), i % 4 < 2 ? 3U : 2U) << i;
}

TEST(CheckPolicyName, OnlyPremodelsTakeAListThatThereIs) {
  for (const char* name : {"p-right@all", "chain@noise", "chain:knn-svm@dnn", "multiclass:bayes@dnn.255"}) {
    EXPECT_TRUE(CheckPolicyName(name).ok()) << name;
  }
  for (const char* name : {"staged@paper", "single@paper", "auto@dnn", "cascade@all"}) {
    EXPECT_THAT(CheckPolicyName(name).error().message, HasSubstr("takes no list of features")) << name;
    EXPECT_EQ(CheckPolicyName(name).error().kind, ErrorKind::kUsage);
    EXPECT_FALSE(MakeLearner(name, {}).ok());
  }
  for (const char* name : {"p-right@", "p-right@karma", "p-right@paper@paper", "p-right@dnn.256"}) {
    EXPECT_THAT(CheckPolicyName(name).error().message, HasSubstr("there is no feature")) << name;
  }
  EXPECT_THAT(CheckPolicyName("luck@paper").error().message, HasSubstr("no policy `luck`"));
}

}  // namespace
}  // namespace amsel
