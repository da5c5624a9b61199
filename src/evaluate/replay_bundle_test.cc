#include "evaluate/replay_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "evaluate/clock_bundle.h"
#include "tests/support/fake_sysfs.h"
#include "tests/support/fake_world.h"
#include "tests/support/on_fake.h"
#include "tests/support/results_row.h"
#include "train/train.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class ReplayBundleTest : public testing::Test {
 protected:
  ReplayBundleTest() : world_("replay_" + TestName(), 200), table_(world_.Table()) {}

  Bundle Trained(const std::string& policy, double test_fraction = 0.5) {
    TrainOptions train;
    train.policy = policy;
    train.split.test_fraction = test_fraction;
    EXPECT_TRUE(Train(table_, train, world_.Path("bundle")).ok());
    return Bundle::Open(world_.Path("bundle")).value();
  }

  /// Why `bundle` is not played on the table.
  std::string Refusal(const Bundle& bundle, const ProfileTable& table) const {
    const auto replayed = ReplayBundle(bundle, table, {}, world_.clock);
    EXPECT_FALSE(replayed.ok());
    return replayed.ok() ? "" : replayed.error().message;
  }

  FakeWorld world_;
  ProfileTable table_;
};

TEST_F(ReplayBundleTest, DecidesForEachImageAsTheBundleDoesWhereItRuns) {
  for (const char* policy : {"p-right", "staged"}) {
    const Bundle bundle = Trained(policy);
    const BundleEvaluation replayed = ReplayBundle(bundle, table_, {}, world_.clock).value();
    ClockOptions options;
    options.repetitions = 1;
    const BundleEvaluation clocked =
        ClockBundle(bundle, world_.images, OnFake(world_, bundle), world_.clock, options).value();
    EXPECT_EQ(replayed.left_out, clocked.left_out);
    ASSERT_EQ(replayed.answers.size(), clocked.answers.size());
    for (std::size_t i = 0; i < replayed.answers.size(); ++i) {
      EXPECT_EQ(replayed.answers[i].key, clocked.answers[i].key);
      EXPECT_EQ(replayed.answers[i].label, clocked.answers[i].label);
      EXPECT_EQ(replayed.answers[i].candidates, clocked.answers[i].candidates);
      EXPECT_EQ(replayed.answers[i].operating_point, clocked.answers[i].operating_point);
    }
  }
}

TEST_F(ReplayBundleTest, EveryFigureIsThatOfTheRecordedAnswersAndTimes) {
  const Bundle bundle = Trained("p-right");
  const Evaluation evaluation = ReplayBundle(bundle, table_, {}, world_.clock)->evaluation;
  const Json results = EvaluationToJson(evaluation);
  const Json& policy = RowOf(results, "p-right");
  EXPECT_EQ(policy["top1"], 1);  // each expert where it is right
  EXPECT_NEAR(policy["latency_ms"]["mean"], 1, 1e-9);
  EXPECT_EQ(RowOf(results, "oracle")["top1"], 1);
  EXPECT_EQ(results["headline"]["bound"], "oracle");
  double mix = 0;
  for (const auto& [name, share] : policy["shares"].items()) {
    mix += share.get<double>() * RowOf(results, name)["top1"].get<double>();
  }
  EXPECT_NEAR(RowOf(results, "random mix of p-right")["top1"], mix, 1e-9);
  EXPECT_NEAR(results["headline"]["speedup"], 4, 1e-9);
  EXPECT_EQ(results["single_best"], "general");
}

TEST_F(ReplayBundleTest, ImagesOfTheTrainingAreLeftOutUnlessAskedFor) {
  const Bundle bundle = Trained("p-right", 0);
  EXPECT_THAT(Refusal(bundle, table_), HasSubstr("the bundle was trained on every image of " + table_.source));
  ReplayOptions options;
  options.include_training = true;
  const BundleEvaluation replayed = ReplayBundle(bundle, table_, options, world_.clock).value();
  EXPECT_EQ(replayed.left_out, 0U);
  EXPECT_EQ(replayed.answers.size(), 200U);
  for (OutcomeImage& image : table_.images) image.split = "fit";
  EXPECT_EQ(ReplayBundle(bundle, table_, options, world_.clock)->answers.size(), 200U);
  table_.images[3].split = "test";  // where there is any, no other is judged
  EXPECT_EQ(ReplayBundle(bundle, table_, options, world_.clock)->answers.size(), 1U);
}

TEST_F(ReplayBundleTest, RefusesAProfileThatIsNotOfTheBundlesWorld) {
  const Bundle bundle = Trained("p-right");
  ProfileTable other = table_;
  other.labels[0] = "z";
  EXPECT_THAT(Refusal(bundle, other), HasSubstr("its classes are not those of the bundle"));
  other = table_;
  other.decode_min_side += 1;
  EXPECT_THAT(Refusal(bundle, other), HasSubstr("the pixels differ"));
  other = table_;
  const std::string first = bundle.manifest().candidates[0].name;
  const auto at = std::find_if(other.candidates.begin(), other.candidates.end(),
                               [&](const OutcomeCandidate& candidate) { return candidate.name == first; });
  other.profiled[static_cast<std::size_t>(at - other.candidates.begin())].file_sha256 = "another";
  EXPECT_THAT(Refusal(bundle, other), HasSubstr("was profiled from another file (SHA-256 another)"));
  at->name = "renamed";
  EXPECT_THAT(Refusal(bundle, other), HasSubstr("has no candidate " + first));
  other = table_;
  std::replace(other.feature_names.begin(), other.feature_names.end(), bundle.policy().feature_names()[0],
               std::string("gone"));
  EXPECT_THAT(Refusal(bundle, other), HasSubstr("has no feature " + bundle.policy().feature_names()[0]));
}

}  // namespace
}  // namespace amsel
