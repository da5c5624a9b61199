#include "learn/search_space.h"

#include <algorithm>
#include <cmath>

#include "stats/bootstrap.h"

namespace amsel {
namespace {

constexpr double kLowestPrice = 0.002;  // of the single best's time, in accuracy
constexpr double kHighestPrice = 0.5;

bool BeginsWarm(const SearchSpace& space, const std::vector<int>& order) {
  return !space.slots[static_cast<std::size_t>(order.front())].gated();
}

/// What stage s of an order adds to each row's cost, given the stages before it.
std::vector<double> StageCosts(const SearchSpace& space, const std::vector<int>& order, std::size_t s) {
  std::vector<double> costs(space.rows, 0);
  const auto gated = [&](std::size_t stage) { return space.slots[static_cast<std::size_t>(order[stage])].gated(); };
  bool extracts = gated(s);
  for (std::size_t before = 0; before < s; ++before) extracts = extracts && !gated(before);
  const bool begins_warm = BeginsWarm(space, order);
  const auto cost_of = [&](std::size_t c) { return space.costs[c]; };
  std::vector<std::size_t> ran;
  for (std::size_t r = 0; r < space.rows; ++r) {
    const auto pick = [&](std::size_t stage) { return space.picks[static_cast<std::size_t>(order[stage])][r]; };
    ran.clear();
    for (std::size_t before = 0; before < s; ++before) {
      if (std::find(ran.begin(), ran.end(), pick(before)) == ran.end()) ran.push_back(pick(before));
    }
    costs[r] = (extracts ? space.features_ms : 0) +
               AddedTime(std::span<const std::size_t>(ran), pick(s), begins_warm, cost_of);
  }
  return costs;
}

}  // namespace

double PriceAt(double best_ms, int n, int count) {
  const double step = static_cast<double>(n) / (count - 1);
  return kLowestPrice * std::pow(kHighestPrice / kLowestPrice, step) / best_ms;
}

SearchSpace SpaceOf(const Outcomes& table, Rows rows, std::vector<TableSlot> slots,
                    std::vector<std::vector<std::size_t>> picks, int top) {
  SearchSpace space;
  space.rows = rows.size();
  space.own_answers = !table.HasOutputs();
  space.pooling = table.HasOutputs();
  space.slots = std::move(slots);
  space.picks = std::move(picks);
  space.best = SingleBest(table, rows, top);
  space.best_ms = table.MeanCostMs(space.best);
  space.weights = WeightsOf(table, rows);
  space.groups = GroupsOf(table, rows);
  for (const std::size_t i : rows) {
    space.best_right.push_back(static_cast<float>(table.UtilityOf(space.best, i, top)));
  }
  for (std::size_t c = 0; c < table.candidate_count(); ++c) space.costs.push_back(table.MeanStep(c));
  for (const std::vector<std::size_t>& picked : space.picks) {
    double cost = 0;
    for (const std::size_t c : picked) cost += table.MeanCostMs(c) / static_cast<double>(rows.size());
    space.slot_costs_ms.push_back(cost);
  }
  return space;
}

std::vector<int> SetOf(const SearchSpace& space, const std::vector<int>& order, std::size_t stages) {
  if (!space.pooling) return {order[stages - 1]};
  std::vector<int> set(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(stages));
  std::sort(set.begin(), set.end());
  return set;
}

WantedSets UnknownSets(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  WantedSets sets;
  for (const std::vector<int>& order : orders) {
    for (std::size_t stages = 1; stages <= order.size(); ++stages) {
      std::vector<int> set = SetOf(space, order, stages);
      if (!space.outcomes.contains(set)) sets.insert(std::move(set));
    }
  }
  return sets;
}

Stages::Stages(const SearchSpace& space, const std::vector<int>& order) {
  for (std::size_t s = 0; s < order.size(); ++s) {
    outcomes.push_back(&space.outcomes.at(SetOf(space, order, s + 1)));
    costs.push_back(StageCosts(space, order, s));
  }
}

CascadeRun Play(const SearchSpace& space, const Stages& stages, const Cascade& cascade) {
  CascadeRun run;
  for (std::size_t r = 0; r < space.rows; ++r) {
    double cost = stages.costs[0][r];
    std::size_t s = 0;
    while (s < cascade.below.size() && stages.outcomes[s]->signal[r] < cascade.below[s]) cost += stages.costs[++s][r];
    run.right.push_back(stages.outcomes[s]->right[r]);
    run.cost_ms.push_back(cost);
    run.stages.push_back(static_cast<int>(s) + 1);
  }
  run.accuracy = WeightedMean(run.right, space.weights);
  run.mean_ms = WeightedMean(run.cost_ms, space.weights);
  return run;
}

CascadeRun Play(const SearchSpace& space, const Cascade& cascade) {
  return Play(space, Stages(space, cascade.slots), cascade);
}

std::vector<SimulatedRun> RunsOf(const SearchSpace& space, const Cascade& cascade, const CascadeRun& run) {
  std::vector<SimulatedRun> runs(space.rows);
  for (std::size_t r = 0; r < space.rows; ++r) {
    for (int s = 0; s < run.stages[r]; ++s) {
      const auto slot = static_cast<std::size_t>(cascade.slots[static_cast<std::size_t>(s)]);
      const std::size_t c = space.picks[slot][r];
      if (space.slots[slot].gated()) runs[r].features_ms = space.features_ms;
      if (std::find(runs[r].path.begin(), runs[r].path.end(), c) == runs[r].path.end()) runs[r].path.push_back(c);
    }
    const auto stages = static_cast<std::size_t>(run.stages[r]);
    const SetOutcome& outcome = space.outcomes.at(SetOf(space, cascade.slots, stages));
    runs[r].rank = outcome.rank[r];
    if (space.own_answers && outcome.rank[r] != kNoAnswer) runs[r].utility = outcome.right[r];
    runs[r].latency_ms = run.cost_ms[r];
    runs[r].begins_warm = BeginsWarm(space, cascade.slots);
  }
  return runs;
}

}  // namespace amsel
