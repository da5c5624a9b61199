#include "learn/cross_validate.h"

#include <algorithm>

#include "policy/staged.h"
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

namespace {

/// The chain of stages of one point, going on to stage `stages` whatever the signal, or to the end if that is nearer.
LearnedPolicy Forced(const LearnedPolicy& learned, const StagedPolicy& staged, std::size_t point, int stages) {
  StagedPlan plan = staged.plan();
  plan.roots = {plan.roots[point]};
  plan.abstain_below = 0;
  int at = plan.roots[0];
  for (int stage = 1; at >= 0; ++stage) {
    std::vector<StageNode::Branch>& branches = plan.nodes[static_cast<std::size_t>(at)].branches;
    at = branches.empty() ? -1 : branches.front().node;
    if (stage >= stages) {
      branches.clear();
    } else if (!branches.empty()) {
      branches.front().below = 2;
    }
  }
  PolicyCommon common = staged.common();
  common.operating_points = {"forced"};
  return {std::make_shared<StagedPolicy>(std::move(common), std::move(plan)), learned.candidates};
}

/// Plays one fold's rows at one point, and, for staged policies, at every depth.
class FoldPlayer {
 public:
  FoldPlayer(const ProfileTable& table, Rows rows, const std::vector<std::size_t>& tested, const Clock* clock)
      : table_(table), rows_(rows), tested_(tested), clock_(clock) {}

  void Play(const LearnedPolicy& learned, std::size_t point, PointValidation& validation) const {
    Run(learned, static_cast<int>(point), validation.runs);
    const auto* staged = dynamic_cast<const StagedPolicy*>(learned.policy.get());
    if (staged == nullptr) return;
    validation.forced.resize(kMaxStages, std::vector<SimulatedRun>(rows_.size()));
    for (int stages = 1; stages <= kMaxStages; ++stages) {
      Run(Forced(learned, *staged, point, stages), 0, validation.forced[static_cast<std::size_t>(stages - 1)]);
    }
  }

 private:
  void Run(const LearnedPolicy& learned, int point, std::vector<SimulatedRun>& runs) const {
    Simulator simulator(table_, learned, point, clock_);
    for (const std::size_t r : tested_) runs[r] = simulator.Run(rows_[r]);
  }

  const ProfileTable& table_;
  Rows rows_;
  const std::vector<std::size_t>& tested_;
  const Clock* clock_;
};

}  // namespace

CrossValidation CrossValidate(const ProfileTable& table, Rows rows, const std::vector<int>& fold_of,
                              const Learner& learner, const Clock* clock,
                              const std::function<void(int done, int folds)>& progress) {
  CrossValidation result{fold_of, {}};
  const int folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> training;
    std::vector<std::size_t> tested;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (fold_of[r] != fold) training.push_back(rows[r]);
      if (fold_of[r] == fold) tested.push_back(r);
    }
    const LearnedPolicy learned = learner(table, training);
    const FoldPlayer player(table, rows, tested, clock);
    const std::vector<std::string>& names = learned.policy->operating_points();
    std::size_t named = 0;
    for (std::size_t point = 0; point < names.size(); ++point) {
      if (names[point].starts_with(kUnnamedPoint)) continue;
      if (fold == 0) result.points.push_back({names[point], std::vector<SimulatedRun>(rows.size()), {}});
      player.Play(learned, point, result.points[named++]);
    }
    if (progress) progress(fold + 1, folds);
  }
  return result;
}

}  // namespace amsel
