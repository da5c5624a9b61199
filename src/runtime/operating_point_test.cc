#include "runtime/operating_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace amsel {
namespace {

using testing::HasSubstr;
using Time = OperatingLimits::Time;

ManifestPoint Point(const std::string& name, double top1, double mean_ms, double worst_ms,
                    std::vector<PathEntry> paths) {
  ManifestPoint point;
  point.name = name;
  point.top1 = top1;
  point.latency_ms = mean_ms;
  point.worst_path_ms = worst_ms;
  point.paths = std::move(paths);
  return point;
}

/// `balanced` comes first; `fast` and `twin` differ in speed alone; `accurate` is slow and costs most.
Manifest FourPoints() {
  Manifest manifest;
  for (const auto& [name, top1, energy_mj] : {std::tuple("small", 0.80, 10.0), std::tuple("large", 0.88, 40.0)}) {
    ManifestCandidate candidate;
    candidate.name = name;
    candidate.training_top1 = top1;
    candidate.costs.emplace_back().energy_mj = energy_mj;
    manifest.candidates.push_back(candidate);
  }
  manifest.single_best = "large";
  manifest.operating_points = {
      Point("balanced", 0.88, 2, 6, {{{"small"}, 0.6, 0.9}, {{"small", "large"}, 0.4, 0.8}}),
      Point("fast", 0.82, 1, 6, {{{"small"}, 1, 0.8}}),
      Point("accurate", 0.92, 4, 6, {{{"small", "large"}, 1, 0.9}}),
      Point("twin", 0.82, 1.2345678, 2, {{{"small"}, 1, 0.8}}),
  };
  return manifest;
}

OperatingLimits Limits(std::optional<double> mean_ms, std::optional<double> worst_ms = {},
                       std::optional<double> accuracy = {}, bool single_best = false,
                       std::optional<double> energy_mj = {}) {
  OperatingLimits limits;
  if (mean_ms) limits.mean_latency = Time(*mean_ms);
  if (worst_ms) limits.max_latency = Time(*worst_ms);
  limits.min_accuracy = accuracy;
  limits.as_accurate_as_single_best = single_best;
  limits.max_energy_mj = energy_mj;
  return limits;
}

constexpr std::nullopt_t kNone = std::nullopt;

TEST(ChooseOperatingPoint, TakesTheRightOneOfThoseThatKeepTheLimits) {
  const Manifest manifest = FourPoints();
  const struct {
    const char* what;
    OperatingLimits limits;
    const char* chosen;
  } cases[] = {
      {"no limit: the first", {}, "balanced"},
      {"a time limit: the most accurate within", Limits(3), "balanced"},
      {"a bound is kept when it is met exactly", Limits(4), "accurate"},
      {"equally accurate: the faster", Limits(1.5), "fast"},
      {"the worst path, not the mean", Limits(kNone, 5), "twin"},
      {"accuracy alone: the fastest", Limits(kNone, kNone, 0.85), "balanced"},
      {"accuracy 0: the fastest of all", Limits(kNone, kNone, 0), "fast"},
      {"accuracy and time: the most accurate", Limits(10, kNone, 0.85), "accurate"},
      {"as accurate as the single best: the fastest", Limits(kNone, kNone, kNone, true), "balanced"},
      {"the higher of two accuracies", Limits(kNone, kNone, 0.9, true), "accurate"},
      {"energy by the shares of the paths", Limits(kNone, kNone, kNone, false, 26), "balanced"},
      {"less energy than balanced takes", Limits(kNone, kNone, kNone, false, 25.9), "fast"},
      {"energy and accuracy: the fastest", Limits(kNone, kNone, 0.8, false, 26), "fast"},
  };
  for (const auto& c : cases) {
    const Result<int> chosen = ChooseOperatingPoint(manifest, c.limits);
    ASSERT_TRUE(chosen.ok()) << c.what << ": " << chosen.error().message;
    EXPECT_EQ(manifest.operating_points[static_cast<std::size_t>(*chosen)].name, c.chosen) << c.what;
  }
}

TEST(ChooseOperatingPoint, ASaverIsNotSurelyAsAccurateAsTheSingleBest) {
  Manifest manifest = FourPoints();
  manifest.operating_points.push_back(Point("saver-1", 0.89, 0.5, 6, {{{"small"}, 1, 0.89}}));
  const auto chosen = [&](const OperatingLimits& limits) {
    return manifest.operating_points[static_cast<std::size_t>(*ChooseOperatingPoint(manifest, limits))].name;
  };
  EXPECT_EQ(chosen(Limits(kNone, kNone, kNone, true)), "balanced");
  EXPECT_EQ(chosen(Limits(kNone, kNone, 0.88)), "saver-1");  // a number asks for no more than a plan
}

TEST(ChooseOperatingPoint, NamesTheNearestPointAndWhatItKeeps) {
  const Manifest manifest = FourPoints();
  const struct {
    OperatingLimits limits;
    const char* asked;
    const char* nearest;
  } cases[] = {
      {Limits(0.5), "a mean latency of at most 0.5 ms;", "`fast`, with a mean latency of 1.0000 ms"},
      {Limits(kNone, 1), "a worst path of at most 1 ms;", "`twin`, with a worst path of 2.0000 ms"},
      {Limits(kNone, kNone, 0.95), "a top-1 accuracy of at least 0.95;", "`accurate`, with a top-1 accuracy of 0.9200"},
      {Limits(kNone, kNone, kNone, false, 1), "a mean energy of at most 1 mJ;",
       "`fast`, with a mean energy of 10.0000 mJ"},
      {Limits(1.1, 3), "at most 1.1 ms and a worst path of at most 3 ms;",
       "`twin`, with a mean latency of 1.2346 ms and a worst path of 2.0000 ms"},  // 12 % too slow; fast: 100 %
      {Limits(kNone, 2, kNone, true), "that of the single best, large) of at least 0.88;",
       "`twin`, with a worst path of 2.0000 ms and a top-1 accuracy (that of the single best, large) of 0.8200"},
  };
  for (const auto& c : cases) {
    const Result<int> chosen = ChooseOperatingPoint(manifest, c.limits);
    ASSERT_FALSE(chosen.ok()) << c.asked;
    EXPECT_EQ(chosen.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(chosen.error().message, HasSubstr(c.asked));
    EXPECT_THAT(chosen.error().message, HasSubstr(c.nearest));
  }
}

TEST(ChooseOperatingPoint, WhatItSaysOfTheNearestPointCanBeAskedFor) {
  Manifest manifest = FourPoints();
  manifest.operating_points = {Point("only", 0.876543, 1.2345678, 2, {})};
  EXPECT_THAT(ChooseOperatingPoint(manifest, Limits(1)).error().message, HasSubstr("1.2346 ms"));
  EXPECT_TRUE(ChooseOperatingPoint(manifest, Limits(1.2346)).ok());
  EXPECT_THAT(ChooseOperatingPoint(manifest, Limits(kNone, kNone, 1)).error().message, HasSubstr("0.8765"));
  EXPECT_TRUE(ChooseOperatingPoint(manifest, Limits(kNone, kNone, 0.8765)).ok());
}

TEST(ChooseOperatingPoint, ALimitThatIsNoNumberIsNeverKept) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(ChooseOperatingPoint(FourPoints(), Limits(nan)).ok());
  EXPECT_FALSE(ChooseOperatingPoint(FourPoints(), Limits(kNone, kNone, nan)).ok());
}

TEST(ChooseOperatingPoint, EnergyIsNotLimitedWhereNothingMeasuredIt) {
  Manifest manifest = FourPoints();
  manifest.candidates[0].costs[0].energy_mj.reset();  // every path runs it
  const Result<int> chosen = ChooseOperatingPoint(manifest, Limits(kNone, kNone, kNone, false, 1e6));
  ASSERT_FALSE(chosen.ok());
  EXPECT_EQ(chosen.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(chosen.error().message, HasSubstr("no energy figures"));
}

TEST(ChooseOperatingPoint, APointWithoutEnergyFiguresKeepsNoLimitOnEnergy) {
  Manifest manifest = FourPoints();
  manifest.candidates[1].costs[0].energy_mj.reset();
  const Result<int> chosen = ChooseOperatingPoint(manifest, Limits(kNone, kNone, kNone, false, 1e6));
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(manifest.operating_points[static_cast<std::size_t>(*chosen)].name, "fast");
}

TEST(PlannedEnergy, NamesTheSourceOfEachCandidateThatRunsOnce) {
  Manifest manifest = FourPoints();
  EXPECT_EQ(PlannedEnergySource(manifest, manifest.operating_points[0]), "");
  manifest.candidates[0].costs[0].energy_source = "RAPL (package-0)";
  manifest.candidates[1].costs[0].energy_source = "estimate: time x 5 W";
  EXPECT_EQ(PlannedEnergySource(manifest, manifest.operating_points[0]), "RAPL (package-0) and estimate: time x 5 W");
  EXPECT_EQ(PlannedEnergySource(manifest, manifest.operating_points[1]), "RAPL (package-0)");
  const auto refused = ChooseOperatingPoint(manifest, Limits(kNone, kNone, kNone, false, 1));
  EXPECT_THAT(refused.error().message, HasSubstr("an estimated mean energy of at most 1 mJ"));
}

TEST(PlannedEnergy, WeighsEachPathByItsShare) {
  const Manifest manifest = FourPoints();
  EXPECT_DOUBLE_EQ(PlannedEnergyMj(manifest, manifest.operating_points[0]).value(), 0.6 * 10 + 0.4 * 50);
  EXPECT_FALSE(PlannedEnergyMj(manifest, Point("p", 0, 0, 0, {})).has_value());
  EXPECT_FALSE(PlannedEnergyMj(manifest, Point("p", 0, 0, 0, {{{"stranger"}, 1, 1}})).has_value());
}

}  // namespace
}  // namespace amsel
