// What stands beside the policies of an evaluation: the textbook's cascade, and who is a yardstick and who is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/evaluate.h"
#include "runtime/placement.h"
#include "tests/support/fake_world.h"
#include "train/train.h"

namespace amsel {
namespace {

const Json& NamedRow(const Json& results, const std::string& name) {
  for (const Json& row : results["rows"]) {
    if (row["name"] == name) return row;
  }
  throw std::runtime_error("no row " + name);
}

TEST(EvaluateProfile, SetsATextbookCascadeBesideEachPointOfTheHeadlinesPolicy) {
  FakeWorld world("evaluate_textbook", 200);
  const ProfileTable table = world.Table();
  EvaluateOptions options;
  options.policies = {"staged", "p-right"};
  options.folds = 3;
  options.adapted = false;
  const Json results = EvaluationToJson(EvaluateProfile(table, options, FakeClock()).value());
  int rows = 0;
  for (const Json& row : results["rows"]) rows += row["kind"] == "textbook" ? 1 : 0;
  EXPECT_EQ(rows, 4);
  for (const std::string point : {"fast", "balanced", "accurate", "steady"}) {
    const Json& textbook = NamedRow(results, "textbook " + point);
    EXPECT_EQ(textbook["operating_point"], point);
    EXPECT_LE(textbook["shares"].size(), 3U);
    const double staged_ms = NamedRow(results, "staged " + point)["latency_ms"]["mean"];
    EXPECT_LE(textbook["latency_ms"]["mean"], staged_ms + 1);
  }
  options.policies = {"p-right"};
  const Json once = EvaluationToJson(EvaluateProfile(table, options, FakeClock()).value());
  EXPECT_EQ(NamedRow(once, "textbook")["kind"], "textbook");
}

TEST(EvaluateProfile, MeasuresAgainstWhatCameAndSetsTheBestDerivedCandidateBesideIt) {
  FakeWorld world("evaluate_derived", 200);
  ProfileTable table = world.Table();
  for (OutcomeCandidate& candidate : table.candidates) candidate.derived = candidate.name == "general";
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Json results = EvaluationToJson(EvaluateProfile(table, options, world.clock).value());
  const std::string best = results["single_best"];
  EXPECT_NE(best, "general");  // which is the most accurate
  EXPECT_NE(results["efficient_single"], "general");
  EXPECT_NE(results["headline"]["vs_adapted"]["row"], "adapted general");
  EXPECT_EQ(NamedRow(results, "general")["derived"], true);
  EXPECT_EQ(NamedRow(results, "adapted general")["derived"], true);
  EXPECT_FALSE(NamedRow(results, best).contains("derived"));
  const Json& derived = NamedRow(results, "derived single");
  EXPECT_EQ(derived["kind"], "derived-single");
  EXPECT_EQ(derived["top1"], NamedRow(results, "general")["top1"]);
  EXPECT_EQ(derived["latency_ms"], NamedRow(results, "general")["latency_ms"]);
  EXPECT_EQ(NamedRow(results, "adapted derived single")["kind"], "adapted-derived-single");
  EXPECT_EQ(NamedRow(results, "adapted derived single")["top1"], NamedRow(results, "adapted general")["top1"]);
  const Json& against = results["headline"]["vs_derived"];
  EXPECT_EQ(against["row"], "derived single");
  const double gain = 100 * (derived["top1"].get<double>() - NamedRow(results, best)["top1"].get<double>());
  EXPECT_NEAR(against["alone"]["accuracy_gain_pp"], gain, 1e-9);
  EXPECT_NEAR(against["alone"]["speedup"], 0.25, 1e-9);
  EXPECT_NEAR(against["accuracy_gain_pp"].get<double>() + gain, results["headline"]["accuracy_gain_pp"], 1e-9);
}

TEST(EvaluateProfile, WithoutDerivedCandidatesThereIsNoneToStandBeside) {
  FakeWorld world("evaluate_underived", 100);
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Json results = EvaluationToJson(EvaluateProfile(world.Table(), options, world.clock).value());
  EXPECT_TRUE(results["headline"]["vs_derived"].is_null());
  for (const Json& row : results["rows"]) EXPECT_FALSE(row.contains("derived")) << row["name"];
}

TEST(EvaluateBundle, SetsTheDerivedCandidateThatTrainingChoseBesideTheSingleBest) {
  FakeWorld world("evaluate_derived_bundle", 200);
  ProfileTable table = world.Table();
  for (OutcomeCandidate& candidate : table.candidates) candidate.derived = candidate.name == "bright";
  TrainOptions train;
  train.policy = "p-right";
  train.split.test_fraction = 0.5;
  const auto summary = Train(table, train, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->manifest.derived_single, "bright");
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  ClockOptions options;
  options.repetitions = 1;
  const auto clocked = EvaluateBundle(
      bundle, world.images, PlaceCandidatesOn(bundle.manifest(), {}, world.backend).value(), world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  const auto simulated = EvaluateOnProfile(bundle, table, {}, world.clock);
  ASSERT_TRUE(simulated.ok()) << simulated.error().message;
  for (const Evaluation& evaluation : {clocked->evaluation, simulated->evaluation}) {
    const Json results = EvaluationToJson(evaluation);
    EXPECT_EQ(NamedRow(results, "derived single")["top1"], NamedRow(results, "bright")["top1"]);
    EXPECT_EQ(results["headline"]["vs_derived"]["row"], "derived single");
    EXPECT_NEAR(results["headline"]["vs_derived"]["alone"]["speedup"], 4, 0.2);
  }
}

}  // namespace
}  // namespace amsel
