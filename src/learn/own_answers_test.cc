// Learning from tables that know no classes: right and wrong, and how sure each candidate is of its own answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/cross_validate.h"
#include "learn/learners.h"
#include "learn/simulate.h"
#include "policy/policy_file.h"
#include "tests/support/own_outcomes.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LearnedPolicy Learn(const std::string& policy, const Outcomes& table) {
  return MakeLearner(policy, {}).value()(table, AllRows(table));
}

std::string Refusal(const std::string& policy, const Outcomes& table) {
  const Status status = CheckPolicyFor(table, policy, {});
  return status.ok() ? "" : status.error().message;
}

class OwnAnswersTest : public testing::TestWithParam<const char*> {};

TEST_P(OwnAnswersTest, GoOnWhereACandidateIsUnsure) {
  const Outcomes table = OwnOutcomes().Table();
  const LearnedPolicy learned = Learn(GetParam(), table);
  ASSERT_TRUE(learned.policy->answers_are_own());
  ASSERT_EQ(learned.policy->operating_points().front(), "balanced");
  Simulator simulator(table, learned, 0);
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const bool sure = OwnOutcomes::SmallIsRight(static_cast<int>(i));
    const SimulatedRun run = simulator.Run(i);
    EXPECT_EQ(run.path, sure ? std::vector<std::size_t>{0} : (std::vector<std::size_t>{0, 1})) << i;
    EXPECT_EQ(run.Worth(), 1) << i;
    EXPECT_EQ(run.latency_ms, sure ? 1 : 5) << i;
    const SimulatedRun& unseen = learned.cross_fitted[0][i];
    EXPECT_EQ(unseen.path, run.path) << i;
    EXPECT_EQ(unseen.Worth(), 1) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, OwnAnswersTest, testing::Values("staged", "cascade", "staged-no-pooling", "auto"));

TEST(OwnAnswers, ProbabilitiesAreCalibrated) {
  OwnOutcomes world;
  world.images = 4000;
  Outcomes table = world.Table();
  for (float& sure : table.confidences) sure = 0.9F;  // whoever is right
  const LearnedPolicy learned = Learn("staged", table);
  const std::vector<std::string>& points = learned.policy->operating_points();
  Simulator simulator(table, learned, static_cast<int>(points.size()) - 1);
  const SimulatedRun run = simulator.Run(0);
  ASSERT_EQ(run.path.size(), 1);
  EXPECT_NEAR(run.probability, run.path[0] == 0 ? 0.75 : 0.95, 0.005);
}

TEST(OwnAnswers, AreWorthWhatTheTableSays) {
  OwnOutcomes world;
  world.worth = 0.75;
  const Outcomes table = world.Table();
  EXPECT_TRUE(table.HasPartialUtilities());
  const LearnedPolicy learned = Learn("staged", table);
  Simulator simulator(table, learned, 0);
  EXPECT_EQ(simulator.Run(1).Worth(), 0.75);
  EXPECT_EQ(simulator.Run(1).Worth(5), 0.75);  // there are no five classes to look at
  EXPECT_EQ(learned.cross_fitted[0][1].Worth(), 0.75);
  world.worth = 0.25;  // less than half: still better than nothing
  EXPECT_EQ(Learn("staged", world.Table()).cross_fitted[0][1].Worth(), 0.25);
}

TEST(OwnAnswers, ThatAreNotLikelyRightMayBeWithheld) {
  const Outcomes table = OwnOutcomes().Table();
  LearnOptions options;
  options.staged.abstain_price = 0.02;  // an answer must be right with 98 %
  const LearnedPolicy learned = MakeLearner("staged", options).value()(table, AllRows(table));
  ASSERT_TRUE(learned.policy->may_abstain());
  Simulator simulator(table, learned, 0);
  EXPECT_EQ(simulator.Run(1).Worth(), 1);
  const SimulatedRun withheld = simulator.Run(0);  // `large` is right with 95 %
  EXPECT_EQ(withheld.Worth(), 0);
  EXPECT_EQ(withheld.rank, kNoAnswer);
}

TEST(OwnAnswers, APolicyIsReadBackAsItWasWritten) {
  const LearnedPolicy learned = Learn("staged", OwnOutcomes().Table());
  const TensorFile written = PolicyToTensorFile(*learned.policy);
  const auto read = PolicyFromTensorFile(written, "policy");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE((*read)->answers_are_own());
  EXPECT_EQ(SerializeTensorFile(PolicyToTensorFile(**read)), SerializeTensorFile(written));
}

TEST(OwnAnswers, PoliciesThatReadWhatATableLacksAreRefused) {
  const Outcomes table = OwnOutcomes().Table();
  for (const char* policy : {"auto", "single", "staged", "cascade"}) EXPECT_EQ(Refusal(policy, table), "") << policy;
  for (const char* policy : {"p-right", "chain", "multiclass:knn"}) {
    EXPECT_THAT(Refusal(policy, table), HasSubstr("own.csv: has no image features, which policy `")) << policy;
  }
  EXPECT_THAT(Refusal("agreement", table), HasSubstr("does not say what the candidates answered"));
  EXPECT_THAT(Refusal("stagd", table), HasSubstr("there is no policy `stagd`"));
}

TEST(OwnAnswers, WithoutConfidencesTheSingleBestIsAll) {
  OwnOutcomes world;
  world.confidences = false;
  const Outcomes table = world.Table();
  EXPECT_TRUE(CheckLearnable(table, AllRows(table), 5, {}).ok());
  EXPECT_THAT(Refusal("staged", table), HasSubstr("does not say how sure the candidates were"));
  const LearnedPolicy learned = Learn("auto", table);
  EXPECT_EQ(learned.policy->kind(), "single");
  EXPECT_THAT(learned.candidates, ElementsAre(1));
}

TEST(OwnAnswers, WhoDoesNotTellMayEndAPath) {
  Outcomes table = OwnOutcomes().Table();
  for (std::size_t i = 0; i < table.image_count(); ++i) table.confidences[table.image_count() + i] = NAN;
  const LearnedPolicy learned = Learn("staged", table);
  Simulator simulator(table, learned, 0);
  EXPECT_THAT(simulator.Run(0).path, ElementsAre(0, 1));
  EXPECT_THAT(simulator.Run(1).path, ElementsAre(0));
  EXPECT_NEAR(simulator.Run(0).probability, 0.95, 0.01);
}

}  // namespace
}  // namespace amsel
