// Learning on some folds and playing the result on the others, so that every image is judged by a policy that has not
// seen it.
#pragma once

#include <functional>
#include <vector>

#include "learn/simulate.h"

namespace amsel {

struct CrossValidation {
  std::vector<int> fold_of;        ///< per row, the fold that tests it
  std::vector<SimulatedRun> runs;  ///< per row, by the policy that did not see it
};

/// Folds of `rows`: by group, stratified by class, by seed.
std::vector<int> FoldsOf(const ProfileTable& table, Rows rows, int folds, std::uint64_t seed);

/// Learns `fold_of`'s complement and plays each fold, at the policy's first operating point. Rows and folds are
/// parallel. `progress` is told after each fold.
CrossValidation CrossValidate(const ProfileTable& table, Rows rows, const std::vector<int>& fold_of,
                              const Learner& learner, const Clock* clock = nullptr,
                              const std::function<void(int done, int folds)>& progress = nullptr);

}  // namespace amsel
