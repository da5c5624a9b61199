#include "doctor/subject.h"

#include <algorithm>
#include <tuple>

#include "base/nan_last.h"
#include "evaluate/derived_rows.h"
#include "evaluate/simulated_rows.h"
#include "features/dnn_features.h"
#include "learn/labels.h"

namespace amsel {
namespace {

constexpr double kFeatureShare = 0.05;  // of the single best's time, at most, for the features of premodels

/// Of the features that need no DNN those that cost least alone, as many as are cheap together.
void ChooseFeatures(Subject& subject) {
  const Outcomes& table = subject.table;
  const double budget = kFeatureShare * table.MeanCostMs(subject.best);
  std::vector<std::string> by_cost = table.feature_names;
  std::stable_sort(by_cost.begin(), by_cost.end(), [&](const std::string& a, const std::string& b) {
    return LowFirst(table.FeaturesCostMs({a})) < LowFirst(table.FeaturesCostMs({b}));
  });
  std::erase_if(by_cost, [](const std::string& name) { return DnnValueOf(name).has_value(); });
  std::vector<std::string> chosen;
  for (const std::string& name : by_cost) {
    chosen.push_back(name);
    const double cost = table.FeaturesCostMs(chosen);
    if (cost > budget) {
      chosen.pop_back();
      break;
    }
    subject.features_ms = cost;
  }
  for (const std::string& name : table.feature_names) {
    if (std::find(chosen.begin(), chosen.end(), name) != chosen.end()) subject.features.push_back(name);
  }
}

}  // namespace

Subject SubjectOf(const Outcomes& table, std::vector<std::size_t> rows, int top) {
  Subject subject{table, std::move(rows), top, {}, {}, {}};
  subject.images = DescribeImages(table, subject.rows);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    subject.singles.push_back(SingleRow(table, subject.rows, c, top));
  }
  subject.best = SingleBest(table, subject.rows, top);
  ChooseFeatures(subject);
  return subject;
}

void ChooseDerived(const std::vector<int>& fold_of, Subject& subject) {
  const Outcomes& table = subject.table;
  subject.derived = fold_of.empty() ? DerivedSingle(table, subject.rows, AllCandidates(table), subject.top)
                                    : ChosenDerived(table, subject.rows, fold_of, subject.top);
}

std::size_t Cheapest(const Subject& subject) {
  const Outcomes& table = subject.table;
  double least_ms = table.MeanCostMs(0);
  for (std::size_t c = 1; c < table.candidate_count(); ++c) least_ms = std::min(least_ms, table.MeanCostMs(c));
  const std::vector<double> accuracies = Accuracies(table, subject.rows, subject.top);
  const auto rank = [&](std::size_t c) {
    const bool dearer = table.MeanCostMs(c) > kAlikeCost * least_ms;
    return std::tuple(dearer, table.candidates[c].derived, -accuracies[c], table.MeanCostMs(c));
  };
  std::size_t best = 0;
  for (std::size_t c = 1; c < table.candidate_count(); ++c) {
    if (rank(c) < rank(best)) best = c;
  }
  return best;
}

}  // namespace amsel
