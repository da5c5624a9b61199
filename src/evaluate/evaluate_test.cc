#include "evaluate/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "amsel/engine.h"
#include "evaluate/rows.h"
#include "image/image_reader.h"
#include "runtime/placement.h"
#include "tests/support/clock_meter.h"
#include "tests/support/fake_world.h"
#include "tests/support/two_candidates.h"
#include "train/train.h"

namespace amsel {
namespace {

template <typename World>
std::vector<Placement> OnFake(World& world, const Bundle& bundle) {
  return PlaceCandidatesOn(bundle.manifest(), {}, world.backend).value();
}

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

/// Moves a microsecond at each look, and now and then by a second, as where the machine does other things.
class HiccupingClock final : public Clock {
 public:
  Nanoseconds Now() const override {
    constexpr int kBetween = 997;
    now_ += std::chrono::microseconds(1);
    if (++looks_ % kBetween == 0) now_ += std::chrono::seconds(1);
    return now_;
  }

 private:
  mutable Nanoseconds now_{0};
  mutable int looks_ = 0;
};

TEST(EvaluateProfile, DecidingCountsInEveryFigureAndHiccupsInNone) {
  FakeWorld world("evaluate_hiccups");
  EvaluateOptions options;
  options.policies = {"p-right", "staged"};
  options.adapted = false;
  const Json results = EvaluationToJson(EvaluateProfile(world.Table(), options, HiccupingClock()).value());
  for (const Json& row : results["rows"]) {
    const Json& latency = row["latency_ms"];
    EXPECT_LE(latency["mean"], latency["worst_path"].get<double>() + 1e-9) << row["name"];
    EXPECT_LE(latency["p99"], latency["worst_path"].get<double>() + 1e-9) << row["name"];
  }
  const auto worst_ms = [&](const char* row) { return RowOf(results, row)["latency_ms"]["worst_path"].get<double>(); };
  const double deciding_ms = worst_ms("p-right") - worst_ms("general");
  EXPECT_GT(deciding_ms, 0.0005);
  EXPECT_LT(deciding_ms, 0.1);
}

TEST(EvaluationToJson, TellsHowFarItIsAndResamplesEachRowAsAlone) {
  FakeWorld world("evaluate_resample");
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Evaluation evaluation = EvaluateProfile(world.Table(), options, world.clock).value();
  std::size_t last = 0;
  std::size_t of = 0;
  const Json results = EvaluationToJson(evaluation, [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, last + 1);
    last = done;
    of = total;
  });
  EXPECT_GT(last, 0U);
  EXPECT_EQ(last, of);
  const EvaluatedImages& images = evaluation.images;
  BootstrapOptions bootstrap;
  bootstrap.seed = evaluation.seed;
  for (const RowSamples& row : evaluation.rows) {
    const Interval alone = ShareInterval(row.right, images.weights, images.groups, bootstrap);
    EXPECT_EQ(RowOf(results, row.name)["top1_ci95"], IntervalToJson(alone)) << row.name;
  }
  const auto row = [&](const std::string& name) {
    return *std::find_if(evaluation.rows.begin(), evaluation.rows.end(), [&](const auto& r) { return r.name == name; });
  };
  const RowSamples policy = row("p-right");
  const auto ratio = [](std::span<const double> means) { return means[0] / means[1]; };
  for (const auto& [other, json] : {std::pair(row(evaluation.single_best), results["headline"]),
                                    {row(evaluation.adapted_single_best), results["headline"]["vs_adapted"]},
                                    {row(evaluation.efficient_single), results["headline"]["vs_efficient"]}}) {
    const Interval speeds =
        BootstrapInterval({other.latency_ms, policy.latency_ms}, images.weights, images.groups, ratio, bootstrap);
    EXPECT_EQ(json["speedup_ci95"], IntervalToJson(speeds)) << other.name;
    std::vector<double> gain;
    for (std::size_t i = 0; i < policy.right.size(); ++i) gain.push_back(policy.right[i] - other.right[i]);
    const Interval gains =
        BootstrapInterval({gain}, images.weights, images.groups, [](auto means) { return means[0]; }, bootstrap);
    EXPECT_EQ(json["accuracy_gain_ci95_pp"], IntervalToJson(gains, 100)) << other.name;
  }
}

TEST(EvaluateBundle, RunsWhatEngineRunsAndLeavesOutTrainingImages) {
  FakeWorld world("evaluate_bundle");
  TrainOptions train;
  train.split.test_fraction = 0.5;
  const auto summary = Train(world.Table(), train, world.Path("bundle"));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  ClockOptions options;
  options.repetitions = 2;
  const auto clocked = EvaluateBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
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

TEST(EvaluateBundle, ClocksSinglesAndHeadlineAlsoRightAfterAnotherCandidateAndCountsDisturbedRuns) {
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
  const auto clocked = EvaluateBundle(bundle, world.images, OnFake(world, bundle), world.clock, options);
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

TEST(EvaluateProfile, ChargesWhatRunsAfterAnotherCandidateMore) {
  FakeWorld world("evaluate_after", 200);
  std::string last;
  world.AddCandidate("dark", 1, [&](int brightness, int) { return last = "dark", brightness < 128; });
  world.AddCandidate("bright", 1, [&](int brightness, int) { return last = "bright", brightness >= 128; });
  world.AddCandidate("general", 4, [&](int, int luck) {
    if (last != "general") world.clock.Advance(std::chrono::milliseconds(2));
    last = "general";
    return luck < 179;
  });
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  const Json results = EvaluationToJson(EvaluateProfile(world.Table(), options, world.clock).value());
  EXPECT_NEAR(RowOf(results, "general")["latency_ms"]["mean"], 4, 1e-6);
  EXPECT_NEAR(RowOf(results, "general")["latency_ms"]["cold"], 6, 1e-6);
  EXPECT_TRUE(results["conditions"]["disturbed_runs"].is_null());
  EXPECT_GT(results["headline"]["cold"]["speedup"], results["headline"]["speedup"]);
}

TEST(EvaluateBundle, RefusesWhenEveryImageWasTrainedOn) {
  FakeWorld world("evaluate_none", 100);
  ASSERT_TRUE(Train(world.Table(), {}, world.Path("bundle")).ok());
  const Bundle bundle = Bundle::Open(world.Path("bundle")).value();
  const auto clocked = EvaluateBundle(bundle, world.images, OnFake(world, bundle), world.clock, {});
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
  const Bundle bundle = Bundle::Open(world.path()).value();
  const auto clocked = EvaluateBundle(bundle, images, OnFake(world, bundle), world.clock, options);
  ASSERT_TRUE(clocked.ok()) << clocked.error().message;
  for (const BundleAnswer& answer : clocked->answers) EXPECT_EQ(answer.label, -1);
  const Json results = EvaluationToJson(clocked->evaluation);
  const Json& row = RowOf(results, "staged fast");
  EXPECT_EQ(row["top1"], 0);
  EXPECT_EQ(row["top5"], 0);
  EXPECT_EQ(row["shares"]["small"], 1);
  EXPECT_EQ(RowOf(results, "small")["top1"], 1);
}

/// A world whose profile has energy: 12 mJ for the experts, 48 for `general`; of that 2 mJ a ms at rest.
ProfileTable MeteredTable(FakeWorld& world, const FakeSysfs& fake) {
  ProfileOptions options = world.Options();
  options.energy = ClockInstruments(std::make_shared<ClockMeter>(world.clock), world.clock, fake);
  EXPECT_TRUE(world.Profile("metered.db", options).ok());
  return ProfileTable::Load(world.Path("metered.db")).value();
}

TEST(EvaluateProfile, FoldsThatLeaveTooLittleToLearnFromAreRefused) {
  FakeWorld world("evaluate_few_groups", 60);
  ProfileTable table = world.Table();
  for (std::size_t i = 0; i < table.image_count(); ++i) table.groups[i] = static_cast<int>(i % 2);
  EvaluateOptions options;
  options.folds = 2;
  options.policies = {"auto"};
  const auto evaluation = EvaluateProfile(table, options, SteadyClock());
  ASSERT_FALSE(evaluation.ok());
  EXPECT_THAT(evaluation.error().message,
              testing::HasSubstr("has 1 images or groups to learn from, fewer than the 5 folds"));
}

TEST(EvaluateProfile, EnergyIsThatOfTheCandidatesByTheirShares) {
  FakeWorld world("evaluate_energy", 200);
  const FakeSysfs fake("evaluate_energy_sysfs");
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  options.power_model = PowerModel{5, 1};  // not used: there are measured figures
  const ProfileTable table = MeteredTable(world, fake);
  const Json results = EvaluationToJson(EvaluateProfile(table, options, world.clock).value());
  const Json& single = RowOf(results, "general")["energy_mj"];
  EXPECT_NEAR(single["mean"], 48, 1e-6);
  EXPECT_NEAR(single["above_idle"], 40, 1e-6);
  EXPECT_EQ(single["source"], "a fake meter; blocks of only 0.1 s, of candidates alone, by the profile");
  double expected = 0;
  const Json& policy = RowOf(results, "p-right");
  for (const auto& [name, share] : policy["shares"].items())
    expected += share.get<double>() * (name == "general" ? 48 : 12);
  EXPECT_NEAR(policy["energy_mj"]["mean"], expected, 1e-6);
  EXPECT_FALSE(RowOf(results, "oracle")["energy_mj"].is_null());
}

TEST(EvaluateProfile, EnergyIsNullWithoutFiguresAndAnEstimateWhereAskedFor) {
  FakeWorld world("evaluate_estimate", 200);
  EvaluateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  const ProfileTable table = world.Table();
  const Json without = EvaluationToJson(EvaluateProfile(table, options, world.clock).value());
  for (const Json& row : without["rows"]) EXPECT_TRUE(row["energy_mj"].is_null()) << row["name"];
  options.power_model = PowerModel{5, 1};
  const Json results = EvaluationToJson(EvaluateProfile(table, options, world.clock).value());
  EXPECT_NEAR(RowOf(results, "general")["energy_mj"]["mean"], 20, 1e-6);
  EXPECT_NEAR(RowOf(results, "general")["energy_mj"]["above_idle"], 16, 1e-6);
  for (const Json& row : results["rows"]) EXPECT_EQ(row["energy_mj"]["source"], "estimate: time x 5 W, 1 W when idle");
}

class EvaluateBundleEnergy : public testing::Test {
 protected:
  EvaluateBundleEnergy()
      : world_("bundle_" + TestName(), 200),
        fake_("bundle_sysfs_" + TestName()),
        meter_(std::make_shared<ClockMeter>(world_.clock)) {
    options_.repetitions = 1;
    options_.include_training = true;
    options_.energy = ClockInstruments(meter_, world_.clock, fake_);
    TrainOptions train;
    train.policy = "p-right";
    EXPECT_TRUE(Train(world_.Table(), train, world_.Path("bundle")).ok());
  }
  BundleEvaluation Evaluate() {
    const Bundle bundle = Bundle::Open(world_.Path("bundle")).value();
    return EvaluateBundle(bundle, world_.images, OnFake(world_, bundle), world_.clock, options_).value();
  }

  FakeWorld world_;
  FakeSysfs fake_;
  std::shared_ptr<ClockMeter> meter_;
  ClockOptions options_;
};

TEST_F(EvaluateBundleEnergy, IsMeasuredPerRowAndLeavesAccuracyAndTimesAlone) {
  const BundleEvaluation clocked = Evaluate();
  EXPECT_TRUE(clocked.without_energy.empty());
  const Json results = EvaluationToJson(clocked.evaluation);
  const Json& general = RowOf(results, "general")["energy_mj"];
  EXPECT_NEAR(general["mean"], 48, 1e-6);
  EXPECT_NEAR(general["above_idle"], 40, 1e-6);
  EXPECT_NEAR(general["ci95"][0], 48, 1e-6);
  EXPECT_NEAR(RowOf(results, "p-right")["energy_mj"]["mean"], 12, 2);  // mostly experts
  EXPECT_EQ(general["source"], "a fake meter; blocks of only 0.1 s");
  EXPECT_TRUE(RowOf(results, "oracle")["energy_mj"].is_null());  // nobody can run it
  EXPECT_NEAR(results["conditions"]["energy"]["idle_before_w"], 2, 1e-6);
  EXPECT_EQ(results["conditions"]["energy"]["images"], 200);
  options_.energy = {};
  Json without = EvaluationToJson(Evaluate().evaluation);
  for (std::size_t i = 0; i < results["rows"].size(); ++i) {
    EXPECT_TRUE(without["rows"][i]["energy_mj"].is_null());
    without["rows"][i]["energy_mj"] = results["rows"][i]["energy_mj"];
  }
  EXPECT_EQ(without["rows"], results["rows"]);
}

TEST_F(EvaluateBundleEnergy, IsNullWithTheReasonWhereTheMeterFailsAndAnEstimateWhereAskedFor) {
  meter_->broken = true;
  const BundleEvaluation clocked = Evaluate();
  ASSERT_EQ(clocked.without_energy.size(), 4U);  // three singles and the policy
  EXPECT_EQ(clocked.without_energy[0].second, "the sensor vanished");
  const Json results = EvaluationToJson(clocked.evaluation);
  for (const Json& row : results["rows"]) EXPECT_TRUE(row["energy_mj"].is_null()) << row["name"];
  options_.energy.model = PowerModel{5, {}};
  const Json estimated = EvaluationToJson(Evaluate().evaluation);
  EXPECT_NEAR(RowOf(estimated, "general")["energy_mj"]["mean"], 20, 1e-6);
  EXPECT_EQ(RowOf(estimated, "general")["energy_mj"]["source"], "estimate: time x 5 W");
}

TEST(ImageShares, AreTheWeightsByTheirSum) {
  EXPECT_EQ(ImageShares(std::vector<double>{1, 3}), (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(ImageShares(std::vector<double>{0, 0}), (std::vector<double>{0.5, 0.5}));
}

TEST(OracleRow, NeverCountsNoneOfThemIsRightAsRight) {
  EvaluatedImages images;
  images.labels = {0, 0};
  images.weights = {1, 3};
  images.groups = {0, 1};
  images.classes = 2;
  const RowSamples cheap{"cheap", "single", "", {0, 0}, {1, 1}, {1, 1}, {1, 1}, {}, 1};
  const RowSamples dear{"dear", "single", "", {1, 0}, {1, 1}, {5, 5}, {0, 1}, {}, 5};
  const RowSamples oracle = OracleRow({dear, cheap}, images);
  EXPECT_EQ(oracle.right, (std::vector<double>{1, 0}));
  EXPECT_EQ(oracle.latency_ms, (std::vector<double>{5, 1}));  // where none is right the cheapest is charged
  EXPECT_EQ(oracle.shares, (std::map<std::string, double>{{"cheap", 0.75}, {"dear", 0.25}}));
}

}  // namespace
}  // namespace amsel
