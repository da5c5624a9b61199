#include "bundle/named_points.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "policy/staged.h"

namespace amsel {
namespace {

constexpr double kBestMs = 18;  // 1.8 times as fast: 10

/// A trade-off with these figures; the single best's accuracy is 0.9.
PlannedPoint At(double ms, double accuracy, int complexity = 20, double gain_error = 0.004) {
  PlannedPoint point;
  point.accuracy = accuracy;
  point.gain = accuracy - 0.9;
  point.gain_error = gain_error;
  point.mean_ms = ms;
  point.mean_error_ms = 0.1;
  point.p99_ms = 2 * ms;
  point.complexity = complexity;
  return point;
}

PlannedPoint SingleBest() {
  PlannedPoint point = At(kBestMs, 0.9, 10, 0);
  point.mean_error_ms = 0;
  point.p99_ms = kBestMs;
  point.single_best = true;
  return point;
}

NamedPoints Choose(const std::vector<PlannedPoint>& options, PointChoice choice = {}) {
  choice.single_best_ms = kBestMs;
  return ChooseNamedPoints(options, choice).value();
}

TEST(ChooseNamedPoints, EachKeepsItsPromise) {
  const std::vector<PlannedPoint> options{SingleBest(),   At(2, 0.85),     At(5, 0.901),  // lucky, perhaps
                                          At(6, 0.905),   At(9, 0.91),     At(9.8, 0.92), At(9.95, 0.93),
                                          At(17.8, 0.95), At(17.95, 0.96), At(25, 0.99)};
  EXPECT_EQ(Choose(options), (NamedPoints{.balanced = 5, .fast = 3, .accurate = 7, .steady = 4}));
}

TEST(ChooseNamedPoints, WhereNothingIsFasterAndAsGoodAllAreTheSingleBest) {
  EXPECT_EQ(Choose({At(2, 0.85), At(12, 0.9), At(17, 0.903), SingleBest()}), (NamedPoints{3, 3, 3, 3}));
}

TEST(ChooseNamedPoints, BalancedIsFastWhereNothingAsGoodIsSoFast) {
  EXPECT_EQ(Choose({SingleBest(), At(4, 0.899), At(12, 0.91), At(15, 0.92)}), (NamedPoints{2, 2, 3, 0}));
}

TEST(ChooseNamedPoints, SimplicityChoosesOnlyAmongThoseThatPassAndKeepTheOrder) {
  PointChoice choice;
  choice.as_good = [](std::size_t, std::size_t) { return true; };
  // Simpler ones: one below the bar, one less accurate than `fast`, one that may stand for the most accurate.
  const std::vector<PlannedPoint> options{SingleBest(),     At(7, 0.91, 20),  At(8, 0.902, 10),
                                          At(8, 0.907, 11), At(9, 0.912, 25), At(9.5, 0.92, 40)};
  EXPECT_EQ(Choose(options, choice).balanced, 1U);  // `fast` is the simplest of all that are as good as `fast`
  std::vector<PlannedPoint> others = options;
  others[1].complexity = 30;
  EXPECT_EQ(Choose(others, choice).balanced, 4U);
  choice.as_good = [](std::size_t simpler, std::size_t) { return simpler != 4; };
  EXPECT_EQ(Choose(others, choice).balanced, 1U);
  choice.as_good = {};
  EXPECT_EQ(Choose(others, choice).balanced, 5U);
}

TEST(ChooseNamedPoints, NamesStayWhileTheyKeepTheirPromise) {
  PointChoice choice;
  choice.present = NamedPoints{.balanced = 1, .fast = 1, .accurate = 2, .steady = 0};
  const std::vector<PlannedPoint> options{SingleBest(), At(6, 0.91), At(12, 0.92), At(9, 0.93), At(16, 0.95)};
  EXPECT_EQ(Choose(options, choice), (NamedPoints{.balanced = 1, .fast = 1, .accurate = 2, .steady = 0}));
  std::vector<PlannedPoint> slower = options;
  slower[1].mean_ms = 11;  // no longer 1.8 times as fast, nor the least time
  EXPECT_EQ(Choose(slower, choice), (NamedPoints{.balanced = 3, .fast = 3, .accurate = 4, .steady = 0}));
}

TEST(ChooseNamedPoints, IsAbsentWhereNothingPasses) {
  EXPECT_FALSE(ChooseNamedPoints(std::vector{At(2, 0.85), At(3, 0.901)}, {kBestMs, {}, {}}).has_value());
  EXPECT_FALSE(ChooseNamedPoints({}, {}).has_value());
}

TEST(ChooseNamedPoints, TimeAndAccuracyNeverFallFromFastToBalancedToAccurate) {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<PlannedPoint> options{SingleBest()};
    for (int n = 0; n < 12; ++n) {
      options.push_back(
          At(25 * random.Uniform(), 0.88 + 0.06 * random.Uniform(), static_cast<int>(random.Below(40)), 0.004));
      options.back().mean_error_ms = random.Uniform();
    }
    PointChoice choice;
    const bool simplify = random.Below(2) == 0;
    if (simplify) choice.as_good = [&](std::size_t, std::size_t) { return random.Below(2) == 0; };
    const NamedPoints named = Choose(options, choice);
    for (const auto& [a, b] : {std::pair{named.fast, named.balanced}, {named.balanced, named.accurate}}) {
      ASSERT_LE(options[a].accuracy, options[b].accuracy);
      ASSERT_LE(options[a].mean_ms, options[b].mean_ms + 1e-6);
    }
    for (const std::size_t at : {named.fast, named.balanced, named.accurate, named.steady}) {
      ASSERT_TRUE(PassesBar(options[at]));
      ASSERT_LE(options[at].mean_ms, kBestMs + 1e-6);
    }
  }
}

/// One candidate at every point; tree 0 has a head of its own, tree 1 another one.
StagedPolicy OfTrees(std::vector<int> roots) {
  StagedPlan plan;
  plan.slots = {{{0}, -1}};
  plan.heads = {{{{0, HeadMap::Kind::kScalar, {1}}}, {}}, {{{0, HeadMap::Kind::kScalar, {2}}}, {}}};
  plan.nodes = {{0, 0, 0.9F, {}}, {0, 1, 0.9F, {}}};
  plan.roots = std::move(roots);
  std::vector<std::string> names;
  for (std::size_t at = 0; at < plan.roots.size(); ++at) names.push_back(std::to_string(at));
  return StagedPolicy({2, {1}, {0}, {}, names}, std::move(plan));
}

TEST(NameTwins, NamesTheFirstThatDecidesTheSame) {
  const StagedPolicy policy = OfTrees({0, 1, 0, 1, 0});
  std::vector<ManifestPoint> points(5);
  for (std::size_t at = 0; at < points.size(); ++at) points[at].name = "abcde"[at];
  points[1].same_as = "from before";
  NameTwins(policy, {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {"e", 4}}, points);
  std::vector<std::string> twins;
  for (const ManifestPoint& point : points) twins.push_back(point.same_as);
  EXPECT_EQ(twins, (std::vector<std::string>{"", "", "a", "b", "a"}));
}

TEST(NameTwins, GoesByThePointsOfThePolicyThatTheyStandFor) {
  const StagedPolicy policy = OfTrees({0, 1});
  std::vector<ManifestPoint> points(2);
  points[0].name = "balanced";
  points[1].name = "fast";
  NameTwins(policy, {{"balanced", 1}, {"fast", 1}}, points);
  EXPECT_EQ(points[0].same_as, "");
  EXPECT_EQ(points[1].same_as, "balanced");
}

}  // namespace
}  // namespace amsel
