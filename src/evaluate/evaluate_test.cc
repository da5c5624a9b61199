#include "evaluate/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "amsel/engine.h"
#include "evaluate/rows.h"
#include "image/image_reader.h"
#include "learn/train.h"
#include "tests/support/fake_world.h"
#include "tests/support/two_candidates.h"

namespace amsel {
namespace {

const Json& RowOf(const Json& results, const std::string& name) {
  for (const Json& row : results["rows"]) {
    if (row["name"] == name) return row;
  }
  throw std::runtime_error("no row " + name);
}

TEST(EvaluateProfile, TellsThePlantedStory) {
  FakeWorld world("evaluate_profile");
  EvaluateOptions options;
  options.policies = {"p-right", "staged"};
  const Json results = EvaluationToJson(EvaluateProfile(world.Table(), options, world.clock).value());
  EXPECT_EQ(results["schema"], "amsel.evaluation/1");
  EXPECT_EQ(results["single_best"], "general");
  EXPECT_EQ(results["folds"], 10);
  EXPECT_EQ(RowOf(results, "oracle")["top1"], 1.0);
  EXPECT_NEAR(RowOf(results, "oracle")["latency_ms"]["mean"], 1, 1e-9);
  EXPECT_GT(RowOf(results, "p-right")["top1"], 0.97);
  EXPECT_NEAR(RowOf(results, "random mix of p-right")["top1"], 0.5, 0.06);  // the experts' shares, blindly
  EXPECT_GE(RowOf(results, "staged accurate")["top1"], RowOf(results, "random stop of staged accurate")["top1"]);
  EXPECT_LE(RowOf(results, "staged fast")["top1"], RowOf(results, "pooled oracle of staged fast")["top1"]);
  EXPECT_EQ(RowOf(results, "adapted general")["kind"], "adapted-single");
  const Json& headline = results["headline"];
  EXPECT_FALSE(headline["vs_adapted"].is_null());
  EXPECT_EQ(headline["policy"], "p-right");
  EXPECT_GT(headline["accuracy_gain_ci95_pp"][0], 10);
  EXPECT_NEAR(headline["speedup"], 4, 0.2);
  EXPECT_NEAR(headline["ceiling"], 4, 1e-9);
  EXPECT_GT(headline["headroom_recovered"], 0.9);
}

TEST(EvaluateBundle, RunsWhatEngineRunsAndLeavesOutTrainingImages) {
  FakeWorld world("evaluate_bundle");
  TrainOptions train;
  train.test_fraction = 0.5;
  const auto summary = Train(world.Table(), train, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  ClockOptions options;
  options.repetitions = 2;
  const auto clocked = EvaluateBundle(bundle, world.images, world.backend, world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  EXPECT_EQ(clocked->left_out, 400 - summary->set_aside);
  ASSERT_EQ(clocked->answers.size(), summary->set_aside);
  Engine engine = Engine::Open(world.Path("bundle"), world.backend).value();
  ImageReader reader;
  for (const BundleAnswer& expected : clocked->answers) {
    const auto answer = engine.Run(reader.Fetch(world.Path(expected.key)).value());
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->label, expected.label);
    std::vector<std::string> names;
    for (const CandidateRun& run : answer->runs) names.push_back(engine.CandidateName(run.candidate));
    EXPECT_EQ(names, expected.candidates);
  }
  const Json results = EvaluationToJson(clocked->evaluation);
  EXPECT_NEAR(results["headline"]["speedup"], 4, 0.5);  // the fake clock moves only in candidates
}

TEST(EvaluateBundle, RefusesWhenEveryImageWasTrainedOn) {
  FakeWorld world("evaluate_none", 100);
  ASSERT_TRUE(Train(world.Table(), {}, world.Path("bundle")).ok());
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  const auto clocked = EvaluateBundle(bundle, world.images, world.backend, world.clock, {});
  ASSERT_FALSE(clocked.ok());
  EXPECT_THAT(clocked.error().message, testing::HasSubstr("trained on every one of these images"));
}

TEST(EvaluateBundle, AnAbstentionIsNeverRight) {
  TwoCandidates world("evaluate_abstains", TwoCandidates::Abstain);
  const std::string image = world.path() + ".pgm";
  ASSERT_TRUE(WriteFile(image, EncodePgm(4, 4, std::string(16, 'x'))).ok());
  ClockOptions options;
  options.repetitions = 2;
  const std::vector<LabelledImage> images(3, {"image", image, 0, "", 1, ""});  // of class 0, as small would answer
  const auto clocked = EvaluateBundle(Bundle::Open(world.path()).value(), images, world.backend, world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  for (const BundleAnswer& answer : clocked->answers) EXPECT_EQ(answer.label, -1);
  const Json results = EvaluationToJson(clocked->evaluation);
  const Json& row = RowOf(results, "staged fast");
  EXPECT_EQ(row["top1"], 0);
  EXPECT_EQ(row["top5"], 0);
  EXPECT_EQ(row["shares"]["small"], 1);
  EXPECT_EQ(RowOf(results, "small")["top1"], 1);
}

TEST(OracleRow, NeverCountsNoneOfThemIsRightAsRight) {
  EvaluatedImages images;
  images.labels = {0, 0};
  images.weights = {1, 1};
  images.groups = {0, 1};
  images.classes = 2;
  const RowSamples cheap{"cheap", "single", "", {0, 0}, {1, 1}, {1, 1}, {1, 1}, {}, 1};
  const RowSamples dear{"dear", "single", "", {1, 0}, {1, 1}, {5, 5}, {0, 1}, {}, 5};
  const RowSamples oracle = OracleRow({dear, cheap}, images);
  EXPECT_EQ(oracle.right, (std::vector<double>{1, 0}));
  EXPECT_EQ(oracle.latency_ms, (std::vector<double>{5, 1}));  // where none is right the cheapest is charged
}

}  // namespace
}  // namespace amsel
