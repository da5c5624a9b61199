#include "learn/cross_validate.h"

#include <algorithm>

#include "stats/folds.h"

namespace amsel {

std::vector<int> FoldsOf(const ProfileTable& table, Rows rows, int folds, std::uint64_t seed) {
  std::vector<int> strata;
  std::vector<int> groups;
  for (const std::size_t i : rows) {
    strata.push_back(table.inputs[i].label);
    groups.push_back(table.groups[i]);
  }
  return StratifiedGroupFolds(strata, groups, folds, seed);
}

CrossValidation CrossValidate(const ProfileTable& table, Rows rows, const std::vector<int>& fold_of,
                              const Learner& learner, const Clock* clock,
                              const std::function<void(int done, int folds)>& progress) {
  CrossValidation result{fold_of, std::vector<SimulatedRun>(rows.size())};
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> training;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (fold_of[r] != fold) training.push_back(rows[r]);
    }
    const LearnedPolicy learned = learner(table, training);
    Simulator simulator(table, learned, 0, clock);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (fold_of[r] == fold) result.runs[r] = simulator.Run(rows[r]);
    }
    if (progress) progress(fold + 1, folds);
  }
  return result;
}

}  // namespace amsel
