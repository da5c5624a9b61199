// What the time of an image is made of: the one rule of what a path costs, for plans, simulation, search and bounds.
//
// Each candidate runs at most once. An input that two of them share is prepared once, by whoever comes first to it.
// Right after another candidate a run finds cold caches: of several candidates each costs what it does after another,
// the first too, as the last of the image before it was another one. One that answers alone is warm where every image
// begins with it (Policy::BeginsWithOne); where images begin with one or another, it is not.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace amsel {

/// What a candidate adds to an image's time.
struct StepCost {
  double run = 0;
  double prepare = 0;                 ///< of its input
  int input = 0;                      ///< equal where it is the same
  std::optional<double> run_after{};  ///< `run` right after another candidate; absent: the same

  double Run(bool warm) const { return warm ? run : run_after.value_or(run); }
};

/// What one step of a path takes; `prepare` is 0 where the input was prepared before.
struct StepTime {
  double run = 0;
  double prepare = 0;
};

/// Of each candidate of a whole path. `cost_of(candidate)` gives its StepCost.
template <typename Id, typename CostOf>
std::vector<StepTime> TimesOfPath(std::span<const Id> path, bool begins_warm, CostOf&& cost_of) {
  const bool warm = begins_warm && path.size() == 1;
  std::vector<StepTime> times;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const StepCost cost = cost_of(path[at]);
    const std::span<const Id> before = path.first(at);
    const bool prepared =
        std::any_of(before.begin(), before.end(), [&](Id other) { return cost_of(other).input == cost.input; });
    times.push_back({cost.Run(warm), prepared ? 0 : cost.prepare});
  }
  return times;
}

/// Their sum: all runs, then all preparations.
template <typename Id, typename CostOf>
double TimeOfPath(std::span<const Id> path, bool begins_warm, CostOf&& cost_of) {
  double sum = 0;
  const std::vector<StepTime> times = TimesOfPath(path, begins_warm, cost_of);
  for (const StepTime& time : times) sum += time.run;
  for (const StepTime& time : times) sum += time.prepare;
  return sum;
}

/// What candidate `id` adds to a path that has `before`, the first of them first: what the whole path takes with it
/// less what it takes without. With the second the first, too, comes to stand after another. Nothing where it has run.
template <typename Id, typename CostOf>
double AddedTime(std::span<const Id> before, Id id, bool begins_warm, CostOf&& cost_of) {
  if (std::find(before.begin(), before.end(), id) != before.end()) return 0;
  const StepCost cost = cost_of(id);
  double added = cost.Run(begins_warm && before.empty());
  if (begins_warm && before.size() == 1) {
    const StepCost first = cost_of(before.front());
    added += first.Run(false) - first.Run(true);
  }
  const bool prepared =
      std::any_of(before.begin(), before.end(), [&](Id other) { return cost_of(other).input == cost.input; });
  return added + (prepared ? 0 : cost.prepare);
}

}  // namespace amsel
