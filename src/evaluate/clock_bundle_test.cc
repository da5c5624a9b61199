#include "evaluate/clock_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "amsel/engine.h"
#include "evaluate/replay_bundle.h"
#include "image/image_reader.h"
#include "tests/support/fake_world.h"
#include "tests/support/on_fake.h"
#include "tests/support/results_row.h"
#include "tests/support/two_candidates.h"
#include "train/train.h"

namespace amsel {
namespace {

TEST(ClockBundle, RunsWhatEngineRunsAndLeavesOutTrainingImages) {
  FakeWorld world("evaluate_bundle");
  TrainOptions train;
  train.split.test_fraction = 0.5;
  const auto summary = Train(world.Table(), train, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  ClockOptions options;
  options.repetitions = 2;
  const auto clocked = ClockBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
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

TEST(ClockBundle, ClocksSinglesAndHeadlineAlsoRightAfterAnotherCandidateAndCountsDisturbedRuns) {
  FakeWorld world("evaluate_cold", 200);
  std::string last;
  int runs = 0;
  const auto ran = [&](const std::string& name, int ms) {
    const bool waits = ++runs % 5 == 0;
    const int cold = last == name ? 0 : 2;
    world.clock.Use({std::chrono::milliseconds(ms + cold), waits ? 1 : 0});
    world.clock.Advance(std::chrono::milliseconds(cold + (waits ? ms : 0)));
    last = name;
  };
  TrainOptions train;
  train.policy = "p-right";
  ASSERT_TRUE(Train(world.Table(), train, world.Path("bundle")).ok());
  world.AddCandidate("dark", 1, [&](int brightness, int) { return ran("dark", 1), brightness < 128; });
  world.AddCandidate("bright", 1, [&](int brightness, int) { return ran("bright", 1), brightness >= 128; });
  world.AddCandidate("general", 4, [&](int, int luck) { return ran("general", 4), luck < 179; });
  ClockOptions options;
  options.include_training = true;
  options.repetitions = 1;
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  const auto clocked = ClockBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  const Json results = EvaluationToJson(clocked->evaluation);
  const Json& latency = RowOf(results, "general")["latency_ms"];
  EXPECT_NEAR(latency["cold"].get<double>() - latency["mean"].get<double>(), 2, 0.5);
  EXPECT_NEAR(results["conditions"]["disturbed_runs"], 0.2, 0.05);
  const Json& headline = results["headline"];
  EXPECT_NEAR(headline["cold"]["speedup"],
              latency["cold"].get<double>() / RowOf(results, "p-right")["latency_ms"]["cold"].get<double>(), 1e-9);
  EXPECT_NE(headline["cold"]["speedup"], headline["speedup"]);
}

TEST(ClockBundle, RefusesWhenEveryImageWasTrainedOn) {
  FakeWorld world("evaluate_none", 100);
  ASSERT_TRUE(Train(world.Table(), {}, world.Path("bundle")).ok());
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  const auto clocked = ClockBundle(bundle, world.images, OnFake(world, bundle), world.clock, {});
  ASSERT_FALSE(clocked.ok());
  EXPECT_THAT(clocked.error().message, testing::HasSubstr("trained on every one of these images"));
}

TEST(ClockBundle, AnAbstentionIsNeverRight) {
  TwoCandidates world("evaluate_abstains", TwoCandidates::Abstain);
  const std::string image = world.path() + ".pgm";
  ASSERT_TRUE(WriteFile(image, EncodePgm(4, 4, std::string(16, 'x'))).ok());
  ClockOptions options;
  options.repetitions = 2;
  const std::vector<LabelledImage> images(3, {"image", image, 0, "", 1, ""});  // of class 0, as small would answer
  const Bundle bundle = Bundle::Open(world.path()).value();
  const auto clocked = ClockBundle(bundle, images, OnFake(world, bundle), world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  for (const BundleAnswer& answer : clocked->answers) EXPECT_EQ(answer.label, -1);
  const Json results = EvaluationToJson(clocked->evaluation);
  const Json& row = RowOf(results, "staged fast");
  EXPECT_EQ(row["top1"], 0);
  EXPECT_EQ(row["top5"], 0);
  EXPECT_EQ(row["shares"]["small"], 1);
  EXPECT_EQ(RowOf(results, "small")["top1"], 1);
}

TEST(ClockBundle, SetsTheDerivedCandidateThatTrainingChoseBesideTheSingleBest) {
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
  const auto clocked = ClockBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  const auto simulated = ReplayBundle(bundle, table, {}, world.clock);
  ASSERT_TRUE(simulated.ok()) << simulated.error().message;
  for (const Evaluation& evaluation : {clocked->evaluation, simulated->evaluation}) {
    const Json results = EvaluationToJson(evaluation);
    EXPECT_EQ(RowOf(results, "derived single")["top1"], RowOf(results, "bright")["top1"]);
    EXPECT_EQ(results["headline"]["vs_derived"]["row"], "derived single");
    EXPECT_NEAR(results["headline"]["vs_derived"]["alone"]["speedup"], 4, 0.2);
  }
}

}  // namespace
}  // namespace amsel
