#include "evaluate/derived_rows.h"

#include <algorithm>
#include <map>
#include <utility>

#include "learn/cross_validate.h"

namespace amsel {

std::optional<std::size_t> ChosenDerived(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, int top) {
  const std::vector<std::size_t> all = AllCandidates(table);
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  std::map<std::size_t, int> votes;
  for (int fold = 0; fold < folds; ++fold) {
    const auto chosen = DerivedSingle(table, RowsOutside(rows, fold_of, fold), all, top);
    if (!chosen) return {};
    ++votes[*chosen];
  }
  const auto most = std::max_element(votes.begin(), votes.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.second, -table.MeanCostMs(a.first)) < std::pair(b.second, -table.MeanCostMs(b.first));
  });
  return most->first;
}

RowSamples DerivedRow(const std::string& name, RowSamples alone) {
  alone.name = name;
  alone.kind = name == kDerivedSingle ? "derived-single" : "adapted-derived-single";
  alone.derived = true;
  return alone;
}

void AddDerivedSingle(const std::string& candidate, Evaluation& evaluation) {
  const auto own = std::find_if(evaluation.rows.begin(), evaluation.rows.end(),
                                [&](const RowSamples& row) { return row.name == candidate; });
  if (own == evaluation.rows.end()) return;
  evaluation.derived_single = kDerivedSingle;
  evaluation.rows.push_back(DerivedRow(kDerivedSingle, *own));
}

}  // namespace amsel
