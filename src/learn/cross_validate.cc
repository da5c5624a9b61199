#include "learn/cross_validate.h"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "base/parallel.h"
#include "policy/staged.h"
#include "stats/folds.h"

namespace amsel {

std::vector<int> FoldsOf(const Outcomes& table, Rows rows, int folds, std::uint64_t seed) {
  std::vector<int> strata;
  for (const std::size_t i : rows) strata.push_back(table.images[i].label);
  return StratifiedGroupFolds(strata, GroupsOf(table, rows), folds, seed);
}

std::vector<std::size_t> RowsOutside(Rows rows, const std::vector<int>& fold_of, int fold, Rows always) {
  std::vector<std::size_t> outside = RowsAt(rows, PositionsOutside(fold_of, fold));
  outside.insert(outside.end(), always.begin(), always.end());
  return outside;
}

bool IsAmong(int part, int parts, int kept) {
  return (part + 1) * kept / parts > part * kept / parts;
}

std::vector<std::size_t> RowsInParts(const Outcomes& table, Rows rows, int parts, int kept, std::uint64_t seed) {
  const std::vector<int> part = FoldsOf(table, rows, parts, seed);
  std::vector<std::size_t> in;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (IsAmong(part[r], parts, kept)) in.push_back(rows[r]);
  }
  return in;
}

std::vector<std::size_t> ThinnedRows(const Outcomes& table, Rows rows, std::size_t most, std::uint64_t seed) {
  if (most == 0 || rows.size() <= most) return {rows.begin(), rows.end()};
  return RowsInParts(table, rows, static_cast<int>((rows.size() + most - 1) / most), 1, seed);
}

namespace {

/// Plays one fold's rows at one point, and, for staged policies, at every depth.
class FoldPlayer {
 public:
  FoldPlayer(const Outcomes& table, Rows rows, const std::vector<std::size_t>& tested, const Clock* clock)
      : table_(table), rows_(rows), tested_(tested), clock_(clock) {}

  void Play(const LearnedPolicy& learned, std::size_t point, PointValidation& validation) const {
    Run(learned, static_cast<int>(point), validation.runs);
    const int most = learned.policy->most_stages();
    if (most == 1) return;
    const auto depths = static_cast<std::size_t>(most);
    if (validation.forced.size() < depths) validation.forced.resize(depths, std::vector<SimulatedRun>(rows_.size()));
    for (int stages = 1; stages <= most; ++stages) {
      const LearnedPolicy forced{learned.policy->Forced(static_cast<int>(point), stages), learned.candidates};
      Run(forced, 0, validation.forced[static_cast<std::size_t>(stages - 1)]);
    }
  }

 private:
  void Run(const LearnedPolicy& learned, int point, std::vector<SimulatedRun>& runs) const {
    Simulator simulator(table_, learned, point, clock_);
    for (const std::size_t r : tested_) runs[r] = simulator.Run(rows_[r]);
  }

  const Outcomes& table_;
  Rows rows_;
  const std::vector<std::size_t>& tested_;
  const Clock* clock_;
};

/// The points of the fold that has most of them; a learner that chooses among kinds of policy may give one point here
/// and several there, and a policy with one plays it wherever another is asked for.
std::vector<std::string> NamedPoints(const std::vector<LearnedPolicy>& learned) {
  std::vector<std::string> most;
  for (const LearnedPolicy& fold : learned) {
    std::vector<std::string> names;
    for (const std::string& name : fold.policy->operating_points()) {
      if (!IsNumbered(name)) names.push_back(name);
    }
    if (names.size() > most.size()) most = std::move(names);
  }
  return most;
}

/// From the last depth of its own on a policy does the same: one that decides once, at every depth.
void FillForced(const std::vector<std::size_t>& tested, std::size_t own, PointValidation& validation) {
  for (std::size_t depth = own; depth < validation.forced.size(); ++depth) {
    for (const std::size_t r : tested) {
      validation.forced[depth][r] = own <= 1 ? validation.runs[r] : validation.forced[own - 1][r];
    }
  }
}

}  // namespace

std::vector<PointValidation> PlayNamedPoints(const Outcomes& table, Rows rows, const LearnedPolicy& learned,
                                             const Clock* clock) {
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const FoldPlayer player(table, rows, all, clock);
  std::vector<PointValidation> points;
  const std::vector<std::string>& names = learned.policy->operating_points();
  for (std::size_t point = 0; point < names.size(); ++point) {
    if (IsNumbered(names[point])) continue;
    points.push_back({names[point], std::vector<SimulatedRun>(rows.size()), {}});
    player.Play(learned, point, points.back());
  }
  return points;
}

CrossValidation CrossValidate(const Outcomes& table, Rows rows, const std::vector<int>& fold_of, const Learner& learner,
                              Rows always, const Clock* clock,
                              const std::function<void(int done, int folds)>& progress) {
  CrossValidation result{fold_of, {}, {}};
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  std::vector<std::vector<std::size_t>> tested;
  for (int fold = 0; fold < folds; ++fold) tested.push_back(PositionsIn(fold_of, fold));
  std::vector<LearnedPolicy> learned(static_cast<std::size_t>(folds));
  std::mutex telling;
  int done = 0;
  ParallelFor(learned.size(), [&](std::size_t fold) {
    learned[fold] = learner(table, RowsOutside(rows, fold_of, static_cast<int>(fold), always));
    const std::scoped_lock lock(telling);
    if (progress) progress(++done, folds);
  });
  for (const std::string& name : NamedPoints(learned)) {
    result.points.push_back({name, std::vector<SimulatedRun>(rows.size()), {}});
    for (std::size_t fold = 0; fold < learned.size(); ++fold) {
      const std::vector<std::string>& own = learned[fold].policy->operating_points();
      const auto at = std::find(own.begin(), own.end(), name);
      const auto point = at == own.end() ? std::size_t{0} : static_cast<std::size_t>(at - own.begin());
      FoldPlayer(table, rows, tested[fold], clock).Play(learned[fold], point, result.points.back());
    }
    if (result.points.back().forced.empty()) continue;
    for (std::size_t fold = 0; fold < learned.size(); ++fold) {
      const int most = learned[fold].policy->most_stages();
      FillForced(tested[fold], most == 1 ? 0 : static_cast<std::size_t>(most), result.points.back());
    }
  }
  result.learned = std::move(learned);
  return result;
}

}  // namespace amsel
