#include "evaluate/derived_rows.h"

#include <algorithm>

#include "evaluate/rows.h"
#include "learn/cross_validate.h"

namespace amsel {

std::vector<std::size_t> ChosenDerived(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, int top) {
  const std::vector<std::size_t> all = AllCandidates(table);
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  std::vector<std::size_t> of_fold;
  for (int fold = 0; fold < folds; ++fold) {
    const auto chosen = DerivedSingle(table, RowsOutside(rows, fold_of, fold), all, top);
    if (!chosen) return {};
    of_fold.push_back(*chosen);
  }
  std::vector<std::size_t> chosen;
  for (const int fold : fold_of) chosen.push_back(of_fold[static_cast<std::size_t>(fold)]);
  return chosen;
}

RowSamples DerivedRow(const std::string& name, std::span<const RowSamples> alone, std::span<const std::size_t> chosen,
                      const EvaluatedImages& images) {
  RowSamples row{name, name == kDerivedSingle ? "derived-single" : "adapted-derived-single", "", {}, {}, {}, {}, {}, 0};
  row.derived = true;
  const std::vector<double> each = ImageShares(images.weights);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const RowSamples& own = alone[chosen[i]];
    row.right.push_back(own.right[i]);
    row.right_top5.push_back(own.right_top5[i]);
    row.latency_ms.push_back(own.latency_ms[i]);
    row.predicted.push_back(own.predicted[i]);
    if (!own.cold_ms.empty()) row.cold_ms.push_back(own.cold_ms[i]);
    for (const auto& [candidate, share] : own.shares) row.shares[candidate] += each[i] * share;
    row.worst_path_ms = std::max(row.worst_path_ms, own.worst_path_ms);
  }
  return row;
}

void AddDerivedSingle(const std::string& candidate, Evaluation& evaluation) {
  const auto own = std::find_if(evaluation.rows.begin(), evaluation.rows.end(),
                                [&](const RowSamples& row) { return row.name == candidate; });
  if (own == evaluation.rows.end()) return;
  RowSamples row = *own;
  row.name = evaluation.derived_single = kDerivedSingle;
  row.kind = "derived-single";
  row.derived = true;
  evaluation.rows.push_back(std::move(row));
}

}  // namespace amsel
