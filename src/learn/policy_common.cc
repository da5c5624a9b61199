#include "learn/policy_common.h"

#include <algorithm>

namespace amsel {

PolicyCommon CommonFacts(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among,
                         const LearnOptions& options) {
  PolicyCommon common;
  common.classes = table.classes();
  for (const std::size_t c : among) common.costs_ms.push_back(table.MeanCostMs(c));
  for (const std::size_t c : ByCapability(table, rows, options.top)) {
    const auto it = std::find(among.begin(), among.end(), c);
    if (it != among.end()) common.fallback.push_back(static_cast<CandidateId>(it - among.begin()));
  }
  return common;
}

}  // namespace amsel
