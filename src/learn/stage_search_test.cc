#include "learn/stage_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "base/random.h"
#include "learn/learned_policy.h"
#include "stats/bootstrap.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

using testing::ElementsAre;

/// Candidate c costs costs_ms[c] and fills slot c; signals are coarse, so that there are ties, and tell something about
/// who is right. The last candidate is the single best.
SearchSpace RandomSpace(std::uint64_t seed, std::size_t rows, const std::vector<double>& costs_ms) {
  Random random(seed);
  SearchSpace space;
  space.rows = rows;
  for (std::size_t r = 0; r < rows; ++r) {
    space.weights.push_back(0.5 + random.Uniform());
    space.groups.push_back(static_cast<int>(r));
  }
  space.slot_costs_ms = costs_ms;
  for (std::size_t c = 0; c < costs_ms.size(); ++c) {
    space.costs.push_back({costs_ms[c], 0, static_cast<int>(c)});
    space.slots.push_back({{c}});
    space.picks.emplace_back(rows, c);
  }
  for (std::size_t bits = 1; bits < std::size_t{1} << costs_ms.size(); ++bits) {
    std::vector<int> set;
    for (std::size_t c = 0; c < costs_ms.size(); ++c) {
      if ((bits >> c & 1) != 0) set.push_back(static_cast<int>(c));
    }
    SetOutcome outcome;
    const double skill = 0.5 + 0.12 * static_cast<double>(set.back()) + 0.05 * static_cast<double>(set.size());
    for (std::size_t r = 0; r < rows; ++r) {
      outcome.right.push_back(random.Uniform() < skill ? 1 : 0);
      const auto sureness = random.Below(7) + (outcome.right.back() != 0 ? 3 : 0);
      outcome.signal.push_back(static_cast<float>(sureness) / 10.0F);
    }
    space.outcomes[set] = std::move(outcome);
  }
  space.best = costs_ms.size() - 1;
  space.best_right = space.outcomes.at({static_cast<int>(space.best)}).right;
  space.best_ms = costs_ms.back();
  return space;
}

TEST(Play, ChargesWhatRunsAloneItsWarmTimeAndEachOfSeveralItsTimeAfterAnother) {
  SearchSpace space = RandomSpace(3, 20, {1, 4});
  space.costs[0].run_after = 2;
  space.costs[1].run_after = 7;
  const CascadeRun run = Play(space, {{0, 1}, {0.5F}});
  for (std::size_t r = 0; r < space.rows; ++r) {
    EXPECT_DOUBLE_EQ(run.cost_ms[r], run.stages[r] == 1 ? 1 : 2 + 7);
  }
  EXPECT_THAT(run.stages, testing::Contains(2));
}

/// All orders of at most `longest` slots; the space must be small.
std::vector<std::vector<int>> AllOrders(const SearchSpace& space, bool free_order, int longest) {
  std::vector<std::vector<int>> level;
  for (int slot = 0; slot < static_cast<int>(space.slots.size()); ++slot) level.push_back({slot});
  std::vector<std::vector<int>> all = level;
  for (int stages = 2; stages <= longest; ++stages) {
    level = LongerOrders(space, level, free_order, 0);
    all.insert(all.end(), level.begin(), level.end());
  }
  return all;
}

/// Σ weight · (right − price · time) of a two-stage cascade with this threshold, worked out by itself.
double Worth(const SearchSpace& space, const std::vector<int>& order, float below, double price) {
  const SetOutcome& first = space.outcomes.at({order[0]});
  const SetOutcome& second = space.outcomes.at({std::min(order[0], order[1]), std::max(order[0], order[1])});
  double worth = 0;
  for (std::size_t r = 0; r < space.rows; ++r) {
    const bool on = first.signal[r] < below;
    const double ms = space.slot_costs_ms[static_cast<std::size_t>(order[0])] +
                      (on ? space.slot_costs_ms[static_cast<std::size_t>(order[1])] : 0);
    worth += space.weights[r] * ((on ? second.right[r] : first.right[r]) - price * ms);
  }
  return worth;
}

double BruteForce(const SearchSpace& space, const std::vector<int>& order, double price) {
  double best = std::max(Worth(space, order, 0, price), Worth(space, order, 2, price));
  for (const float signal : space.outcomes.at({order[0]}).signal) {
    best = std::max(best, Worth(space, order, signal, price));
  }
  return best;
}

TEST(Thresholds, AreAsGoodAsTheBestOfAllDistinctOnes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const SearchSpace space = RandomSpace(seed, 60, {1, 3});
    for (const double price : {0.0, 0.005, 0.03, 0.1, 0.4}) {
      for (const std::vector<int>& order : {std::vector<int>{0, 1}, std::vector<int>{1, 0}}) {
        const Cascade cascade = Thresholds(space, order, price);
        ASSERT_EQ(cascade.below.size(), 1);
        EXPECT_NEAR(Worth(space, order, cascade.below[0], price), BruteForce(space, order, price), 1e-9)
            << "seed " << seed << ", price " << price;
      }
    }
  }
}

TEST(Thresholds, TellNeighbouringSignalsApart) {
  SearchSpace space = RandomSpace(1, 40, {1, 3});
  std::vector<float> signals{0.99999F};
  for (int n = 0; n < 8; ++n) signals.push_back(std::nextafter(signals.back(), 1.0F));
  for (std::size_t cut = 1; cut < signals.size(); ++cut) {  // the surest are right, the others shall go on
    SetOutcome& first = space.outcomes.at({0});
    for (std::size_t r = 0; r < space.rows; ++r) {
      first.signal[r] = signals[r % signals.size()];
      first.right[r] = r % signals.size() >= cut ? 1 : 0;
      space.outcomes.at({0, 1}).right[r] = 1;
    }
    const Cascade cascade = Thresholds(space, {0, 1}, 0.01);
    EXPECT_NEAR(Worth(space, {0, 1}, cascade.below[0], 0.01), BruteForce(space, {0, 1}, 0.01), 1e-9) << cut;
  }
}

TEST(Thresholds, StopAtOnceWhereTimeIsDearAndGoOnWhereItIsFree) {
  SearchSpace space = RandomSpace(3, 50, {1, 2, 4});
  space.outcomes.at({0, 1, 2}).right.assign(50, 1);
  const Cascade dear = Thresholds(space, {0, 1, 2}, 100);
  for (const int stages : Play(space, dear).stages) EXPECT_EQ(stages, 1);
  EXPECT_NEAR(Play(space, Thresholds(space, {0, 1, 2}, 0)).accuracy, 1, 1e-12);
}

TEST(Thresholds, OfThreeStagesAreAboutAsGoodAsTheBestPair) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const SearchSpace space = RandomSpace(seed, 60, {1, 2, 4});
    const double price = 0.03;
    const auto worth = [&](const Cascade& cascade) {
      const CascadeRun run = Play(space, cascade);
      return run.accuracy - price * run.mean_ms;
    };
    double best = -1e9;
    for (int a = 0; a <= 11; ++a) {
      for (int b = 0; b <= 11; ++b) {
        best = std::max(best, worth({{0, 1, 2}, {static_cast<float>(a) / 10.0F, static_cast<float>(b) / 10.0F}}));
      }
    }
    EXPECT_GT(worth(Thresholds(space, {0, 1, 2}, price)), best - 0.03) << seed;
  }
}

/// Three candidates, of which 0 and 1 share their preprocessing; slots 2 and 3 are gated.
SearchSpace GatedSpace() {
  SearchSpace space = RandomSpace(1, 3, {1, 2, 4});
  space.costs = {{1, 0.25, 0}, {2, 0.25, 0}, {4, 0.5, 1}};
  space.features_ms = 0.125;
  space.slots = {{{0}}, {{1}}, {{0, 1, 2}}, {{1, 2}}};
  space.slot_costs_ms = {1, 2, 2, 3};
  space.picks = {{0, 0, 0}, {1, 1, 1}, {0, 1, 2}, {2, 2, 1}};
  space.outcomes.clear();
  for (const std::vector<int>& set :
       {std::vector<int>{0}, {1}, {2}, {3}, {0, 1}, {0, 2}, {1, 2}, {2, 3}, {0, 2, 3}, {0, 1, 2, 3}}) {
    space.outcomes[set] = {{0.5F, 0.5F, 0.5F}, {1, 0, 1}, {0, 1, 0}};
  }
  return space;
}

TEST(Play, ChargesFeaturesOncePreprocessingOncePerKeyAndNoCandidateTwice) {
  const SearchSpace space = GatedSpace();
  EXPECT_THAT(Play(space, {{0}, {}}).cost_ms, ElementsAre(1.25, 1.25, 1.25));
  EXPECT_THAT(Play(space, {{2}, {}}).cost_ms, ElementsAre(1.375, 2.375, 4.625));
  EXPECT_THAT(Play(space, {{0, 2}, {2}}).cost_ms, ElementsAre(1.25 + 0.125, 1.25 + 2.125, 1.25 + 4.625));
  EXPECT_THAT(Play(space, {{2, 3}, {2}}).cost_ms, ElementsAre(1.375 + 4.5, 2.375 + 4.5, 4.625 + 2.25));
  EXPECT_THAT(Play(space, {{0, 2, 3}, {2, 2}}).cost_ms, ElementsAre(1.375 + 4.5, 3.375 + 4.5, 5.875 + 2));
}

TEST(Play, BehindAGateTheFirstCandidateIsColdToo) {
  SearchSpace space = GatedSpace();
  for (StepCost& cost : space.costs) cost.run_after = 1.5 * cost.run;
  EXPECT_THAT(Play(space, {{2}, {}}).cost_ms, ElementsAre(1.875, 3.375, 6.625));
  EXPECT_THAT(Play(space, {{0}, {}}).cost_ms, ElementsAre(1.25, 1.25, 1.25));
  EXPECT_THAT(Play(space, {{2, 3}, {2}}).cost_ms, ElementsAre(1.875 + 6.5, 3.375 + 6.5, 6.625 + 3.25));
  const auto begins_warm = [&](const Cascade& cascade) {
    return RunsOf(space, cascade, Play(space, cascade)).front().begins_warm;
  };
  EXPECT_FALSE(begins_warm({{2}, {}}));
  EXPECT_TRUE(begins_warm({{0}, {}}));
}

TEST(Play, TakesAStageOnlyBelowItsThreshold) {
  SearchSpace space = GatedSpace();
  space.outcomes.at({0}) = {{0.2F, 0.6F, 0.9F}, {0, 0, 1}};
  space.outcomes.at({0, 1}) = {{0.7F, 0.7F, 0.7F}, {1, 1, 0}};
  space.weights = {1, 2, 1};
  const CascadeRun run = Play(space, {{0, 1}, {0.6F}});
  EXPECT_THAT(run.stages, ElementsAre(2, 1, 1));
  EXPECT_THAT(run.right, ElementsAre(1, 0, 1));
  EXPECT_DOUBLE_EQ(run.accuracy, 0.5);
  EXPECT_DOUBLE_EQ(run.mean_ms, (3.25 + 2 * 1.25 + 1.25) / 4);
}

TEST(LongerOrders, DoNotFallInCostByMoreThanAFifth) {
  const SearchSpace space = RandomSpace(1, 2, {1, 0.85, 4});
  EXPECT_THAT(AllOrders(space, false, 2),
              testing::UnorderedElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2), ElementsAre(1, 0),
                                            ElementsAre(0, 2), ElementsAre(1, 2)));
  const auto free = AllOrders(space, true, 2);
  EXPECT_EQ(free.size(), 7);
  EXPECT_THAT(free, testing::Contains(ElementsAre(0, 1)));
  EXPECT_THAT(free, testing::Not(testing::Contains(ElementsAre(2, 0))));
}

TEST(LongerOrders, HaveOneSlotMoreAndNoneTwice) {
  const SearchSpace space = RandomSpace(1, 2, {1, 1, 1, 1});
  EXPECT_EQ(AllOrders(space, false, 3).size(), 4 + 12 + 24);
  for (std::vector<int> order : AllOrders(space, true, 4)) {
    std::sort(order.begin(), order.end());
    EXPECT_EQ(std::unique(order.begin(), order.end()), order.end());
  }
}

TEST(LongerOrders, AskForNoMoreNewSetsThanAllowed) {
  SearchSpace space = RandomSpace(1, 50, {1, 1, 1, 1});
  const std::map<std::vector<int>, SetOutcome> all = space.outcomes;
  space.outcomes.clear();
  std::vector<std::vector<int>> singles;
  for (int slot = 0; slot < 4; ++slot) {
    singles.push_back({slot});
    space.outcomes[{slot}] = all.at({slot});
  }
  space.outcomes[{0, 1}] = all.at({0, 1});
  std::set<std::vector<int>> fresh;
  for (const auto& order : LongerOrders(space, singles, true, 2)) {
    const std::vector<int> set = SetOf(space, order, 2);
    if (!space.outcomes.contains(set)) fresh.insert(set);
  }
  EXPECT_EQ(fresh.size(), 2);
}

TEST(LongerOrders, StartWithTheMostPromising) {
  SearchSpace space = RandomSpace(1, 50, {1, 1, 1, 1});
  space.outcomes.at({2}).right.assign(50, 1);
  space.outcomes.at({3}).right.assign(50, 0);
  const auto longer = LongerOrders(space, {{0}, {1}, {2}, {3}}, true, 100);
  EXPECT_EQ(longer.front().front(), 2);
  EXPECT_EQ(longer.back().front(), 3);
}

TEST(SetOf, IsThePathSortedOrWithoutPoolingItsLastSlot) {
  SearchSpace space = RandomSpace(1, 2, {1, 1, 1});
  EXPECT_THAT(SetOf(space, {2, 0, 1}, 2), ElementsAre(0, 2));
  space.pooling = false;
  EXPECT_THAT(SetOf(space, {2, 0, 1}, 2), ElementsAre(0));
}

TEST(ChoosePoints, KeepTheirPromisesInTheOrderOfTheirNames) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const SearchSpace space = RandomSpace(seed, 300, {1, 2, 10});
    const std::vector<NamedCascade> points = ChoosePoints(space, AllOrders(space, true, 3)).points;
    ASSERT_GT(points.size(), 4);
    std::vector<CascadeRun> runs;
    for (const NamedCascade& point : points) runs.push_back(Play(space, point.cascade));
    const auto within = [&](const CascadeRun& run, double limit) {
      return run.mean_ms + ClusteredStandardError(run.cost_ms, space.weights, space.groups) <= limit;
    };
    const auto passes = [&](const CascadeRun& run) {
      std::vector<double> gain = run.right;
      for (std::size_t r = 0; r < gain.size(); ++r) gain[r] -= space.best_right[r];
      return WeightedMean(gain, space.weights) >= ClusteredStandardError(gain, space.weights, space.groups);
    };
    EXPECT_EQ(points[0].name, "balanced");
    EXPECT_TRUE(within(runs[0], space.best_ms / 1.8) || points[0].cascade == points[1].cascade);
    EXPECT_EQ(points[1].name, "fast");
    EXPECT_EQ(points[2].name, "accurate");
    EXPECT_TRUE(within(runs[2], space.best_ms));
    EXPECT_EQ(points[3].name, "steady");
    EXPECT_LE(Quantile(runs[3].cost_ms, 0.99), space.best_ms);
    for (std::size_t n = 0; n < 4; ++n) EXPECT_TRUE(passes(runs[n]) || points[n].cascade.slots == std::vector{2});
    EXPECT_LE(points.size(), 4 + 9);
    EXPECT_TRUE(std::any_of(points.begin(), points.end(),
                            [](const NamedCascade& point) { return point.cascade.slots == std::vector{2}; }));
    for (std::size_t n = 4; n < points.size(); ++n) {
      EXPECT_EQ(points[n].name.starts_with("saver-"), !passes(runs[n])) << points[n].name;
      EXPECT_NE(points[n].name.starts_with("pareto-"), points[n].name.starts_with("saver-"));
      for (std::size_t named = 0; named < 4; ++named) EXPECT_NE(points[n].cascade, points[named].cascade);
      if (n == 4 || points[n].cascade.slots == std::vector{2}) continue;
      EXPECT_GT(runs[n].mean_ms, runs[n - 1].mean_ms);
      EXPECT_GT(runs[n].accuracy, runs[n - 1].accuracy);
    }
  }
}

TEST(ChoosePoints, WhereNothingIsAsGoodAllNamesAreTheSingleBestAndTheNearestIsTold) {
  SearchSpace space = RandomSpace(1, 200, {1, 2});
  space.best_right.assign(space.rows, 1);
  for (std::size_t r = 0; r < 20; ++r) space.best_right[r] = 0;
  space.outcomes.at({1}).right = space.best_right;
  for (const std::vector<int>& set : {std::vector{0}, std::vector{0, 1}}) {
    space.outcomes.at(set).right = space.best_right;
    for (std::size_t r = 100; r < 110; ++r) space.outcomes.at(set).right[r] = 0;
  }
  const ChosenPoints chosen = ChoosePoints(space, AllOrders(space, true, 2));
  for (std::size_t n = 0; n < 4; ++n) EXPECT_THAT(chosen.points[n].cascade.slots, ElementsAre(1));
  for (std::size_t n = 4; n < chosen.points.size(); ++n) EXPECT_TRUE(chosen.points[n].name.starts_with("saver-"));
  ASSERT_TRUE(chosen.nearest.has_value());
  EXPECT_THAT(chosen.nearest->cascade.slots, ElementsAre(0));
  EXPECT_NEAR(chosen.nearest->planned.gain, -0.05, 0.02);
}

TEST(ChoosePoints, TheSimplerOfEquallyAccurateCascadesIsTaken) {
  SearchSpace space = RandomSpace(1, 100, {1, 2});
  for (auto& [set, outcome] : space.outcomes) outcome.right = space.best_right;
  space.best_ms = 10;
  const ChosenPoints chosen = ChoosePoints(space, AllOrders(space, true, 2));
  for (std::size_t n = 0; n < 4; ++n) EXPECT_THAT(chosen.points[n].cascade.slots, ElementsAre(0)) << n;
}

TEST(ChoosePoints, WhatASingleSlotDominatesIsNoPoint) {
  SearchSpace space = RandomSpace(1, 300, {1, 2, 10});
  std::vector<float>& right = space.outcomes.at({1}).right;
  std::fill(right.begin(), right.end(), 1.0F);
  for (const NamedCascade& point : ChoosePoints(space, AllOrders(space, true, 3)).points) {
    const CascadeRun run = Play(space, point.cascade);
    const bool single_best = point.cascade.slots == std::vector<int>{2};  // which is kept for other devices
    EXPECT_TRUE(run.mean_ms < 2 || point.cascade.slots == std::vector<int>{1} || single_best) << point.name;
  }
}

/// The second stage alone gets `gains` images right, the first alone 100.
SearchSpace SecondStageGains(std::size_t gains) {
  SearchSpace space = RandomSpace(1, 400, {1, 2});
  space.weights.assign(space.rows, 1);
  space.best_ms = 10;
  for (auto& [set, outcome] : space.outcomes) {
    outcome.signal.assign(space.rows, 0.5F);
    outcome.right.assign(space.rows, 0);
  }
  for (std::size_t r = 0; r < 100; ++r) space.outcomes.at({0}).right[r] = 1;
  for (std::size_t r = 100; r < 100 + gains; ++r) space.outcomes.at({0, 1}).right[r] = 1;
  space.best_right = space.outcomes.at({1}).right;
  return space;
}

TEST(ChoosePoints, SimplicityMayCostHalfAStandardErrorOfAccuracy) {
  const auto stages = [](const SearchSpace& space) {
    return ChoosePoints(space, AllOrders(space, true, 2)).points[2].cascade.slots.size();
  };
  EXPECT_EQ(stages(SecondStageGains(106)), 1);  // 6 / sqrt(206) = 0.42
  EXPECT_EQ(stages(SecondStageGains(109)), 2);  // 9 / sqrt(209) = 0.62
}

}  // namespace
}  // namespace amsel
