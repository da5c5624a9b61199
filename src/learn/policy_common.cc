#include "learn/policy_common.h"

#include <algorithm>

namespace amsel {

PolicyCommon CommonFacts(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among,
                         const LearnOptions& options) {
  PolicyCommon common;
  common.classes = table.classes();
  for (const std::size_t c : among) common.costs_ms.push_back(table.MeanCostMs(c));
  std::vector<std::size_t> order = ByCapability(table, rows, options.top);
  const auto best = std::find(order.begin(), order.end(), SingleBest(table, rows, options.top));
  std::rotate(order.begin(), best, best + 1);  // a derived candidate may be more accurate by luck
  for (const std::size_t c : order) {
    const auto it = std::find(among.begin(), among.end(), c);
    if (it != among.end()) common.fallback.push_back(static_cast<CandidateId>(it - among.begin()));
  }
  return common;
}

}  // namespace amsel
