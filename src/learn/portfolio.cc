#include "learn/portfolio.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/nan_last.h"

namespace amsel {
namespace {

/// Weighted share of rows that are covered already or on which candidate c is right.
double Coverage(const Outcomes& table, Rows rows, const std::vector<bool>& covered, std::size_t c, int top) {
  double sum = 0;
  double weight = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double w = table.images[rows[r]].weight;
    weight += w;
    if (covered[r] || table.Right(c, rows[r], top)) sum += w;
  }
  return weight > 0 ? sum / weight : 0;
}

std::size_t MostOftenOptimal(const Outcomes& table, Rows rows, const std::vector<std::size_t>& all,
                             const LearnOptions& options) {
  const std::vector<int> labels = CheapestRight(table, rows, all, options);
  std::vector<double> votes(all.size(), 0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (labels[r] >= 0) votes[static_cast<std::size_t>(labels[r])] += table.images[rows[r]].weight;
  }
  return *std::min_element(all.begin(), all.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(LowFirst(-votes[a]), LowFirst(table.MeanCostMs(a)), table.candidates[a].name) <
           std::tuple(LowFirst(-votes[b]), LowFirst(table.MeanCostMs(b)), table.candidates[b].name);
  });
}

}  // namespace

std::vector<PortfolioStep> SelectPortfolio(const Outcomes& table, Rows rows, const LearnOptions& options) {
  std::vector<std::size_t> left(table.candidate_count());
  std::iota(left.begin(), left.end(), std::size_t{0});
  std::vector<bool> covered(rows.size(), false);
  std::vector<PortfolioStep> steps;
  std::size_t next = MostOftenOptimal(table, rows, left, options);
  for (;;) {
    steps.push_back({next, Coverage(table, rows, covered, next, options.top)});
    for (std::size_t r = 0; r < rows.size(); ++r) covered[r] = covered[r] || table.Right(next, rows[r], options.top);
    left.erase(std::find(left.begin(), left.end(), next));
    if (steps.size() == options.most_candidates) return steps;
    double best = steps.back().coverage + options.theta;
    bool found = false;
    for (const std::size_t c : left) {
      const double coverage = Coverage(table, rows, covered, c, options.top);
      const bool cheaper = found && coverage == best && table.MeanCostMs(c) < table.MeanCostMs(next);
      if (coverage > best || (!found && coverage >= best) || cheaper) {
        best = coverage;
        next = c;
        found = true;
      }
    }
    if (!found) return steps;
  }
}

}  // namespace amsel
