// Learning on some folds and playing the result on the others, so that every image is judged by a policy that has not
// seen it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "learn/simulate.h"

namespace amsel {

/// What one operating point did, per row, by a policy that had not seen it.
struct PointValidation {
  std::string name;
  std::vector<SimulatedRun> runs;
  /// Staged policies: [stages − 1][row], the same path gone on to exactly so many stages, or to its end.
  std::vector<std::vector<SimulatedRun>> forced;
};

struct CrossValidation {
  std::vector<int> fold_of;             ///< per row, the fold that tests it
  std::vector<PointValidation> points;  ///< the learner's operating points
  std::vector<LearnedPolicy> learned;   ///< by fold, on all rows but its own
};

/// Plays `rows`, none of which the policy was learned from, at every operating point but the unnamed ones.
std::vector<PointValidation> PlayNamedPoints(const Outcomes& table, Rows rows, const LearnedPolicy& learned,
                                             const Clock* clock);

/// Folds of `rows`: by group, stratified by class, by seed.
std::vector<int> FoldsOf(const Outcomes& table, Rows rows, int folds, std::uint64_t seed);

/// The rows that are not in `fold`, and `always` after them.
std::vector<std::size_t> RowsOutside(Rows rows, const std::vector<int>& fold_of, int fold, Rows always = {});

/// Whether `part` is among the `kept` that are spread over so many parts. Folds deal a class of few groups to parts
/// that lie side by side, so that the first `kept` would hold all of it, or nothing.
bool IsAmong(int part, int parts, int kept);

/// Those of `kept` of so many parts: whole groups, all classes in their proportion, by seed.
std::vector<std::size_t> RowsInParts(const Outcomes& table, Rows rows, int parts, int kept, std::uint64_t seed);

/// At most `most` of the rows (all where it is 0): whole groups, all classes in their proportion, by seed.
std::vector<std::size_t> ThinnedRows(const Outcomes& table, Rows rows, std::size_t most, std::uint64_t seed);

/// Learns `fold_of`'s complement, and with it the rows `always`, and plays each fold, at every operating point but the
/// unnamed ones of a Pareto set, which differ from fold to fold. Rows and folds are parallel. Folds are learned side by
/// side, so `learner` is called by several threads at once, and played one after another, so that `clock` sees
/// decisions alone. `progress` is told after each fold, by one thread at a time.
CrossValidation CrossValidate(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, const Learner& learner,
                              Rows always = {}, const Clock* clock = nullptr,
                              const std::function<void(int done, int folds)>& progress = nullptr);

}  // namespace amsel
