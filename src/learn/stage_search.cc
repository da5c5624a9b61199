// Orders grow slot by slot, a beam of them at a time. Sweeping the price of time gives the Pareto set of each; points
// are chosen from all of them with a margin of one standard error of time and half of one of accuracy, the simplest
// first (after Breiman et al. 1984, §3.4.3; docs/adr/0011, bundle/named_points.h). Thresholds are found by backward
// induction.
#include "learn/stage_search.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/parallel.h"
#include "stats/bootstrap.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

constexpr double kFallingCost = 0.8;
constexpr int kPrices = 48;
constexpr std::size_t kNewSets = 40;  // of each size that are tried
constexpr std::size_t kBeam = 24;     // orders of one length that are made longer
constexpr int kRounds = 3;
constexpr std::size_t kMostUnnamed = 8;
constexpr double kFaster = 1.05;         // speed that is worth a word
constexpr double kAccuracyMargin = 0.5;  // standard errors of accuracy that simplicity may cost

/// Rows from the surest, for each set that some orders go on from: many orders share a set, so each is sorted once.
class RowsBySignal {
 public:
  RowsBySignal(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
    for (const auto& order : orders) {
      for (std::size_t s = 0; s + 1 < order.size(); ++s) sorted_[&space.outcomes.at(SetOf(space, order, s + 1))];
    }
    std::vector<std::pair<const SetOutcome*, std::vector<std::size_t>*>> work;
    for (auto& [outcome, rows] : sorted_) work.emplace_back(outcome, &rows);
    ParallelFor(work.size(), [&](std::size_t n) {
      const std::vector<float>& signal = work[n].first->signal;
      std::vector<std::size_t>& rows = *work[n].second;
      rows.resize(signal.size());
      std::iota(rows.begin(), rows.end(), std::size_t{0});
      std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return signal[a] > signal[b]; });
    });
  }
  const std::vector<std::size_t>& Of(const SetOutcome* outcome) const { return sorted_.at(outcome); }

 private:
  std::map<const SetOutcome*, std::vector<std::size_t>> sorted_;
};

/// The threshold of a stage that gains most over the rows that reach it; `order` are all rows from the surest, `go_on`
/// is what going on is worth.
float BestThreshold(const SearchSpace& space, const SetOutcome& outcome, const std::vector<std::size_t>& order,
                    const std::vector<char>& reached, const std::vector<double>& go_on) {
  double gain = 0;
  double best = 0;
  float threshold = 2;  // everything goes on
  for (std::size_t n = 0; n < order.size(); ++n) {
    const std::size_t r = order[n];
    if (reached[r] != 0) gain += space.weights[r] * (outcome.right[r] - go_on[r]);
    const bool last = n + 1 == order.size();
    if (!last && outcome.signal[order[n + 1]] == outcome.signal[r]) continue;
    if (gain <= best) continue;
    best = gain;
    const float next = last ? 0 : outcome.signal[order[n + 1]];
    const float middle = next + (outcome.signal[r] - next) / 2;
    threshold = last ? 0 : middle > next ? middle : outcome.signal[r];  // between neighbouring floats is none
  }
  return threshold;
}

Cascade FindThresholds(const SearchSpace& space, const Stages& stages, const RowsBySignal& by_signal,
                       const std::vector<int>& slots, double price) {
  Cascade cascade{slots, std::vector<float>(slots.size() - 1, 2)};
  const std::size_t last = slots.size() - 1;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<float> before = cascade.below;
    std::vector<double> worth(space.rows);
    for (std::size_t r = 0; r < space.rows; ++r) worth[r] = stages.outcomes[last]->right[r];
    for (std::size_t s = last; s-- > 0;) {
      std::vector<char> reached(space.rows, 1);
      for (std::size_t r = 0; r < space.rows; ++r) {
        worth[r] -= price * stages.costs[s + 1][r];
        for (std::size_t e = 0; round > 0 && e < s; ++e) {
          if (stages.outcomes[e]->signal[r] >= cascade.below[e]) reached[r] = 0;
        }
      }
      cascade.below[s] = BestThreshold(space, *stages.outcomes[s], by_signal.Of(stages.outcomes[s]), reached, worth);
      for (std::size_t r = 0; r < space.rows; ++r) {
        if (stages.outcomes[s]->signal[r] >= cascade.below[s]) worth[r] = stages.outcomes[s]->right[r];
      }
    }
    if (cascade.below == before) break;
  }
  return cascade;
}

/// Orders in turn the best, second best … at each of some prices, each once: at most kBeam.
std::vector<std::size_t> Promising(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  std::vector<std::vector<double>> worth(kFewPrices, std::vector<double>(orders.size()));
  const RowsBySignal by_signal(space, orders);
  ParallelFor(orders.size(), [&](std::size_t o) {
    const Stages stages(space, orders[o]);
    for (int p = 0; p < kFewPrices; ++p) {
      const double price = PriceAt(space.best_ms, p, kFewPrices);
      const CascadeRun run = Play(space, stages, FindThresholds(space, stages, by_signal, orders[o], price));
      worth[static_cast<std::size_t>(p)][o] = run.accuracy - price * run.mean_ms;
    }
  });
  std::vector<std::vector<std::size_t>> ranked(kFewPrices, std::vector<std::size_t>(orders.size()));
  for (std::size_t p = 0; p < ranked.size(); ++p) {
    std::iota(ranked[p].begin(), ranked[p].end(), std::size_t{0});
    std::stable_sort(ranked[p].begin(), ranked[p].end(),
                     [&](std::size_t a, std::size_t b) { return worth[p][a] > worth[p][b]; });
  }
  std::vector<std::size_t> beam;
  for (std::size_t rank = 0; rank < orders.size() && beam.size() < kBeam; ++rank) {
    for (const auto& order : ranked) {
      if (std::find(beam.begin(), beam.end(), order[rank]) == beam.end()) beam.push_back(order[rank]);
    }
  }
  return beam;
}

bool IsSingleBest(const SearchSpace& space, const Cascade& cascade) {
  return cascade.slots.size() == 1 &&
         space.slots[static_cast<std::size_t>(cascade.slots[0])].members == std::vector<std::size_t>{space.best};
}

/// Fewer stages, then fewer gates, are simpler.
int Complexity(const SearchSpace& space, const Cascade& cascade) {
  int gates = 0;
  for (const int slot : cascade.slots) gates += space.slots[static_cast<std::size_t>(slot)].gated() ? 1 : 0;
  return 10 * static_cast<int>(cascade.slots.size()) + gates;
}

/// Mean and standard error of a - b, row by row.
std::pair<double, double> DifferenceOf(const SearchSpace& space, std::vector<double> a, const auto& b) {
  for (std::size_t r = 0; r < a.size(); ++r) a[r] -= b[r];
  return {WeightedMean(a, space.weights), ClusteredStandardError(a, space.weights, space.groups)};
}

PlannedPoint Plan(const SearchSpace& space, const Cascade& cascade, CascadeRun run) {
  PlannedPoint planned;
  planned.accuracy = run.accuracy;
  std::tie(planned.gain, planned.gain_error) = DifferenceOf(space, std::move(run.right), space.best_right);
  planned.mean_ms = run.mean_ms;
  planned.mean_error_ms = ClusteredStandardError(run.cost_ms, space.weights, space.groups);
  planned.p99_ms = Quantile(run.cost_ms, 0.99);
  planned.complexity = Complexity(space, cascade);
  planned.single_best = IsSingleBest(space, cascade);
  return planned;
}

std::vector<PlannedCascade> AllOptions(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  std::vector<std::vector<PlannedCascade>> found(orders.size());
  const RowsBySignal by_signal(space, orders);
  ParallelFor(orders.size(), [&](std::size_t o) {
    const Stages stages(space, orders[o]);
    const int prices = orders[o].size() == 1 ? 1 : kPrices;
    for (int p = 0; p < prices; ++p) {
      Cascade cascade = FindThresholds(space, stages, by_signal, orders[o], PriceAt(space.best_ms, p, kPrices));
      if (!found[o].empty() && found[o].back().cascade.below == cascade.below) continue;
      PlannedPoint planned = Plan(space, cascade, Play(space, stages, cascade));
      found[o].push_back({std::move(cascade), planned});
    }
  });
  std::vector<PlannedCascade> all;
  for (const auto& options : found) all.insert(all.end(), options.begin(), options.end());
  return all;
}

/// Leaves out what one slot alone does at least as well.
void DropDominated(std::vector<PlannedCascade>& options) {
  std::vector<PlannedPoint> singles;
  for (const PlannedCascade& option : options) {
    if (option.cascade.slots.size() == 1) singles.push_back(option.planned);
  }
  std::erase_if(options, [&](const PlannedCascade& option) {
    const PlannedPoint& own = option.planned;
    return !own.single_best && std::any_of(singles.begin(), singles.end(), [&](const PlannedPoint& single) {
      return single.accuracy >= own.accuracy && single.mean_ms <= own.mean_ms &&
             (single.accuracy > own.accuracy || single.mean_ms < own.mean_ms);
    });
  });
}

/// Evenly spread over the Pareto front, the fastest first.
std::vector<const PlannedCascade*> Front(const std::vector<PlannedCascade>& options) {
  std::vector<const PlannedCascade*> sorted;
  for (const PlannedCascade& option : options) sorted.push_back(&option);
  std::stable_sort(sorted.begin(), sorted.end(), [](const PlannedCascade* a, const PlannedCascade* b) {
    return a->planned.mean_ms != b->planned.mean_ms ? a->planned.mean_ms < b->planned.mean_ms
                                                    : a->planned.accuracy > b->planned.accuracy;
  });
  std::vector<const PlannedCascade*> front;
  for (const PlannedCascade* option : sorted) {
    if (front.empty() || option->planned.accuracy > front.back()->planned.accuracy) front.push_back(option);
  }
  std::vector<const PlannedCascade*> spread;
  const std::size_t count = std::min(kMostUnnamed, front.size());
  for (std::size_t n = 0; n < count; ++n) {
    spread.push_back(front[count == 1 ? 0 : n * (front.size() - 1) / (count - 1)]);
  }
  return spread;
}

/// Of those that are faster than the single best, the one that passes the bar by most, or misses it by least.
std::optional<PlannedCascade> Nearest(const SearchSpace& space, const std::vector<PlannedCascade>& options) {
  const PlannedCascade* nearest = nullptr;
  const auto beyond = [](const PlannedCascade& option) {
    return option.planned.gain - kBarMargin * option.planned.gain_error;
  };
  for (const PlannedCascade& option : options) {
    if (option.planned.mean_ms * kFaster > space.best_ms) continue;
    if (nearest == nullptr || beyond(option) > beyond(*nearest)) nearest = &option;
  }
  return nearest == nullptr ? std::nullopt : std::optional(*nearest);
}

}  // namespace

std::vector<std::vector<int>> LongerOrders(const SearchSpace& space, const std::vector<std::vector<int>>& orders,
                                           bool free_order, std::size_t new_sets) {
  const double least = free_order ? kFallingCost : 1;
  std::vector<std::vector<int>> found;
  std::set<std::vector<int>> fresh;
  for (const std::size_t o : Promising(space, orders)) {
    const double last = space.slot_costs_ms[static_cast<std::size_t>(orders[o].back())];
    for (int slot = 0; slot < static_cast<int>(space.slots.size()); ++slot) {
      if (std::find(orders[o].begin(), orders[o].end(), slot) != orders[o].end()) continue;
      if (space.slot_costs_ms[static_cast<std::size_t>(slot)] < least * last) continue;
      std::vector<int> longer = orders[o];
      longer.push_back(slot);
      const std::vector<int> set = SetOf(space, longer, longer.size());
      if (!space.outcomes.contains(set) && !fresh.contains(set)) {
        if (fresh.size() == new_sets) continue;
        fresh.insert(set);
      }
      found.push_back(std::move(longer));
    }
  }
  return found;
}

std::vector<std::vector<int>> GrowOrders(const SearchSpace& space, int most_stages, bool free_order,
                                         const std::function<void(const WantedSets&)>& learn) {
  std::vector<std::vector<int>> longest;
  for (int slot = 0; slot < static_cast<int>(space.slots.size()); ++slot) longest.push_back({slot});
  std::vector<std::vector<int>> orders;
  for (int stages = 1; stages <= most_stages && !longest.empty(); ++stages) {
    if (stages > 1) longest = LongerOrders(space, longest, free_order, kNewSets);
    if (const WantedSets sets = UnknownSets(space, longest); !sets.empty()) learn(sets);
    orders.insert(orders.end(), longest.begin(), longest.end());
  }
  return orders;
}

Cascade Thresholds(const SearchSpace& space, const std::vector<int>& order, double price_per_ms) {
  return FindThresholds(space, Stages(space, order), RowsBySignal(space, {order}), order, price_per_ms);
}

NearMiss Describe(const SearchSpace& space, const PlannedCascade& nearest, std::span<const std::string> names) {
  NearMiss miss{"", nearest.planned.gain, nearest.planned.gain_error, space.best_ms / nearest.planned.mean_ms};
  for (const int slot : nearest.cascade.slots) {
    std::string members;
    for (const std::size_t c : space.slots[static_cast<std::size_t>(slot)].members) {
      members += (members.empty() ? "" : " or ") + names[c];
    }
    miss.stages += (miss.stages.empty() ? "" : " > ") + members;
  }
  return miss;
}

ChosenPoints ChoosePoints(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  std::vector<PlannedCascade> options = AllOptions(space, orders);
  DropDominated(options);
  std::vector<PlannedPoint> planned;
  for (const PlannedCascade& option : options) planned.push_back(option.planned);
  PointChoice choice;
  choice.single_best_ms = space.best_ms;
  choice.as_good = [&](std::size_t simpler, std::size_t most_accurate) {
    const auto [gain, error] = DifferenceOf(space, Play(space, options[simpler].cascade).right,
                                            Play(space, options[most_accurate].cascade).right);
    return gain >= -kAccuracyMargin * error;
  };
  ChosenPoints chosen;
  const auto best = std::max_element(planned.begin(), planned.end(), [](const PlannedPoint& a, const PlannedPoint& b) {
    return a.accuracy < b.accuracy;
  });
  const auto otherwise = static_cast<std::size_t>(best - planned.begin());
  const NamedPoints named =
      ChooseNamedPoints(planned, choice).value_or(NamedPoints{otherwise, otherwise, otherwise, otherwise});
  for (const auto& [name, at] : {std::pair{kBalancedPoint, named.balanced},
                                 {kFastPoint, named.fast},
                                 {kAccuratePoint, named.accurate},
                                 {kSteadyPoint, named.steady}}) {
    chosen.points.push_back({name, options[at].cascade});
  }
  std::size_t passing = 0;
  std::size_t savers = 0;
  std::vector<const PlannedCascade*> others = Front(options);
  const auto alone = std::find_if(options.begin(), options.end(),
                                  [](const PlannedCascade& option) { return option.planned.single_best; });
  if (alone != options.end()) others.push_back(&*alone);  // what names go to where nothing else keeps their promise
  for (const PlannedCascade* option : others) {
    const bool there = std::any_of(chosen.points.begin(), chosen.points.end(),
                                   [&](const NamedCascade& point) { return point.cascade == option->cascade; });
    if (there) continue;
    const bool passes = PassesBar(option->planned);
    chosen.points.push_back(
        {passes ? kParetoPoint + std::to_string(++passing) : kSaverPoint + std::to_string(++savers), option->cascade});
  }
  chosen.nearest = Nearest(space, options);
  return chosen;
}

}  // namespace amsel
