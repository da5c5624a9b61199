#include "learn/labels.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/nan_last.h"
#include "stats/bootstrap.h"

namespace amsel {

std::vector<double> Accuracies(const Outcomes& table, Rows rows, int top) {
  std::vector<double> right(table.candidate_count(), 0);
  double weight = 0;
  for (const std::size_t i : rows) {
    weight += table.images[i].weight;
    for (std::size_t c = 0; c < right.size(); ++c) right[c] += table.images[i].weight * table.UtilityOf(c, i, top);
  }
  for (double& sum : right) sum = weight > 0 ? sum / weight : 0;
  return right;
}

std::vector<std::size_t> ByCapability(const Outcomes& table, Rows rows, int top) {
  const std::vector<double> accuracies = Accuracies(table, rows, top);
  std::vector<std::size_t> order(table.candidate_count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(LowFirst(-accuracies[a]), LowFirst(table.MeanCostMs(a)), table.candidates[a].name) <
           std::tuple(LowFirst(-accuracies[b]), LowFirst(table.MeanCostMs(b)), table.candidates[b].name);
  });
  return order;
}

std::size_t SingleBest(const Outcomes& table, Rows rows, int top) {
  const std::vector<std::size_t> order = ByCapability(table, rows, top);
  const auto as_it_came =
      std::find_if(order.begin(), order.end(), [&](std::size_t c) { return !table.candidates[c].derived; });
  return as_it_came == order.end() ? order.front() : *as_it_came;
}

std::optional<std::size_t> DerivedSingle(const Outcomes& table, Rows rows, std::span<const std::size_t> among,
                                         int top) {
  if (table.candidates[SingleBest(table, rows, top)].derived) return {};
  std::vector<std::size_t> by_accuracy = ByCapability(table, rows, top);
  std::erase_if(by_accuracy, [&](std::size_t c) {
    return !table.candidates[c].derived || std::find(among.begin(), among.end(), c) == among.end();
  });
  if (by_accuracy.empty()) return {};
  const std::vector<double> weights = WeightsOf(table, rows);
  const std::vector<int> groups = GroupsOf(table, rows);
  std::size_t chosen = by_accuracy.front();
  for (const std::size_t c : by_accuracy) {
    if (table.MeanCostMs(c) >= table.MeanCostMs(chosen)) continue;
    std::vector<double> loss;
    for (const std::size_t i : rows) {
      loss.push_back(table.UtilityOf(by_accuracy.front(), i, top) - table.UtilityOf(c, i, top));
    }
    if (WithinOneError(loss, weights, groups)) chosen = c;
  }
  return chosen;
}

std::vector<int> CheapestRight(const Outcomes& table, Rows rows, std::span<const std::size_t> among,
                               const LearnOptions& options) {
  const std::vector<double> accuracies = Accuracies(table, rows, options.top);
  std::vector<double> costs;
  for (const std::size_t c : among) costs.push_back(table.MeanCostMs(c));
  std::vector<int> labels;
  labels.reserve(rows.size());
  for (const std::size_t i : rows) {
    double cheapest = -1;
    for (std::size_t a = 0; a < among.size(); ++a) {
      if (table.Right(among[a], i, options.top) && (cheapest < 0 || costs[a] < cheapest)) cheapest = costs[a];
    }
    int best = -1;
    for (std::size_t a = 0; a < among.size(); ++a) {
      if (!table.Right(among[a], i, options.top) || costs[a] > cheapest * (1 + options.tie_tolerance)) continue;
      const auto rank = [&](std::size_t at) {
        return std::tuple(-accuracies[among[at]], table.candidates[among[at]].name);
      };
      if (best < 0 || rank(a) < rank(static_cast<std::size_t>(best))) best = static_cast<int>(a);
    }
    labels.push_back(best);
  }
  return labels;
}

}  // namespace amsel
