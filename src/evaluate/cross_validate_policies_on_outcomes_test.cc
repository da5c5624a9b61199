// From a table of a user's own to figures, and to decisions for whoever runs the DNNs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "amsel/decisions.h"
#include "evaluate/cross_validate_policies.h"
#include "learn/simulate.h"
#include "tests/support/own_outcomes.h"
#include "tests/support/results_row.h"
#include "train/train.h"

namespace amsel {
namespace {

using testing::HasSubstr;

CrossValidateOptions Staged() {
  CrossValidateOptions options;
  options.policies = {"staged"};
  return options;
}

TEST(CrossValidatePoliciesOnOutcomes, TellsWhatThePolicyDoesBesideNullsAndBounds) {
  const auto evaluation = CrossValidatePolicies(OwnOutcomes().Table(), Staged());
  ASSERT_TRUE(evaluation.ok()) << evaluation.error().message;
  const Json results = EvaluationToJson(*evaluation);
  EXPECT_EQ(results["source"]["csv"], "own.csv");
  EXPECT_EQ(results["single_best"], "large");
  EXPECT_EQ(RowOf(results, "small")["top1"], 0.75);
  EXPECT_EQ(RowOf(results, "large")["top1"], 0.95);
  const Json policy = RowOf(results, "staged balanced");
  EXPECT_EQ(policy["top1"], 1);
  EXPECT_NEAR(policy["latency_ms"]["mean"], 2, 1e-9);  // nothing is clocked: the table's times are all
  EXPECT_NEAR(policy["shares"]["large"], 0.25, 1e-9);
  const Json null = RowOf(results, "random stop of staged balanced");
  EXPECT_NEAR(null["top1"], 0.75 * 0.75 + 0.25 * 0.95, 1e-9);
  EXPECT_NEAR(null["latency_ms"]["mean"], 2, 1e-9);
  EXPECT_EQ(RowOf(results, "oracle")["top1"], 1);
  EXPECT_EQ(results["headline"]["bound"], "oracle");
  EXPECT_NEAR(results["headline"]["speedup"], 2, 1e-9);
  EXPECT_NEAR(results["headline"]["accuracy_gain_pp"], 5, 1e-9);
}

TEST(CrossValidatePoliciesOnOutcomes, WhatIsNotKnownIsNull) {
  const Json results = EvaluationToJson(CrossValidatePolicies(OwnOutcomes().Table(), Staged()).value());
  for (const Json& row : results["rows"]) {
    for (const char* key : {"top5", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "energy_mj"}) {
      EXPECT_TRUE(row.contains(key) && row[key].is_null()) << row["name"] << " " << key;
    }
    EXPECT_NE(row["kind"], "adapted-single");
    EXPECT_NE(row["kind"], "pooled-oracle");
  }
}

TEST(CrossValidatePoliciesOnOutcomes, AnswersCountWhatTheyAreWorth) {
  OwnOutcomes world;
  world.worth = 0.5;
  const Json results = EvaluationToJson(CrossValidatePolicies(world.Table(), Staged()).value());
  EXPECT_EQ(RowOf(results, "large")["top1"], 0.475);
  EXPECT_EQ(RowOf(results, "staged balanced")["top1"], 0.5);
}

TEST(CrossValidatePoliciesOnOutcomes, RefusesPoliciesThatReadMore) {
  CrossValidateOptions options;  // of a profile
  const auto refused = CrossValidatePolicies(OwnOutcomes().Table(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(refused.error().message, HasSubstr("own.csv: has no image features, which policy `p-right` needs"));
}

/// Whoever runs the candidates gives their confidences from the table.
void ExpectSameDecisions(const Outcomes& table, Decisions& decisions, Simulator& simulator) {
  Answer answer;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    decisions.Begin();
    for (Step step = decisions.Next(); step.kind == Step::Kind::kRun; step = decisions.Next()) {
      const float sure = table.confidences[static_cast<std::size_t>(step.candidate) * table.image_count() + i];
      ASSERT_TRUE(decisions.RanWithConfidence(step.candidate, sure).ok());
    }
    ASSERT_TRUE(decisions.Finish(answer).ok());
    const SimulatedRun expected = simulator.Run(i);
    ASSERT_EQ(answer.runs.size(), expected.path.size()) << i;
    EXPECT_EQ(answer.whose, static_cast<CandidateId>(expected.path.back())) << i;
    EXPECT_EQ(answer.probability, static_cast<float>(expected.probability)) << i;
  }
}

TEST(CrossValidatePoliciesOnOutcomes, ABundleOfATableDecidesForItsCallerAsItWasJudged) {
  const Outcomes table = OwnOutcomes().Table();
  const std::string path = testing::TempDir() + "own_end_to_end";
  const auto summary = TrainOnOutcomes(table, {}, path);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  auto engine = Engine::Open(path);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  auto decisions = Decisions::Create(*engine);
  ASSERT_TRUE(decisions.ok()) << decisions.error().message;
  const Bundle bundle = Bundle::Open(path).value();
  const LearnedPolicy learned{std::shared_ptr<const Policy>(std::shared_ptr<void>(), &bundle.policy()), {0, 1}};
  for (std::size_t point = 0; point < engine->operating_points().size(); ++point) {
    ASSERT_TRUE(engine->SetOperatingPoint(engine->operating_points()[point].name).ok());
    Simulator simulator(table, learned, static_cast<int>(point));
    ExpectSameDecisions(table, *decisions, simulator);
  }
  EXPECT_EQ(summary->manifest.operating_points[0].top1, 1);
  EXPECT_NEAR(summary->manifest.operating_points[0].latency_ms, 2, 1e-9);
}

}  // namespace
}  // namespace amsel
