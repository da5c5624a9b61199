#include "evaluate/cross_validate_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/clock_meter.h"
#include "tests/support/fake_world.h"
#include "tests/support/results_row.h"

namespace amsel {
namespace {

TEST(CrossValidatePolicies, TellsThePlantedStory) {
  FakeWorld world("evaluate_profile");
  CrossValidateOptions options;
  options.policies = {"p-right", "staged"};
  const Json results = EvaluationToJson(CrossValidatePolicies(world.Table(), options, world.clock).value());
  EXPECT_EQ(results["schema"], "amsel.evaluation/1");
  EXPECT_EQ(results["single_best"], "general");
  EXPECT_EQ(results["folds"], 10);
  EXPECT_EQ(RowOf(results, "oracle")["top1"], 1.0);
  EXPECT_NEAR(RowOf(results, "oracle")["latency_ms"]["mean"], 1, 1e-9);
  // The experts' shares, blindly; nearly each image went to the one that is right on it.
  const Json& policy = RowOf(results, "p-right");
  const double right = policy["top1"];
  EXPECT_GT(right, 0.97);
  const Json& mix = RowOf(results, "random mix of p-right");
  double mixed = 0;
  double mixed_ms = 0;
  for (const auto& [name, share] : policy["shares"].items()) {
    mixed += share.get<double>() * RowOf(results, name)["top1"].get<double>();
    mixed_ms += share.get<double>() * (name == "general" ? 4 : 1);
  }
  EXPECT_NEAR(mix["top1"], mixed, 1e-9);
  EXPECT_NEAR(mixed, 0.5, 0.01);
  EXPECT_NEAR(mix["latency_ms"]["mean"], mixed_ms, 1e-9);
  EXPECT_NEAR(policy["latency_ms"]["mean"], mixed_ms, 1e-9);
  // Both experts together are always right: the staged policy never stops after one, and is its own null. Its bound
  // does where the first is right.
  for (const std::string name : {"staged fast", "staged accurate"}) {
    for (const std::string& row : {name, "random stop of " + name}) {
      EXPECT_EQ(RowOf(results, row)["top1"], 1) << row;
      EXPECT_EQ(RowOf(results, row)["latency_ms"]["mean"], 2) << row;
    }
    const Json& oracle = RowOf(results, "pooled oracle of " + name);
    EXPECT_EQ(oracle["top1"], 1);
    const double runs = oracle["shares"]["dark"].get<double>() + oracle["shares"]["bright"].get<double>();
    EXPECT_NEAR(oracle["latency_ms"]["mean"], runs, 1e-9);
    EXPECT_NEAR(runs, 1.5, 0.05);
  }
  EXPECT_EQ(RowOf(results, "adapted general")["kind"], "adapted-single");
  const Json& headline = results["headline"];
  EXPECT_FALSE(headline["vs_adapted"].is_null());
  EXPECT_EQ(headline["policy"], "p-right");
  const double best = RowOf(results, "general")["top1"];
  EXPECT_NEAR(headline["accuracy_gain_pp"], 100 * (right - best), 1e-9);
  EXPECT_GT(headline["accuracy_gain_ci95_pp"][0], 10);
  EXPECT_NEAR(headline["speedup"], 4 / mixed_ms, 1e-9);
  EXPECT_NEAR(headline["ceiling"], 4, 1e-9);
  EXPECT_NEAR(headline["headroom_recovered"], (right - best) / (1 - best), 1e-9);
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

TEST(CrossValidatePolicies, DecidingCountsInEveryFigureAndHiccupsInNone) {
  FakeWorld world("evaluate_hiccups");
  CrossValidateOptions options;
  options.policies = {"p-right", "staged"};
  options.adapted = false;
  const Json results = EvaluationToJson(CrossValidatePolicies(world.Table(), options, HiccupingClock()).value());
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

TEST(CrossValidatePolicies, ChargesWhatRunsAfterAnotherCandidateMore) {
  FakeWorld world("evaluate_after", 200);
  std::string last;
  world.AddCandidate("dark", 1, [&](int brightness, int) { return last = "dark", brightness < 128; });
  world.AddCandidate("bright", 1, [&](int brightness, int) { return last = "bright", brightness >= 128; });
  world.AddCandidate("general", 4, [&](int, int luck) {
    if (last != "general") world.clock.Advance(std::chrono::milliseconds(2));
    last = "general";
    return luck < 179;
  });
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  const Json results = EvaluationToJson(CrossValidatePolicies(world.Table(), options, world.clock).value());
  EXPECT_NEAR(RowOf(results, "general")["latency_ms"]["mean"], 4, 1e-6);
  EXPECT_NEAR(RowOf(results, "general")["latency_ms"]["cold"], 6, 1e-6);
  EXPECT_TRUE(results["conditions"]["disturbed_runs"].is_null());
  EXPECT_NEAR(results["headline"]["speedup"], 4, 1e-6);  // none takes longer after another but `general`
  EXPECT_NEAR(results["headline"]["cold"]["speedup"], 6, 1e-6);
}

/// A world whose profile has energy: 12 mJ for the experts, 48 for `general`; of that 2 mJ a ms at rest.
ProfileTable MeteredTable(FakeWorld& world, const FakeSysfs& fake) {
  ProfileOptions options = world.Options();
  options.energy = ClockInstruments(std::make_shared<ClockMeter>(world.clock), world.clock, fake);
  EXPECT_TRUE(world.Profile("metered.db", options).ok());
  return ProfileTable::Load(world.Path("metered.db")).value();
}

TEST(CrossValidatePolicies, FoldsThatLeaveTooLittleToLearnFromAreRefused) {
  FakeWorld world("evaluate_few_groups", 60);
  ProfileTable table = world.Table();
  for (std::size_t i = 0; i < table.image_count(); ++i) table.groups[i] = static_cast<int>(i % 2);
  CrossValidateOptions options;
  options.folds = 2;
  options.policies = {"auto"};
  const auto evaluation = CrossValidatePolicies(table, options, SteadyClock());
  ASSERT_FALSE(evaluation.ok());
  EXPECT_THAT(evaluation.error().message,
              testing::HasSubstr("has 1 images or groups to learn from, fewer than the 5 folds"));
}

TEST(CrossValidatePolicies, EnergyIsThatOfTheCandidatesByTheirShares) {
  FakeWorld world("evaluate_energy", 200);
  const FakeSysfs fake("evaluate_energy_sysfs");
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  options.power_model = PowerModel{5, 1};  // not used: there are measured figures
  const ProfileTable table = MeteredTable(world, fake);
  const Json results = EvaluationToJson(CrossValidatePolicies(table, options, world.clock).value());
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

TEST(CrossValidatePolicies, EnergyIsNullWithoutFiguresAndAnEstimateWhereAskedFor) {
  FakeWorld world("evaluate_estimate", 200);
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  options.adapted = false;
  const ProfileTable table = world.Table();
  const Json without = EvaluationToJson(CrossValidatePolicies(table, options, world.clock).value());
  for (const Json& row : without["rows"]) EXPECT_TRUE(row["energy_mj"].is_null()) << row["name"];
  options.power_model = PowerModel{5, 1};
  const Json results = EvaluationToJson(CrossValidatePolicies(table, options, world.clock).value());
  EXPECT_NEAR(RowOf(results, "general")["energy_mj"]["mean"], 20, 1e-6);
  EXPECT_NEAR(RowOf(results, "general")["energy_mj"]["above_idle"], 16, 1e-6);
  for (const Json& row : results["rows"]) EXPECT_EQ(row["energy_mj"]["source"], "estimate: time x 5 W, 1 W when idle");
}

TEST(CrossValidatePolicies, SetsATextbookCascadeBesideEachPointOfTheHeadlinesPolicy) {
  FakeWorld world("evaluate_textbook", 200);
  const ProfileTable table = world.Table();
  CrossValidateOptions options;
  options.policies = {"staged", "p-right"};
  options.folds = 3;
  options.adapted = false;
  const Json results = EvaluationToJson(CrossValidatePolicies(table, options, FakeClock()).value());
  int rows = 0;
  for (const Json& row : results["rows"]) rows += row["kind"] == "textbook" ? 1 : 0;
  EXPECT_EQ(rows, 4);
  for (const std::string point : {"fast", "balanced", "accurate", "steady"}) {
    const Json& textbook = RowOf(results, "textbook " + point);
    EXPECT_EQ(textbook["operating_point"], point);
    // Both experts, always: equally sure, they agree where both are right. Where one errs, their mean leaves a tie,
    // which the lowest class wins: the right one, but for the last class.
    EXPECT_EQ(RowOf(results, "staged " + point)["latency_ms"]["mean"], 2);
    EXPECT_EQ(textbook["latency_ms"]["mean"], 2);
    EXPECT_NEAR(textbook["shares"]["dark"], 1, 1e-9);
    EXPECT_NEAR(textbook["shares"]["bright"], 1, 1e-9);
    EXPECT_EQ(textbook["top1"], 0.75);
  }
  options.policies = {"p-right"};
  const Json once = EvaluationToJson(CrossValidatePolicies(table, options, FakeClock()).value());
  EXPECT_EQ(RowOf(once, "textbook")["kind"], "textbook");
}

TEST(CrossValidatePolicies, MeasuresAgainstWhatCameAndSetsTheBestDerivedCandidateBesideIt) {
  FakeWorld world("evaluate_derived", 200);
  ProfileTable table = world.Table();
  for (OutcomeCandidate& candidate : table.candidates) candidate.derived = candidate.name == "general";
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Json results = EvaluationToJson(CrossValidatePolicies(table, options, world.clock).value());
  const std::string best = results["single_best"];
  EXPECT_NE(best, "general");  // which is the most accurate
  EXPECT_NE(results["efficient_single"], "general");
  EXPECT_NE(results["headline"]["vs_adapted"]["row"], "adapted general");
  EXPECT_EQ(RowOf(results, "general")["derived"], true);
  EXPECT_EQ(RowOf(results, "adapted general")["derived"], true);
  EXPECT_FALSE(RowOf(results, best).contains("derived"));
  const Json& derived = RowOf(results, "derived single");
  EXPECT_EQ(derived["kind"], "derived-single");
  EXPECT_EQ(derived["top1"], RowOf(results, "general")["top1"]);
  EXPECT_EQ(derived["latency_ms"], RowOf(results, "general")["latency_ms"]);
  EXPECT_EQ(RowOf(results, "adapted derived single")["kind"], "adapted-derived-single");
  EXPECT_EQ(RowOf(results, "adapted derived single")["top1"], RowOf(results, "adapted general")["top1"]);
  const Json& against = results["headline"]["vs_derived"];
  EXPECT_EQ(against["row"], "derived single");
  const double gain = 100 * (derived["top1"].get<double>() - RowOf(results, best)["top1"].get<double>());
  EXPECT_NEAR(against["alone"]["accuracy_gain_pp"], gain, 1e-9);
  EXPECT_NEAR(against["alone"]["speedup"], 0.25, 1e-9);
  EXPECT_NEAR(against["accuracy_gain_pp"].get<double>() + gain, results["headline"]["accuracy_gain_pp"], 1e-9);
}

TEST(CrossValidatePolicies, WithoutDerivedCandidatesThereIsNoneToStandBeside) {
  FakeWorld world("evaluate_underived", 100);
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Json results = EvaluationToJson(CrossValidatePolicies(world.Table(), options, world.clock).value());
  EXPECT_TRUE(results["headline"]["vs_derived"].is_null());
  for (const Json& row : results["rows"]) EXPECT_FALSE(row.contains("derived")) << row["name"];
}

}  // namespace
}  // namespace amsel
