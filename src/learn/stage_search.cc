// Orders grow slot by slot, a beam of them at a time. Sweeping the price of time gives the Pareto set of each; points
// are chosen from all of them with a margin of one standard error of time and half of one of accuracy, the simplest
// first (after Breiman et al. 1984, §3.4.3; docs/adr/0011). Thresholds are found by backward induction.
#include "learn/stage_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "learn/learned_policy.h"
#include "stats/bootstrap.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

constexpr double kFallingCost = 0.8;
constexpr int kPrices = 48;
constexpr double kLowestPrice = 0.002;  // of the single best's time, in accuracy
constexpr double kHighestPrice = 0.5;
constexpr int kBeamPrices = 8;
constexpr std::size_t kBeam = 24;  // orders of one length that are made longer
constexpr int kRounds = 3;
constexpr std::size_t kMostUnnamed = 8;
constexpr double kAccuracyMargin = 0.5;  // standard errors of accuracy that simplicity may cost

/// What stage s of an order adds to each row's cost, given the stages before it.
std::vector<double> StageCosts(const SearchSpace& space, const std::vector<int>& order, std::size_t s) {
  std::vector<double> costs(space.rows, 0);
  const auto gated = [&](std::size_t stage) { return space.slots[static_cast<std::size_t>(order[stage])].gated(); };
  bool extracts = gated(s);
  for (std::size_t before = 0; before < s; ++before) extracts = extracts && !gated(before);
  for (std::size_t r = 0; r < space.rows; ++r) {
    const auto pick = [&](std::size_t stage) { return space.picks[static_cast<std::size_t>(order[stage])][r]; };
    const std::size_t c = pick(s);
    bool ran = false;
    bool prepared = false;
    for (std::size_t before = 0; before < s; ++before) {
      ran = ran || pick(before) == c;
      prepared = prepared || space.preprocess_key[pick(before)] == space.preprocess_key[c];
    }
    costs[r] = (extracts ? space.features_ms : 0) + (ran ? 0 : space.costs_ms[c]) +
               (ran || prepared ? 0 : space.preprocess_ms[c]);
  }
  return costs;
}

/// An order with what each stage costs and does.
struct Stages {
  Stages(const SearchSpace& space, const std::vector<int>& order) {
    for (std::size_t s = 0; s < order.size(); ++s) {
      outcomes.push_back(&space.outcomes.at(SetOf(space, order, s + 1)));
      costs.push_back(StageCosts(space, order, s));
    }
  }
  std::vector<const SetOutcome*> outcomes;
  std::vector<std::vector<double>> costs;
};

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

CascadeRun PlayStages(const SearchSpace& space, const Stages& stages, const Cascade& cascade) {
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

/// Number `n` of `count` prices of time, in accuracy by milliseconds, from the lowest in equal ratios.
double PriceAt(const SearchSpace& space, int n, int count) {
  const double step = static_cast<double>(n) / (count - 1);
  return kLowestPrice * std::pow(kHighestPrice / kLowestPrice, step) / space.best_ms;
}

/// Orders in turn the best, second best … at each of some prices, each once: at most kBeam.
std::vector<std::size_t> Promising(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  std::vector<std::vector<double>> worth(kBeamPrices, std::vector<double>(orders.size()));
  const RowsBySignal by_signal(space, orders);
  ParallelFor(orders.size(), [&](std::size_t o) {
    const Stages stages(space, orders[o]);
    for (int p = 0; p < kBeamPrices; ++p) {
      const double price = PriceAt(space, p, kBeamPrices);
      const CascadeRun run = PlayStages(space, stages, FindThresholds(space, stages, by_signal, orders[o], price));
      worth[static_cast<std::size_t>(p)][o] = run.accuracy - price * run.mean_ms;
    }
  });
  std::vector<std::vector<std::size_t>> ranked(kBeamPrices, std::vector<std::size_t>(orders.size()));
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

struct Option {
  Cascade cascade;
  double accuracy = 0;
  double mean_ms = 0;
  double p99_ms = 0;
  double mean_error_ms = 0;  ///< one standard error of mean_ms
  /// Fewer stages, then fewer gates, are simpler.
  int Complexity(const SearchSpace& space) const {
    int gates = 0;
    for (const int slot : cascade.slots) gates += space.slots[static_cast<std::size_t>(slot)].gated() ? 1 : 0;
    return 10 * static_cast<int>(cascade.slots.size()) + gates;
  }
};

std::vector<Option> AllOptions(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  std::vector<std::vector<Option>> found(orders.size());
  const RowsBySignal by_signal(space, orders);
  ParallelFor(orders.size(), [&](std::size_t o) {
    const Stages stages(space, orders[o]);
    const int prices = orders[o].size() == 1 ? 1 : kPrices;
    for (int p = 0; p < prices; ++p) {
      Cascade cascade = FindThresholds(space, stages, by_signal, orders[o], PriceAt(space, p, kPrices));
      if (!found[o].empty() && found[o].back().cascade.below == cascade.below) continue;
      CascadeRun run = PlayStages(space, stages, cascade);
      const double error = ClusteredStandardError(run.cost_ms, space.weights, space.groups);  // before costs are sorted
      found[o].push_back({std::move(cascade), run.accuracy, run.mean_ms, Quantile(run.cost_ms, 0.99), error});
    }
  });
  std::vector<Option> all;
  for (const auto& options : found) all.insert(all.end(), options.begin(), options.end());
  return all;
}

/// Chooses among options with the margins of METHOD: paired differences in units of their standard error.
class Chooser {
 public:
  Chooser(const SearchSpace& space, std::vector<Option> options) : space_(space), options_(std::move(options)) {
    std::vector<std::pair<double, double>> singles;
    for (const Option& option : options_) {
      if (option.cascade.slots.size() == 1) singles.emplace_back(option.accuracy, option.mean_ms);
    }
    std::erase_if(options_, [&](const Option& option) {
      return std::any_of(singles.begin(), singles.end(), [&](const auto& single) {
        const auto& [accuracy, mean_ms] = single;
        return accuracy >= option.accuracy && mean_ms <= option.mean_ms &&
               (accuracy > option.accuracy || mean_ms < option.mean_ms);
      });
    });
  }

  /// The least mean time at an accuracy above the single best's by one standard error; where none is, at no less
  /// accuracy; the most accurate where none has that.
  const Option& Fast() const {
    const Option* close = nullptr;
    for (const Option* option : ByTime()) {
      if (option->accuracy < BestAccuracy()) continue;
      std::vector<double> gain = Play(space_, option->cascade).right;
      for (std::size_t r = 0; r < gain.size(); ++r) gain[r] -= space_.best_right[r];
      const double error = ClusteredStandardError(gain, space_.weights, space_.groups);
      if (WeightedMean(gain, space_.weights) >= error) return *option;
      if (close == nullptr) close = option;
    }
    return close != nullptr ? *close : MostAccurate([](const Option&) { return true; });
  }

  /// The simplest within kAccuracyMargin of the most accurate of those that `fits` accepts, the cheaper of equally
  /// simple ones; the cheapest of all where it accepts none.
  template <typename Fits>
  const Option& MostAccurate(Fits&& fits) const {
    const Option* best = nullptr;
    for (const Option& option : options_) {
      if (fits(option) && (best == nullptr || option.accuracy > best->accuracy)) best = &option;
    }
    if (best == nullptr) return *ByTime().front();
    const Option* chosen = best;
    for (const Option* option : ByTime()) {
      if (option->Complexity(space_) >= chosen->Complexity(space_) || !fits(*option)) continue;
      const auto [gain, error] = GainOver(*option, *best);
      if (gain >= -kAccuracyMargin * error) chosen = option;
    }
    return *chosen;
  }

  /// Whether the mean time is below `limit_ms` by one standard error.
  static bool Within(const Option& option, double limit_ms) {
    return option.mean_ms + option.mean_error_ms <= limit_ms;
  }

  /// Evenly spread over the Pareto front, cheapest first.
  std::vector<Cascade> Front() const {
    std::vector<const Option*> front;
    for (const Option* option : ByTime()) {
      if (front.empty() || option->accuracy > front.back()->accuracy) front.push_back(option);
    }
    std::vector<Cascade> spread;
    const std::size_t count = std::min(kMostUnnamed, front.size());
    for (std::size_t n = 0; n < count; ++n) {
      spread.push_back(front[count == 1 ? 0 : n * (front.size() - 1) / (count - 1)]->cascade);
    }
    return spread;
  }

 private:
  double BestAccuracy() const {
    const std::vector<double> right(space_.best_right.begin(), space_.best_right.end());
    return WeightedMean(right, space_.weights);
  }

  std::vector<const Option*> ByTime() const {
    std::vector<const Option*> sorted;
    for (const Option& option : options_) sorted.push_back(&option);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Option* a, const Option* b) {
      return a->mean_ms != b->mean_ms ? a->mean_ms < b->mean_ms : a->accuracy > b->accuracy;
    });
    return sorted;
  }

  /// Mean and standard error of the gain in accuracy over `other`.
  std::pair<double, double> GainOver(const Option& option, const Option& other) const {
    std::vector<double> gain = Play(space_, option.cascade).right;
    const std::vector<double> base = Play(space_, other.cascade).right;
    for (std::size_t r = 0; r < gain.size(); ++r) gain[r] -= base[r];
    return {WeightedMean(gain, space_.weights), ClusteredStandardError(gain, space_.weights, space_.groups)};
  }

  const SearchSpace& space_;
  std::vector<Option> options_;
};

}  // namespace

std::vector<int> SetOf(const SearchSpace& space, const std::vector<int>& order, std::size_t stages) {
  if (!space.pooling) return {order[stages - 1]};
  std::vector<int> set(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(stages));
  std::sort(set.begin(), set.end());
  return set;
}

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

Cascade Thresholds(const SearchSpace& space, const std::vector<int>& order, double price_per_ms) {
  return FindThresholds(space, Stages(space, order), RowsBySignal(space, {order}), order, price_per_ms);
}

CascadeRun Play(const SearchSpace& space, const Cascade& cascade) {
  return PlayStages(space, Stages(space, cascade.slots), cascade);
}

std::vector<NamedCascade> ChoosePoints(const SearchSpace& space, const std::vector<std::vector<int>>& orders) {
  const Chooser chooser(space, AllOptions(space, orders));
  std::vector<NamedCascade> points;
  const auto within = [&](double limit) {
    return [limit](const Option& option) { return Chooser::Within(option, limit); };
  };
  points.push_back({kBalancedPoint, chooser.MostAccurate(within(space.best_ms / kBalancedSpeed)).cascade});
  points.push_back({kFastPoint, chooser.Fast().cascade});
  points.push_back({kAccuratePoint, chooser.MostAccurate(within(space.best_ms)).cascade});
  const auto steady = [&](const Option& option) { return option.p99_ms <= space.best_ms; };
  points.push_back({kSteadyPoint, chooser.MostAccurate(steady).cascade});
  for (Cascade& cascade : chooser.Front()) {
    points.push_back({kUnnamedPoint + std::to_string(points.size() - 3), std::move(cascade)});
  }
  return points;
}

}  // namespace amsel
